"""Who is asked for what lies on the model hub: the hub itself, or the mirror that the settings name."""

from typing import Final
from urllib.parse import urlsplit

from cleanplate.settings import HUB

HTTPS: Final = frozenset({"https"})


def mirror_url(url: str, mirror: str) -> str:
    """The address on the mirror of what has this address on the hub; other addresses stay.

    Args:
        mirror: its address, without a slash at its end; the hub's own where there is none.
    """
    return mirror + url.removeprefix(HUB) if url.startswith(f"{HUB}/") else url


def allowed(url: str, schemes: frozenset[str], mirror: str) -> bool:
    """True for these schemes, and for whatever lies on the mirror: who names one without TLS wants that."""
    return urlsplit(url).scheme in schemes or url.startswith(f"{mirror}/")
