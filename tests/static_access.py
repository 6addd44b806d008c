"""The keys of an environment, as the application knows them."""

from sqlalchemy import Engine

from cleanplate.access import Access, static_keys
from cleanplate.key_limits import UNLIMITED, Limits
from cleanplate.storage.server_secret import ServerSecret

SECRET = ServerSecret(b"of a test" * 4)


def static_access(engine: Engine, *secrets: str, preset: Limits = UNLIMITED, actor: str = "server") -> Access:
    """The access of a server with these static keys."""
    return Access(engine, static_keys(engine, secrets, SECRET.mac), preset=preset, actor=actor)
