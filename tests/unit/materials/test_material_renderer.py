"""What objects of each material look like, fur among them."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.materials.fur import render_fur
from cleanplate.materials.height_field import estimate_height_field, surface_normals
from cleanplate.materials.material_renderer import NAMES, RenderedMaterial, render_material
from cleanplate.materials.material_subject import MaterialSubject
from cleanplate.materials.shading import (
    Highlight,
    lambert_shading,
    refracted_view,
    smoothstep,
    specular_highlight,
)
from cleanplate.pixels.types import Alpha, Rgb8

SIZE = (150, 190)
BALL = (170, 90, 60)


def disc(radius: float = 60) -> Alpha:
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    return np.asarray(np.hypot(y - 75, x - 95) < radius, np.float32)


def photo() -> Rgb8:
    """A ball that is lit from above, on green."""
    light = np.linspace(1.4, 0.5, SIZE[0])[:, None, None]
    ball = np.clip(np.array(BALL) * light, 0, 255)
    return np.where(disc()[..., None] > 0, ball, (50, 120, 60)).astype(np.uint8)


def render(material: str, seed: int = 0, alpha: Alpha | None = None) -> RenderedMaterial:
    return render_material(
        MaterialSubject(photo(), disc() if alpha is None else alpha, material, photo(), seed)
    )


def inside(values: NDArray[Any], radius: float = 55) -> NDArray[Any]:
    return np.asarray(values[disc(radius) > 0])


@pytest.mark.parametrize("name", NAMES)
def test_it_covers_the_inside_of_the_object_alone(name: str) -> None:
    done = render(name)
    assert done.rgb.shape == (*SIZE, 3)
    assert done.rgb.dtype == np.uint8
    assert done.coverage.dtype == np.float32
    assert (done.coverage <= disc() + 1e-6).all()
    assert done.coverage.min() >= 0
    assert inside(done.coverage, 45).mean() > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_is_the_same_and_another_is_another_piece(name: str) -> None:
    first, again, other = render(name, 1), render(name, 1), render(name, 2)
    np.testing.assert_array_equal(first.rgb, again.rgb)
    np.testing.assert_array_equal(first.coverage, again.coverage)
    assert (first.rgb != other.rgb).any()


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_the_light_on_the_object(name: str) -> None:
    light = inside(render(name).rgb).mean(1)
    assert np.corrcoef(light, inside(photo()).mean(1))[0, 1] > 0.25


@pytest.mark.parametrize(
    ("name", "order"),
    [("ice", "rgb"), ("lantern", "bgr"), ("wood", "bgr"), ("porcelain", "rgb"), ("balloon", "gr")],
)
def test_its_colour(name: str, order: str) -> None:
    mean = dict(zip("rgb", inside(render(name).rgb).mean(0), strict=True))
    assert [mean[channel] for channel in order] == sorted(mean[channel] for channel in order)


def test_a_balloon_has_a_highlight_towards_the_sun_and_porcelain_too() -> None:
    for name in ("balloon", "porcelain"):
        light = cv2.GaussianBlur(render(name).rgb.min(2).astype(np.float32) * disc(), (0, 0), 2)
        y, x = np.unravel_index(light.argmax(), SIZE)
        assert y < 75
        assert x < 95


def test_ice_is_brighter_at_its_rim_and_the_surroundings_shine_through() -> None:
    def middle(around: tuple[int, int, int]) -> NDArray[Any]:
        rgb = np.where(disc()[..., None] > 0, photo(), around).astype(np.uint8)
        return np.asarray(
            render_material(MaterialSubject(rgb, disc(), "ice", photo())).rgb[65:85, 85:105].mean((0, 1))
        )

    light = render("ice").rgb.mean(2)
    assert light[(disc(58) - disc(54)) > 0].mean() > inside(light, 40).mean() + 15
    assert middle((250, 20, 20))[0] > middle((20, 20, 250))[0] + 30


def ring(inner: float, outer: float) -> NDArray[np.bool_]:
    return np.asarray(disc(outer) - disc(inner) > 0)


def ice(photo: Rgb8, stylized: Rgb8) -> NDArray[np.float32]:
    return render_material(MaterialSubject(photo, disc(), "ice", stylized)).rgb.astype(np.float32)


def test_ice_is_lit_from_the_upper_left_and_glints() -> None:
    grey = np.full((*SIZE, 3), 120, np.uint8)
    light = ice(grey, grey).mean(2)
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    towards = (75 - y) + (95 - x)
    body = ring(20, 50)
    assert light[body & (towards > 20)].mean() > light[body & (towards < -20)].mean() + 12
    assert light[body].max() > 240
    assert 130 < light[ring(0, 50)].mean() < 170
    assert light[ring(54, 58)].mean() > light[ring(0, 40)].mean() + 22


def test_ice_shows_what_the_object_was_and_how_its_material_is_made() -> None:
    grey = np.full((*SIZE, 3), 120, np.uint8)
    stripe = np.where(np.arange(SIZE[1]) // 6 % 2, 60, 200).astype(np.uint8)
    stripes = np.broadcast_to(stripe[None, :, None], grey.shape).copy()
    plain = ice(grey, grey).mean(2)
    sign = np.where(stripe > 120, 1, -1)
    striped = np.where(disc()[..., None] > 0, stripes, grey)
    for photo_, stylized, least in ((striped, grey, 40), (grey, stripes, 12)):
        assert ((ice(photo_, stylized).mean(2) - plain) * sign)[ring(0, 40)].mean() > least


def test_ice_is_clear_in_its_middle_and_takes_the_red_out_of_what_is_seen_through_it() -> None:
    def seen(around: tuple[int, int, int]) -> NDArray[np.float32]:
        rgb = np.where(disc()[..., None] > 0, 120, np.array(around)).astype(np.uint8)
        return ice(rgb, np.full_like(rgb, 120))

    red, blue = seen((250, 20, 20)), seen((20, 20, 250))
    middle, edge = ((red - blue)[where].mean(0) for where in (ring(0, 20), ring(54, 58)))
    assert middle[0] > edge[0] + 20
    assert -middle[2] > middle[0] + 8


def test_a_cloud_dissolves_towards_its_edge_and_fur_is_ragged() -> None:
    cloud = render("cloud").coverage
    assert cloud[(disc(60) - disc(58)) > 0].mean() < 0.4
    grey = np.full((4 * SIZE[0], 4 * SIZE[1], 3), 120, np.uint8)
    wide = np.asarray(cv2.resize(disc(), None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST), np.float32)
    _, fur = render_fur(grey, wide, estimate_height_field(grey, wide), 0)
    edge = fur[(wide > 0) & (cv2.erode(wide, np.ones((5, 5))) == 0)]
    assert 0.1 < (edge > 0.9).mean() < 0.9
    assert (edge < 0.5).mean() > 0.1


def test_fur_has_the_colours_that_it_is_given_and_strands() -> None:
    plain = np.full((*SIZE, 3), (60, 140, 60), np.uint8)
    fur, cover = render_fur(plain, disc(), estimate_height_field(plain, disc()), 0)
    mean = inside(fur).mean(0)
    assert mean[1] > 1.6 * mean[0]
    assert inside(fur).std() > 8
    assert (cover[disc() == 0] == 0).all()


def test_fur_of_nothing_is_nothing() -> None:
    nothing = np.zeros(SIZE, np.float32)
    _, cover = render_fur(photo(), nothing, estimate_height_field(photo(), nothing), 0)
    assert (cover == 0).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 1), (2, 60), (40, 3)])
def test_any_shape(name: str, shape: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    done = render_material(MaterialSubject(rgb, np.ones(shape, np.float32), name, rgb))
    assert done.rgb.shape == rgb.shape
    assert np.isfinite(done.coverage).all()


def test_light_falls_from_the_upper_left_and_shines_where_it_is_mirrored() -> None:
    y, x = np.mgrid[-60:61, -60:61].astype(np.float32)
    normals = surface_normals(np.sqrt(np.maximum(58**2 - x**2 - y**2, 0)))
    for lit in (lambert_shading(normals), specular_highlight(normals, Highlight(1, 40, 0.4))[..., 0]):
        row, column = np.unravel_index(cv2.GaussianBlur(lit, (0, 0), 3)[10:-10, 10:-10].argmax(), (101, 101))
        assert row < 50
        assert column < 50
    assert smoothstep(np.array([-1, 0.5, 2], np.float32), 0, 1).tolist() == [0, 0.5, 1]


def test_through_what_is_flat_all_stays_where_it_is() -> None:
    flat = surface_normals(np.zeros(SIZE, np.float32))
    np.testing.assert_array_equal(refracted_view(photo(), flat, 30), photo())
