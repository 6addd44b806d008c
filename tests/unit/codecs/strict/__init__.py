"""Readers that forgive nothing, written from the specifications: they share no code with what they judge.

Each takes a file and gives its samples, (H, W) or (H, W, C), as the file has them; any fault is an error.
They are slow, and know only the kinds of files that the tests make.
"""


class BrokenError(Exception):
    """Not what the specification says."""


def demand(sound: object, what: str = "broken") -> None:
    """Raise unless it holds."""
    if not sound:
        raise BrokenError(what)
