"""The page's words: both languages have all of them, with the same places for values; none is left over."""

import json
import re
from pathlib import Path
from typing import Final

import pytest
from tests.runtimes import here
from tests.unit.studio.test_vendored import STATIC, own

from cleanplate.fill.networks import networks

LANGUAGES: Final = ("en", "zh")
PLACE: Final = re.compile(r"\{\w+\}")
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
NOT_CHINESE: Final = {"app.name", "canvas.size"}
KEY: Final = re.compile(r"""["'`]([a-z][\w-]*(?:\.[\w-]+)+)["'`]""")
BUILT: Final = re.compile(r"`((?:[a-z][\w-]*\.)+)\$\{")
ALSO: Final = re.compile(r"\.help$")


def words(language: str) -> dict[str, str]:
    text = (STATIC / "i18n" / f"{language}.js").read_text("utf-8")
    read: dict[str, str] = json.loads(text.removeprefix("export default ").rstrip().removesuffix(";"))
    return read


def code() -> str:
    return "\n".join(
        path.read_text("utf-8") for path in own() if path.suffix == ".js" and path.stem not in LANGUAGES
    )


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_both_have_all(language: str) -> None:
    english, other = words("en"), words(language)
    assert list(other) == list(english)
    assert {key: sorted(PLACE.findall(text)) for key, text in other.items()} == {
        key: sorted(PLACE.findall(text)) for key, text in english.items()
    }
    assert all(other.values())


def test_the_chinese_is_chinese() -> None:
    assert {key for key, text in words("zh").items() if not CHINESE.search(text)} == NOT_CHINESE
    assert [key for key, text in words("en").items() if CHINESE.search(text)] == []


def test_a_key_stands_once() -> None:
    for language in LANGUAGES:
        keys = re.findall(
            r'^  "([^"]+)":', (STATIC / "i18n" / f"{language}.js").read_text("utf-8"), re.MULTILINE
        )
        assert len(keys) == len(set(keys))


def test_every_model_that_is_known_has_words() -> None:
    """And nothing else has: what plug-ins bring is told in the words of its card."""
    told = {key.removeprefix("models.") for key in words("en") if key.startswith("models.")}
    assert told == set(networks(here()))


def test_every_key_that_is_asked_for_is_there() -> None:
    known, prefixes = words("en"), {key.partition(".")[0] for key in words("en")}
    named = {key for key in KEY.findall(code()) if key.partition(".")[0] in prefixes}
    named -= {"app.js", "cleanplate.key", "mask.png"}
    assert sorted(key for key in named - set(known) if not key.endswith((".js", ".css"))) == []
    assert all(any(key.startswith(prefix) for key in known) for prefix in BUILT.findall(code()))


def test_no_word_is_left_over() -> None:
    text = code()
    built = tuple(BUILT.findall(text))
    asked = set(KEY.findall(text))
    left = [key for key in words("en") if ALSO.sub("", key) not in asked and not key.startswith(built)]
    assert left == []


def test_the_errors_of_the_api_have_words() -> None:
    page = (Path(__file__).parents[3] / "docs" / "native.md").read_text("utf-8")
    section = page.split("## Errors", 1)[1].split("\n## ", 1)[0]
    codes = set(re.findall(r"`([a-z]+(?:-[a-z]+)+|internal|quota)`", section))
    about_requests = {"bad-request", "method-not-allowed", "request-id", "too-many-streams"}
    about_requests |= {"unclear-mask"}  # the page says what is painted
    assert {code for code in codes - about_requests if f"error.{code}" not in words("en")} == set()
