"""One case in a process of its own, so that its peak memory is its own: prints one JSON line."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from cleanplate.runtime.runtime import default_runtime


def peak_bytes() -> int:
    """Highest resident size of this process; from the kernel's own mark where there is one."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def ours(photo: Path, mask: Path, out: Path, *, fast: bool) -> dict[str, float]:
    """File to file through the library, and the share of it that is the edit."""
    from cleanplate.edits import erase as edit
    from cleanplate.edits.base import EditRequest
    from cleanplate.intake.mask_decoding import decode_mask
    from cleanplate.intake.picture_decoding import decode_picture
    from cleanplate.library import RULES, Result
    from cleanplate.warm import warm_up

    warm_up(default_runtime())  # a server has it behind it
    start = time.perf_counter()
    pixels = decode_picture(photo.read_bytes(), RULES, role="image")
    asked = decode_mask(mask.read_bytes(), RULES, pixels, role="mask")
    decoded = time.perf_counter()
    result = edit.run(
        EditRequest(
            pixels=pixels, mask=asked, parameters=edit.EraseParameters(fast=fast), runtime=default_runtime()
        )
    )
    edited = time.perf_counter()
    Result(result.pixels, result.recipe).save(out)
    return {"edit_s": edited - decoded, "file_to_file_s": time.perf_counter() - start}


def telea(photo: Path, mask: Path, out: Path) -> dict[str, float]:
    """The same through OpenCV alone, as a script would do it: the whole frame at once."""
    start = time.perf_counter()
    rgb, flags = cv2.imread(str(photo)), cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    assert rgb is not None
    assert flags is not None
    decoded = time.perf_counter()
    filled = cv2.inpaint(rgb, np.asarray(flags, np.uint8), 5, cv2.INPAINT_TELEA)
    edited = time.perf_counter()
    cv2.imwrite(str(out), filled)
    return {"edit_s": edited - decoded, "file_to_file_s": time.perf_counter() - start}


def pypatchmatch(photo: Path, mask: Path, out: Path) -> dict[str, float]:
    """The same through the PyPatchMatch wheel."""
    from benchmarks.ways import WAYS as FILLS

    start = time.perf_counter()
    rgb, flags = cv2.imread(str(photo)), cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    assert rgb is not None
    assert flags is not None
    decoded = time.perf_counter()
    filled = FILLS["PyPatchMatch"](np.asarray(rgb, np.uint8), np.asarray(flags > 0, np.bool_))
    edited = time.perf_counter()
    cv2.imwrite(str(out), filled)
    return {"edit_s": edited - decoded, "file_to_file_s": time.perf_counter() - start}


WAYS: dict[str, Callable[[Path, Path, Path], dict[str, float]]] = {
    "erase": lambda photo, mask, out: ours(photo, mask, out, fast=False),
    "erase --fast": lambda photo, mask, out: ours(photo, mask, out, fast=True),
    "cv2 Telea": telea,
    "PyPatchMatch": pypatchmatch,
}


def main() -> None:
    way, photo, mask, out, runs = sys.argv[1:6]
    figures = [WAYS[way](Path(photo), Path(mask), Path(out)) for _ in range(int(runs))]
    middle = {key: float(np.median([figure[key] for figure in figures])) for key in figures[0]}
    print(json.dumps({**middle, "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main()
