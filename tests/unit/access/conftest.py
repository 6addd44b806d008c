from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cleanplate.database import open_database


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "a.db", synchronous="OFF")
    yield engine
    engine.dispose()
