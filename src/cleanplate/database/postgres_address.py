"""How a Postgres server is reached: from its URL to what the driver is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cleanplate.errors import SetupError

_SCHEMES: Final = ("postgresql://", "postgres://")
_DRIVER_SCHEME: Final = "postgresql+psycopg://"
"""As SQLAlchemy names it: people copy such a URL from other programs."""
_SETTING: Final = "CLEANPLATE_DATABASE_URL"
_CONNECT_S: Final = 3
_ABOUT_PARAMETERS: Final = "URI query parameter"
NAME: Final = "cleanplate"
"""Of our sessions."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a connection to Postgres is like.

    Attributes:
        options: of the server, which a session behind a pooler does not have.
        silence_s: how long the server may say nothing to whoever asks; then it is taken to hang. None is as
            long as it likes.
        prepared_from: a statement is prepared when a connection has sent it so often; None is never.
    """

    options: str
    silence_s: float | None = None
    prepared_from: int | None = None


_OPTIONS: Final = (
    # Nobody holds a row for long, not even a machine that has gone away in the middle of a transaction
    "-c statement_timeout=8s -c lock_timeout=4s -c idle_in_transaction_session_timeout=60s -c timezone=UTC "
    # Planning takes longer than all else here; what was planned for a small table would read it whole
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off "
    r"-c default_transaction_isolation=read\ committed"
)
# Most statements come again and again
WORK: Final = Session(_OPTIONS, silence_s=5.0, prepared_from=1)
_USUAL: Final[Mapping[str, str]] = {
    "client_encoding": "utf8",
    "connect_timeout": str(_CONNECT_S),
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
_ONLY_PRIMARY: Final[Mapping[str, str]] = {"target_session_attrs": "read-write"}
"""Of several hosts the one that can be written to."""


def connect_arguments(url: str, name: str, session: Session, *, pooler: bool) -> dict[str, Any]:
    """The arguments of `psycopg.connect`.

    Args:
        url: as libpq reads it: several hosts, sockets (`postgresql://%2Frun%2Fpostgresql/name`), IPv6,
            `sslmode` and all other options; what it does not say comes from the environment's `PG...`.
        name: what the server calls the session, unless the URL does.
        session: to whose options come those of the URL.
        pooler: nothing may be set or prepared.

    Raises:
        SetupError: it is no such URL. The text says nothing of it: a piece may be of the password.
    """
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    address = "postgresql://" + url.removeprefix(_DRIVER_SCHEME) if url.startswith(_DRIVER_SCHEME) else url
    if not address.startswith(_SCHEMES):
        raise SetupError(f"{_SETTING}: must begin with postgresql://; leave it empty for SQLite")
    try:
        given = conninfo_to_dict(address)
    except ProgrammingError as error:
        raise SetupError(_unreadable_because(address, error)) from None
    ports = str(given.get("port", "")).replace(",", "")
    # The rest of a password with a slash in it
    if (ports and not ports.isdecimal()) or "@" in str(given.get("dbname", "")):
        raise SetupError(_unreadable())
    options = {} if pooler else {"options": f"{session.options} {given.get('options', '')}".strip()}
    prepared = {"prepare_threshold": None if pooler else session.prepared_from}
    several: Mapping[str, str] = (
        _ONLY_PRIMARY if "," in f"{given.get('host', '')}{given.get('hostaddr', '')}" else {}
    )
    return {**_USUAL, "application_name": name, **several, **given, **options, **prepared}


def _unreadable_because(address: str, error: Exception) -> str:
    """libpq's own words where they speak of a parameter, and not of what may be the rest of a password."""
    _, _, parameters = address.partition("?")
    if not parameters or "@" in parameters or _ABOUT_PARAMETERS not in str(error):
        return _unreadable()
    return f"{_SETTING}: {' '.join(str(error).split())}"


def _unreadable() -> str:
    return (
        f"{_SETTING}: not an address like postgresql://user:password@host:5432/name; "
        "signs like / @ : # % in a password are written %2F %40 %3A %23 %25"
    )
