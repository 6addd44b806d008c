"""Damage that decoders pass over: each format knows its own, and says whether a file of it is whole.

A decoder made for showing pictures shows what it can: grey or black for what is missing, whatever follows
from a code that does not exist. Here that is an error, raised before a pixel is used.
"""

_FEWEST_ZEROS = 16


class DamagedError(ValueError):
    """The file is broken or ends too soon; the text is for the log."""


def check_rest(data: bytes, end: int) -> None:
    """See to it that nothing but zeros follows the last part of a container.

    Args:
        end: where its parts end, by their own lengths.

    Raises:
        DamagedError: something does, or the file ends before its parts do.
    """
    rest = data[end:]
    # a zero or two may be the end of what was pushed back
    if end > len(data) + 1 or rest.strip(b"\0") or 0 < len(rest) < _FEWEST_ZEROS:
        raise DamagedError("the file does not end where its parts do")
