"""The edits that this installation has."""

from collections.abc import Mapping

import cleanplate.edits
from cleanplate.discovery import discover
from cleanplate.edits.base import Edit
from cleanplate.runtime.runtime import Runtime


def edits(runtime: Runtime) -> Mapping[str, Edit]:
    """Every edit by name, plug-ins included. Raises `SetupError` where one of these is none."""
    return discover(cleanplate.edits, "EDIT", Edit, runtime.plugins)
