"""A worker is called where calls reach it; behind a pooler of transactions it looks by itself."""

from pathlib import Path

import pytest
from tests.postgres import PostgresServer

from cleanplate.app.worker_process import open_worker
from cleanplate.database import open_server_database
from cleanplate.settings import Settings


@pytest.mark.parametrize("pooler", [False, True])
def test_it_wants_calls_only_where_it_hears_them(
    postgres: PostgresServer, tmp_path: Path, *, pooler: bool
) -> None:
    url = postgres.migrated_database()
    open_server_database(url).dispose()
    settings = Settings(
        database_url=url, database_pooler=pooler, data=tmp_path, store=str(tmp_path / "objects"), workers=1
    )
    (tmp_path / "objects").mkdir()
    process = open_worker(settings)
    with process.closing:
        worker, fleet = process.doing.worker, process.table.fleet
        assert fleet is not None
        fleet.register(process.doing.card)
        assert worker._next_after_rest() is None
        with process.data.engine.connect() as connection:
            idle = connection.exec_driver_sql("SELECT idle FROM workers").scalar_one()
    assert process.doing.hears is not pooler
    assert idle is not pooler, "nobody is called who cannot hear it"
