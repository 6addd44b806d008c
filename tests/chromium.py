"""A browser for tests that need one: Debian's `chromium-headless-shell`, or another Chromium on the PATH."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

CLIENTS: Final = Path(os.environ.get("TEST_CLIENTS") or Path(sys.prefix) / "clients")
"""Where `make test-clients` puts what it fetches and does not install."""
_NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Playwright's, without a window; skips where it or Chromium is not installed.

    For one module: as long as it is there an event loop runs in this thread, and other tests start their own.
    """
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: make test-browser"
    )
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium is installed: apt-get install chromium-headless-shell")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()
