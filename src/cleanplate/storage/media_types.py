"""What kind of file a blob is, by the end of its key."""

from collections.abc import Mapping
from typing import Final

_PICTURES: Final[Mapping[str, str]] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}
_ANY: Final = "application/octet-stream"


def blob_headers(key: str) -> dict[str, str]:
    """`Content-Type` and `Content-Disposition` of a blob, for whoever hands it out over HTTP.

    Browsers show the pictures that we make, and only save what else there is: strangers sent it.
    """
    name = key.rpartition("/")[2]
    picture = _PICTURES.get(name.rpartition(".")[2])
    shown = "attachment" if picture is None else "inline"
    return {"Content-Type": picture or _ANY, "Content-Disposition": f'{shown}; filename="{name}"'}
