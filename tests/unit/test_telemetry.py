import io
import logging
import re
from collections.abc import Iterator

import pytest

from cleanplate import telemetry


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to stderr once logging is set up at INFO; the root logger is put back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    caught = io.StringIO()
    monkeypatch.setattr("sys.stderr", caught)
    telemetry.setup_logging("INFO")
    yield caught
    root.handlers[:], root.level = before[0], before[1]


def test_one_line_with_fields(stream: io.StringIO) -> None:
    logging.getLogger("cleanplate.x").info("task %s", "ended", extra={"task_id": "t1", "compute_ms": 7})
    pattern = (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO cleanplate\.x: task ended task_id=t1 compute_ms=7\n"
    )
    assert re.fullmatch(pattern, stream.getvalue())


def test_the_request_is_named(stream: io.StringIO) -> None:
    token = telemetry.request_id.set("r-1")
    logging.getLogger("x").warning("refused")
    telemetry.request_id.reset(token)
    logging.getLogger("x").warning("later")
    first, second = stream.getvalue().splitlines()
    assert first.endswith("refused request_id=r-1")
    assert second.endswith("later")


def test_text_from_outside_forges_no_second_line(stream: io.StringIO) -> None:
    logging.getLogger("x").warning("got %s", "a\r\nERROR forged", extra={"field": "b\nc"})
    assert len(stream.getvalue().splitlines()) == 1


def test_a_traceback_follows_its_line(stream: io.StringIO) -> None:
    try:
        [].pop()
    except IndexError:
        logging.getLogger("x").exception("failed", extra={"task_id": "t"})
    lines = stream.getvalue().splitlines()
    assert lines[0].endswith("failed task_id=t")
    assert lines[-1] == "IndexError: pop from empty list"


def test_the_level_is_kept(stream: io.StringIO) -> None:
    logging.getLogger("x").debug("unseen")
    logging.getLogger("asyncio").info("unseen")
    assert stream.getvalue() == ""
