"""Which errors are for want of memory."""

import errno

import pytest

from cleanplate.errors import EngineFailed, InputTooLarge, lacked_memory, out_of_memory


class _OfOnnxRuntime(Exception):
    __module__ = "onnxruntime.capi.onnxruntime_pybind11_state"


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("can't start new thread"),
        RuntimeError(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
        ),
        ImportError("torch/_C.so: failed to map segment from shared object"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        _OfOnnxRuntime("Exception during initialization: std::bad_alloc"),
    ],
)
def test_each_says_it_in_words_of_its_own(error: Exception) -> None:
    assert out_of_memory(error)
    assert lacked_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("can't start new thread"),
        RuntimeError("the network is of another kind"),
        OSError("could not create decoder object"),
        ImportError("No module named 'torch'"),
        OSError(errno.ENOSPC, "No space left on device"),
        _OfOnnxRuntime("[ONNXRuntimeError] : 2 : INVALID_ARGUMENT"),
    ],
)
def test_other_errors_are_not(error: Exception) -> None:
    assert not out_of_memory(error)
    assert not lacked_memory(error)


def test_what_it_came_from_counts() -> None:
    told, plain = InputTooLarge("too large"), EngineFailed("the model failed")
    told.__cause__ = MemoryError()
    plain.__context__ = told
    assert lacked_memory(plain)
    assert not out_of_memory(plain)
    circle = EngineFailed("a")
    circle.__cause__ = EngineFailed("b")
    circle.__cause__.__cause__ = circle
    assert not lacked_memory(circle)
