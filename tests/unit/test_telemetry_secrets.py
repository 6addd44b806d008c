"""Nothing that opens something stands in a line of the log, in either format, or in a `repr`."""

import json
import logging

import pytest

from cleanplate.intake.sources import Remote
from cleanplate.settings import Settings
from cleanplate.telemetry import JsonFormatter, LineFormatter, redact, request_id, working_for
from cleanplate.webhooks.sender import WebhookRequest

KEY = "cp-WGzZa-kY1UDGYqMZpbD3bfmivi87aGYemkQOiLtgJ1o"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("https://ann:geheim@example.com/a", "https://***@example.com/a"),
        ("get https://example.com/a?X-Amz-Signature=abc&b=c now", "get https://example.com/a?*** now"),
        ("/results/t/1/a.png?expires=9&signature=abc", "/results/t/1/a.png?***"),
        ("('https://example.com/a?sig=1')", "('https://example.com/a?***')"),
        (f"key {KEY}.", "key cp-***."),
        ("Authorization: Bearer abcdef", "Authorization: Bearer ***"),
        ("whsec_0123456789abcdef0123", "whsec_***"),
        ("X-API-KEY: abc", "X-API-KEY: ***"),
        ("the static one is sesame", "the static one is ***"),
        ("https://example.com/a and b", "https://example.com/a and b"),
        ("task ended ms=12 state=succeeded", "task ended ms=12 state=succeeded"),
    ],
)
def test_what_is_hidden(text: str, hidden: str) -> None:
    assert redact(text, ("sesame",)) == hidden


def test_a_line_has_an_end() -> None:
    assert redact("x" * 100_000) == "x" * 16_000 + "…"


def _record(message: str, **extra: object) -> logging.LogRecord:
    record = logging.makeLogRecord({"name": "a.b", "levelname": "INFO", "msg": message})
    vars(record).update(extra)
    return record


def test_json_is_one_object_with_the_fields_and_the_request() -> None:
    with working_for("request-1"):
        line = JsonFormatter(["sesame"]).format(
            _record("a\nb https://x.example/?q=1", ms=12, who=None, path="/sesame")
        )
    said = json.loads(line)
    assert said.pop("time").endswith("Z")
    assert said == {
        "level": "INFO",
        "logger": "a.b",
        "message": "a\nb https://x.example/?***",
        "ms": 12,
        "who": None,
        "path": "/***",
        "request_id": "request-1",
    }
    assert "\n" not in line
    assert request_id.get() == ""


def test_a_traceback_hides_too() -> None:
    try:
        raise ValueError(f"cannot take {KEY} from https://u:p@example.com/?a=b")  # noqa: TRY301
    except ValueError as error:
        record = _record("failed", exc_info=(ValueError, error, error.__traceback__))
    for formatter in (JsonFormatter(), LineFormatter()):
        line = formatter.format(record)
        assert "ValueError" in line
        assert KEY not in line
        assert "u:p" not in line
        assert "a=b" not in line


def test_a_short_static_key_does_not_blank_out_the_log() -> None:
    assert "message" in LineFormatter(["e"]).format(_record("message"))


def test_no_secret_in_a_repr() -> None:
    shown = [
        Settings(api_keys=("sesame-1",), metrics_key="sesame-2"),
        Remote("https://example.com/?sesame-3"),
        WebhookRequest("https://example.com/?sesame-4", b"sesame-5", {"X": "sesame-6"}, 1),
    ]
    assert "sesame" not in repr(shown)
