"""Profiles: what LittleCMS says, what is refused, and the finer way of our own."""

import numpy as np
import pytest
from tests.unit import profiles

from cleanplate.colour.icc_profile import Kind, read_profile
from cleanplate.colour.matrix_profile import read_matrix_profile
from cleanplate.pixels.types import Rgb8


def colours() -> Rgb8:
    return np.random.default_rng(6).integers(0, 256, (500, 3), dtype=np.uint8)


def test_srgb_is_known_in_any_dress() -> None:
    dressed = profiles.matrix(
        (0.43607, 0.22249, 0.01392),
        (0.38515, 0.71687, 0.09708),
        (0.14307, 0.06061, 0.71410),
        profiles.parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
    )
    for icc, same in (
        (profiles.srgb(), True),
        (dressed, True),
        (profiles.p3(), False),
        (profiles.adobe(), False),
    ):
        found = read_profile(icc, "rgb")
        assert found is not None
        assert found.is_srgb is same


@pytest.mark.parametrize(
    ("icc", "kind"),
    [
        (b"", "rgb"),
        (b"not a profile", "rgb"),
        (profiles.srgb()[:200], "rgb"),
        (profiles.grey(), "rgb"),
        (profiles.p3(), "grey"),
        (profiles.p3(), "cmyk"),
    ],
)
def test_what_cannot_be_used_is_none(icc: bytes, kind: Kind) -> None:
    assert read_profile(icc, kind) is None


def test_a_colour_of_a_wide_space_by_the_book() -> None:
    found = read_profile(profiles.adobe(), "rgb")
    assert found is not None
    # greys differ by the curves alone; sRGB's green is duller than Adobe's
    assert np.abs(found.to_srgb(np.array([[128, 128, 128]], np.uint8)).astype(int) - 128).max() <= 1
    assert np.abs(found.from_srgb(np.array([[0, 255, 0]], np.uint8)).astype(int) - (144, 255, 60)).max() <= 1


@pytest.mark.parametrize("name", ["adobe", "p3", "prophoto"])
def test_there_and_back(name: str) -> None:
    found = read_profile(getattr(profiles, name)(), "rgb")
    assert found is not None
    back = found.to_srgb(found.from_srgb(colours()).astype(np.uint8))
    assert np.abs(back.astype(int) - colours()).mean() < 1


def test_grey_stays_grey() -> None:
    found = read_profile(profiles.grey(), "grey")
    assert found is not None
    shown = found.to_srgb(np.arange(256, dtype=np.uint8))
    assert (shown == shown[:, :1]).all()
    assert found.from_srgb(shown).shape == (256,)
    assert np.abs(found.from_srgb(shown).astype(int) - np.arange(256)).max() <= 4  # in the darks


@pytest.mark.parametrize("name", ["adobe", "p3", "prophoto"])
def test_sixteen_bits_agree_with_eight_and_are_finer(name: str) -> None:
    found = read_profile(getattr(profiles, name)(), "rgb")
    assert found is not None
    slope = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    for rgb in (colours(), slope):
        eight, deep = found.from_srgb(rgb), found.from_srgb(rgb, deep=True)
        assert deep.dtype == np.uint16
        assert np.abs(deep / 257 - eight).max() < 1.5
    assert len(np.unique(found.from_srgb(slope, deep=True)[:, 1])) == 256
    if name != "p3":  # its curves are sRGB's own
        assert len(np.unique(found.from_srgb(slope)[:, 1])) < 256


def test_sixteen_bits_by_tables_are_eight_times_257() -> None:
    found = read_profile(profiles.cmyk(), "cmyk")
    assert found is not None
    np.testing.assert_array_equal(
        found.from_srgb(colours(), deep=True), found.from_srgb(colours()).astype(np.uint16) * 257
    )


@pytest.mark.parametrize(
    "curve",
    [
        profiles.gamma(1.8),
        profiles.table(np.linspace(0, 1, 300) ** 2.2),
        b"curv" + bytes(8),
        profiles.parametric(0, 2.2),
        profiles.parametric(1, 2.2, 1.0, 0.0),
        profiles.parametric(2, 2.2, 0.95, 0.0, 0.05),
        profiles.parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
        profiles.parametric(4, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0.0, 0.0),
    ],
)
def test_every_kind_of_curve_is_read_as_littlecms_reads_it(curve: bytes) -> None:
    icc = profiles.matrix(
        (0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457), curve
    )
    found, shaper = read_profile(icc, "rgb"), read_matrix_profile(icc, 3)
    assert found is not None
    assert shaper is not None
    rgb = colours()[colours().min(axis=1) > 20]  # below, eight bits are too few to compare
    assert np.abs(shaper.values(rgb) / 257 - found.from_srgb(rgb)).max() < 2


@pytest.mark.parametrize(
    "curve",
    [
        profiles.table(np.linspace(1, 0, 300)),
        profiles.table(np.zeros(300)),
        profiles.parametric(0, -2.0),
        profiles.parametric(1, 2.0, 0.0, 0.0),
        b"para" + bytes(4) + b"\0\x09\0\0" + bytes(40),
        b"curv" + bytes(4) + b"\0\xff\xff\xff" + bytes(40),
        b"para",
        b"none" + bytes(40),
    ],
)
def test_curves_that_lead_nowhere_are_refused(curve: bytes) -> None:
    icc = profiles.matrix(
        (0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457), curve
    )
    assert read_matrix_profile(icc, 3) is None


def test_broken_matrices_are_refused() -> None:
    black = profiles.matrix((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), profiles.gamma(2.2))
    assert read_matrix_profile(black, 3) is None
    assert read_matrix_profile(profiles.cmyk(), 0) is None
    assert read_matrix_profile(profiles.p3(), 3) is not None
    assert read_matrix_profile(profiles.p3().replace(b"desc", b"A2B0", 1), 3) is None  # tables win
    for cut in range(0, len(profiles.p3()), 7):
        read_matrix_profile(profiles.p3()[:cut], 3)
