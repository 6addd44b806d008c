"""The structure network, what it is told, and its training: on small data that the tests make."""

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip(
    "torch", reason="the optional part `torch` is not installed: see `make test-torch`"
)

from training import train as module  # noqa: E402
from training.examples import Batch, Examples, examples, roughness, varied  # noqa: E402
from training.losses import (  # noqa: E402
    decided_loss,
    discriminator_loss,
    likeness_loss,
    measured_loss,
    seen_losses,
)
from training.structure_network import Answer, Discriminator, StructureNetwork  # noqa: E402
from training.training_state import TrainingState  # noqa: E402


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def example(count: int = 2, size: tuple[int, int] = (64, 64)) -> Batch:
    """Skies over a ground, each of its own colours, with a hole across the horizon."""
    height, width = size
    rng = np.random.default_rng(3)
    rgb = np.empty((count, 3, height, width), np.float32)
    for one in rgb:
        horizon = int(rng.integers(height // 3, 2 * height // 3))
        one[:, :horizon] = rng.uniform(-0.9, 0.9, (3, 1, 1))
        one[:, horizon:] = rng.uniform(-0.9, 0.9, (3, 1, 1))
    hole = np.zeros((count, 1, height, width), np.float32)
    hole[:, :, height // 4 : 3 * height // 4, width // 3 : 2 * width // 3] = 1
    rough = np.full((count, 1, height, width), 0.1, np.float32)
    return Batch(*(torch.from_numpy(part) for part in (rgb, rough, hole)))


def pictures(folder: Path) -> Path:
    rng = np.random.default_rng(4)
    for number in range(2):
        coarse = rng.integers(0, 256, (9, 12, 3)).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number}.jpg"), cv2.resize(coarse, (360, 270)))
    return folder


@pytest.mark.parametrize("size", [(64, 64), (40, 64), (64, 48)])
def test_an_answer_is_as_large_as_the_picture(size: tuple[int, int]) -> None:
    rgb, _, hole = example(2, size)
    answer = StructureNetwork()(rgb, hole)
    assert answer.mean.shape == answer.decided.shape == (2, 3, *size)
    assert answer.roughness.shape == answer.log_scale.shape == (2, 1, *size)
    assert answer.queries.shape == answer.keys.shape == (2, 32, size[0] // 4, size[1] // 4)
    assert answer.mean.abs().max().item() <= 1
    assert answer.roughness.min().item() >= 0


def test_what_lies_in_the_hole_is_not_looked_at() -> None:
    rgb, _, hole = example()
    network = StructureNetwork().eval()
    first, second = network(rgb, hole), network(rgb * (1 - hole) + hole, hole)
    assert torch.equal(first.mean, second.mean)
    assert torch.equal(first.decided, second.decided)


def test_the_right_answer_costs_nothing_that_is_measured_in_colours() -> None:
    truth = example()
    said = StructureNetwork()(truth.rgb, truth.hole)
    right = said._replace(mean=truth.rgb, roughness=truth.roughness)
    costs = measured_loss(right, truth)
    assert all(costs[name].item() == 0 for name in ("colour", "edges", "coarse", "roughness"))
    assert all(
        value.item() > 0 for name, value in measured_loss(said, truth).items() if name in ("colour", "edges")
    )
    assert decided_loss(truth.rgb, truth).item() == 0
    assert decided_loss(-truth.rgb, truth).item() > 0


def test_a_cell_is_told_to_be_like_those_of_its_own_colour() -> None:
    truth = example(1)
    sky = (truth.rgb[:, :1, ::4, ::4] == truth.rgb[:, :1, :1, :1]).float()
    told = 3 * torch.cat([sky, 1 - sky], 1)
    answer = StructureNetwork()(truth.rgb, truth.hole)
    knows, wrong = answer._replace(queries=told, keys=told), answer._replace(queries=told, keys=told.flip(1))
    assert likeness_loss(knows, truth).item() < 0.5 * likeness_loss(wrong, truth).item()


def test_the_discriminator_learns_what_it_is_shown() -> None:
    truth = example(4)
    judge, made = Discriminator(), torch.rand(4, 3, 64, 64) - 0.5
    steps = torch.optim.Adam(judge.parameters(), 1e-3)
    before = seen_losses(judge, made, truth)[0].item()
    for number in range(25):
        loss = discriminator_loss(judge, made, truth, 0.01 if number % 5 == 0 else 0.0)
        steps.zero_grad()
        loss.backward()
        steps.step()
    assert seen_losses(judge, made, truth)[0].item() > 2 * before


def test_steps_bring_the_network_nearer_and_the_mean_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEASURED_STEPS", 20)
    monkeypatch.setattr(module, "ALONE_STEPS", 5)
    state, truth = TrainingState(2e-3), example(4)
    losses = [module.step(state, truth) for _ in range(30)]
    assert losses[-1]["colour"] < 0.6 * losses[0]["colour"]
    assert "seen" not in losses[19]
    assert losses[-1]["seen"] > 0
    assert losses[-1]["discriminator"] > 0
    assert state.steps == 30
    with torch.no_grad():
        state.network.load_state_dict(state.mean)
        answer: Answer = state.network(truth.rgb, truth.hole)
    assert measured_loss(answer, truth)["colour"].item() < losses[0]["colour"]


def test_training_goes_on_from_what_was_stored(tmp_path: Path) -> None:
    first, truth = TrainingState(1e-3), example()
    module.step(first, truth)
    first.save(tmp_path / "state.pt")
    second = TrainingState(1e-3)
    second.load(tmp_path / "state.pt")
    assert second.steps == 1
    module.step(first, truth)
    module.step(second, truth)
    assert all(torch.equal(first.mean[name], second.mean[name]) for name in first.mean)


def test_small_weights_are_enough_to_go_on_from(tmp_path: Path) -> None:
    first = TrainingState(1e-3)
    module.step(first, example())
    first.save_weights(tmp_path / "structure.pt")
    second = TrainingState(1e-3)
    second.load(tmp_path / "structure.pt")
    assert second.steps == 1
    assert all(torch.allclose(first.mean[name], second.mean[name], atol=2e-3) for name in first.mean)
    assert (tmp_path / "structure.pt").stat().st_size < 7_000_000


def test_examples_are_cut_from_photographs_and_scenes(tmp_path: Path) -> None:
    source = examples(pictures(tmp_path), np.random.default_rng(0), scenes=2, made_share=0.5)
    for _ in range(6):
        rgb, rough, hole = source.batch(3)
        assert rgb.shape[2:] == rough.shape[2:] == hole.shape[2:]
        assert -1 <= float(rgb.min()) < float(rgb.max()) <= 1
        assert 0 <= float(rough.min()) <= float(rough.max()) <= 1
        assert {0.0, 1.0} == set(hole.unique().tolist())


def test_the_same_seed_makes_the_same_examples(tmp_path: Path) -> None:
    folder = pictures(tmp_path)

    def source() -> Examples:
        return examples(folder, np.random.default_rng(7), scenes=1, made_share=0.3)

    assert torch.equal(source().batch(4).rgb, source().batch(4).rgb)


def test_roughness_is_where_the_edges_are() -> None:
    crop = np.zeros((64, 64, 3), np.uint8)
    crop[:, 32:] = np.random.default_rng(0).integers(0, 256, (64, 32, 3))
    rough = roughness(crop)
    assert rough.shape == (16, 16)
    assert rough[:, :7].max() == 0
    assert rough[:, 9:].min() > 0.2


def test_variations_keep_the_size_and_differ() -> None:
    rng = np.random.default_rng(0)
    crop = rng.integers(0, 256, (32, 48, 3)).astype(np.uint8)
    made = [varied(crop, rng) for _ in range(8)]
    assert {one.shape for one in made} == {crop.shape}
    assert len({one.tobytes() for one in made}) > 4


def test_the_command_trains_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state.pt"
    how = ["train", "--photos", str(pictures(tmp_path)), "--minutes", "0.02", "--scenes", "1", "--batch", "2"]
    monkeypatch.setattr("sys.argv", [*how, "--state", str(state), "--threads", "1", "--device", "cpu"])
    module.main()
    first = int(capsys.readouterr().out.split(" steps")[0].split()[-1])
    module.main()
    assert int(capsys.readouterr().out.split(" steps")[0].split()[-1]) > first > 0


def test_without_photographs_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["train", "--photos", str(tmp_path), "--device", "cpu"])
    with pytest.raises(SystemExit, match=r"no \*\.jpg in"):
        module.main()
