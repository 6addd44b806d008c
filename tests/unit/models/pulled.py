"""LaMa and MI-GAN as if they were pulled: their cards, with small graphs for weights."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.runtimes import anew, here
from tests.unit.models import graphs

from cleanplate.models import lama, migan
from cleanplate.models.base import Model
from cleanplate.weights.files import located


@contextmanager
def pulled(folder: Path) -> Iterator[dict[str, Model]]:
    """Both lie below `folder` and can run; all is as before afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLEANPLATE_MODELS", str(folder))
        cards = [_written(lama.MODEL, graphs.lama), _written(migan.MODEL, graphs.migan)]
        for module, card in zip((lama, migan), cards, strict=True):
            patch.setattr(module, "MODEL", card)
        anew(patch)
        yield {card.name: card for card in cards}
        here().close()


def _written(card: Model, write: Callable[[Path], None]) -> Model:
    path = located(card.name, card.files[0], here())
    write(path)
    data = path.read_bytes()
    file = replace(card.files[0], size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    return replace(card, files=(file,))
