"""Previews: pictures of a result on its way, from coarse to fine, for whoever asked to see some.

The process that does the task encodes them, and its worker stores them. Whoever shows them deletes them when
the task has ended; what is left goes with the results. They are none of these: no row names them.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from cleanplate.pixels.types import Pixels

LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class PreviewMaker:
    """Makes the previews of one result: an `edits.base.Preview`.

    Attributes:
        wanted: how many at most, spread evenly from coarse to fine; 0 makes none.
        encode: gives the file of one.
        say: is given each file.
        tried: how many there were, those that failed among them.
    """

    wanted: int
    encode: Callable[[Pixels], bytes]
    say: Callable[[bytes], None]
    tried: int = 0

    def show(self, done: float, draw: Callable[[], Pixels]) -> None:
        """Make the next one if it is due. One that fails is left out: no task fails by it."""
        if self.tried >= self.wanted or done * (self.wanted + 1) < self.tried + 1:
            return
        self.tried += 1
        try:
            file = self.encode(draw())
        except BaseException as error:
            # Base: the panics of some native libraries are no Exception.
            LOG.warning("a preview could not be made: %r", error)
            return
        self.say(file)
