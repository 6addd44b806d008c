"""A mistake in a dialect ends the start, in one line that names the plug-in and what is wrong in it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from tests.api.servers import settings_for

import cleanplate.api
from cleanplate.api import ApiCall, CompactJson, Dialect, Endpoint, ErrorTable
from cleanplate.api.dialect_checks import check_dialects
from cleanplate.app import build
from cleanplate.discovery import discover
from cleanplate.errors import SetupError

PLUGIN = """
from cleanplate.api import CompactJson, Dialect, Endpoint, ErrorTable, PictureRules

RULES = PictureRules(formats=("png", "FORMAT"), max_bytes=100, max_side_px=64, max_pixels=64 * 64)
DIALECT = Dialect(
    name="acme",
    prefix="/acme",
    endpoints=(Endpoint("GET", "PATH", lambda call: {}),),
    errors=ErrorTable(lambda request, refusal: CompactJson({}, refusal.status)),
)
"""


def answer(call: ApiCall) -> Mapping[str, Any]:
    return {}


async def later(call: ApiCall) -> Mapping[str, Any]:
    return {}


class Later:
    async def __call__(self, call: ApiCall) -> Mapping[str, Any]:
        return {}


async def secret_later(request: Request) -> str | None:
    return None


def acme(*endpoints: Endpoint, **changed: Any) -> Dialect:
    shown = endpoints or (Endpoint("GET", "/acme/x", answer),)
    errors = ErrorTable(lambda request, refusal: CompactJson({}, refusal.status))
    return replace(Dialect(name="acme", prefix="/acme", endpoints=shown, errors=errors), **changed)


OTHER = Dialect(
    name="other",
    prefix="/other",
    endpoints=(Endpoint("GET", "/other/x", answer), Endpoint("GET", "/other/y/{id}", answer)),
    errors=ErrorTable(lambda request, refusal: CompactJson({}, refusal.status)),
    others=("/elsewhere",),
)


@pytest.mark.parametrize(
    "dialect",
    [
        acme(),
        acme(others=("/acme2",)),
        acme(Endpoint("GET", "/old/x", answer), others=("/old",)),
        acme(Endpoint("GET", "/acme/x", answer), Endpoint("POST", "/acme/x", answer, idempotent=True)),
        acme(Endpoint("PATCH", "/acme", answer)),
        acme(Endpoint("GET", "/elsewhere/mine/x", answer), prefix="/elsewhere/mine"),
        acme(Endpoint("GET", "/other/mine/x", answer), prefix="/other/mine", others=("/other/theirs",)),
    ],
)
def test_good_ones_pass(dialect: Dialect) -> None:
    check_dialects((OTHER, dialect))


def test_our_own_pass() -> None:
    check_dialects(tuple(discover(cleanplate.api, "DIALECT", Dialect).values()))


@pytest.mark.parametrize(
    ("dialect", "fault"),
    [
        (acme(Endpoint("GET", "/wrong/x", answer)), "the path /wrong/x is not below its prefix /acme"),
        (acme(Endpoint("GET", "/acmes/x", answer)), "the path /acmes/x is not below its prefix /acme"),
        (acme(Endpoint("GET", "acme/x", answer)), "the path acme/x is not below its prefix /acme"),
        (acme(Endpoint("GET", "/other/x", answer)), "the path /other/x is below the prefix of other"),
        (
            acme(Endpoint("GET", "/elsewhere/x", answer)),
            "the path /elsewhere/x is below the prefix of other",
        ),
        (acme(prefix="acme"), "the prefix 'acme' does not begin with a slash"),
        (acme(prefix=""), "the prefix '' does not begin with a slash"),
        (acme(prefix="/acme/"), "the prefix '/acme/' ends with a slash"),
        (acme(prefix="/"), "the prefix '/' ends with a slash"),
        (acme(others=("/old/",)), "the prefix '/old/' ends with a slash"),
        (acme(prefix="/{version}"), "the prefix '/{version}' has a part that varies"),
        (acme(prefix="/results"), "the prefix '/results' belongs to the server itself"),
        (acme(prefix="/other"), "its prefix /other and /other, the prefix of other, are equal"),
        (acme(prefix="/other/x"), "its prefix /other/x takes the path /other/x of other"),
        (acme(others=("/other/y/1",)), "its prefix /other/y/1 takes the path /other/y/{id} of other"),
        (acme(others=("/elsewhere",)), "its prefix /elsewhere and /elsewhere, the prefix of other, are"),
        (acme(Endpoint("get", "/acme/x", answer)), "get /acme/x: the method must be one of GET, POST"),
        (acme(Endpoint("HEAD", "/acme/x", answer)), "HEAD /acme/x: the method must be one of GET, POST"),
        (
            acme(Endpoint("GET", "/acme/x", answer), Endpoint("GET", "/acme/x", answer)),
            "GET /acme/x is there twice",
        ),
        (
            acme(Endpoint("PUT", "/acme/x", answer, idempotent=True)),
            "PUT /acme/x: only a POST to a path without {parts} can be idempotent",
        ),
        (
            acme(Endpoint("POST", "/acme/{id}", answer, idempotent=True)),
            "POST /acme/{id}: only a POST to a path without {parts} can be idempotent",
        ),
        (acme(secret=secret_later), "secret is an async function"),
    ],
)
def test_each_mistake_is_told(dialect: Dialect, fault: str) -> None:
    with pytest.raises(SetupError) as raised:
        check_dialects((OTHER, dialect))
    assert raised.value.public.startswith(f"the dialect acme cannot be used: {fault}")
    assert "\n" not in raised.value.public


def test_an_outer_dialect_that_comes_later_must_not_answer_within_the_inner_one() -> None:
    inner = replace(OTHER, prefix="/acme/inner", endpoints=(Endpoint("GET", "/acme/inner/x", answer),))
    outer = acme(Endpoint("GET", "/acme/{anything}", answer))
    with pytest.raises(SetupError, match=r"acme cannot be used: its path /acme/\{anything\} is below"):
        check_dialects((inner, outer))
    check_dialects((inner, acme()))


@pytest.mark.parametrize("handler", [later, partial(later), Later()])
def test_an_async_handler_is_refused(handler: Any) -> None:
    with pytest.raises(SetupError, match="GET /acme/x: its handler is an async function"):
        check_dialects((acme(Endpoint("GET", "/acme/x", handler)),))


def start(folder: Path, **changes: str) -> str:
    """What a server with this plug-in says at its start."""
    text = PLUGIN
    for name, value in {"FORMAT": "jpeg", "PATH": "/acme/x", **changes}.items():
        text = text.replace(name, value)
    (folder / "plugins").mkdir()
    (folder / "plugins" / "acme.py").write_text(text)
    try:
        build(settings_for(folder / "data", plugins=folder / "plugins")).state.close()
    except SetupError as error:
        return error.public
    return ""


def test_a_good_plug_in_starts(tmp_path: Path) -> None:
    assert start(tmp_path) == ""


def test_a_plug_in_is_named_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "plugins" / "acme.py"
    assert start(tmp_path, PATH="/wrong/x") == (
        f"the plug-in {file}, the dialect acme, cannot be used: "
        "the path /wrong/x is not below its prefix /acme"
    )


def test_a_format_that_is_none(tmp_path: Path) -> None:
    said = start(tmp_path, FORMAT="jpg")
    assert said.startswith(f"the plug-in {tmp_path / 'plugins' / 'acme.py'} cannot be loaded: ")
    assert "PictureRules.formats: 'jpg' must be one of jpeg, png, bmp" in said
    assert "\n" not in said
