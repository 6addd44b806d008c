"""The head of a reply goes out with the first piece of its body: one message to the client, not two."""

import h11


class WholeReplies(h11.Connection):
    """h11's side of a server's connection, which keeps the head of a reply until its body begins.

    ASGI asks for just that: nothing of a reply is sent before there is a piece of its body, if an empty one.
    """

    _kept = b""

    def send(self, event: h11.Event) -> bytes | None:  # type: ignore[override]
        """The bytes to send now; None to close."""
        made = super().send(event)
        if isinstance(event, h11.Response):
            self._kept = made or b""
            return b""
        kept, self._kept = self._kept, b""
        return None if made is None else kept + made
