"""Hosts that do not answer are not asked again at once."""

from cleanplate.intake.dead_hosts import DeadHosts


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def _silent(hosts: DeadHosts, times: int, key: str = "a", host: str = "http://dead") -> None:
    for _ in range(times):
        hosts.silent(key, host)


def test_eight_in_a_row_make_a_host_dead_for_the_key_that_asked() -> None:
    hosts = DeadHosts(Clock())
    _silent(hosts, 7)
    assert not hosts.is_dead("a", "http://dead")
    _silent(hosts, 1)
    assert hosts.is_dead("a", "http://dead")
    assert not hosts.is_dead("a", "http://good")
    assert not hosts.is_dead("b", "http://dead"), "what one key says is nothing to another"


def test_an_answer_between_them_begins_anew() -> None:
    hosts = DeadHosts(Clock())
    _silent(hosts, 7)
    hosts.answered("a", "http://dead")
    _silent(hosts, 7)
    assert not hosts.is_dead("a", "http://dead")


def test_after_a_pause_one_may_try() -> None:
    clock = Clock()
    hosts = DeadHosts(clock)
    _silent(hosts, 8)
    clock.now_s = 29.0
    assert hosts.is_dead("a", "http://dead")
    clock.now_s = 30.0
    assert [hosts.is_dead("a", "http://dead") for _ in range(3)] == [False, True, True]
    hosts.answered("a", "http://dead")
    assert not hosts.is_dead("a", "http://dead")


def test_no_more_is_remembered_than_so_many() -> None:
    hosts = DeadHosts(Clock())
    _silent(hosts, 8)
    for number in range(1024):
        _silent(hosts, 1, host=f"http://{number}")
    assert not hosts.is_dead("a", "http://dead")
    assert len(hosts._known) == 1024
