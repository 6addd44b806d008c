"""The edits that this installation has."""

import cleanplate.edits
from cleanplate.discovery import discover
from cleanplate.edits.base import Edit


def edits() -> dict[str, Edit]:
    """Every edit by name, plug-ins included."""
    return discover(cleanplate.edits, "EDIT", Edit)
