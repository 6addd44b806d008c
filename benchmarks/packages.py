"""What only the comparison needs: the dependency group `bench`."""

from importlib import import_module
from typing import Any


class MissingPackage(Exception):
    """A package of the dependency group `bench` is not installed."""


def package(name: str) -> Any:
    """The module `name`.

    Raises:
        MissingPackage: it does not load; the message is one line with the way to get it.
    """
    try:
        return import_module(name)
    except (ImportError, OSError) as error:
        raise MissingPackage(f"{name} does not load ({error}): `make bench` installs it") from error
