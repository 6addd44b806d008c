from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest

from cleanplate.intake.public_addresses import may_dial

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "192.0.1.1",
    "192.31.195.255",
    "192.88.98.255",
    "2606:4700:4700::1111",
    "2001:200::1",
    "2a00:1450:4001::5efe",
    "2620:4f:8001::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]
PRIVATE = [
    "0.0.0.0",  # noqa: S104 - tested, not bound
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.175.48.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:3::1",
    "2001:4:112::1",
    "2001:20::1",
    "2001:db8::1",
    "2620:4f:8000::1",
    "2a00:1450:4001::5efe:a00:1",
    "2a00:1450:4001:0:200:5efe:808:808",
    "3fff::1",
    "3fff:fff:ffff::1",
    "64:ff9b::c058:6301",
    "::ffff:192.31.196.1",
    "2002:7f00:1::",
    "2002:808:808::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("host", PUBLIC)
def test_public_addresses(host: str) -> None:
    assert may_dial(host, ())


@pytest.mark.parametrize("host", PRIVATE)
def test_everything_else_is_refused(host: str) -> None:
    assert not may_dial(host, ())


@pytest.mark.parametrize(
    "host", ["", "localhost", "0x7f.1", "2130706433", "127.1", "010.0.0.1", "8.8.8.8/32", "x"]
)
def test_what_is_no_plain_address_is_refused(host: str) -> None:
    assert not may_dial(host, (IPv4Network("0.0.0.0/0"),))


@pytest.mark.parametrize("host", [*PUBLIC, *PRIVATE])
def test_the_answer_does_not_depend_on_what_python_knows(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = may_dial(host, ())
    for kind in (IPv4Address, IPv6Address):
        monkeypatch.setattr(kind, "is_global", not known)
    assert may_dial(host, ()) is known


def test_networks_opened_on_purpose() -> None:
    allow = (IPv4Network("127.0.0.0/8"), IPv6Network("fd00::/8"))
    assert may_dial("127.0.0.1", allow)
    assert may_dial("::ffff:127.0.0.1", allow)
    assert may_dial("fd00::1", allow)
    assert not may_dial("10.0.0.1", allow)
    assert not may_dial("::1", allow)


def test_an_open_ipv6_network_does_not_open_the_ipv4_inside() -> None:
    assert not may_dial("::ffff:10.0.0.1", (IPv6Network("::/0"),))
