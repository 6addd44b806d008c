"""The structure network: it sees a small picture with a hole, and says what lies there.

A U-net of three sizes with attention at the two small ones. It has two answers. `mean` is the colour that is
right on the whole, soft where the picture leaves it open; `decided` is one of the pictures that are possible,
learnt against a discriminator. Beside them it learns how sure it is, how rough it is there, and which known
part of the picture a place is like: what it has to know for those makes the answers better.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

CELL_PX = 4
"""Side of the cells that are compared with each other."""
LEAK = 0.2
LEAST_LOG_SCALE, MOST_LOG_SCALE = -6.0, 1.5


class Answer(NamedTuple):
    """What the network says of (n, 3, h, w) pictures, whose sides are multiples of 8.

    Attributes:
        mean, decided: (n, 3, h, w), colours, -1..1.
        log_scale: (n, 1, h, w), logarithm of the error that `mean` is expected to have.
        roughness: (n, 1, h, w), root of the mean gradient at four times the size, 0..1.
        queries, keys: (n, k, h / 4, w / 4); the larger the product of two, the more alike are the cells.
    """

    mean: Tensor
    log_scale: Tensor
    roughness: Tensor
    decided: Tensor
    queries: Tensor
    keys: Tensor


class Residual(nn.Module):
    """Two convolutions whose result is added."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.wide = nn.Conv2d(channels, channels, 3, 1, dilation, dilation)
        self.mix = nn.Conv2d(channels, channels, 1)

    def forward(self, seen: Tensor) -> Tensor:
        """(n, c, h, w) to the same."""
        changed: Tensor = self.mix(functional.silu(self.wide(self.norm(seen))))
        return seen + changed


class Attention(nn.Module):
    """Every place looks at every other."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.asks = nn.Conv2d(channels, 3 * channels, 1)
        self.mix = nn.Conv2d(channels, channels, 1)
        self.heads = heads

    def forward(self, seen: Tensor) -> Tensor:
        """(n, c, h, w) to the same."""
        n, channels, height, width = seen.shape
        parts = self.asks(self.norm(seen)).reshape(n, 3, self.heads, channels // self.heads, height * width)
        query, key, value = parts.transpose(3, 4).unbind(1)
        found = functional.scaled_dot_product_attention(query, key, value)
        changed: Tensor = self.mix(found.transpose(2, 3).reshape(n, channels, height, width))
        return seen + changed


class StructureNetwork(nn.Module):
    """See the module.

    Args:
        widths: channels at half, a quarter and an eighth of the size.
        key_width: numbers of a query.
    """

    def __init__(self, widths: tuple[int, int, int] = (48, 96, 192), key_width: int = 32) -> None:
        super().__init__()
        fine, middle, coarse = widths
        self.first = nn.Conv2d(24, fine, 3, 1, 1)
        self.fine_in = nn.Sequential(Residual(fine), Residual(fine, 2))
        self.to_middle = nn.Conv2d(4 * fine, middle, 1)
        self.middle_in = nn.Sequential(Residual(middle), Attention(middle), Residual(middle, 2))
        self.to_coarse = nn.Conv2d(4 * middle, coarse, 1)
        self.coarse = nn.Sequential(
            *(part for _ in range(3) for part in (Residual(coarse), Attention(coarse))), Residual(coarse)
        )
        self.from_coarse = nn.Conv2d(coarse, 4 * middle, 1)
        self.middle_joined = nn.Conv2d(2 * middle, middle, 1)
        self.middle_out = nn.Sequential(Residual(middle), Attention(middle), Residual(middle))
        self.from_middle = nn.Conv2d(middle, 4 * fine, 1)
        self.fine_joined = nn.Conv2d(2 * fine, fine, 1)
        self.fine_out = nn.Sequential(Residual(fine), Residual(fine))
        self.measured = nn.Conv2d(fine, 20, 3, 1, 1)
        self.deciding = nn.Sequential(Residual(fine), Residual(fine))
        self.decision = nn.Conv2d(fine, 12, 3, 1, 1)
        self.pointing = nn.Sequential(nn.GroupNorm(8, middle), nn.Conv2d(middle, 2 * key_width, 1))

    def forward(self, rgb: Tensor, hole: Tensor) -> Answer:
        """What is said of pictures with holes.

        Args:
            rgb: (n, 3, h, w), -1..1; what is in the hole is not looked at.
            hole: (n, 1, h, w), 1 = make this pixel, 0 = known.
        """
        fine = self.fine_in(self.first(_halved(_seen(rgb, hole))))
        middle = self.middle_in(self.to_middle(_halved(fine)))
        coarse = self.coarse(self.to_coarse(_halved(middle)))
        joined = torch.cat([_doubled(self.from_coarse(coarse)), middle], 1)
        middle = self.middle_out(self.middle_joined(joined))
        joined = torch.cat([_doubled(self.from_middle(middle)), fine], 1)
        fine = self.fine_out(self.fine_joined(joined))
        measured = _doubled(self.measured(functional.silu(fine))).float()
        decision = _doubled(self.decision(functional.silu(self.deciding(fine)))).float()
        queries, keys = self.pointing(middle).float().chunk(2, 1)
        return Answer(
            mean=torch.tanh(measured[:, :3]),
            log_scale=measured[:, 3:4].clamp(LEAST_LOG_SCALE, MOST_LOG_SCALE),
            roughness=functional.softplus(measured[:, 4:5]),
            decided=torch.tanh(measured[:, :3].detach() + decision),
            queries=queries,
            keys=keys,
        )


class Discriminator(nn.Module):
    """Tells photographs from what the network decided, cell by cell of 8 x 8 pixels."""

    def __init__(self, widths: tuple[int, int, int] = (48, 96, 192)) -> None:
        super().__init__()
        fine, middle, coarse = widths
        layers = [
            nn.Conv2d(4, fine, 4, 2, 1),
            nn.Conv2d(fine, middle, 4, 2, 1),
            nn.Conv2d(middle, coarse, 4, 2, 1),
            nn.Conv2d(coarse, coarse, 3, 1, 1),
        ]
        for layer in layers:
            nn.init.kaiming_normal_(layer.weight, LEAK)
        self.layers = nn.ModuleList(layers)
        self.last = nn.Conv2d(coarse, 1, 1)

    def forward(self, rgb: Tensor, hole: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(n, 1, h / 8, w / 8), above 0 where it takes it for a photograph; and what each layer saw."""
        seen, features = torch.cat([rgb, hole], 1), []
        for layer in self.layers:
            seen = functional.leaky_relu(layer(seen), LEAK)
            features.append(seen)
        return self.last(seen), features


def _seen(rgb: Tensor, hole: Tensor) -> Tensor:
    """(n, 6, h, w): colours where they are known, the hole, and where a place lies, -1..1."""
    n, _, height, width = rgb.shape
    down = torch.linspace(-1, 1, height, device=rgb.device).view(1, 1, height, 1).expand(n, 1, height, width)
    across = torch.linspace(-1, 1, width, device=rgb.device).view(1, 1, 1, width).expand(n, 1, height, width)
    return torch.cat([rgb * (1 - hole), hole, down, across], 1)


def _halved(planes: Tensor) -> Tensor:
    return functional.pixel_unshuffle(planes, 2)


def _doubled(planes: Tensor) -> Tensor:
    return functional.pixel_shuffle(planes, 2)
