"""LaMa and MI-GAN as if they were pulled: their cards, with small graphs for weights."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.unit.models import graphs

from cleanplate import settings
from cleanplate.models import lama, migan
from cleanplate.models.base import Model
from cleanplate.models.catalogue import models
from cleanplate.runtime import machine
from cleanplate.runtime.pool import pool
from cleanplate.weights.files import located


@contextmanager
def pulled(folder: Path) -> Iterator[dict[str, Model]]:
    """Both lie below `folder` and can run; all is as before afterwards."""
    before, cards = dict(machine._chosen), dict(models())
    machine.use(settings.load(models=folder))
    pool().clear()
    for card, write in ((lama.MODEL, graphs.lama), (migan.MODEL, graphs.migan)):
        path = located(card.name, card.files[0])
        write(path)
        data = path.read_bytes()
        file = replace(card.files[0], size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
        models()[card.name] = replace(card, files=(file,))
    try:
        yield {name: models()[name] for name in ("lama", "migan")}
    finally:
        models().update({name: cards[name] for name in ("lama", "migan")})
        pool().clear()
        machine._chosen.clear()
        machine._chosen.update(before)
