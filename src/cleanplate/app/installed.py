"""What this installation has: its runtime, its edits and its dialects, plug-ins included."""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import cleanplate.api
from cleanplate.api.dialect import Dialect
from cleanplate.api.dialect_checks import check_dialects
from cleanplate.discovery import discover, unused_plugins
from cleanplate.edits.base import Edit
from cleanplate.edits.catalogue import edits
from cleanplate.errors import SetupError
from cleanplate.fill.catalogue import inpainters
from cleanplate.fill.choosing import check_settings
from cleanplate.metrics.metrics import Metrics
from cleanplate.models.catalogue import models
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import Settings
from cleanplate.tasks.moderation import moderation

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Installed:
    """All that can be asked for here, and what it runs on."""

    runtime: Runtime
    edits: Mapping[str, Edit]
    dialects: tuple[Dialect, ...]

    def metrics(self) -> Metrics:
        """Empty ones, whose labels are what is known here."""
        return Metrics(
            dialects=[dialect.name for dialect in self.dialects],
            edits=list(self.edits),
            engines=[*inpainters(self.runtime), *models(self.runtime)],
        )


def find_installed(settings: Settings, opening: ExitStack) -> Installed:
    """Look at it all, once.

    Raises:
        SetupError: a plug-in cannot be loaded; what is to fill, or to moderate, is not known or cannot run
            here.
    """
    runtime = Runtime.from_settings(settings)
    opening.callback(runtime.close)
    check_settings(runtime)
    if settings.device == "cuda" and not runtime.has_gpu:
        raise SetupError(
            "CLEANPLATE_DEVICE: there is no GPU here that can be used; `auto` takes one if there is"
        )
    for sentence in unused_plugins(runtime.plugins):
        _log.warning("%s", sentence)
    known = tuple(discover(cleanplate.api, "DIALECT", Dialect, runtime.plugins).values())
    check_dialects(known, runtime.plugins)
    dialects = tuple(dialect for dialect in known if dialect.switched_on(settings))
    moderation(settings, runtime)  # each process makes its own; what is wrong with it is told here
    return Installed(runtime, edits(runtime), dialects)
