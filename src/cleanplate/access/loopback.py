"""Who needs no key, where that is asked for: programs of this machine, and pages that came from it.

A browser lets every page of the internet send requests to this machine. Two ways lead there, and both are
shut: a page of another origin says so in `Origin` or `Sec-Fetch-Site`, and one whose name was made to stand
for 127.0.0.1 (DNS rebinding) has that name in `Host`.
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from cleanplate.access.callers import Caller

LOCAL: Final = "loopback"
"""Id and account of whoever comes in like that."""
_FORWARDED: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Headers by which a proxy says that somebody else asks."""
_OF_ITS_OWN: Final = ("", "none", "same-origin")


def local_caller() -> Caller:
    """Who asks from this machine."""
    return Caller(LOCAL, LOCAL, LOCAL)


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def asks_from_here(address: str | None, headers: Mapping[str, str], origins: Sequence[str]) -> bool:
    """Whether a request comes from a program of this machine, or from a page that has its origin here.

    Args:
        address: the other end of the connection; None where that is no address.
        headers: names in lower case.
        origins: of pages that may ask beside those of the server itself; "*" is none.
    """
    if address is None or not is_loopback(address) or any(name in headers for name in _FORWARDED):
        return False
    host = headers.get("host", "")
    if not is_loopback(_name_of(f"http://{host}")):
        return False
    origin = headers.get("origin")
    if origin is not None and origin in origins:
        return True
    own = origin is None or origin.partition("://")[2] == host.lower()
    return own and headers.get("sec-fetch-site", "") in _OF_ITS_OWN


def _name_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
