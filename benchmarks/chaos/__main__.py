"""Run every attack, or one, and print what it did: `python -m benchmarks.chaos [--only NAME]`."""

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Final

from benchmarks import report
from benchmarks.chaos import (
    bombs,
    breakers,
    crash_loop,
    half_sent,
    heads,
    killed,
    slow,
    structures,
    unfinished,
)
from benchmarks.chaos.row import Row

ATTACKS: Final[dict[str, Callable[[], Iterator[Row]]]] = {
    "heads": heads.attack,
    "half-sent": half_sent.attack,
    "structures": structures.attack,
    "unfinished": unfinished.attack,
    "slow": slow.attack,
    "breakers": breakers.attack,
    "bombs": bombs.attack,
    "crash-loop": crash_loop.attack,
    "killed": killed.attack,
}
COLUMNS: Final = ("attack", "measured", "bar", "met")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--only", choices=ATTACKS, help="run just this one")
    only = parser.parse_args().only
    rows = [row for name in ATTACKS if only in (None, name) for row in _told(ATTACKS[name])]
    print(report.table(COLUMNS, [row.cells() for row in rows]))
    report.store(f"chaos-{only or 'all'}", [row.cells() for row in rows])
    sys.exit(not all(row.met for row in rows))


def _told(attack: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """Each row as soon as it is there: some attacks take minutes."""
    for row in attack():
        print(" | ".join(row.cells().values()), file=sys.stderr, flush=True)
        yield row


if __name__ == "__main__":
    main()
