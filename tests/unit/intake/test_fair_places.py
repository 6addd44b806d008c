"""Places that keys share: a flood leaves room for the next."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from cleanplate.intake.fair_places import FairPlaces


class Hall:
    """Visitors that stay until they are told to go."""

    def __init__(self, places: int) -> None:
        self.places = FairPlaces(places)
        self.inside = Counter[str]()
        self.order: list[str] = []
        self.visits: list[asyncio.Task[None]] = []

    def send(self, key: str, amount: int = 1) -> asyncio.Event:
        leave = asyncio.Event()

        async def visit() -> None:
            async with self.places.hold(key, amount):
                self.inside[key] += amount
                self.order.append(key)
                try:
                    await leave.wait()
                finally:
                    self.inside[key] -= amount

        self.visits.append(asyncio.create_task(visit()))
        return leave


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def empty(hall: Hall) -> None:
    for visit in hall.visits:
        visit.cancel()
    await asyncio.gather(*hall.visits, return_exceptions=True)


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def timed() -> None:
        async with asyncio.timeout(20):
            await scene()

    asyncio.run(timed())


def test_the_first_gets_half_and_the_next_half_of_the_rest() -> None:
    async def scene() -> None:
        hall = Hall(16)
        for key in "abcd":
            for _ in range(20):
                hall.send(key)
            await settle()
        assert hall.inside == {"a": 8, "b": 4, "c": 2, "d": 1}
        await empty(hall)

    run(scene)


def test_a_key_that_holds_nothing_gets_in_while_there_is_room() -> None:
    async def scene() -> None:
        hall = Hall(4)
        for key in "aaaabcd":
            hall.send(key)
        await settle()
        assert hall.inside == {"a": 2, "b": 1, "c": 1}
        await empty(hall)

    run(scene)


def test_whoever_holds_the_fewest_is_next() -> None:
    async def scene() -> None:
        hall = Hall(2)
        first, second = hall.send("a"), hall.send("b")
        for key in "aab":
            hall.send(key)
        hall.send("c")
        await settle()
        assert hall.order == ["a", "b"]
        first.set()
        await settle()
        assert hall.order == ["a", "b", "a"], "the first in line of those who hold nothing"
        second.set()
        await settle()
        assert hall.order[-1] == "b"
        await empty(hall)

    run(scene)


def test_whoever_wants_more_than_there_is_gets_all_alone() -> None:
    async def scene() -> None:
        hall = Hall(10)
        small = hall.send("a", 1)
        hall.send("b", 99)
        await settle()
        assert hall.inside == {"a": 1}
        small.set()
        await settle()
        assert hall.order == ["a", "b"]
        await empty(hall)

    run(scene)


@pytest.mark.parametrize("seed", range(5))
def test_however_visits_end_no_place_is_lost(seed: int) -> None:
    draw = random.Random(seed)

    async def scene() -> None:
        hall, leaving = Hall(8), list[asyncio.Event]()
        for _ in range(200):
            leaving.append(hall.send(draw.choice("abc"), draw.randint(1, 3)))
            if draw.random() < 0.5:
                draw.choice(hall.visits).cancel()
            if draw.random() < 0.5:
                draw.choice(leaving).set()
            if draw.random() < 0.5:
                await asyncio.sleep(0)
            assert sum(hall.inside.values()) <= 8
        for event in leaving:
            event.set()
        await asyncio.gather(*hall.visits, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(1), hall.places.hold("d", 8):
                return
        pytest.fail("a place was lost")

    run(scene)
