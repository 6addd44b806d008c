"""What the docstrings of an edit's parameters say, for help and for schemas."""

import inspect
import re

from cleanplate.edits.base import Parameters


def attribute_descriptions(parameters: type[Parameters]) -> dict[str, str]:
    """What the docstrings of the class and its bases say of each attribute, in one line each."""
    found: dict[str, str] = {}
    for kind in reversed(parameters.__mro__):
        _, _, attributes = (inspect.cleandoc(kind.__doc__ or "")).partition("Attributes:\n")
        for match in re.finditer(r"^ {4}(\w[\w, ]*): (.+(?:\n {8}.+)*)", attributes, re.MULTILINE):
            text = " ".join(match[2].split())
            found.update(dict.fromkeys(match[1].split(", "), text))
    return found
