"""JPEG files from strangers: a typed error or a right answer, never anything else."""

import struct
from io import BytesIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from cleanplate.codecs.jpeg.coefficients import Coefficients, read_coefficients, write_coefficients
from cleanplate.codecs.jpeg.huffman_tables import code_table, lookup_table, optimal_table
from cleanplate.codecs.jpeg.jpeg_header import Header, NotSpliceable, read_header
from cleanplate.codecs.jpeg.jpeg_splice import decode_stored_colours, splice_jpeg
from cleanplate.metadata.metadata_blocks import Metadata


def jpeg(progressive: bool = False, restart: int = 0) -> bytes:
    values = np.random.default_rng(1).integers(0, 255, (6, 7, 3), np.uint8)
    image = Image.fromarray(values).resize((52, 45), Image.Resampling.BICUBIC)
    out = BytesIO()
    image.save(out, "JPEG", quality=80, progressive=progressive, restart_marker_blocks=restart)
    return out.getvalue()


FILES = [jpeg(), jpeg(progressive=True), jpeg(restart=2)]


def attempt(source: bytes) -> None:
    """Read all there is; whatever is wrong must come out as the one error."""
    try:
        header = read_header(source)
        if header.frame.width * header.frame.height < 1_000_000:  # the caller's duty
            read_coefficients(header, source)
            splice_jpeg(source, decode_stored_colours(source), metadata=Metadata())
    except NotSpliceable:
        pass


@pytest.mark.parametrize("source", FILES)
def test_cut_anywhere(source: bytes) -> None:
    for end in range(0, len(source) - 3, 5):
        with pytest.raises(NotSpliceable):
            splice_jpeg(source[:end], np.zeros((45, 52, 3), np.uint8), metadata=Metadata())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_bytes_changed_anywhere(source: bytes, changes: list[tuple[int, int]]) -> None:
    broken = bytearray(source)
    for at, value in changes:
        broken[at % len(broken)] = value
    attempt(bytes(broken))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_garbage_behind_a_good_header(garbage: bytes) -> None:
    for source in FILES:
        attempt(source[: read_header(source).scans[0].start] + garbage)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_garbage(garbage: bytes) -> None:
    attempt(b"\xff\xd8" + garbage)


def marked(source: bytes, marker: int, offset: int, value: int) -> bytes:
    """The same file with one byte changed, `offset` bytes behind a marker."""
    at = source.index(bytes([0xFF, marker])) + offset
    return source[:at] + bytes([value]) + source[at + 1 :]


@pytest.mark.parametrize("kind", [0xC3, 0xC5, 0xC9, 0xCA])
def test_other_codings_are_refused(kind: int) -> None:
    with pytest.raises(NotSpliceable):
        read_header(marked(FILES[0], 0xC0, 1, kind))


@pytest.mark.parametrize(("offset", "value"), [(4, 12), (9, 2), (11, 0), (11, 0x51), (11, 0x44), (14, 0x31)])
def test_other_frames_are_refused(offset: int, value: int) -> None:
    with pytest.raises(NotSpliceable):
        read_header(marked(FILES[0], 0xC0, offset, value))


def test_a_step_of_zero_is_refused() -> None:
    with pytest.raises(NotSpliceable):
        read_header(marked(FILES[0], 0xDB, 9, 0))


def test_a_progressive_file_without_its_last_scan_is_refused() -> None:
    source = FILES[1]
    cut = source[: read_header(source).scans[-2].end] + b"\xff\xd9"
    with pytest.raises(NotSpliceable):
        read_coefficients(read_header(cut), cut)


def test_a_scan_said_twice_is_refused() -> None:
    source = FILES[0]
    scan = source.index(b"\xff\xda")
    twice = source[:-2] + source[scan:]
    with pytest.raises(NotSpliceable):
        read_coefficients(read_header(twice), twice)


def test_a_missing_part_between_restart_markers_is_refused() -> None:
    source = FILES[2]
    scan = read_header(source).scans[0]
    last = max(source.rfind(bytes([0xFF, marker]), scan.start, scan.end) for marker in range(0xD0, 0xD8))
    cut = source[:last] + source[scan.end :]
    with pytest.raises(NotSpliceable, match="restart"):
        read_coefficients(read_header(cut), cut)


@pytest.mark.parametrize(("place", "value"), [(0, 2048), (0, -2048), (1, 1024), (63, -1024)])
def test_coefficients_beyond_a_baseline_file_are_refused(place: int, value: int) -> None:
    header = read_header(FILES[0])
    coefficients = read_coefficients(header, FILES[0])
    coefficients.blocks[0, place] = value
    with pytest.raises(NotSpliceable, match="out of range"):
        write_coefficients(header.frame, coefficients)


def test_a_file_that_decodes_to_other_values_than_we_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def misread(header: Header, source: bytes) -> Coefficients:
        coefficients = read_coefficients(header, source)
        coefficients.planes[0][4:, :, 0] += 9
        return coefficients

    monkeypatch.setattr("cleanplate.codecs.jpeg.jpeg_splice.read_coefficients", misread)
    with pytest.raises(NotSpliceable, match="other values"):
        splice_jpeg(FILES[0], decode_stored_colours(FILES[0]), metadata=Metadata())


def test_too_many_scans_or_segments_are_refused_at_once() -> None:
    source = FILES[1]
    scan = source[source.index(b"\xff\xda") : read_header(source).scans[0].end]
    for flood in (scan * 1000, b"\xff\xfe\x00\x02" * 20_000):
        with pytest.raises(NotSpliceable):
            read_header(source[:-2] + flood + b"\xff\xd9")


def test_a_table_with_too_many_codes_is_refused() -> None:
    source = FILES[0]
    at = source.index(b"\xff\xc4") + 5
    broken = source[:at] + b"\x03" + source[at + 1 :]
    with pytest.raises(NotSpliceable):
        read_coefficients(read_header(broken), broken)


def test_steps_of_16_bits_are_kept() -> None:
    source = FILES[0]
    at = source.index(b"\xff\xdb")
    end = at + 2 + struct.unpack_from(">H", source, at + 2)[0]
    steps = struct.pack(">64H", *range(300, 364))
    wide = source[:at] + b"\xff\xdb" + struct.pack(">HB", 131, 0x10) + steps + source[end:]
    result = splice_jpeg(wide, decode_stored_colours(wide), metadata=Metadata())
    np.testing.assert_array_equal(decode_stored_colours(result), decode_stored_colours(wide))
    assert read_header(result).frame.quantisation[0] == tuple(range(300, 364))


def test_optimal_codes_are_at_most_16_bits_and_read_back() -> None:
    counts = np.zeros(256, np.int64)
    counts[:40] = [min(2**n, 2**50) for n in range(40)]  # an unlimited code would be 39 bits long
    table = optimal_table(counts)
    assert sum(table.counts) == 40
    entries = lookup_table(table)
    for symbol, entry in enumerate(code_table(table)[:40]):
        code, length = int(entry) >> 8, int(entry) & 255
        assert 1 <= length <= 16
        assert code != (1 << length) - 1  # all ones is reserved
        assert entries[code << (16 - length)] == length << 8 | symbol


def test_one_symbol_gets_a_code() -> None:
    counts = np.zeros(256, np.int64)
    counts[7] = 3
    assert code_table(optimal_table(counts))[7] & 255 == 1
