"""LaMa and MI-GAN as if they were pulled: their cards, with small graphs for weights."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.runtimes import anew, here
from tests.unit.fill.inpainters import graphs

from cleanplate.fill.inpainters import lama, migan
from cleanplate.fill.network_inpainter import NetworkInpainter
from cleanplate.weights.files import path_of


@contextmanager
def pulled(folder: Path) -> Iterator[dict[str, NetworkInpainter]]:
    """Both lie below `folder` and can run; all is as before afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLEANPLATE_MODELS", str(folder))
        known = [_written(lama.INPAINTER, graphs.lama), _written(migan.INPAINTER, graphs.migan)]
        for module, inpainter in zip((lama, migan), known, strict=True):
            patch.setattr(module, "INPAINTER", inpainter)
        anew(patch)
        yield {inpainter.card.name: inpainter for inpainter in known}
        here().close()


def _written(inpainter: NetworkInpainter, write: Callable[[Path], None]) -> NetworkInpainter:
    card = inpainter.card
    path = path_of(card.name, card.files[0], here())
    write(path)
    data = path.read_bytes()
    file = replace(card.files[0], size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    return replace(inpainter, card=replace(card, files=(file,)))
