"""Replies compared with recorded ones, in which `<words>` stand for what changes from one to the next."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


KINDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "<uuid>": lambda value: _UUID.fullmatch(value) is not None,
    "<digits>": lambda value: isinstance(value, str) and value.isdecimal(),
    "<number>": lambda value: type(value) is float and value >= 0,
    "<int>": lambda value: type(value) is int,
    "<text>": _is_text,
    "<url>": lambda value: (
        _is_text(value) and value.startswith("http://127.0.0.1:") and "\\u0026" not in value
    ),
    "<base64>": lambda value: (
        base64.b64decode(value, validate=True)[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0", b"RIFF")
    ),
}


def assert_like(given: Any, recorded: Any, where: str = "reply") -> None:
    """Fails, naming the place, where `given` has another shape or another fixed value."""
    if isinstance(recorded, str) and recorded in KINDS:
        assert KINDS[recorded](given), f"{where} is {given!r}, no {recorded}"
    elif isinstance(recorded, dict):
        assert isinstance(given, dict), where
        assert set(given) == set(recorded), where
        for name, value in recorded.items():
            assert_like(given[name], value, f"{where}.{name}")
    elif isinstance(recorded, list):
        assert isinstance(given, list), where
        assert len(given) == len(recorded), where
        for number, (one, wanted) in enumerate(zip(given, recorded, strict=True)):
            assert_like(one, wanted, f"{where}[{number}]")
    else:
        assert given == recorded, where
        assert type(given) is type(recorded), where
