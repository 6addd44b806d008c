"""The edits that this installation has."""

from collections.abc import Mapping

import cleanplate.edits
from cleanplate.discovery import discover
from cleanplate.edits.base import Edit
from cleanplate.runtime.runtime import Runtime


def edits(runtime: Runtime) -> Mapping[str, Edit]:
    """Every edit by name, plug-ins included. Raises `SetupError` where one of these is none."""
    return discover(cleanplate.edits, "EDIT", Edit, runtime.plugins)


def check_plugins(runtime: Runtime) -> None:
    """Raises `SetupError` where a plug-in brings what is no edit, model or inpainter, or cannot be loaded.

    What is a dialect, the API knows.
    """
    if runtime.plugins:  # what the package has need not be imported for this
        from cleanplate.fill.networks import networks

        edits(runtime)
        networks(runtime)
