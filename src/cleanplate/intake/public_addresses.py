"""Which IP addresses a caller's URL may lead to: public ones, and networks opened on purpose."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from cleanplate.settings import Network

Address: TypeAlias = IPv4Address | IPv6Address

_NOT_PUBLIC = (
    IPv4Network("100.64.0.0/10"),  # carrier-grade NAT; one cloud keeps its metadata service there
    IPv4Network("168.63.129.16/32"),  # looks public, is the host of a virtual machine in Azure
    IPv4Network("192.0.0.0/24"),  # protocol assignments; older Pythons call parts of it global
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def may_dial(host: str, allow: Sequence[Network]) -> bool:
    """Whether a connection to this literal address may be opened.

    Args:
        host: an address as the operating system is about to dial it; anything else gives False.
        allow: networks that are open besides public addresses.
    """
    try:
        address = _effective_address(ip_address(host))
    except ValueError:
        return False
    return any(address in network for network in allow) or _is_public(address)


def _effective_address(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for: `::ffff:a.b.c.d` and NAT64; else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    """Global unicast only. `is_global` alone also lets multicast and tunnels to private networks pass."""
    if isinstance(address, IPv4Address):
        special = address.is_multicast or address.is_reserved or any(address in net for net in _NOT_PUBLIC)
        return address.is_global and not special
    tunnel = address.sixtofour is not None or address.teredo is not None
    return address in _GLOBAL_UNICAST and address.is_global and not tunnel
