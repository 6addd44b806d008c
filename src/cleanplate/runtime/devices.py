"""What networks can run on here; the runtimes that are installed are asked, which imports them."""

from importlib.util import find_spec
from typing import Literal, TypeAlias

Device: TypeAlias = Literal["cpu", "cuda"]
Precision: TypeAlias = Literal["float32", "bfloat16"]


def best_device() -> Device:
    """CUDA where a runtime that is installed can use it."""
    if find_spec("torch") is not None:
        import torch

        return "cuda" if torch.cuda.is_available() else "cpu"
    import onnxruntime

    return "cuda" if "CUDAExecutionProvider" in onnxruntime.get_available_providers() else "cpu"


def gpu_bytes() -> int:
    """Memory of the GPU; 0 where torch, which alone can tell, sees none."""
    if find_spec("torch") is None:
        return 0
    import torch

    return int(torch.cuda.get_device_properties(0).total_memory) if torch.cuda.is_available() else 0
