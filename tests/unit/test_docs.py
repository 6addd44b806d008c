"""A setting, an inpainter, an edit or a dialect without its page fails here."""

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
