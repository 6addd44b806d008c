"""Words to region: Grounding DINO finds boxes for a phrase, Segment Anything draws what is in them.

Sources: IDEA-Research/grounding-dino-tiny, Apache-2.0; Liu et al., "Grounding DINO", 2023;
facebook/sam-vit-base, Apache-2.0; Kirillov et al., "Segment anything", 2023.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import BadParameter
from cleanplate.models.base import Model
from cleanplate.models.jobs import FindJob
from cleanplate.models.roles import FIND, Ability
from cleanplate.pixels.types import Alpha, Rgb8
from cleanplate.prompts.object_words import choose_boxes, in_english
from cleanplate.runtime.torch_runtime import network, sparing
from cleanplate.weights.card import Card
from cleanplate.weights.files import folder
from cleanplate.weights.hub import HubRepo

if TYPE_CHECKING:
    import torch

_WEIGHTS_BYTES: Final = 1_064_064_776
"""In full precision: Grounding DINO tiny 0.69 GB, Segment Anything's base 0.37 GB."""
_WORK_BYTES: Final = 2_000_000_000
"""Measured on a CPU, with sixteen boxes in a picture of 1500 x 1000: 3.1 GB with the weights."""
_DETECTOR: Final = "detector"
_DRAWER: Final = "drawer"
LEAST_SCORE: Final = 0.35
"""A box that the detector is less sure of is none; from its makers."""
_MOST_BOXES: Final = 16
_SHORT_PX, _LONG_PX = 800, 1333
"""Sides that the detector was trained with."""
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD = np.array([0.229, 0.224, 0.225], np.float32)

Boxes = NDArray[np.float32]
"""(N, 4): left, top, right, bottom as shares of width and height."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is loaded: the detector with its tokenizer, and what draws."""

    tokenizer: Any
    detector: Any
    drawer: Any
    device: str


def _find(name: str, memory_bytes: int, job: FindJob) -> Alpha:
    """(H, W) float32, 1 = what the phrase says; all 0 where there is no such thing.

    Raises `EngineFailed`, and `BadParameter` for a phrase that is too long.
    """
    job.progress(0.0)
    load = partial(_load, folder(name, job.runtime))
    with network(name, memory_bytes, load, job.runtime) as pair:
        job.progress(0.2)
        return sparing(lambda share: _region(pair, job, share), name, job.runtime)


def _load(home: Path, device: str, _precision: "torch.dtype") -> _Pair:
    """Always in full precision: a box in half of it is off by pixels, and the two are small."""
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    detector, drawer = home / _DETECTOR, home / _DRAWER

    def loaded(kind: str, part: Path) -> Any:
        made = getattr(transformers, kind).from_pretrained(
            str(part), dtype=torch.float32, local_files_only=True, use_safetensors=True
        )
        return made.to(device).eval()

    return _Pair(
        transformers.AutoTokenizer.from_pretrained(str(detector), local_files_only=True),
        loaded("GroundingDinoForObjectDetection", detector),
        loaded("SamModel", drawer),
        device,
    )


def _region(pair: _Pair, job: FindJob, share: float) -> Alpha:
    height, width = job.rgb.shape[:2]
    boxes = choose_boxes(_boxes(pair, job.rgb, in_english(job.prompt), share), job.prompt)
    job.progress(0.6)
    found = np.zeros((height, width), np.float32)
    if len(boxes):
        np.maximum(found, _draw(pair, job.rgb, boxes, job.progress), out=found)
    return found


def _boxes(pair: _Pair, rgb: Rgb8, phrase: str, share: float) -> Boxes:
    """What the detector is sure of, the surest first."""
    height, width = rgb.shape[:2]
    scale = min(_SHORT_PX / min(height, width), _LONG_PX / max(height, width)) * share
    planes = _planes(rgb, (max(round(width * scale), 32), max(round(height * scale), 32)))
    said = pair.detector(pixel_values=_tensor(pair, planes), **_tokens(pair, phrase))
    scores = said.logits[0].sigmoid().amax(dim=1).cpu().numpy()
    middles = said.pred_boxes[0].cpu().numpy()
    order = np.argsort(-scores)[:_MOST_BOXES]
    sure = middles[order[scores[order] >= LEAST_SCORE]]
    half = sure[:, 2:] / 2
    return cast(Boxes, np.clip(np.hstack([sure[:, :2] - half, sure[:, :2] + half]), 0, 1))


def _tokens(pair: _Pair, phrase: str) -> Any:
    """As it was trained: small letters, and a full stop. Raises `BadParameter`."""
    tokens = pair.tokenizer([f"{phrase.lower().rstrip('. ')}."], return_tensors="pt")
    most = pair.detector.config.max_text_len
    if tokens["input_ids"].shape[1] > most:
        raise BadParameter(f"find: these words are too long for the model, which reads about {most}")
    return tokens.to(pair.device)


def _draw(pair: _Pair, rgb: Rgb8, boxes: Boxes, progress: Callable[[float], None]) -> Alpha:
    """(H, W) of 0 and 1: the things in the boxes together."""
    import torch

    side = pair.drawer.config.vision_config.image_size
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    wide, tall = max(round(width * scale), 1), max(round(height * scale), 1)
    planes = np.zeros((3, side, side), np.float32)
    planes[:, :tall, :wide] = _planes(rgb, (wide, tall))
    corners = torch.from_numpy(boxes * np.array([wide, tall, wide, tall], np.float32))[None]
    said = pair.drawer(
        pixel_values=_tensor(pair, planes),
        input_boxes=corners.to(pair.device),
        multimask_output=False,
    )
    progress(0.9)
    heights = said.pred_masks[0, :, 0].amax(dim=0).cpu().numpy()
    large = cv2.resize(heights, (side, side), interpolation=cv2.INTER_LINEAR)[:tall, :wide]
    found = cv2.resize(large, (width, height), interpolation=cv2.INTER_LINEAR) > 0
    return np.asarray(found, np.float32)


def _planes(rgb: Rgb8, size: tuple[int, int]) -> NDArray[np.float32]:
    """(3, height, width), as ImageNet's networks see it."""
    how = cv2.INTER_AREA if size[0] < rgb.shape[1] else cv2.INTER_LINEAR
    small = cv2.resize(rgb, size, interpolation=how).astype(np.float32) / 255
    return np.ascontiguousarray(((small - _MEAN) / _SPREAD).transpose(2, 0, 1), np.float32)


def _tensor(pair: _Pair, planes: NDArray[np.float32]) -> "torch.Tensor":
    import torch

    return torch.from_numpy(planes)[None].to(pair.device)


def model(name: str, hub: tuple[HubRepo, ...], memory_bytes: int) -> Model:
    """A finder whose weights are in the folder `name`: a detector and a drawer, each in its own."""
    card = Card(
        name=name,
        licence="Apache-2.0",
        summary="finds what a phrase names: Grounding DINO tiny and Segment Anything",
        hub=hub,
        needs=("torch", "transformers"),
        extra="torch",
        memory_bytes=memory_bytes,
    )
    return Model(card, (Ability(FIND, partial(_find, name, memory_bytes)),), rank=50)


MODEL = model(
    "grounding",
    (
        HubRepo(
            "IDEA-Research/grounding-dino-tiny",
            "a2bb814dd30d776dcf7e30523b00659f4f141c71",
            ("config.json", "model.safetensors", "*token*.json", "vocab.txt"),
            _DETECTOR,
        ),
        HubRepo(
            "facebook/sam-vit-base",
            "70c1a07f894ebb5b307fd9eaaee97b9dfc16068f",
            ("config.json", "model.safetensors"),
            _DRAWER,
        ),
    ),
    memory_bytes=_WEIGHTS_BYTES + _WORK_BYTES,
)
