"""The results as a table of text."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.frame import NotMeasured, Result

_HEAD = ("what", "ours", "peer", "theirs", "ratio", "aim", "met")
_WIDTHS = (74, 12, 26, 12, 6, 9, 3)


def table(results: Sequence[Result | NotMeasured], head: bool = True) -> str:
    """One line a result, with a head over them."""
    rows = [_HEAD, tuple("=" * width for width in _WIDTHS)] if head else []
    rows += [_cells(result) for result in results]
    return "".join(f"{'  '.join(map(_padded, row, _WIDTHS)).rstrip()}\n" for row in rows)


def _padded(cell: str, width: int) -> str:
    return cell.ljust(width)


def _cells(result: Result | NotMeasured) -> tuple[str, ...]:
    if isinstance(result, NotMeasured):
        return result.what, f"not measured: {result.reason}", "", "", "", "", ""
    met = result.met
    return (
        result.what,
        _figure(result.ours, result.unit),
        result.peer,
        "" if result.theirs is None else _figure(result.theirs, result.unit),
        "" if result.ratio is None else _short(result.ratio),
        _aim(result),
        "" if met is None else "yes" if met else "no",
    )


def _figure(value: float, unit: str) -> str:
    return f"{_short(value)} {unit}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _aim(result: Result) -> str:
    bounds = ((">=", result.at_least), ("<=", result.at_most))
    return " ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)
