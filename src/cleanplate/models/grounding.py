"""Words to things: Grounding DINO finds a box for each thing that a phrase names, MobileSAM outlines it.

Source: Liu et al., "Grounding DINO", 2023; IDEA-Research/grounding-dino-tiny, Apache-2.0, as ONNX with eight
bits to a weight from onnx-community/grounding-dino-tiny-ONNX. Its tokenizer is BERT's, run by `tokenizers`.
"""

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import BadParameter
from cleanplate.models.base import Model
from cleanplate.models.jobs import DetectedThing, DetectJob, FindJob, SelectJob
from cleanplate.models.parts import mobile_sam
from cleanplate.models.roles import DETECT, FIND, Ability
from cleanplate.pixels.types import Alpha, Rgb8
from cleanplate.prompts.object_words import choose_boxes, in_english
from cleanplate.runtime.onnx_runtime import graph
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.card import Card
from cleanplate.weights.files import folder
from cleanplate.weights.hub import HubRepo

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NAME: Final = "grounding"
DETECTOR: Final = "onnx/model_quantized.onnx"
TOKENIZER: Final = "tokenizer.json"
SIDE_PX: Final = 800
"""Of the square that the export takes; pictures are squeezed into it, and boxes are shares of both sides."""
LEAST_SCORE: Final = 0.35
"""A box that the detector is less sure of is none; from its makers."""
MOST_TOKENS: Final = 256
_MOST_THINGS: Final = 32
_MOST_PHRASES: Final = 8
_SAME: Final = 0.8
"""Overlap, as a share of what two boxes cover together, from which on they are one thing."""
_MEMORY_BYTES: Final = 2_000_000_000
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD = np.array([0.229, 0.224, 0.225], np.float32)
_DETECTED: Final = 0.6
"""Share of the time after which all boxes are known."""

Boxes = NDArray[np.float32]
"""(N, 4): left, top, right, bottom as shares of width and height."""


def detect(job: DetectJob, name: str = NAME) -> tuple[DetectedThing, ...]:
    """Each thing that the phrase names, the surest first; where it says which one is meant, that one.

    Raises `EngineFailed`, and `BadParameter` for a phrase that is too long.
    """
    height, width = job.rgb.shape[:2]
    boxes, scores = _boxes(job, name)
    wanted = choose_boxes(boxes, job.prompt)
    edges = np.array([width, height, width, height], np.float32)
    found = []
    for box in wanted:
        score = float(scores[(boxes == box).all(axis=1)].max())
        left, top, right, bottom = (float(edge) for edge in box * edges)
        found.append(DetectedThing((left, top, right, bottom), score))
    return tuple(found)


def _find(name: str, job: FindJob) -> Alpha:
    """(H, W) float32, 1 = what the phrase says; all 0 where there is no such thing.

    Raises `EngineFailed`, and `BadParameter` for a phrase that is too long.
    """
    height, width = job.rgb.shape[:2]

    def report(done: float) -> None:
        job.progress(_DETECTED * done)

    things = detect(DetectJob(rgb=job.rgb, prompt=job.prompt, progress=report, runtime=job.runtime), name)
    found = np.zeros((height, width), np.float32)
    for number, thing in enumerate(things, 1):
        box = SelectJob(rgb=job.rgb, box=thing.box, runtime=job.runtime)
        level = mobile_sam.outlines(box)[0].level
        found[cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR) > 0] = 1
        job.progress(_DETECTED + (1 - _DETECTED) * number / len(things))
    return found


def _boxes(job: DetectJob, name: str) -> tuple[Boxes, NDArray[np.float32]]:
    """What the detector is sure of, the surest first, and how sure that is.

    The export lets the words of one phrase look at those of another, unlike the network that was trained: of
    several, each is looked for by itself.
    """
    job.progress(0.0)
    tokenizer = _tokenizer(name, job.runtime)
    phrases = [phrase for part in in_english(job.prompt).split(".") if (phrase := part.strip())]
    if len(phrases) > _MOST_PHRASES:
        raise BadParameter(f"find: these are {len(phrases)} phrases; at most {_MOST_PHRASES} are looked for")
    seen: dict[str, NDArray[Any]] = {
        "pixel_values": _planes(job.rgb),
        "pixel_mask": np.ones((1, SIDE_PX, SIDE_PX), np.int64),
    }
    boxes, scores = [np.zeros((0, 4), np.float32)], [np.zeros(0, np.float32)]
    for number, words in enumerate([_tokens(tokenizer, phrase) for phrase in phrases], 1):
        with graph(folder(name, job.runtime) / DETECTOR, name, _MEMORY_BYTES, job.runtime) as detector:
            given = {**seen, **words}
            logits, places = detector.run({name: given[name] for name in detector.inputs if name in given})
        found = _sure(logits[0, :, : words["input_ids"].shape[1]], places[0])
        boxes.append(found[0])
        scores.append(found[1])
        job.progress(number / len(phrases))
    return _apart(np.concatenate(boxes), np.concatenate(scores))


def _sure(logits: NDArray[np.float32], places: NDArray[np.float32]) -> tuple[Boxes, NDArray[np.float32]]:
    """Of (N, tokens) and (N, 4) middles and sizes the boxes that are sure enough, and their scores."""
    scores = 1 / (1 + np.exp(-logits.max(axis=1).astype(np.float32)))
    sure = scores >= LEAST_SCORE
    middles, half = places[sure, :2], places[sure, 2:] / 2
    return np.clip(np.hstack([middles - half, middles + half]), 0, 1).astype(np.float32), scores[sure]


def _apart(boxes: Boxes, scores: NDArray[np.float32]) -> tuple[Boxes, NDArray[np.float32]]:
    """Each thing once, the surest first."""
    kept: list[int] = []
    for number in np.argsort(-scores, kind="stable"):
        if len(kept) < _MOST_THINGS and all(_overlap(boxes[number], boxes[one]) < _SAME for one in kept):
            kept.append(int(number))
    return boxes[kept], scores[kept]


def _overlap(one: Boxes, other: Boxes) -> float:
    """Of two boxes: what both cover, as a share of what either does."""
    inner = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    both = float(np.prod(np.maximum(inner, 0)))
    either = float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])) - both
    return both / either if either > 0 else 1.0


def _tokenizer(name: str, runtime: Runtime) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder(name, runtime) / TOKENIZER))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _tokens(tokenizer: "Tokenizer", phrase: str) -> dict[str, NDArray[np.int64]]:
    """As it was trained: small letters, and a full stop. Raises `BadParameter`."""
    ids = np.array([tokenizer.encode(f"{phrase.lower()}.").ids], np.int64)
    if ids.shape[1] > MOST_TOKENS:
        raise BadParameter(f"find: these words are too long for the model, which reads about {MOST_TOKENS}")
    return {"input_ids": ids, "token_type_ids": np.zeros_like(ids), "attention_mask": np.ones_like(ids)}


def _planes(rgb: Rgb8) -> NDArray[np.float32]:
    """(1, 3, 800, 800), as ImageNet's networks see it."""
    how = cv2.INTER_AREA if max(rgb.shape[:2]) > SIDE_PX else cv2.INTER_LINEAR
    small = cv2.resize(rgb, (SIDE_PX, SIDE_PX), interpolation=how).astype(np.float32) / 255
    return np.ascontiguousarray(((small - _MEAN) / _SPREAD).transpose(2, 0, 1)[None], np.float32)


def model(name: str, hub: tuple[HubRepo, ...], partner: Card = mobile_sam.CARD) -> Model:
    """A finder whose detector is in the folder `name`."""
    card = Card(
        name=name,
        licence="Apache-2.0",
        summary="finds what a phrase names: Grounding DINO tiny, with MobileSAM",
        hub=hub,
        needs=("onnxruntime", "tokenizers"),
        extra="words",
        side_px=SIDE_PX,
        memory_bytes=_MEMORY_BYTES,
        partners=(partner,),
    )
    performers = (Ability(DETECT, partial(detect, name=name)), Ability(FIND, partial(_find, name)))
    return Model(card, performers, rank=50)


MODEL = model(
    NAME,
    (
        HubRepo(
            "onnx-community/grounding-dino-tiny-ONNX",
            "ff690b0a8050566c290287545bd059350f3e9096",
            (DETECTOR, TOKENIZER),
        ),
    ),
)
