"""What the attack by made-up requests rests on, and a few of them to a whole server."""

import random
from pathlib import Path

import pytest
from tests.api.servers import served

from benchmarks.chaos.__main__ import page
from benchmarks.chaos.fuzz_api import fault_of
from benchmarks.chaos.made_up_requests import Requests, mutated
from benchmarks.chaos.odd_words import KEYS
from benchmarks.chaos.raw_exchange import LONGEST_S, Exchange, exchange, kind_of
from benchmarks.chaos.victim import Victim
from cleanplate.app import build
from cleanplate.settings import Settings

NOWHERE = "http://127.0.0.1:1/"
COUNT = 200


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "unfinished"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", "unfinished"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "whole"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na", "unfinished"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", "whole"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "whole"),
        (b"GET / HTTP/1.1\r\n\r\n", "broken"),
        (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "whole"),
        (b"\0", "broken"),
    ],
)
def test_what_is_a_whole_request(data: bytes, kind: str) -> None:
    assert kind_of(data)[0] == kind


@pytest.mark.parametrize(
    ("kind", "status", "head", "seconds", "fault"),
    [
        ("whole", 200, b"", 1.0, ""),
        ("whole", 500, b"", 1.0, "5xx"),
        ("broken", 500, b"", 1.0, "5xx"),
        ("whole", 503, b"", 1.0, "5xx"),
        ("whole", 503, b"a: b\r\nRetry-After: 1", 1.0, ""),
        ("whole", 505, b"", 1.0, ""),
        ("whole", 0, b"", 1.0, "dropped"),
        ("broken", 0, b"", 1.0, ""),
        ("whole", 0, b"", 10.0, "slow"),
        ("whole", 200, b"", 10.5, "slow"),
    ],
)
def test_what_is_a_fault(kind: str, status: int, head: bytes, seconds: float, fault: str) -> None:
    made = Exchange(kind, "GET", status, head, b"", seconds)  # type: ignore[arg-type]
    assert fault_of(made, LONGEST_S) == fault


def test_a_number_is_one_request() -> None:
    one, other = Requests(1, NOWHERE), Requests(1, NOWHERE)
    made = [one.at(number, ["a"]) for number in range(50)]
    assert [other.at(number, ["a"]) for number in range(50)] == made
    assert len(set(made)) > 40
    assert [Requests(2, NOWHERE).at(number, ["a"]) for number in range(50)] != made


def test_a_value_changes_in_one_part() -> None:
    value = {"a": {"b": [1, 2]}, "c": "d"}
    made = [mutated(value, random.Random(number)) for number in range(50)]
    assert value == {"a": {"b": [1, 2]}, "c": "d"}
    assert sum(one == value for one in made) < 5


def test_a_few_of_them_to_a_whole_server(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, api_keys=KEYS, sqlite_synchronous="NORMAL", sync_timeout_s=60)
    requests, statuses = Requests(3, NOWHERE), list[int]()
    with served(build(settings), lifespan="on") as base:
        victim = Victim(0, int(base.rpartition(":")[2]), tmp_path)
        for number in range(COUNT):
            made = exchange(victim, requests.at(number, []), 100.0)
            assert fault_of(made, 100.0) == "", (number, made)
            statuses.append(made.status)
    assert {200, 202, 400, 401, 404} <= set(statuses)


def test_what_did_not_run_here_stays_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.report.RESULTS", tmp_path)
    before = page("# Old\n\n## heads\n\nmeasured long ago\n\n## slow\n\nas well\n\n## gone\n\nno attack\n")
    assert before.endswith("## heads\n\nmeasured long ago\n\n## slow\n\nas well\n")
    (tmp_path / "chaos-slow.json").write_text('{"at": "today", "cores": 2, "rows": []}')
    assert "## heads\n\nmeasured long ago\n\n## slow\n\ntoday, 2 cores." in page(before)
