"""An ONNX file that was exported for one size takes every size, and stays the same network."""

import numpy as np
import pytest
from onnxruntime import InferenceSession
from tests.logged import logged
from tests.runtimes import here

from cleanplate.errors import EngineFailed
from cleanplate.models.parts.any_style import PAINTER
from cleanplate.runtime.onnx_sizes import any_size
from cleanplate.weights.files import path_of

EXPORTED_PX = 384


@pytest.fixture(scope="module")
def exported() -> bytes:
    return path_of("", PAINTER, here()).read_bytes()


def opened(exported: bytes) -> InferenceSession:
    return InferenceSession(any_size(exported, (1, 2)), providers=["CPUExecutionProvider"])


def test_height_and_width_are_left_open_and_channels_are_not(exported: bytes) -> None:
    session = opened(exported)
    image, vector = session.get_inputs()
    assert image.shape == [1, None, None, 3]
    assert vector.shape == [1, 1, 1, 100]
    assert session.get_outputs()[0].shape == [1, None, None, 3]


def test_another_size_goes_through_and_the_exported_one_gives_the_same(exported: bytes) -> None:
    session, before = opened(exported), InferenceSession(exported, providers=["CPUExecutionProvider"])
    image, vector = (entry.name for entry in session.get_inputs())
    random = np.random.default_rng(0)
    style = random.normal(size=(1, 1, 1, 100)).astype(np.float32)
    small = random.random((1, 64, 96, 3), np.float32)
    assert session.run(None, {image: small, vector: style})[0].shape == small.shape
    large = random.random((1, EXPORTED_PX, EXPORTED_PX, 3), np.float32)
    inputs = {image: large, vector: style}
    np.testing.assert_allclose(session.run(None, inputs)[0], before.run(None, inputs)[0], atol=1e-4)


def test_what_names_no_size_is_copied(exported: bytes) -> None:
    once = any_size(exported, (1, 2))
    assert any_size(once, (1, 2)) == once


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_a_file_that_ends_early_is_refused(exported: bytes, cut: int) -> None:
    with logged(EngineFailed, "no ONNX file"):
        any_size(exported[:-cut], (1, 2))


@pytest.mark.parametrize("junk", [b"\xff" * 40, b"\x0f\x0f", b"<html>not found</html>"])
def test_something_else_is_refused(junk: bytes) -> None:
    with logged(EngineFailed, "no ONNX file"):
        any_size(junk, (1, 2))
