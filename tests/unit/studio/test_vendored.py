"""Other people's files on the page are as they were published, each with its licence; none is elsewhere."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

import cleanplate.studio

STATIC: Final = Path(cleanplate.studio.__file__).parent / "static"
VENDOR: Final = STATIC / "vendor"
TABLE: Final[list[dict[str, str]]] = json.loads((VENDOR / "vendored.json").read_text("utf-8"))
LICENCES: Final = {"MIT": "Permission is hereby granted, free of charge", "Apache-2.0": "Apache License"}
MOST_LINES: Final = 300
OUTSIDE: Final = re.compile(r"""(?:https?:)?//(?!www\.w3\.org/)[a-z0-9.-]+\.[a-z]{2,}""")
IMPORT: Final = re.compile(r"""(?:from|import)\s*\(?\s*["']([^"']+)["']""")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["file"])
def test_a_file_is_what_was_published(row: dict[str, str]) -> None:
    assert hashlib.sha256((VENDOR / row["file"]).read_bytes()).hexdigest() == row["sha256"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", row["version"])
    assert row["package"]
    assert row["published_as"]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["file"])
def test_its_licence_lies_beside_it(row: dict[str, str]) -> None:
    text = (VENDOR / row["licence_text"]).read_text("utf-8")
    assert LICENCES[row["licence"]] in text
    assert "Copyright" in text


def test_the_table_has_every_file() -> None:
    scripts = {path.name for path in VENDOR.glob("*.js")}
    assert scripts == {row["file"] for row in TABLE}
    texts = {f"licenses/{path.name}" for path in (VENDOR / "licenses").iterdir()}
    assert texts == {row["licence_text"] for row in TABLE}


def own() -> list[Path]:
    return sorted(path for path in STATIC.rglob("*") if path.is_file() and VENDOR not in path.parents)


@pytest.mark.parametrize("path", own(), ids=lambda path: path.relative_to(STATIC).as_posix())
def test_our_files_are_short_and_name_no_other_address(path: Path) -> None:
    text = path.read_text("utf-8")
    assert path.parent.name == "i18n" or len(text.splitlines()) <= MOST_LINES  # a list of words is one list
    assert OUTSIDE.findall(text) == []


@pytest.mark.parametrize(
    "path",
    # What samples of code import is for those who copy them
    [path for path in own() if path.suffix == ".js" and path.name != "code_samples.js"],
    ids=lambda path: path.relative_to(STATIC).as_posix(),
)
def test_what_is_imported_is_there(path: Path) -> None:
    code = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    names = IMPORT.findall(code)
    assert all(name.startswith(".") for name in names)
    assert [name for name in names if not (path.parent / name).is_file()] == []


def test_the_parts_that_are_fetched_later_are_there() -> None:
    table = re.search(r"const PARTS = \{(.*?)\};", (STATIC / "parts.js").read_text("utf-8"), re.DOTALL)
    assert table
    named = re.findall(r'(\w+): "([^"]+)"', table[1])
    assert len(named) > 5
    for name, path in named:
        assert re.search(
            rf"^export (?:(?:async )?function|class|const) {name}\b",
            (STATIC / path).read_text("utf-8"),
            re.MULTILINE,
        )


def test_a_page_of_elsewhere_is_found() -> None:
    found: list[Any] = OUTSIDE.findall('import "https://cdn.example.com/x.js"; src="//cdn.example.com/y"')
    assert found == ["https://cdn.example.com", "//cdn.example.com"]
