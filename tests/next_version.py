"""The version after this one, made of this one: more migrations, a column and a table, and use of them."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cleanplate
from cleanplate.database.schema import HEAD

NEXT: Final = f"{int(HEAD) + 1:04}"
EXPANDING: Final = (
    'op.add_column("tasks", sa.Column("origin", sa.String, nullable=False, server_default="before"))',
    'op.create_table("origins", sa.Column("name", sa.String, primary_key=True))',
)
"""What a migration may do while the version before is at work."""
INDEXING: Final = (
    'index, of = "tasks_by_origin", "tasks"',
    "if op.get_bind().dialect.name == 'sqlite':",
    "    return op.create_index(index, of, ['origin'])",
    "with op.get_context().autocommit_block():",
    "    op.drop_index(index, of, if_exists=True, postgresql_concurrently=True)",
    "    op.create_index(index, of, ['origin'], postgresql_concurrently=True)",
)
"""An index of a large table, while others write to it: docs/upgrade.md."""
CONTRACTING: Final = (f"op.execute(\"UPDATE installation SET oldest_revision = '{NEXT}'\")",)  # noqa: S608 - a number
"""What a migration says that the version before cannot work beside."""
_TABLE: Final = '    Column("deaths", Integer, nullable=False, server_default="0"),\n'
_ROW: Final = '        "extra": dict(task.submission.extra),\n'
_REPLACED: Final = (
    ("database/schema.py", f'HEAD: Final = "{HEAD}"', 'HEAD: Final = "{last}"'),
    ("database/tables.py", _TABLE, _TABLE + '    Column("origin", String, nullable=False),\n'),
    ("tasks/rows.py", _ROW, _ROW + '        "origin": "next",\n'),
)


def make_next_version(folder: Path, *migrations: Sequence[str]) -> str:
    """Writes it below a folder, which is then what PYTHONPATH has to name.

    Args:
        migrations: the lines of each, from `NEXT` on; the first one has to be `EXPANDING`.
    """
    package = folder / "cleanplate"
    shutil.copytree(Path(cleanplate.__file__).parent, package)
    last = HEAD
    for lines in migrations:
        number, before = f"{int(last) + 1:04}", last
        text = [
            '"""Of the next version."""',
            "import sqlalchemy as sa\nfrom alembic import op",
            f'revision = "{number}"\ndown_revision = "{before}"',
            "def upgrade():",
            *(f"    {line}" for line in lines),
        ]
        versions = package / "database" / "migrations" / "versions"
        (versions / f"v{number}_next.py").write_text("\n".join(text) + "\n")
        last = number
    for name, old, new in _REPLACED:
        path = package / name
        source = path.read_text()
        assert source.count(old) == 1, f"{name} has changed"
        path.write_text(source.replace(old, new.format(last=last)))
    return str(folder)
