"""The EXIF block of an opened picture, and the orientation in it."""

from collections.abc import Callable

from PIL import Image

from cleanplate.metadata.exif_tags import EXIF_HEADER, ORIENTATION, ROW_TAGS


def read_exif(image: Image.Image, find: Callable[[Image.Image], bytes | None]) -> tuple[bytes | None, int]:
    """The EXIF block with its header, and the orientation, 1..8. A broken block is as good as none.

    Of a PNG `image` must be loaded, or Pillow would decode it here: no pixel is made inside of the `try`.

    Args:
        find: the block, wherever the format keeps it.
    """
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
        block = find(image)
    except Exception:
        return None, 1
    if block and not block.startswith(EXIF_HEADER):
        block = EXIF_HEADER + block
    return block, orientation if orientation in range(1, 9) else 1


def embedded_exif(image: Image.Image) -> bytes | None:
    """The block as it is in the file, where Pillow gives it."""
    block = image.info.get("exif")
    return block if isinstance(block, bytes) and block else None


def described_tags(block: bytes | None) -> frozenset[int]:
    """Numbers of the tags in the first directory that say something of the picture and not of the rows."""
    tags = Image.Exif()
    try:
        tags.load(block or b"")
        return frozenset(tags) - ROW_TAGS
    except Exception:  # Pillow's reader raises anything for broken blocks
        return frozenset()
