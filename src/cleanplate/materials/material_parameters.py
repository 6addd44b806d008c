"""The numbers of each material that `material_renderer` renders.

Lengths are shares of the object's side (the root of its area); lightness is 0..255; weights multiply. A pair
is where a smooth step begins and where it is whole. None was measured: no figure says how well a material is
met. What they give is seen in docs/stylize_local.md, whose pictures `python -m benchmarks.gallery` makes; the
note at each material says which of them.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from cleanplate.materials.shading import Highlight

Colour: TypeAlias = tuple[int, int, int]
"""sRGB, 0..255."""
Step: TypeAlias = tuple[float, float]
"""Below the first 0, above the second 1."""


@dataclass(frozen=True, slots=True)
class LightnessTarget:
    """What the object's lightness is brought to: its mean, and about the most of its standard deviation."""

    mean: float
    most_spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IceParameters:
    """Of clear ice.

    Attributes:
        parts_relief, whole_relief: weights of the two heights in the surface.
        bump: height for ten levels of the stylized photo's lightness; bump_smooth: its blur.
        clear_rim: how far the surface turns away, 0..1, where it stops being clear.
        photo, stylized: weights of both lightnesses.
        detail, detail_size: weight and size of the photo's fine detail.
        pattern: weight of the texture's pattern.
        bright_rim, rim_light: where the surface turns away, and how much lighter it is there.
        sunlight: levels between full sun and none.
        tint: share of the texture's colours that goes by lightness.
        clear: share of the surroundings that is seen through, 0..1.
        refraction: how far what is seen through is moved.
        transmitted, lift: what is left of red, green and blue in it, 0..1, and levels that it gains.
    """

    parts_relief: float = 0.8
    whole_relief: float = 0.5
    bump: float = 1 / 600
    bump_smooth: float = 1 / 250
    clear_rim: Step = (0.3, 0.8)
    photo: float = 0.45
    stylized: float = 0.55
    lightness: LightnessTarget = LightnessTarget(168, 44)
    detail: float = 0.9
    detail_size: float = 1 / 40
    pattern: float = 0.35
    bright_rim: Step = (0.25, 0.8)
    rim_light: float = 70
    sunlight: float = 60
    tint: float = 0.6
    clear: float = 0.34
    refraction: float = 0.25
    transmitted: tuple[float, float, float] = (0.8, 0.95, 1.0)
    lift: float = 20
    highlight: Highlight


@dataclass(frozen=True, slots=True)
class CloudParameters:
    """Of heaps of cloud.

    Attributes:
        heap_size, heap_height: of the noise that heaps are made of; least_heap_px bounds its size.
        parts_smooth: blur of the parts' height; whole_relief: weight of the whole's.
        photo_smooth: blur of the photo's lightness.
        sunlight, sunlight_middle: levels between full sun and none, and the sun (0..1) that changes nothing.
        tint: share of the texture's colours that goes by lightness; saturation: what is left of colour.
        edge: how far inwards the edge dissolves; edge_heaps, edge_width: how far heaps move it, and how wide
            it is, in that length.
        most_coverage: in the middle of it, 0..1.
    """

    heap_size: float = 1 / 7
    least_heap_px: float = 4.0
    heap_height: float = 0.012
    parts_smooth: float = 1 / 60
    whole_relief: float = 0.5
    photo_smooth: float = 1 / 90
    lightness: LightnessTarget = LightnessTarget(224, 24)
    sunlight: float = 90
    sunlight_middle: float = 0.7
    tint: float = 0.7
    saturation: float = 0.6
    edge: float = 0.045
    edge_heaps: float = 0.35
    edge_width: float = 1.1
    most_coverage: float = 0.97


@dataclass(frozen=True, slots=True)
class LanternParameters:
    """Of silk on hoops, lit from within.

    Attributes:
        silk: colours from dark to bright; brightest: the level that is the last of them.
        hoop_distance: between hoops; hoop_bend: how far the form bends them, in its height.
        parts_glow, whole_glow, glow: weights of the two heights, and from which to which it glows.
        shade_smooth, shade_range: blur of the photo's lightness, and levels of it that count as 1.
        ground, glow_light, rib_light: brightness without glow, of it, and between hoops.
        detail_size, detail_range: of the photo's fine detail, and levels of it that count as 1.
        hoop, hoop_share: place between ribs from which it is hoop, 0..1, and how much it hides.
        hoop_ground, hoop_light: a hoop's brightness without glow, and for each of it.
    """

    silk: tuple[Colour, ...] = ((70, 0, 6), (165, 10, 16), (224, 30, 22), (250, 96, 34), (255, 196, 100))
    brightest: float = 1.15
    hoop_distance: float = 1 / 9
    hoop_bend: float = 0.55
    parts_glow: float = 0.6
    whole_glow: float = 0.4
    glow: Step = (0.25, 1.0)
    shade_smooth: float = 1 / 150
    lightness: LightnessTarget = LightnessTarget(0, 36)
    shade_range: float = 212
    ground: float = 0.18
    glow_light: float = 0.55
    rib_light: float = 0.16
    detail_size: float = 1 / 40
    detail_range: float = 220
    hoop: Step = (0.86, 0.98)
    hoop_share: float = 0.5
    hoop_ground: float = 0.31
    hoop_light: float = 0.62


@dataclass(frozen=True, slots=True)
class WireParameters:
    """Of the round wire along a lantern's edges.

    Attributes:
        radius, least_radius_px: half of its thickness.
        round_smooth_px, edge_smooth_px: blur of its height and of where it is.
        ground, sunlight, photo: its brightness in middling light, and the weights of the sun and the photo.
    """

    colour: Colour = (255, 212, 96)
    radius: float = 1 / 190
    least_radius_px: float = 1.2
    round_smooth_px: float = 0.7
    edge_smooth_px: float = 0.6
    ground: float = 0.95
    sunlight: float = 0.9
    photo: float = 0.3


@dataclass(frozen=True, slots=True)
class WoodParameters:
    """Of boards: weights of both lightnesses, the pattern and the sun; see `IceParameters`."""

    photo: float = 0.6
    stylized: float = 0.4
    lightness: LightnessTarget = LightnessTarget(138, 40)
    pattern: float = 0.55
    sunlight: float = 46
    tint: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class PorcelainParameters:
    """Of white glaze with blue on it.

    Attributes:
        texture_size: what is smaller in the photo is not seen in the glaze.
        line_size, line_surroundings: what is smaller is no line, and what a line is darker than.
        line_range, line: levels darker that count as 1, and from which to which of it a line is drawn.
        line_share: how much a line hides, 0..1.
        ink_ground, ink_light: brightness of the ink in the dark, and for each of the glaze's.
        figures: pieces of the texture along the longer side.
    """

    glaze: Colour = (250, 252, 253)
    ink: Colour = (38, 66, 156)
    texture_size: float = 1 / 80
    lightness: LightnessTarget = LightnessTarget(214, 30)
    sunlight: float = 40
    line_size: float = 1 / 140
    line_surroundings: float = 1 / 25
    line_range: float = 36
    line: Step = (0.15, 0.65)
    line_share: float = 0.85
    ink_ground: float = 0.45
    ink_light: float = 0.55
    figures: float = 2.4
    highlight: Highlight


@dataclass(frozen=True, slots=True)
class FluffParameters:
    """Of the colours that fur is given; `fur.FurParameters` has the strands.

    Attributes:
        texture_size, smooth: what is smaller in the photo goes, and a blur.
        lightness_range: that strands may have.
        greyed: share of the colour that is taken away.
        pure: alpha from which a pixel is of the object alone.
    """

    texture_size: float = 1 / 110
    smooth: float = 1 / 200
    lightness: LightnessTarget = LightnessTarget(150, 46)
    sunlight: float = 40
    lightness_range: tuple[float, float] = (20, 245)
    greyed: float = 0.15
    pure: float = 0.97


@dataclass(frozen=True, slots=True)
class KnitParameters:
    """Of wool: brightness away from the sun, for each of the sun, and levels on top; see `IceParameters`."""

    photo: float = 0.45
    stylized: float = 0.55
    lightness: LightnessTarget = LightnessTarget(118, 34)
    ground: float = 0.62
    sunlight: float = 0.55
    lift: float = 10
    tint: float = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class BalloonParameters:
    """Of latex.

    Attributes:
        colours: one is chosen by the seed.
        texture_size: what is smaller in the photo goes; flat_px, flat_levels, flat_sigma_px: diameter, range
            and width of the bilateral filter after it; shade_smooth: a blur after that.
        shade_range: levels of the photo's lightness that count as 1.
        ground, sunlight, brightness: in middling sun, for each of the sun, and its bounds.
        gloss, gloss_share: sun from which it is whitish, 0..1, and how much.
        dark_rim, bounce: how much darker it is where it turns away, 0..1, and levels that light from below
            adds.
    """

    colours: tuple[Colour, ...] = (
        (238, 36, 52),
        (240, 60, 130),
        (40, 110, 230),
        (250, 130, 30),
        (120, 60, 200),
        (30, 160, 90),
    )
    texture_size: float = 1 / 60
    flat_px: int = 9
    flat_levels: float = 40
    flat_sigma_px: float = 5
    shade_smooth: float = 1 / 200
    lightness: LightnessTarget = LightnessTarget(0, 34)
    shade_range: float = 196
    ground: float = 0.84
    sunlight: float = 0.6
    brightness: tuple[float, float] = (0.15, 1.3)
    gloss: Step = (0.75, 1.0)
    gloss_share: float = 0.3
    dark_rim: float = 0.25
    bounce: float = 60
    highlight: Highlight


ICE: Final = IceParameters(highlight=Highlight(200, 40, 0.4))
"""In the gallery: china.jpg, "turn the tower into ice"."""
CLOUD: Final = CloudParameters()
"""In the gallery: flower.jpg, "turn the flower into a cloud"."""
LANTERN: Final = LanternParameters()
"""In the gallery: china.jpg, "turn the tower into a Chinese festive lantern"."""
WIRE: Final = WireParameters()
"""In the gallery: the lantern's edges."""
WOOD: Final = WoodParameters()
"""In the gallery: motorcycle.jpg, "turn the motorcycle into wood"."""
PORCELAIN: Final = PorcelainParameters(highlight=Highlight(190, 50, 0.45))
"""In the gallery: coffee.jpg, "turn the cup into blue and white porcelain"."""
FLUFF: Final = FluffParameters()
"""In the gallery: flower.jpg, "make the flower fluffy"."""
KNIT: Final = KnitParameters()
"""In the gallery: ocv_squirrel_cls.jpg, "turn the squirrel into weaving"."""
BALLOON: Final = BalloonParameters(highlight=Highlight(235, 46, 0.35))
"""In the gallery: motorcycle.jpg, "turn the motorcycle into a balloon"."""
