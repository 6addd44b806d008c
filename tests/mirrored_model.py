"""A model of a plug-in, whose weights lie on a server of the loopback interface that mirrors the hub."""

import hashlib
from pathlib import Path
from typing import Final

from tests.unit.weights.served import Home

DATA: Final = bytes(range(256)) * 16_384
"""4 MiB: four pieces of a download."""
_ADDRESS: Final = "/acme/tinynet/resolve/main/tinynet.bin"
_PLUGIN: Final = """
from cleanplate.models.base import Model
from cleanplate.models.roles import CHARACTER, Ability
from cleanplate.settings import HUB
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile

FILE = WeightFile("tinynet.bin", {size}, "{sha256}", url=HUB + "{address}")
CARD = Card("tinynet", "CC0-1.0", "paints what it is told", files=(FILE,), memory_bytes=3 << 20)
MODEL = Model(CARD, (Ability(CHARACTER, lambda job: job.rgb),))
"""


def plug_in_model(folder: Path, home: Home, data: bytes = DATA) -> None:
    """Makes `tinynet` known to a server that has this folder of plug-ins, and whose hub is `home`.

    Args:
        data: what the mirror has; another one than `DATA` is not what the card says.
    """
    home.files[_ADDRESS] = data
    sha256 = hashlib.sha256(DATA).hexdigest()
    text = _PLUGIN.format(size=len(DATA), sha256=sha256, address=_ADDRESS)
    (folder / "tinynet_model.py").write_text(text)
