"""Things that stand about in scenes: shadows, stones, trees, people, cars, balls and bottles."""

from math import pi

import numpy as np

from training.scenes_canvas import Canvas, Colour, darken, paint, plain
from training.scenes_fills import anything, graded, grained, lit, textured
from training.scenes_shapes import any_shape, blob, ellipse, moved, rounded, stroke, wander

Spot = tuple[float, float]
"""x and y, in pixels, of where a thing touches the ground."""


def thing(canvas: Canvas, spot: Spot, size_px: float) -> None:
    """A thing of any kind that is about `size_px` high, with a shadow where it stands."""
    kinds = (stone, tree, person, car, body)
    kinds[int(canvas.rng.choice(len(kinds), p=(0.2, 0.25, 0.25, 0.1, 0.2)))](canvas, spot, size_px)


def contact_shadow(canvas: Canvas, spot: Spot, half_width: float) -> None:
    """What a thing takes of the light at its foot, falling to one side."""
    aside = canvas.between(-0.6, 0.6) * half_width
    outline = ellipse((spot[0] + aside, spot[1]), (half_width * canvas.between(1, 1.6), half_width * 0.25))
    darken(canvas, outline, max(0.5, half_width * canvas.between(0.05, 0.3)), canvas.between(0.2, 0.7))


def stone(canvas: Canvas, spot: Spot, size_px: float) -> None:
    """A stone, a bush or a heap: a round outline with a real texture."""
    radii = (size_px * canvas.between(0.4, 0.9), size_px / 2)
    contact_shadow(canvas, spot, radii[0])
    outline = blob(canvas, (spot[0], spot[1] - radii[1]), radii, canvas.between(0.1, 0.6))
    paint(canvas, outline, lit(textured, canvas.between(0.3, 0.9)))


def tree(canvas: Canvas, spot: Spot, size_px: float) -> None:
    """A trunk and a crown of some blobs, or bare branches."""
    contact_shadow(canvas, spot, size_px * 0.25)
    bark = grained(canvas.dark(), 0.3)
    thick = size_px * canvas.between(0.03, 0.1)
    trunk = wander(canvas, spot, -pi / 2, size_px * 0.7, 0.2)
    if canvas.chance(0.3):
        for _ in range(canvas.whole(3, 8)):
            start = trunk[canvas.whole(6, 15)]
            branch = wander(
                canvas, (start[0], start[1]), -pi / 2 + canvas.between(-1.2, 1.2), size_px * 0.45, 1
            )
            paint(canvas, stroke(branch, thick * 0.5, 0.3), bark)
    else:
        leaves = canvas.foliage()
        for _ in range(canvas.whole(1, 4)):
            middle = trunk[-1] + canvas.rng.normal(0, 0.12 * size_px, 2)
            radius = size_px * canvas.between(0.2, 0.4)
            crown = blob(canvas, (middle[0], middle[1]), (radius, radius * canvas.between(0.6, 1)), 0.8)
            paint(canvas, crown, lit(grained(leaves, 1), 0.6))
    paint(canvas, stroke(trunk, thick, thick * 0.5), bark)


def person(canvas: Canvas, spot: Spot, size_px: float) -> None:
    """Somebody who stands or walks: legs, arms, a coat, a head."""
    x, y = spot
    contact_shadow(canvas, spot, size_px * 0.15)
    skin, hair = graded(_skin(canvas), _skin(canvas)), plain(canvas.dark())
    coat, trousers = anything(canvas), plain(canvas.dark())
    hip, shoulder = (x, y - 0.48 * size_px), y - 0.82 * size_px
    for side in (-1, 1):
        foot = (x + side * size_px * canvas.between(0.02, 0.12), y)
        leg = np.array([hip, ((hip[0] + foot[0]) / 2, y - 0.24 * size_px), foot])
        paint(canvas, stroke(leg, 0.12 * size_px, 0.06 * size_px), trousers)
        hand = (x + side * size_px * canvas.between(0.12, 0.25), y - size_px * canvas.between(0.42, 0.6))
        arm = np.array([(x + side * 0.09 * size_px, shoulder + 0.04 * size_px), hand])
        paint(canvas, stroke(arm, 0.08 * size_px, 0.05 * size_px), lit(coat, 0.5))
    torso = rounded((x, y - 0.65 * size_px), (0.12 * size_px, 0.2 * size_px), 0.6)
    paint(canvas, torso, lit(coat, 0.5))
    head = (x + canvas.between(-0.01, 0.01) * size_px, y - 0.91 * size_px)
    paint(canvas, ellipse((head[0], head[1] - 0.02 * size_px), (0.07 * size_px, 0.08 * size_px)), hair)
    paint(canvas, ellipse(head, (0.055 * size_px, 0.07 * size_px)), skin)


def car(canvas: Canvas, spot: Spot, size_px: float) -> None:
    """A car from the side or a quarter: a body, a cabin with panes, wheels."""
    x, y = spot
    half = size_px * canvas.between(0.8, 1.4)
    darken(canvas, ellipse((x, y), (half * 1.05, size_px * 0.12)), max(0.5, size_px * 0.05), 0.7)
    colour = canvas.colour()
    paint(
        canvas,
        rounded((x, y - 0.68 * size_px), (half * 0.6, 0.32 * size_px), 0.7),
        plain(colour * 0.9),
    )
    pane = graded(canvas.dark(), canvas.pale() * 0.6)
    paint(canvas, rounded((x, y - 0.68 * size_px), (half * 0.52, 0.22 * size_px), 0.6), pane)
    paint(canvas, rounded((x, y - 0.34 * size_px), (half, 0.24 * size_px), 0.6), lit(plain(colour), 0.6))
    for side in (-0.6, 0.6):
        paint(
            canvas,
            ellipse((x + side * half, y - 0.12 * size_px), (0.17 * size_px, 0.17 * size_px)),
            plain(canvas.dark()),
        )
        paint(
            canvas,
            ellipse((x + side * half, y - 0.12 * size_px), (0.08 * size_px, 0.08 * size_px)),
            plain(canvas.pale()),
        )


def body(canvas: Canvas, spot: Spot, size_px: float) -> None:
    """A ball, a box, a bottle, a fruit or an animal's trunk: any shape, rounded by its shading."""
    outline = any_shape(canvas, (0.0, 0.0), size_px / 2)
    low, high = outline.min(axis=0), outline.max(axis=0)
    outline = outline * (size_px / max(high[1] - low[1], 1.0)) if high[1] - low[1] > size_px else outline
    outline = moved(outline, spot[0], spot[1] - float(outline[:, 1].max()))
    contact_shadow(canvas, spot, float(np.ptp(outline[:, 0])) * 0.4)
    paint(canvas, outline, lit(anything(canvas), canvas.between(0.2, 0.9)))


def portrait_of(canvas: Canvas, middle: Spot, size_px: float) -> None:
    """Head and shoulders; `size_px` is the height of the head."""
    x, y = middle
    skin = _skin(canvas)
    hair, coat = grained(canvas.dark(), 0.4), lit(anything(canvas), 0.5)
    if canvas.chance(0.5):
        paint(canvas, blob(canvas, (x, y + 0.2 * size_px), (0.7 * size_px, 0.9 * size_px), 0.25), hair, 1)
    paint(canvas, rounded((x, y + 1.75 * size_px), (1.1 * size_px, 1.05 * size_px), 0.8), coat, 0.7)
    neck = rounded((x, y + 0.6 * size_px), (0.2 * size_px, 0.35 * size_px), 0.5)
    paint(canvas, neck, graded(skin * 0.6, skin * 0.85))
    paint(canvas, ellipse((x, y - 0.12 * size_px), (0.43 * size_px, 0.52 * size_px)), hair, 0.7)
    face = ellipse((x, y), (0.37 * size_px, 0.5 * size_px), canvas.between(-0.15, 0.15))
    paint(canvas, face, lit(grained(skin, 0.15), canvas.between(0.3, 0.7)), 0.7)
    for side in (-0.16, 0.16):
        eye = (x + side * size_px, y - 0.05 * size_px)
        paint(canvas, ellipse(eye, (0.07 * size_px, 0.035 * size_px)), plain(canvas.dark()), 0.6)
        brow = (eye[0], eye[1] - 0.09 * size_px)
        paint(canvas, ellipse(brow, (0.09 * size_px, 0.02 * size_px)), hair, 0.8, 0.7)
    darken(canvas, ellipse((x, y + 0.12 * size_px), (0.06 * size_px, 0.04 * size_px)), 1, 0.3)
    mouth = ellipse((x, y + 0.26 * size_px), (0.13 * size_px, 0.035 * size_px))
    paint(canvas, mouth, plain(skin * np.array([0.75, 0.45, 0.45], np.float32)), 0.8)


def _skin(canvas: Canvas) -> Colour:
    """A colour of skin, from light to dark."""
    light = canvas.between(0.3, 1)
    return np.array([235 * light + 10, 190 * light, 160 * light - 5], np.float32)
