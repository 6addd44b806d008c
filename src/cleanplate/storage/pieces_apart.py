"""Pieces of a blob, made in another thread than the one that asks for them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Self


class PiecesApart:
    """Iterate over it in its block.

    obstore asks for each piece from within its event loop, where another request to a store would be refused:
    and that is just what the pieces may be, when a blob is copied.

    Attributes:
        raised: what the pieces raised.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._thread = ThreadPoolExecutor(1)
        self.raised: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def __iter__(self) -> Iterator[bytes]:
        try:
            while (piece := self._thread.submit(next, self._pieces, None).result()) is not None:
                yield piece
        except BaseException as error:
            self.raised = error
            raise
