"""Who may stay connected when more come than there are places, in all and for one address.

The newcomer gets in, and who has the least to lose leaves: a flood pushes itself out, and a client that sends
its request at once is served in the midst of it.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from enum import IntEnum
from ipaddress import IPv6Network, ip_address
from typing import Final, Protocol

_ONE_CUSTOMER: Final = 64
"""Bits of an IPv6 address that tell one network of a customer from another's."""
_AT_ONCE: Final = 16
"""One in so many leaves at a time, of those that nobody would miss: to look for one costs as much."""


class Stake(IntEnum):
    """What a connection would lose, from nothing to work that its client may have."""

    REFUSED = 0
    STRANGER_WAITS = 1
    CLIENT_WAITS = 2
    STRANGER_IS_SERVED = 3
    CLIENT_IS_SERVED = 4


class Held(Protocol):
    """A connection as it is seen here.

    Attributes:
        origin: whose it is: `origin_of` its address.
        since_s: when its present wait or request began, by any clock that all share.
    """

    origin: str
    since_s: float

    @property
    def stake(self) -> Stake: ...

    def leave(self) -> None:
        """Close it at once."""


class Places:
    """All connections of a server.

    Args:
        most: of all.
        per_origin: of one address.
    """

    def __init__(self, most: int, per_origin: int) -> None:
        self._most = most
        self._per_origin = per_origin
        self._held: set[Held] = set()
        self._counts: Counter[str] = Counter()

    def take(self, newcomer: Held) -> Sequence[Held]:
        """Give it a place; who has to leave for it: itself when all others are being served.

        Whoever leaves has its place no more.
        """
        self._held.add(newcomer)
        self._counts[newcomer.origin] += 1
        leavers: Sequence[Held] = ()
        if self._counts[newcomer.origin] > self._per_origin:
            leavers = _least(newcomer, [one for one in self._held if one.origin == newcomer.origin])
        elif len(self._held) > self._most:
            leavers = _least(newcomer, self._held)
        for one in leavers:
            self.free(one)
        return leavers

    def free(self, held: Held) -> None:
        """Take a place back, if it still is taken."""
        if held in self._held:
            self._held.discard(held)
            self._counts[held.origin] -= 1
            if not self._counts[held.origin]:
                del self._counts[held.origin]


def _least(newcomer: Held, held: Collection[Held]) -> Sequence[Held]:
    others = [(one.stake, one.since_s, one) for one in held if one is not newcomer]
    ranked = sorted(others, key=lambda other: other[:2])
    if not ranked or ranked[0][0] is Stake.CLIENT_IS_SERVED:
        return [newcomer]
    missed_by_nobody = [one for stake, _, one in ranked if stake <= Stake.STRANGER_WAITS]
    return missed_by_nobody[: max(len(held) // _AT_ONCE, 1)] or [ranked[0][2]]


def origin_of(host: str) -> str:
    """An IPv4 address itself, the /64 of an IPv6 one: a customer has as many of these as he likes."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:  # noqa: PLR2004 - of IP
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _ONE_CUSTOMER), strict=False))
