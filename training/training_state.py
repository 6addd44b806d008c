"""What is trained, and how it is stored and taken up again."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, optim

from training.structure_network import Discriminator, StructureNetwork

MOST_KEPT = 0.998
"""Share of the running mean of the weights that stays with each step."""
FIRST_STEPS = 20


@dataclass
class TrainingState:
    """The network, its discriminator, and how far they are.

    Attributes:
        mean: running mean of the network's weights; that is what is used in the end.
        steps: done so far.
    """

    rate: float
    device: str = "cpu"
    network: StructureNetwork = field(init=False)
    discriminator: Discriminator = field(init=False)
    network_steps: optim.AdamW = field(init=False)
    discriminator_steps: optim.AdamW = field(init=False)
    mean: dict[str, Tensor] = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        self.network = StructureNetwork().to(self.device)
        self.discriminator = Discriminator().to(self.device)
        self.network_steps = optim.AdamW(
            self.network.parameters(), self.rate, betas=(0.5, 0.98), weight_decay=1e-2
        )
        self.discriminator_steps = optim.AdamW(
            self.discriminator.parameters(), self.rate, betas=(0.5, 0.98), weight_decay=1e-4
        )
        self.mean = {name: value.clone() for name, value in self.network.state_dict().items()}

    def follow(self) -> None:
        """Take one more step into the mean."""
        self.steps += 1
        kept = min(MOST_KEPT, self.steps / (self.steps + FIRST_STEPS))
        for name, value in self.network.state_dict().items():
            self.mean[name].lerp_(value, 1 - kept)

    def save(self, path: Path) -> None:
        """All of it; never half of it, whenever it is stopped."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "network": self.network.state_dict(),
                "discriminator": self.discriminator.state_dict(),
                "network_steps": self.network_steps.state_dict(),
                "discriminator_steps": self.discriminator_steps.state_dict(),
                "mean": self.mean,
                "steps": self.steps,
            },
            part,
        )
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from there; from a file of `save_weights` with rested optimizers."""
        stored = torch.load(path, map_location=self.device, weights_only=True)
        self.discriminator.load_state_dict(stored["discriminator"])
        self.mean = {name: value.float() for name, value in stored["mean"].items()}
        self.steps = int(stored["steps"])
        self.network.load_state_dict(stored.get("network", self.mean))
        if "network_steps" in stored:
            self.network_steps.load_state_dict(stored["network_steps"])
            self.discriminator_steps.load_state_dict(stored["discriminator_steps"])

    def save_weights(self, path: Path) -> None:
        """The mean and the discriminator alone, in half precision: small enough to be handed on."""
        halves = {name: value.half() for name, value in self.mean.items()}
        judged = {name: value.half() for name, value in self.discriminator.state_dict().items()}
        torch.save({"mean": halves, "discriminator": judged, "steps": self.steps}, path)
