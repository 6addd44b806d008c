"""The edits that this installation has."""

from functools import cache

import cleanplate.edits
from cleanplate.discovery import discover
from cleanplate.edits.base import Edit


@cache
def edits() -> dict[str, Edit]:
    """Every edit by name."""
    return discover(cleanplate.edits, "EDIT", Edit)
