"""Train the structure network: `python -m training.train --photos FOLDER --minutes N`.

It stores what it has every so often, and goes on from there when it is called again. The same seed,
photographs and number of steps give the same weights on the same machine with one thread.
"""

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.examples import Batch, Examples, examples
from training.losses import decided_loss, discriminator_loss, measured_loss, seen_losses
from training.training_state import TrainingState

RATE = 6e-4
LEAST_RATE = 0.4
"""Of the rate, at the end of a run that will be gone on with."""
RISING_STEPS = 150
MEASURED_STEPS = 1800
"""So many steps go by before there is a discriminator to please; it learns during the last ones of them."""
ALONE_STEPS = 500
SEEN_WEIGHT, FEATURE_WEIGHT = 1.0, 0.6
"""How strongly what is seen pulls at a decision, beside what is measured: as multiples of that pull."""
MOST_RAISED = 50.0
PENALTY, PENALTY_EVERY = 0.001, 12
REPORT_EVERY, SAVE_EVERY = 200, 1000


def step(state: TrainingState, truth: Batch) -> dict[str, float]:
    """One step of the network and one of the discriminator; returns the losses."""
    with torch.autocast(truth.rgb.device.type, torch.bfloat16):
        answer = state.network(truth.rgb, truth.hole)
    losses = measured_loss(answer, truth)
    pull, seen = _pull(state, answer.decided, truth)
    state.network_steps.zero_grad()
    (sum(losses.values(), torch.zeros(())) + (answer.decided * pull).sum()).backward()
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    state.network_steps.step()
    if state.steps >= MEASURED_STEPS - ALONE_STEPS:
        seen["discriminator"] = _teach(state, answer.decided.detach(), truth)
    state.follow()
    return {name: value.item() for name, value in losses.items()} | seen


def _pull(state: TrainingState, decided: Tensor, truth: Batch) -> tuple[Tensor, dict[str, float]]:
    """Where the decision is drawn, as a gradient: by what is measured and, as strongly, by what is seen."""
    free = decided.detach().requires_grad_()
    loss = decided_loss(free, truth)
    (pull,) = torch.autograd.grad(loss, free)
    if state.steps < MEASURED_STEPS:
        return pull, {"decided": loss.item()}
    state.discriminator.requires_grad_(False)
    seen = seen_losses(state.discriminator, free, truth)
    strength = pull.norm()
    for weight, one in zip((SEEN_WEIGHT, FEATURE_WEIGHT), seen, strict=True):
        (drawn,) = torch.autograd.grad(one, free, retain_graph=True)
        pull = pull + weight * drawn * (strength / (drawn.norm() + 1e-9)).clamp(max=MOST_RAISED)
    return pull, {"decided": loss.item(), "seen": seen[0].item(), "features": seen[1].item()}


def _teach(state: TrainingState, decided: Tensor, truth: Batch) -> float:
    state.discriminator.requires_grad_(True)
    penalty = PENALTY * PENALTY_EVERY if state.steps % PENALTY_EVERY == 0 else 0.0
    loss = discriminator_loss(state.discriminator, decided, truth, penalty)
    state.discriminator_steps.zero_grad()
    loss.backward()
    state.discriminator_steps.step()
    return loss.item()


def train(state: TrainingState, source: Examples, batch: int, minutes: float, path: Path) -> None:
    """Train for so long, and store the result."""
    start, first, heard = time.monotonic(), state.steps, list[dict[str, float]]()
    for done in _shares(start, minutes * 60):
        rate = RATE * min(1.0, (state.steps - first + 1) / RISING_STEPS)
        for group in state.network_steps.param_groups:
            group["lr"] = rate * max(LEAST_RATE, 0.5 + 0.5 * math.cos(math.pi * done))
        heard.append(step(state, source.batch(batch).to(state.device)))
        if state.steps % REPORT_EVERY == 0:
            print(_told(state.steps, time.monotonic() - start, heard), flush=True)
            heard.clear()
        if state.steps % SAVE_EVERY == 0:
            state.save(path)
    state.save(path)


def _shares(start: float, seconds: float) -> Iterator[float]:
    while (done := (time.monotonic() - start) / seconds) < 1:
        yield done


def _told(steps: int, seconds: float, heard: list[dict[str, float]]) -> str:
    names = dict.fromkeys(name for one in heard for name in one)
    means = (f"{name} {np.mean([one[name] for one in heard if name in one]):.4f}" for name in names)
    return f"step {steps}, {seconds / 60:.0f} min: " + ", ".join(means)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="folder of *.jpg to learn from")
    parser.add_argument("--minutes", type=float, default=60, help="how long (60)")
    parser.add_argument(
        "--state", type=Path, default=Path("training/state.pt"), help="stored and gone on from"
    )
    parser.add_argument("--weights", type=Path, help="where there is no state: the weights to begin from")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--scenes", type=int, default=3000, help="made scenes, 0.2 MB each (3000)")
    parser.add_argument("--made-share", type=float, default=0.35, help="of a batch (0.35)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    state = TrainingState(RATE, given.device)
    begun = given.state if given.state.exists() else given.weights
    if begun is not None:
        state.load(begun)
    # another run goes on with other examples
    rng = np.random.default_rng([given.seed, state.steps])
    try:
        source = examples(given.photos, rng, scenes=given.scenes, made_share=given.made_share)
    except FileNotFoundError as error:
        raise SystemExit(f"train: {error}") from None
    train(state, source, given.batch, given.minutes, given.state)
    small = given.state.with_name("structure.pt")
    state.save_weights(small)
    print(f"{state.steps} steps; {given.state} to go on from, {small} to hand on")


if __name__ == "__main__":
    main()
