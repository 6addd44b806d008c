"""Cleanplate removes people, objects, text and watermarks from pictures.

>>> from cleanplate import erase
>>> erase("photo.jpg", "mask.png").save("clean.jpg")  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

from cleanplate.version import __version__

__all__ = ["Result", "Runtime", "__version__", "edit", "erase"]

if TYPE_CHECKING:
    from cleanplate.library import Result, edit, erase
    from cleanplate.runtime.runtime import Runtime


def __getattr__(name: str) -> Any:
    # The library pulls in numpy and OpenCV: `cleanplate --help` and the API process must not pay for them.
    if name == "Runtime":
        from cleanplate.runtime.runtime import Runtime

        return Runtime
    if name in {"edit", "erase", "Result"}:
        from cleanplate import library

        return getattr(library, name)
    raise AttributeError(f"module 'cleanplate' has no attribute {name!r}")
