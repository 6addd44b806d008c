"""What Pillow writes, the same for every format."""

from io import BytesIO
from typing import Any, cast

from PIL import Image

from cleanplate.codecs.stored_raster import StoredRaster
from cleanplate.metadata.metadata_blocks import Metadata


def save_with_pillow(raster: StoredRaster, name: str, **options: Any) -> bytes:
    """The bytes of a file.

    Args:
        name: of the format, as Pillow has it.
        options: of Pillow's writer.
    """
    out = BytesIO()
    _image(raster).save(out, name, **options)
    return out.getvalue()


def metadata_options(metadata: Metadata) -> dict[str, Any]:
    """The blocks there are, by Pillow's names."""
    blocks = {
        "icc_profile": metadata.icc,
        "exif": metadata.exif,
        "xmp": metadata.xmp,
        "dpi": metadata.dpi,
    }
    return {name: block for name, block in blocks.items() if block}


def _image(raster: StoredRaster) -> Image.Image:
    if raster.cmyk:
        height, width = raster.samples.shape[:2]
        return Image.frombuffer("CMYK", (width, height), cast(Any, raster.samples), "raw", "CMYK", 0, 1)
    if raster.palette is not None and raster.palette.fixed:
        return Image.fromarray(raster.samples > 0)
    image = Image.fromarray(raster.samples)
    if raster.palette is not None:
        image.putpalette(raster.palette.entries.tobytes())
    return image
