"""``python -m dcip_server`` and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the console script; who interrupts it while it still loads gets no traceback either."""
    try:
        from dcip_server import commands
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the catalog is as it was\n")
        sys.exit(130)
    commands.main()


if __name__ == "__main__":
    main()
