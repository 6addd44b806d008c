"""The edits that this installation has."""

from functools import cache
from pathlib import Path

import cleanplate.edits
from cleanplate import settings
from cleanplate.discovery import discover, load_plugins
from cleanplate.edits.base import Edit
from cleanplate.edits.parts.choosing import check_settings


def edits() -> dict[str, Edit]:
    """Every edit by name, plug-ins included."""
    return discover(cleanplate.edits, "EDIT", Edit)


def prepare() -> None:
    """Load the plug-ins that the environment names, once, for programs that are no server.

    Raises:
        SetupError: a variable does not fit, or a plug-in cannot be loaded; the text names it.
    """
    _load(settings.load().plugins)
    check_settings()


@cache
def _load(folder: Path | None) -> None:
    load_plugins(folder)
