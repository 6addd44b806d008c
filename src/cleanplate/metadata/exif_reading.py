"""The EXIF block of an opened picture, wherever its format keeps it, and the orientation in it."""

from PIL import Image

from cleanplate.metadata.blocks import EXIF_HEADER
from cleanplate.pixels.types import Format

_ORIENTATION = 0x0112
_EXIF_TAGS = (0x10E, 0x10F, 0x110, 0x112, 0x131, 0x132, 0x13B, 0x8298)
_EXIF_DIRECTORIES = (0x8769, 0x8825)


def exif_of(image: Image.Image, known: Format) -> tuple[bytes | None, int]:
    """The EXIF block with its header, and the orientation. A broken block is as good as none.

    Of a PNG `image` must be loaded, or Pillow would decode it here: no pixel is made inside of the `try`.
    """
    try:
        tags = image.getexif()
        orientation = tags.get(_ORIENTATION, 1)
        block = _tiff_exif(tags) if known == "tiff" else _own_block(image) or _hidden_exif(image)
    except Exception:
        return None, 1
    if block and not block.startswith(EXIF_HEADER):
        block = EXIF_HEADER + block
    return block, orientation if orientation in range(1, 9) else 1


def _hidden_exif(image: Image.Image) -> bytes | None:
    """EXIF as older programs put it into a PNG: in hexadecimal digits, behind three lines of text."""
    text = image.info.get("Raw profile type exif")
    return bytes.fromhex("".join(text.split("\n")[3:])) if isinstance(text, str) else None


def _tiff_exif(tags: Image.Exif) -> bytes | None:
    """The tags of a TIFF that describe the picture and not its rows, as the block other formats have."""
    chosen = Image.Exif()
    chosen.endian = tags.endian
    for tag in _EXIF_TAGS:
        if tag in tags:
            chosen[tag] = tags[tag]
    for tag in _EXIF_DIRECTORIES:
        if tag in tags:
            chosen[tag] = tags.get_ifd(tag)
    return chosen.tobytes() if chosen else None


def _own_block(image: Image.Image) -> bytes | None:
    block = image.info.get("exif")
    return block if isinstance(block, bytes) and block else None
