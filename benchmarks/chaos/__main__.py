"""Run every attack, or one, and print what it did: `python -m benchmarks.chaos [--only NAME]`.

`--write FILE` makes the page of the documentation.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks import report
from benchmarks.chaos import (
    bombs,
    breakers,
    crash_loop,
    dead_urls,
    dead_webhooks,
    deleted_database,
    full_disk,
    half_sent,
    heads,
    killed,
    locked_database,
    overload,
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
    "overload": overload.attack,
    "dead-urls": dead_urls.attack,
    "dead-webhooks": dead_webhooks.attack,
    "locked-database": locked_database.attack,
    "deleted-database": deleted_database.attack,
    "full-disk": full_disk.attack,
}
COLUMNS: Final = ("attack", "measured", "bar", "met")
_PAGE: Final = """# Reliability

Written by `make chaos` on {date}, on {cores} cores without a GPU. Each row is an attack on a real
`cleanplate serve` with its defaults, on loopback, by `benchmarks/chaos/`. What happens in operation, and what
to do then: [operations](operations.md).

{table}
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--only", choices=ATTACKS, help="run just this one")
    parser.add_argument("--write", type=Path, help="write the page with the table to this file")
    given = parser.parse_args()
    only = given.only
    rows = [row for name in ATTACKS if only in (None, name) for row in _told(ATTACKS[name])]
    table = report.table(COLUMNS, [row.cells() for row in rows])
    print(table)
    if given.write:
        date = time.strftime("%Y-%m-%d")
        given.write.write_text(_PAGE.format(date=date, cores=os.cpu_count(), table=table))
    report.store(f"chaos-{only or 'all'}", [row.cells() for row in rows])
    sys.exit(not all(row.met for row in rows))


def _told(attack: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """Each row as soon as it is there: some attacks take minutes."""
    for row in attack():
        print(" | ".join(row.cells().values()), file=sys.stderr, flush=True)
        yield row


if __name__ == "__main__":
    main()
