"""Damage that decoders pass over: each module knows one format, and says whether a file of it is whole.

A decoder made for showing pictures shows what it can: grey or black for what is missing, whatever follows
from a code that does not exist. Here that is an error, raised before a pixel is used.
"""


class DamagedError(ValueError):
    """The file is broken or ends too soon; the text is for the log."""
