"""A JPEG file with other pixels in some places, and the very same coefficients in all others."""

from io import BytesIO
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.JpegImagePlugin import JpegImageFile

from cleanplate.codecs.jpeg.block_update import Flags, PixelChanges, changed_mcus, update_blocks
from cleanplate.codecs.jpeg.coefficients import CodedScan, read_coefficients, write_coefficients
from cleanplate.codecs.jpeg.jpeg_assembly import assemble_jpeg
from cleanplate.codecs.jpeg.jpeg_header import Frame, Header, NotSpliceable, read_header
from cleanplate.metadata.metadata_blocks import Metadata

Samples: TypeAlias = NDArray[np.uint8]

_MODES = frozenset({"L", "RGB", "CMYK"})


def splice_jpeg(source: bytes, samples: Samples, *, metadata: Metadata) -> bytes:
    """Write `samples` into a JPEG file, and re-encode only the MCUs in which a pixel changed.

    An MCU is 16 x 16 px in a file of half-size colour, 8 x 8 px in one of full colour. All others keep
    their quantised coefficients, and decode to the same values. Decoders smooth subsampled colour across the
    border of a changed MCU, so there the new coefficients are chosen such that nothing outside moves. Only
    where a strong colour with a hard edge lies on that border, some pixels just outside move: see
    `chroma_border`. The quantisation tables and the subsampling are the source's own; the file is sequential
    even where the source was progressive.

    Args:
        source: the original file.
        samples: (H, W) for a grey file, (H, W, 3) RGB, or (H, W, 4) CMYK as Pillow gives it; the rows as the
            file stores them, in the file's own colour space. Changed is what differs from the source decoded.
        metadata: the blocks to write; none are taken from the source.

    Raises:
        NotSpliceable: the source is broken, of another size or kind than `samples`, or coded in a way that is
            not handled: arithmetic, lossless, 12 bits, a progressive file without its last scans.
    """
    header = read_header(source)
    if samples.shape[:2] != (header.frame.height, header.frame.width):
        raise NotSpliceable("the samples have another size than the source")
    before, after = decode_stored_colours(source), np.atleast_3d(samples)
    if before.shape != after.shape:
        raise NotSpliceable("the samples have other channels than the source")
    changes = PixelChanges(before, after, changed_mcus(before, after, header.frame))
    result = assemble_jpeg(header.frame, _encode_scan(header, source, changes), metadata)
    _check(before, decode_stored_colours(result), header.frame, changes.touched)
    return result


def _encode_scan(header: Header, source: bytes, changes: PixelChanges) -> CodedScan:
    """The source's scans as one, with the changes in them."""
    coefficients = read_coefficients(header, source)
    update_blocks(coefficients, header.frame, changes)
    return write_coefficients(header.frame, coefficients)


def decode_stored_colours(source: bytes) -> Samples:
    """(H, W, channels) in the file's own colour space, as libjpeg decodes it.

    Raises:
        NotSpliceable: broken, or neither grey, RGB nor CMYK.
    """
    image = _open(source)
    if image.mode not in _MODES:
        raise NotSpliceable(f"a JPEG of mode {image.mode}")
    try:
        return np.atleast_3d(np.asarray(image))
    except Exception as error:  # decoders raise anything for a broken file
        raise NotSpliceable("the decoder refuses it") from error


def _open(source: bytes) -> JpegImageFile:
    try:
        return JpegImageFile(BytesIO(source))
    except Exception as error:  # as above
        raise NotSpliceable("the decoder refuses its header") from error


def _check(before: Samples, result: Samples, frame: Frame, touched: Flags) -> None:
    """Hold our reading of the file against libjpeg's: only touched MCUs and their neighbours may differ."""
    near = cv2.dilate(touched.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    if (changed_mcus(before, result, frame) & ~near).any():
        raise NotSpliceable("the source decodes to other values than its coefficients say")
