"""How much may be sent that is no body: the line, headers and trailers of a request, and tiny chunks."""

from collections.abc import Iterable
from typing import Final

import h11

from cleanplate.serving.whole_replies import WholeReplies

TOO_LARGE: Final = 431
_LINE: Final = len(": \r\n")
_EMPTY: Final = b"\r\n"
_EMPTY_LINES: Final = 16
"""So many before a request are ignored (RFC 9112, 2.2), as old clients end a body with one; beyond, a 400."""
_FREE_CHUNKS: Final = 10_000
_CHUNK_BYTES: Final = 64
"""Beyond those that are free, chunks have so many bytes on average: each one costs as 1 KB of body does."""


class LimitedFraming(WholeReplies):
    """h11's side of a server's connection, with limits on what stands round a body.

    h11 has one on what it keeps of an unfinished head; one that arrives whole, or a head and trailers
    together, may pass that.

    Attributes:
        is_too_large: whether that was the last error which `next_event` raised.
    """

    def __init__(self, head_bytes: int) -> None:
        super().__init__(h11.SERVER, head_bytes)
        self._most = head_bytes
        self._head = self._chunks = self._body = self._empty = 0
        self.is_too_large = False

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        if self.their_state is h11.IDLE and self._skip_empty_lines():
            return h11.NEED_DATA
        try:
            event = super().next_event()
            if isinstance(event, h11.Data):
                self._count_chunk(event)
            elif isinstance(event, h11.Request):
                self._head = self._chunks = self._body = self._empty = 0
                self._count_head(len(event.method) + len(event.target), event.headers)
            elif isinstance(event, h11.EndOfMessage):
                self._count_head(0, event.headers)
        except h11.RemoteProtocolError as error:
            self.is_too_large = error.error_status_hint == TOO_LARGE
            raise
        return event

    def _skip_empty_lines(self) -> bool:
        """Drop those that a request may follow; whether half of one is all that is left.

        h11 has no public way to take from what it has received, and takes an empty line for a broken request.
        """
        left = self.trailing_data[0]
        size = len(_EMPTY)
        count = 0
        while self._empty + count < _EMPTY_LINES and left.startswith(_EMPTY, size * count):
            count += 1
        self._receive_buffer.maybe_extract_at_most(size * count)
        self._empty += count
        return left[size * count :] == _EMPTY[:1]

    def _count_head(self, size: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._head += size + sum(len(name) + len(value) + _LINE for name, value in headers)
        if self._head > self._most:
            raise h11.RemoteProtocolError("the head is too long", error_status_hint=TOO_LARGE)

    def _count_chunk(self, data: h11.Data) -> None:
        self._chunks += data.chunk_start
        self._body += len(data.data)
        if self._chunks > _FREE_CHUNKS + self._body // _CHUNK_BYTES:
            raise h11.RemoteProtocolError("the chunks are too small")
