"""Encoding: pixels become the bytes of a file."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from cleanplate.codecs.codec import Capacity, Codec
from cleanplate.codecs.codec_table import CODECS
from cleanplate.codecs.convert_for_format import convert_for_format, holds_deep
from cleanplate.codecs.stored_raster import StoredRaster
from cleanplate.errors import BadParameter, PictureSize
from cleanplate.metadata.exif_orientation import SIDEWAYS, to_stored
from cleanplate.metadata.icc_cleaning import clean_icc
from cleanplate.metadata.metadata_blocks import Metadata, all_metadata, colour_metadata
from cleanplate.metadata.metadata_cleaning import clean_metadata
from cleanplate.metadata.resolution_in_exif import resolution_to_exif
from cleanplate.metadata.text_to_exif import text_to_exif
from cleanplate.pixels.types import Format, Pixels, Samples

_ICC_SPACE = slice(16, 20)


@dataclass(frozen=True, slots=True)
class EncodeOptions:
    """How to write a picture.

    Attributes:
        format: one of `codec_table.WRITABLE`.
        upright: write the rows upright. False writes them as the original file stored them, with the EXIF
            tag that turns them; formats without EXIF (bmp) are upright in any case.
        metadata: keep EXIF, XMP, DPI and PNG text, without the pictures in them (`clean_metadata`). What
            says how colours are meant (ICC profile; gAMA, cHRM, sRGB and cICP of a PNG) stays in any case.
        quality: 1..100, for WEBP when the original was lossy, and for JPEG when the original was none. A JPEG
            of a JPEG keeps the tables and the blocks of its source, and only changed blocks are made anew.
    """

    format: Format
    upright: bool = False
    metadata: bool = True
    quality: int = 95


def encode(pixels: Pixels, options: EncodeOptions) -> bytes:
    """The bytes of one file.

    The file's own samples are written where the format can hold them: 16 bits, a palette, CMYK, colours of a
    profile. Otherwise the sRGB view of them, in 8 bits and without that profile; transparency is composited
    on white where there is no room for it. Grey stays grey. A lossless format, `upright=False` and the
    original's own depth give back the stored values bit for bit.

    Raises:
        BadParameter: a format that can only be read; a layer, in a format that cannot hold it exactly.
        PictureSize: a side is longer than the format can hold.
    """
    codec = CODECS.get(options.format)
    if codec is None or codec.write is None:
        raise BadParameter(f"{options.format.upper()} can be read but not written")
    if max(pixels.width, pixels.height) > codec.capacity.largest_side_px:
        raise PictureSize(
            f"{options.format.upper()} holds at most {codec.capacity.largest_side_px} px a side"
        )
    return codec.write(_stored_raster(pixels, options, codec), options.quality)


def bits_of(pixels: Pixels, chosen: Format) -> int:
    """How many bits a channel has in a file of that format: 16 where picture and format have them, else 8."""
    codec = CODECS.get(chosen)
    deep = pixels.native is not None and pixels.native.samples.dtype == np.uint16
    return 16 if deep and codec is not None and holds_deep(pixels, codec.capacity) else 8


def _stored_raster(given: Pixels, options: EncodeOptions, codec: Codec) -> StoredRaster:
    capacity = codec.capacity
    pixels = convert_for_format(given, capacity)
    if given.origin.offset is not None and not _is_exact(given, pixels):
        raise BadParameter(f"{codec.name.upper()} cannot hold this layer exactly: use png")
    if options.metadata:
        pixels = replace(pixels, origin=clean_metadata(pixels.origin).origin)
    stored = pixels.origin.orientation
    orientation = stored if not options.upright and capacity.has_room_for(pixels.origin.exif) else 1
    native = pixels.native
    return StoredRaster(
        samples=cast(Samples, np.ascontiguousarray(to_stored(_samples(pixels), orientation))),
        metadata=_metadata(pixels, options, capacity, orientation),
        cmyk=native is not None and native.space == "cmyk",
        palette=None if native is None else native.palette,
        lossless_source=pixels.origin.lossless,
        jpeg=pixels.origin.jpeg if orientation == stored else None,
    )


def _is_exact(given: Pixels, held: Pixels) -> bool:
    """Whether the file has the opacity and the samples that there are, in no fewer bits."""
    if (given.alpha is None) != (held.alpha is None):
        return False
    if given.native is None or held.native is None:
        return given.native is held.native
    return given.native.samples.dtype == held.native.samples.dtype


def _metadata(pixels: Pixels, options: EncodeOptions, capacity: Capacity, orientation: int) -> Metadata:
    width, height = pixels.width, pixels.height
    if orientation in SIDEWAYS:
        width, height = height, width
    metadata = (
        all_metadata(pixels.origin, orientation, (width, height))
        if options.metadata
        else colour_metadata(pixels.origin, orientation)
    )
    if not pixels.origin.exif:
        metadata = metadata if capacity.text_chunks else text_to_exif(metadata)
        metadata = metadata if capacity.resolution else resolution_to_exif(metadata)
    return replace(
        metadata,
        icc=_profile(pixels),
        exif=metadata.exif if capacity.has_room_for(metadata.exif) else None,
        xmp=metadata.xmp if capacity.has_room_for_xmp(metadata.xmp) else None,
    )


def _profile(pixels: Pixels) -> bytes | None:
    """What describes the samples that are written; a profile of grey says nothing about colours."""
    native = pixels.native
    icc = native.icc if native is not None and native.icc else pixels.origin.icc
    grey_only = icc is not None and icc[_ICC_SPACE] == b"GRAY"
    return None if icc is None or (grey_only and not pixels.origin.grey) else clean_icc(icc) or None


def _samples(pixels: Pixels) -> Samples:
    if pixels.native is not None:
        values = pixels.native.samples
    else:
        values = pixels.rgb[..., 0] if pixels.origin.grey else pixels.rgb
    indexed = pixels.native is not None and pixels.native.palette is not None
    if pixels.alpha is None or indexed:  # a palette says itself what is clear
        return values
    return cast(Samples, np.dstack([values, pixels.alpha]))
