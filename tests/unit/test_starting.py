"""A start waits for what is away, says so, and gives up; what waiting does not mend ends it at once."""

import pytest

from cleanplate.app.starting import when_reached
from cleanplate.errors import ServiceAway, SetupError


def test_it_waits_and_says_for_what(caplog: pytest.LogCaptureFixture) -> None:
    pauses: list[float] = []

    def attempt() -> str:
        if len(pauses) < 6:
            raise ServiceAway("Connection refused")
        return "opened"

    assert when_reached(attempt, longest_s=60, sleep=pauses.append) == "opened"
    assert pauses == [0.5, 1, 2, 4, 5, 5]
    assert caplog.text.count("Connection refused") == len(pauses)


def test_it_gives_up() -> None:
    def attempt() -> None:
        raise ServiceAway("Connection refused")

    with pytest.raises(ServiceAway):
        when_reached(attempt, longest_s=0, sleep=lambda _: pytest.fail("it waits"))


def test_a_mistake_is_told_at_once() -> None:
    def attempt() -> None:
        raise SetupError("password authentication failed")

    with pytest.raises(SetupError):
        when_reached(attempt, longest_s=60, sleep=lambda _: pytest.fail("it waits"))
