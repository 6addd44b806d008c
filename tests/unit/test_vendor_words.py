"""What vendors call things stands in the API layer, and in what is above it: below, nobody knows a vendor."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.runtimes import here

import cleanplate.api
from cleanplate.api import Dialect
from cleanplate.api.dashscope.model_list import MODELS
from cleanplate.api.dashscope.wanx21_imageedit import FUNCTIONS
from cleanplate.discovery import discover
from cleanplate.edits.catalogue import edits

SRC = Path(cleanplate.__file__).parent
NOT_BELOW = {"api", "app.py", "mcp_server", "serving", "cli", "__pycache__", "code_samples.js"}
OWN = "native"
ALLOWED = {
    # The settings are for users, and say which vendor's API each of them is about.
    "settings.py": {"wanx", "novita", "picwish", "iopaint"},
}
PLAIN = (
    *("dashscope", "wanx", "bailian", "tongyi", "aliyun", "alibaba", "model studio", "novita", "picwish"),
    *(r"\boss\b", "dashscope-instant", "image[-_]?eras"),
    *(r"InvalidParameter\b", "DataInspection", "InvalidApiKey", r"Throttling\b", "TASK_STATUS_", "INVALID_"),
    *("EntityTooLarge", "FileAlreadyExists", "PolicyExpired", "SignatureDoesNotMatch", "getPolicy"),
)
"""Vendors, their products and their codes; what is a common word beside is left out."""


def dialects() -> dict[str, Dialect]:
    """Those of vendors."""
    found = discover(cleanplate.api, "DIALECT", Dialect)
    return {name: dialect for name, dialect in found.items() if name != OWN}


def words() -> Iterator[str]:
    """Regular expressions of every word that is a vendor's."""
    yield from PLAIN
    quoted = [*MODELS, *(set(FUNCTIONS) - set(edits(here()))), *dialects()]
    paths = [dialect.prefix for dialect in dialects().values()]
    for word in (*quoted, *paths):
        yield rf"""["'`]{re.escape(word)}["'`/]"""


def found_in(text: str) -> set[str]:
    """The vendors' words of a text, in small letters."""
    matches = re.finditer("|".join(words()), text, re.IGNORECASE)
    return {match.group().strip("\"'`/").lower() for match in matches}


def files_below() -> list[str]:
    """Everything below the API layer, data too, as paths in the package."""
    paths = (path.relative_to(SRC) for path in SRC.rglob("*") if path.is_file())
    return sorted(str(path) for path in paths if not NOT_BELOW & set(path.parts))


@pytest.mark.parametrize(
    "text",
    [
        'dialect: str = "dashscope"',
        "# as Novita says",
        '"oss://a/b"',
        "wanx2.1-imageedit",
        'names = ("description_edit_with_mask",)',
        '"InvalidParameter.ImageFormat"',
        'url = "/api/tasks/x"',
        "{'colorization': 1}",
    ],
)
def test_a_vendors_word_is_found(text: str) -> None:
    assert found_in(text)


@pytest.mark.parametrize("text", ["across", "image colorization", '"doodle"', '"expand"', "lossless"])
def test_common_words_are_not(text: str) -> None:
    assert not found_in(text)


@pytest.mark.parametrize("name", files_below())
def test_no_vendors_word_below_the_api_layer(name: str) -> None:
    text = (SRC / name).read_bytes().decode("utf-8", "replace")
    assert found_in(text) == ALLOWED.get(name, set()), name


def test_there_is_something_to_look_at() -> None:
    assert {"uploads.py", "settings.py", "tasks/task.py", "edits/erase.py"} <= set(files_below())
