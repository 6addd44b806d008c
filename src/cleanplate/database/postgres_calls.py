"""Calls from process to process through Postgres: LISTEN and NOTIFY."""

import hashlib
import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Select, Update, func, select, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cleanplate.database.postgres import connect_to_read
from cleanplate.errors import StorageFailed

_log = logging.getLogger(__name__)

_CHANNEL: Final = "cleanplate_"
_DIGITS: Final = 32
_LISTEN_S: Final = 1.0
_AGAIN_S: Final = 1.0


def notified(change: Update, name: ColumnElement[str]) -> Select[Any]:
    """The change, and a call for whoever listens for the name in each row that it changes: one statement.

    They are called when it is committed.
    """
    changed = change.returning(name.label("name")).cte("changed")
    digest = func.encode(func.sha256(func.convert_to(changed.c.name, "UTF8")), "hex")
    return select(func.pg_notify(_CHANNEL + func.left(digest, _DIGITS), ""))


def listen(engine: Engine, name: str, called: Callable[[], None], stop: threading.Event) -> None:
    """Call back at each call for this name, and after each time when calls may have been lost, until stopped.

    It has a connection to itself; one that breaks is made anew. A pooler that gives each transaction another
    session hears nothing: the engine has to reach the server itself.
    """
    while not stop.is_set():
        try:
            with connect_to_read(engine) as connection:
                connection.execute(text(f'LISTEN "{_channel(name)}"'))
                called()
                _hear(connection, called, stop)
        except (DatabaseError, PoolTimeout, StorageFailed) as error:
            _log.warning("calls are not heard for a moment: %s", type(error).__name__)
            stop.wait(_AGAIN_S)


def _hear(connection: Connection, called: Callable[[], None], stop: threading.Event) -> None:
    import psycopg

    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    try:
        while not stop.is_set():
            for _ in driver.notifies(timeout=_LISTEN_S, stop_after=1):
                called()
    except psycopg.Error as error:
        connection.invalidate(error)
        raise OperationalError("LISTEN", None, error) from error


def _channel(name: str) -> str:
    """Of any name one that fits: 63 bytes are the most."""
    return _CHANNEL + hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]
