"""What a thing takes with it: its shadow and its reflection, and nothing that only looks so."""

import cv2
import numpy as np
import pytest
from tests.unit.analysis import figures
from tests.unit.analysis.figures import FOOT, HEIGHT, WIDTH, darkened, fallen, figure, painted

from cleanplate.analysis.effects import Effects, find_effects
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Alpha, Hole, Rgb8


def found(rgb: Rgb8, thing: Hole) -> Effects:
    return find_effects(rgb, thing)


def nothing(rgb: Rgb8, thing: Hole) -> bool:
    effects = found(rgb, thing)
    return not effects.shadow.any() and not effects.reflection.any()


def with_shadow(thing: Hole, shade: Alpha, ground: Rgb8, share: float = 0.45) -> Rgb8:
    return painted(darkened(ground, shade, share), thing)


class TestShadows:
    @pytest.mark.parametrize(("right", "down"), [(1.0, 0.2), (-0.8, 0.35), (0.9, -0.25), (0.1, 0.5)])
    @pytest.mark.parametrize("soft", [0.8, 2.5])
    def test_in_any_direction(self, right: float, down: float, soft: float) -> None:
        shade = fallen(figure(), right, down, soft)
        effects = found(with_shadow(figure(), shade, figures.plain_ground()), figure())
        core = (shade > 0.5) & ~dilate(figure(), 2)
        assert effects.shadow[core].mean() > 0.85
        far = ~dilate(shade > 0.15, 8)
        assert (effects.shadow & far).sum() < 0.02 * figure().sum()
        assert not (effects.shadow & figure()).any()

    @pytest.mark.parametrize("share", [0.2, 0.7])
    def test_faint_and_deep(self, share: float) -> None:
        shade = fallen(figure(), 1.0, 0.2, 1.5)
        effects = found(with_shadow(figure(), shade, figures.plain_ground(), share), figure())
        assert effects.shadow[(shade > 0.5) & ~dilate(figure(), 2)].mean() > 0.8

    def test_its_soft_edge_goes_too(self) -> None:
        shade = fallen(figure(), 1.0, 0.2, 3)
        effects = found(with_shadow(figure(), shade, figures.plain_ground()), figure())
        assert effects.shadow[(shade > 0.3) & ~dilate(figure(), 2)].mean() > 0.9

    def test_of_something_flat_seen_from_above(self) -> None:
        thing = figures.disc()
        move = np.array([[1, 0, 12], [0, 1, 10]], np.float32)
        shade = cv2.GaussianBlur(cv2.warpAffine(thing.astype(np.float32), move, (WIDTH, HEIGHT)), (0, 0), 3)
        effects = found(with_shadow(thing, np.asarray(shade, np.float32), figures.plain_ground()), thing)
        assert effects.shadow[(shade > 0.6) & ~dilate(thing, 2)].mean() > 0.8
        assert not effects.shadow[:60].any()

    def test_a_mask_that_is_a_little_too_large(self) -> None:
        shade = fallen(figure(), 1.0, 0.2, 1.5)
        rgb = with_shadow(figure(), shade, figures.plain_ground())
        effects = found(rgb, dilate(figure(), 3))
        assert effects.shadow[(shade > 0.5) & ~dilate(figure(), 5)].mean() > 0.8

    def test_in_a_large_picture(self) -> None:
        shade = fallen(figure(), 1.0, 0.2, 1.5)
        size = (WIDTH * 4, HEIGHT * 4)
        rgb = cv2.resize(with_shadow(figure(), shade, figures.plain_ground()), size)
        thing = cv2.resize(figure().view(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        core = (cv2.resize(shade, size) > 0.5) & ~dilate(thing, 8)
        assert found(np.asarray(rgb, np.uint8), np.asarray(thing)).shadow[core].mean() > 0.85


class TestNoShadows:
    def test_on_plain_ground(self) -> None:
        for seed in range(4):
            assert nothing(painted(figures.plain_ground(seed), figure()), figure())

    def test_on_coarse_ground(self) -> None:
        for seed in range(6):
            assert nothing(painted(figures.coarse_ground(seed), figure()), figure())

    def test_a_dark_patch_of_another_colour(self) -> None:
        rgb = figures.plain_ground()
        shade = fallen(figure(), 1.0, 0.2, 1)
        patch = (shade[..., None] > 0.5) * np.array([0, 70, 90])
        assert nothing(painted(np.clip(rgb - patch, 0, 255).astype(np.uint8), figure()), figure())

    def test_a_dark_patch_without_the_texture_of_the_ground(self) -> None:
        shade = fallen(figure(), 1.0, 0.2, 1)[..., None] > 0.5
        rgb = figures.coarse_ground()
        assert nothing(painted(np.where(shade, np.uint8(60), rgb), figure()), figure())

    def test_a_dark_place_elsewhere(self) -> None:
        rgb = figures.plain_ground()
        rgb[170:200, 20:80] //= 2
        assert nothing(painted(rgb, figure()), figure())

    def test_a_shadow_that_begins_at_its_head(self) -> None:
        shade = np.zeros((HEIGHT, WIDTH), np.float32)
        shade[60:90, 172:250] = 1
        assert nothing(painted(darkened(figures.plain_ground(), shade), figure()), figure())

    def test_a_band_of_shade_in_which_it_stands(self) -> None:
        shade = np.zeros((HEIGHT, WIDTH), np.float32)
        shade[130:170] = 1
        assert nothing(painted(darkened(figures.plain_ground(), shade), figure()), figure())

    def test_a_wall_behind_it(self) -> None:
        rgb = figures.plain_ground()
        rgb[:FOOT] //= 2
        assert nothing(painted(rgb, figure()), figure())

    def test_shade_in_spots_all_over_the_ground(self) -> None:
        for seed in range(3):
            noise = np.random.default_rng(seed).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
            spots = cv2.GaussianBlur(noise, (0, 0), 9)
            shade = cv2.GaussianBlur((spots > np.quantile(spots, 0.6)).astype(np.float32), (0, 0), 1.5)
            rgb = darkened(figures.plain_ground(), np.asarray(shade, np.float32))
            assert nothing(painted(rgb, figure()), figure())

    def test_what_has_its_foot_outside_the_picture(self) -> None:
        shade = fallen(figure(), 1.0, 0.2, 1.5)
        rgb = with_shadow(figure(), shade, figures.plain_ground())[: FOOT - 20]
        assert nothing(rgb, figure()[: FOOT - 20])

    def test_nothing_has_no_shadow(self) -> None:
        assert nothing(figures.plain_ground(), np.zeros((HEIGHT, WIDTH), np.bool_))
        assert nothing(figures.plain_ground(), np.ones((HEIGHT, WIDTH), np.bool_))

    @pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (5, 5)])
    def test_tiny_pictures(self, shape: tuple[int, int]) -> None:
        thing = np.zeros(shape, np.bool_)
        thing[0, 0] = True
        assert nothing(np.full((*shape, 3), 90, np.uint8), thing)


class TestReflections:
    @pytest.mark.parametrize(("strength", "soft"), [(0.8, 1.0), (0.5, 1.5), (0.35, 2.0)])
    def test_below_it(self, strength: float, soft: float) -> None:
        rgb, there = figures.mirrored(painted(figures.plain_ground(), figure()), figure(), strength, soft)
        effects = found(rgb, figure())
        assert effects.reflection[there].mean() > 0.9
        assert (effects.reflection & ~dilate(there, 8)).sum() < 0.02 * figure().sum()
        assert not effects.shadow.any()

    def test_cut_off_by_the_picture(self) -> None:
        rgb, there = figures.mirrored(painted(figures.plain_ground(), figure()), figure(), 0.6, 1.0)
        rows = slice(0, FOOT + 45)
        assert found(rgb[rows], figure()[rows]).reflection[there[rows]].mean() > 0.9

    def test_a_mast_that_goes_on_below_is_none(self) -> None:
        rgb = figures.plain_ground()
        ribs = np.array([200, 250, 210, 255], np.uint8).repeat(10)
        rgb[60:, 140:180] = ribs[None, :, None]
        thing = np.zeros((HEIGHT, WIDTH), np.bool_)
        thing[60:150, 140:180] = True
        assert nothing(rgb, thing)

    def test_the_same_thing_again_the_right_way_up_is_none(self) -> None:
        rgb = painted(figures.plain_ground(), figure())
        again = rgb[60 : FOOT + 1, 130:190]
        rgb[FOOT + 1 : HEIGHT, 130:190] = again[: HEIGHT - FOOT - 1]
        assert not found(rgb, figure()).reflection.any()

    def test_a_reflection_of_something_else_is_none(self) -> None:
        rgb = painted(figures.plain_ground(), figure())
        other, _ = figures.mirrored(painted(figures.plain_ground(), figure(), seed=9), figure(), 0.6, 1.0)
        rgb[FOOT + 1 :] = np.roll(other[FOOT + 1 :], 40, axis=1)
        assert not found(rgb, figure()).reflection.any()
