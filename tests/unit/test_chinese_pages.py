"""A Chinese page that is missing, older than its English twin, or less than it, fails here."""

import re
from pathlib import Path
from typing import Final

import pytest
from tests.chinese_pages import DOCS, complaint, marked, names

_BLOCK: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_PART: Final = re.compile(r"#+(?= )|\||```|!\[")
_BAR: Final = re.compile(r"(?<!\\)\|")


def twins() -> list[str]:
    """Where both are there."""
    return [name for name in names() if (DOCS / "zh" / f"{name}.md").exists()]


def texts(name: str) -> tuple[str, str]:
    """The English page and the Chinese one."""
    return (DOCS / f"{name}.md").read_text(), (DOCS / "zh" / f"{name}.md").read_text()


def skeleton(page: str) -> list[str]:
    """Headings by their level, rows of tables by their columns, blocks of code, pictures, in their order."""
    lines = _BLOCK.sub("```", page).splitlines()
    parts = [_PART.match(line) for line in lines]
    return [
        f"{_row(line)} cells" if line[0] == "|" else part[0]
        for line, part in zip(lines, parts, strict=True)
        if part
    ]


def _row(line: str) -> int:
    return len(_BAR.findall(line)) - 1


def first_cells(page: str) -> set[str]:
    """Code in the first cells of tables: fields, codes, options, which no translation changes."""
    cells = (line.split("|")[1] for line in page.splitlines() if line.startswith("|"))
    return {code for cell in cells for code in re.findall(r"`([^`]+)`", cell)}


def commands(page: str) -> list[str]:
    """The lines of blocks of code, less their comments, which are in the page's language."""
    lines = "\n".join(_BLOCK.findall(page)).splitlines()
    bare = (re.sub(r"\s+# .*$|^# .*$", "", line).rstrip() for line in lines)
    return [line for line in bare if line and line != "```"]


def links(page: str) -> list[str]:
    """Where it leads, to files of this repository, less the headings within them."""
    return re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page)


@pytest.mark.parametrize("name", names())
def test_it_is_as_new_as_the_english_one(name: str) -> None:
    assert complaint(name) is None


@pytest.mark.parametrize("name", twins())
def test_it_has_all_parts_of_the_english_one(name: str) -> None:
    english, chinese = map(skeleton, texts(name))
    assert chinese == english


@pytest.mark.parametrize("name", twins())
def test_tables_and_code_are_kept(name: str) -> None:
    english, chinese = texts(name)
    assert first_cells(english) - first_cells(chinese) == set()
    assert commands(chinese) == commands(english)


@pytest.mark.parametrize("name", twins())
def test_its_links_are_the_english_ones_and_lead_to_chinese_pages_where_there_are_any(name: str) -> None:
    english, chinese = texts(name)
    zh = DOCS / "zh"
    own = {f"zh/{name}.md", f"../{name}.md"}
    wanted = [
        zh / link if link[:-3] in twins() else DOCS / link for link in links(english) if link not in own
    ]
    found = [zh / link for link in links(chinese) if link not in own]
    assert sorted(path.resolve() for path in found) == sorted(path.resolve() for path in wanted)


@pytest.mark.parametrize("name", twins())
def test_each_leads_to_the_other(name: str) -> None:
    english, chinese = texts(name)
    assert f"(zh/{name}.md)" in english and f"(../{name}.md)" in chinese


def test_the_chinese_readme_leads_to_chinese_pages() -> None:
    linked = links((DOCS.parent / "README.zh.md").read_text())
    assert {link for link in linked if link.removeprefix("docs/")[:-3] in twins()} == set()
    assert {f"docs/zh/{name}.md" for name in twins()} <= set(linked)


def test_a_changed_english_page_is_seen(tmp_path: Path) -> None:
    (tmp_path / "zh").mkdir()
    english, chinese = tmp_path / "erase.md", tmp_path / "zh" / "erase.md"
    assert "no English twin" in str(complaint("erase", tmp_path))
    english.write_text("# Erase\n")
    assert "missing" in str(complaint("erase", tmp_path))
    chinese.write_text("# 擦除\n")
    assert "no mark" in str(complaint("erase", tmp_path))
    chinese.write_text(marked(chinese.read_text(), "erase", english.read_text()))
    assert complaint("erase", tmp_path) is None
    english.write_text("# Erase\n\nMore.\n")
    assert "older" in str(complaint("erase", tmp_path))
    chinese.write_text(marked(chinese.read_text(), "erase", english.read_text()))
    assert complaint("erase", tmp_path) is None
    assert chinese.read_text().count("<!--") == 1
