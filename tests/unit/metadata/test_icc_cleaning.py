"""Profiles: the numbers stay byte for byte, a picture among the words does not."""

import struct
from io import BytesIO

import pytest
from PIL import ImageCms
from tests.unit.metadata.made_blocks import thing

from cleanplate.metadata.embedded_pictures import holds_picture
from cleanplate.metadata.icc_cleaning import clean_icc

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def with_tag(name: bytes, content: bytes) -> bytes:
    """sRGB with one more tag, behind all others."""
    (count,) = struct.unpack_from(">I", SRGB, 128)
    entries = [struct.unpack_from(">4sII", SRGB, 132 + 12 * number) for number in range(count)]
    moved = [(tag, start + 12, size) for tag, start, size in entries] + [(name, len(SRGB) + 12, len(content))]
    table = struct.pack(">I", count + 1) + b"".join(struct.pack(">4sII", *entry) for entry in moved)
    whole = SRGB[:128] + table + SRGB[132 + 12 * count :] + content
    return struct.pack(">I", len(whole)) + whole[4:]


def test_a_profile_without_pictures_stays_byte_for_byte() -> None:
    assert clean_icc(SRGB) == SRGB
    numbers = with_tag(b"A2B0", b"mft2" + bytes(4) + thing())
    assert clean_icc(numbers) == numbers, "a table is a table, whatever it looks like"
    for broken in (b"", b"profile", SRGB[:140]):
        assert clean_icc(broken) == broken


@pytest.mark.parametrize("content", [thing(), thing().hex().encode()])
def test_a_picture_in_a_tag_or_behind_all_is_blanked(content: bytes) -> None:
    for icc in (with_tag(b"prvt", b"data" + bytes(4) + content), SRGB + content):
        assert holds_picture(icc)
        kept = clean_icc(icc)
        assert len(kept) == len(icc)
        assert not holds_picture(kept)
        assert ImageCms.ImageCmsProfile(BytesIO(kept)).profile.profile_description


def test_what_is_no_profile_is_dropped_where_it_holds_a_picture() -> None:
    assert not holds_picture(clean_icc(b"no profile " + thing()))
    assert not holds_picture(clean_icc(bytes(200) + thing()))
