"""What the network is told: how far its answers are from the truth, and how like photographs they look."""

from math import sqrt

import torch
from torch import Tensor
from torch.nn import functional

from training.examples import Batch
from training.structure_network import CELL_PX, Answer, Discriminator

ALIKE = 0.12
"""Cells that differ by this much are e times less alike."""
NOWHERE = -1e4
OPEN, HIDDEN = 0.02, 0.5
"""Shares of a cell that the hole covers: below the first it can be pointed at, above the second it asks."""


def measured_loss(answer: Answer, truth: Batch) -> dict[str, Tensor]:
    """Of all that can be measured: colours at four sizes, edges, the error expected, roughness, likeness."""
    rgb, hole = truth.rgb, truth.hole
    share = hole.sum()
    made = rgb * (1 - hole) + answer.mean * hole
    error = (answer.mean - rgb).abs().mean(1, keepdim=True)
    rough = (answer.roughness - truth.roughness) * hole
    scale = answer.log_scale
    return {
        "colour": (error * hole).sum() / share,
        "edges": 1.2 * (_steps(made) - _steps(rgb)).abs().mean(),
        "coarse": 2 * _pooled(made - rgb, 4).abs().mean() + 2 * _pooled(made - rgb, 8).abs().mean(),
        "expected error": 0.05 * ((error.detach() * (-scale).exp() + scale) * hole).sum() / share,
        "roughness": 3 * (rough.abs().sum() + _pooled(rough, 4).abs().sum() * 16) / share,
        "likeness": 0.15 * likeness_loss(answer, truth),
    }


def likeness_loss(answer: Answer, truth: Batch) -> Tensor:
    """How far the network is from knowing which known cells a cell to make is like: a divergence."""
    described = _described(truth).flatten(2).transpose(1, 2)
    covered = _pooled(truth.hole, CELL_PX).flatten(1)
    far = torch.cdist(described, described)
    closed = (covered >= OPEN)[:, None]
    wanted = (-far / ALIKE).masked_fill(closed, NOWHERE).softmax(-1)
    said = answer.queries.flatten(2).transpose(1, 2) @ answer.keys.flatten(2) / sqrt(answer.queries.shape[1])
    said = said.masked_fill(closed, NOWHERE).log_softmax(-1)
    apart = (wanted * ((wanted + 1e-9).log() - said)).sum(-1)
    asked = (covered > HIDDEN) & ~closed.all(-1)
    return (apart * asked).sum() / asked.sum().clamp(1)


def decided_loss(decided: Tensor, truth: Batch) -> Tensor:
    """How far from the truth a decision is, from afar: it need not be the same picture."""
    rgb, hole = truth.rgb, truth.hole
    gap = (decided - rgb) * hole
    steps = (_steps(rgb + gap) - _steps(rgb)).abs().mean()
    afar = 2 * _pooled(gap, 8).abs().mean() + _pooled(gap, 4).abs().mean()
    return afar + 0.2 * gap.abs().sum() / hole.sum() / 3 + 0.1 * steps


def seen_losses(discriminator: Discriminator, decided: Tensor, truth: Batch) -> tuple[Tensor, Tensor]:
    """How clearly it is seen that this is no photograph, and how else it differs in what was looked at."""
    rgb, hole = truth.rgb, truth.hole
    with torch.autocast(rgb.device.type, torch.bfloat16):
        said, features = discriminator(rgb * (1 - hole) + decided * hole, hole)
        with torch.no_grad():
            _, wanted = discriminator(rgb, hole)
    differs = sum(
        ((one.float() - other.float()).abs().mean() / (other.float().abs().mean() + 1e-3))
        for one, other in zip(features, wanted, strict=True)
    )
    return _where(functional.softplus(-said.float()), hole), torch.as_tensor(differs)


def discriminator_loss(discriminator: Discriminator, decided: Tensor, truth: Batch, penalty: float) -> Tensor:
    """What the discriminator is told. L. Mescheder et al.: "Which training methods for GANs do actually
    converge?", 2018: it is not to react too steeply to photographs.

    Args:
        penalty: weight of that; 0 leaves it out, which is quicker.
    """
    rgb, hole = truth.rgb.clone().requires_grad_(penalty > 0), truth.hole
    with torch.autocast(rgb.device.type, torch.bfloat16, enabled=not penalty):
        photo, _ = discriminator(rgb, hole)
        made, _ = discriminator(truth.rgb * (1 - hole) + decided * hole, hole)
    loss = _where(functional.softplus(-photo.float()) + functional.softplus(made.float()), hole)
    if penalty:
        (slope,) = torch.autograd.grad((photo * _cells(hole)).sum(), rgb, create_graph=True)
        loss = loss + penalty * slope.pow(2).flatten(1).sum(1).mean()
    return loss


def _described(truth: Batch) -> Tensor:
    """(n, k, h / 4, w / 4), what makes cells alike: colour, contrast, roughness, direction, surroundings."""
    luma = truth.rgb.mean(1, keepdim=True)
    colour = _pooled(truth.rgb, CELL_PX)
    contrast = (_pooled(luma * luma, CELL_PX) - _pooled(luma, CELL_PX) ** 2).clamp(0).sqrt()
    around = functional.avg_pool2d(functional.pad(colour, (1, 1, 1, 1), mode="replicate"), 3, 1)
    across = functional.pad((luma[..., 1:] - luma[..., :-1]).abs(), (0, 1))
    down = functional.pad((luma[..., 1:, :] - luma[..., :-1, :]).abs(), (0, 0, 0, 1))
    parts = (
        1.2 * colour,
        2 * (colour - colour.mean(1, keepdim=True)),
        2.5 * contrast,
        3 * _pooled(truth.roughness, CELL_PX),
        0.6 * around,
        2 * (_pooled(across, CELL_PX) - _pooled(down, CELL_PX)),
    )
    return torch.cat(parts, 1)


def _steps(planes: Tensor) -> Tensor:
    """Differences of neighbours, in one row for each picture."""
    across, down = planes[..., 1:] - planes[..., :-1], planes[..., 1:, :] - planes[..., :-1, :]
    return torch.cat([across.flatten(1), down.flatten(1)], 1)


def _pooled(planes: Tensor, side: int) -> Tensor:
    return functional.avg_pool2d(planes, side)


def _cells(hole: Tensor) -> Tensor:
    """(n, 1, h / 8, w / 8), 1 where a part of the hole is."""
    return functional.max_pool2d(hole, 8)


def _where(values: Tensor, hole: Tensor) -> Tensor:
    cells = _cells(hole)
    return (values * cells).sum() / cells.sum()
