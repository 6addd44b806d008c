"""Who leaves when there are more connections than places."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from cleanplate.serving.places import Held, Places, Stake, origin_of


@dataclass(eq=False)
class One:
    """A connection that is nothing else."""

    since_s: float
    stake: Stake = Stake.STRANGER_WAITS
    origin: str = "192.0.2.1"

    def leave(self) -> None:
        raise AssertionError("it only is named here")


def leavers(held: list[One], *, most: int = 100, per_origin: int = 100) -> Sequence[Held]:
    """Who leaves for the last of them."""
    places = Places(most, per_origin)
    assert not any(places.take(one) for one in held[:-1])
    return places.take(held[-1])


def test_nobody_leaves_while_there_is_room() -> None:
    assert leavers([One(1), One(2), One(3)], most=3, per_origin=3) == ()


def test_who_left_has_no_place() -> None:
    places = Places(2, 2)
    first, second, third, fourth = (One(number) for number in range(4))
    assert [places.take(one) for one in (first, second, third)] == [(), (), [first]]
    places.free(second)
    places.free(second)
    places.free(first)
    assert places.take(fourth) == ()


def test_of_many_that_nobody_would_miss_several_leave_at_once() -> None:
    held = [One(1, Stake.CLIENT_WAITS), *(One(number) for number in range(31)), One(100)]
    assert leavers(held, most=32) == held[1:3]


def test_who_waited_longest_leaves() -> None:
    held = [One(2), One(1), One(3)]
    assert leavers(held, most=2) == [held[1]]


def test_an_address_that_has_too_many_loses_one_of_its_own() -> None:
    held = [One(1, origin="198.51.100.1"), One(3), One(2), One(4)]
    assert leavers(held, per_origin=2) == [held[2]]


@pytest.mark.parametrize("better", list(Stake)[1:])
def test_who_has_less_to_lose_leaves_though_it_came_later(better: Stake) -> None:
    held = [One(1, better), One(2, Stake(better - 1)), One(3)]
    assert leavers(held, most=2) == [held[1]]


def test_the_newcomer_leaves_when_all_others_are_being_served() -> None:
    held = [One(1, Stake.CLIENT_IS_SERVED), One(2, Stake.CLIENT_IS_SERVED), One(3)]
    assert leavers(held, most=2) == [held[2]]
    assert leavers(held, per_origin=2) == [held[2]]


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a unix socket", "a unix socket"),
    ],
)
def test_origins(host: str, origin: str) -> None:
    assert origin_of(host) == origin
