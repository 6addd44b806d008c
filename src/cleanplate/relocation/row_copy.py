"""Copies every table, in batches, and reads what was written again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Table, func, insert, select

from cleanplate.database.tables import INSTALLATION, METADATA
from cleanplate.errors import SetupError
from cleanplate.relocation.sums import Checksum, row_bytes

TABLES: Final = tuple(table for table in METADATA.sorted_tables if table is not INSTALLATION)
"""All that hold something of the installation; that one says which it is, and the rest is the place's."""
_BATCH: Final = 1000

Adapt = Callable[[Table, dict[str, Any]], dict[str, Any]]


def count_rows(connection: Connection) -> int:
    """Of all tables together."""
    return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES)


def copy_rows(
    source: Connection, target: Connection, adapt: Adapt, tell: Callable[[int], None]
) -> dict[str, int]:
    """Copy all rows; how many of each table.

    Args:
        source: nobody writes there meanwhile.
        target: its tables are empty.
        adapt: makes of each row what it is in its new place.
        tell: told how many rows are there so far.

    Raises:
        SetupError: what is read back is not what was written.
    """
    counts: dict[str, int] = {}
    for table in TABLES:
        written = Checksum()
        with _batches(source, table) as batches:
            for batch in batches:
                rows = [adapt(table, dict(row)) for row in batch]
                target.execute(insert(table), rows)
                for row in rows:
                    written.add(row_bytes(row))
                tell(sum(counts.values()) + written.count)
        if _sum_of(target, table) != written:
            raise SetupError(
                f"the copy of the table {table.name} differs from what was read: nothing is kept"
            )
        counts[table.name] = written.count
    return counts


@contextmanager
def _batches(connection: Connection, table: Table) -> Iterator[Iterator[Sequence[RowMapping]]]:
    """Rows with their values in the order of the columns; the whole table is never in memory."""
    with connection.execute(select(table).execution_options(yield_per=_BATCH)) as found:
        yield found.mappings().partitions()


def _sum_of(connection: Connection, table: Table) -> Checksum:
    there = Checksum()
    with _batches(connection, table) as batches:
        for row in chain.from_iterable(batches):
            there.add(row_bytes(dict(row)))
    return there
