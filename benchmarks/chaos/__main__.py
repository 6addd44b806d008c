"""Run every attack, or one, and print what it did: `python -m benchmarks.chaos [--only NAME]`.

`--write FILE` makes the page of the documentation: the last run of each attack, or else what the page says.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks import report
from benchmarks.chaos import (
    bombs,
    breakers,
    cluster_attack,
    crash_loop,
    dead_urls,
    dead_webhooks,
    deleted_database,
    full_disk,
    fuzz_api,
    fuzz_decoders,
    half_sent,
    heads,
    killed,
    locked_database,
    mixed,
    overload,
    slow,
    structures,
    sustained,
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
    "cluster": cluster_attack.attack,
    "overload": overload.attack,
    "sustained": sustained.attack,
    "mixed": mixed.attack,
    "dead-urls": dead_urls.attack,
    "dead-webhooks": dead_webhooks.attack,
    "locked-database": locked_database.attack,
    "deleted-database": deleted_database.attack,
    "full-disk": full_disk.attack,
    "fuzz-api": fuzz_api.attack,
    "fuzz-decoders": fuzz_decoders.attack,
}
COLUMNS: Final = ("attack", "measured", "bar", "met")
_TITLE: Final = "## "
_STORED: Final = "chaos-{}"
_INTRODUCTION: Final = """# Reliability

Written by `make chaos`, from the last run of each attack of `benchmarks/chaos/` on a real `cleanplate serve`,
on loopback, without a GPU. What happens in operation, and what to do then: [operations](operations.md).

"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--only", choices=ATTACKS, help="run just this one")
    parser.add_argument("--write", type=Path, help="write the last run of each attack to this page")
    given = parser.parse_args()
    met = True
    for name in [given.only] if given.only else ATTACKS:
        rows = list(_told(ATTACKS[name]))
        met = met and all(row.met for row in rows)
        cells = [row.cells() for row in rows]
        print(report.table(COLUMNS, cells))
        report.store(_STORED.format(name), cells)
    if given.write:
        given.write.write_text(page(given.write.read_text() if given.write.exists() else ""))
    sys.exit(not met)


def page(before: str) -> str:
    """The page of the documentation.

    Args:
        before: the page as it is: attacks that were not run on this machine keep their part.
    """
    kept = {part.partition("\n")[0]: f"{_TITLE}{part.rstrip()}\n" for part in before.split(_TITLE)[1:]}
    parts = (_part(name) or kept.get(name, "") for name in ATTACKS)
    return _INTRODUCTION + "\n".join(part for part in parts if part)


def _part(name: str) -> str:
    """What the last run of an attack on this machine says; "" without one."""
    stored = report.RESULTS / f"{_STORED.format(name)}.json"
    if not stored.exists():
        return ""
    run = json.loads(stored.read_text())
    return f"{_TITLE}{name}\n\n{run['at']}, {run['cores']} cores.\n\n{report.table(COLUMNS, run['rows'])}\n"


def _told(attack: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """Each row as soon as it is there: some attacks take minutes."""
    for row in attack():
        print(" | ".join(row.cells().values()), file=sys.stderr, flush=True)
        yield row


if __name__ == "__main__":
    main()
