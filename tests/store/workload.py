"""Writers in processes of their own: ``python -m tests.store.workload generations URL 40 25``."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dcip_server.store import Change, Put, Store
from tests.records import dataset


def generation(number: int, records: int) -> list[Change]:
    """A write that gives every record its next version; with it all revisions move on together."""
    return [Put(dataset(id, title=f"Generation {number}", tags=["all"])) for id in range(records)]


def generations(url: str, records: str, writes: str) -> None:
    """Write generation after generation, and say so."""
    with Store(url, create=True) as store:
        for number in range(1, int(writes) + 1):
            store.revise(generation(number, int(records)))
            print(number, flush=True)


def own_records(url: str, name: str, records: str, writes: str) -> None:
    """Write records of one's own, and one that others write, too; print how many revisions that made."""
    revisions = 0
    with Store(url, create=True) as store:
        for write in range(int(writes)):
            puts = [Put(dataset(f"{name}-{write}-{number}")) for number in range(int(records))]
            revisions += store.revise([*puts, Put(dataset("shared", title=f"{name} {write}"))]).revisions
    print(revisions)


def stall(url: str, records: str) -> None:
    """Begin a write, and never end it."""

    def changes() -> Iterator[Change]:
        for number in range(int(records)):
            yield Put(dataset(f"half-{number}"))
        print("half-way", flush=True)
        time.sleep(600)

    with Store(url, create=True) as store:
        store.revise(changes())


def start(workload: str, *arguments: str) -> subprocess.Popen[str]:
    """Start one of the above."""
    command = [sys.executable, "-m", "tests.store.workload", workload, *arguments]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for it; its output."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


_WORKLOADS: dict[str, Callable[..., None]] = {"generations": generations, "own_records": own_records, "stall": stall}

if __name__ == "__main__":
    _WORKLOADS[sys.argv[1]](*sys.argv[2:])
