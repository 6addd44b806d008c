"""Kernels are compiled in a process beside the start: the first task may wait, the port does not."""

import logging
import threading
from contextlib import suppress

from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import Settings
from cleanplate.tasks.child_limits import confine
from cleanplate.tasks.process_start import start_process
from cleanplate.telemetry import setup_logging

_log = logging.getLogger(__name__)


def warm_up(settings: Settings) -> None:
    """Begin with it; returns at once."""
    threading.Thread(target=_warm_up, args=(settings,), name="warm-up", daemon=True).start()


def _warm_up(settings: Settings) -> None:
    with suppress(OSError, EOFError):  # it was killed; then the first task compiles them
        start_process(_compile_kernels, settings)


def _compile_kernels(settings: Settings) -> None:
    from cleanplate import warm

    setup_logging(settings.log_level, settings.log_format, settings.secrets)
    confine()
    try:
        warm.warm_up(Runtime.from_settings(settings))
    except Exception:
        _log.exception("the kernels could not be compiled; fills will fail")
