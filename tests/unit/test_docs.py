"""A setting, an inpainter, an edit or a dialect without its page fails here."""

import re
from pathlib import Path

import pytest
from tests.runtimes import here

from cleanplate.edits.catalogue import edits
from cleanplate.fill.catalogue import inpainters
from cleanplate.fill.networks import networks
from cleanplate.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_row(name: str) -> None:
    assert f"| `CLEANPLATE_{name.upper()}` |" in (DOCS / "settings.md").read_text()


@pytest.mark.parametrize("name", [name for name, one in inpainters(here()).items() if one.facts.card is None])
def test_every_inpainter_has_its_row(name: str) -> None:
    assert f"| `{name}` |" in (DOCS / "engines.md").read_text()


@pytest.mark.parametrize("name", networks(here()))
def test_every_model_has_its_row(name: str) -> None:
    assert f"| `{name}` |" in (DOCS / "models.md").read_text()


@pytest.mark.parametrize("name", edits(here()))
def test_every_edit_has_its_page(name: str) -> None:
    assert (DOCS / f"{name}.md").read_text().startswith("# ")


def test_every_dialect_has_its_page() -> None:
    import cleanplate.api
    from cleanplate.api.dialect import Dialect
    from cleanplate.discovery import discover

    for name in discover(cleanplate.api, "DIALECT", Dialect):
        assert (DOCS / f"{name}.md").read_text().startswith("# ")


PAGES = sorted([*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text())
    for name, heading in links:
        target = page.parent / name if name else page
        assert target.exists(), name
        assert not heading or heading in _headings(target), f"{name}#{heading}"


def _headings(page: Path) -> set[str]:
    """As GitHub makes anchors of them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_every_page_is_led_to() -> None:
    """From the README, page by page."""
    seen, left = set[Path](), {DOCS.parent / "README.md", DOCS.parent / "README.zh.md"}
    while left:
        page = left.pop()
        seen.add(page)
        names = re.findall(r"\]\((?!https?:)([^)#\s]+\.md)", page.read_text())
        left |= {(page.parent / name).resolve() for name in names} - seen
    assert set(DOCS.rglob("*.md")) - seen == set()
