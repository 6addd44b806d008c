"""Which IP addresses a caller's URL may lead to: public ones, and networks opened on purpose."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from cleanplate.settings import Network

Address: TypeAlias = IPv4Address | IPv6Address

_CLOSED_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; one cloud keeps its metadata service there
        "127.0.0.0/8",
        "168.63.129.16/32",  # looks public, is the host of a virtual machine in Azure
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation, as the other two below
        "192.31.196.0/24",  # AS112: names of private addresses are looked up there
        "192.52.193.0/24",  # AMT, multicast through tunnels
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved
    )
)
_CLOSED_IPV6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, AMT, ORCHID, AS112
        "2001:db8::/32",  # documentation, as 3fff::/20
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",
    )
)
"""IANA's registries of special-purpose addresses, as of 2025; what Python's `is_global` knows of them depends
on its version."""
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""The upper half of an interface's identifier, before the IPv4 address that a tunnel leads to (RFC 5214)."""


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
    """Global unicast only, no tunnels: they lead to private networks too."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_IPV4)
    isatap = int(address) >> 32 & 0xFFFFFFFF in _ISATAP
    return address in _GLOBAL_UNICAST and not isatap and not any(address in net for net in _CLOSED_IPV6)
