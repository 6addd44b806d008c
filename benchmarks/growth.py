"""Whether a process that lives long stays as small as it was: 1,000 fills, and its memory after each 100."""

import gc
import json
import resource
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import picture, report

FILLS = 1000
EVERY = 100
SHORTEST_PX, LONGEST_PX = 64, 512
BAR_PERCENT = 2.0
COLUMNS = ("fills", "resident MB", "growth %")


def resident_bytes() -> int:
    """Memory of this process now; where the kernel does not tell, the most it ever had."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def fill(photo: NDArray[np.uint8], number: int) -> None:
    """Fill `number` of the series, as a caller would: a file in, a PNG and a JPEG out."""
    from cleanplate import erase

    random = np.random.default_rng(number)
    height, width = random.integers(SHORTEST_PX, LONGEST_PX + 1, 2)
    top, left = random.integers(0, LONGEST_PX - height + 1), random.integers(0, LONGEST_PX - width + 1)
    cut = photo[top : top + height, left : left + width]
    mask = np.zeros((height, width), np.uint8)
    center = int(random.integers(0, width)), int(random.integers(0, height))
    axes = int(random.integers(2, width // 4)), int(random.integers(2, height // 4))
    cv2.ellipse(mask, center, axes, 30, 0, 360, 255, -1)
    file = cv2.imencode(".jpg" if number % 2 else ".png", cut)[1].tobytes()
    done = erase(file, mask, fast=number % 4 == 0, seed=number)
    done.encode("png")
    done.encode("jpeg")


def series(fills: int, every: int) -> list[dict[str, float]]:
    """Resident memory after each `every` of the fills. Before each reading comes the same picture."""
    photo = picture.photo(LONGEST_PX)
    rows: list[dict[str, float]] = []
    for number in range(1, fills + 1):
        fill(photo, 0 if number % every == 0 else number)
        if number % every == 0:
            gc.collect()
            now = resident_bytes() / 1e6
            first = rows[0]["resident MB"] if rows else now
            growth = round(100 * (now / first - 1), 2)
            rows.append({"fills": number, "resident MB": round(now, 1), "growth %": growth})
    return rows


def main(*, quick: bool = False) -> None:
    """Run the series in a process of its own."""
    fills = FILLS // 5 if quick else FILLS
    command = [sys.executable, "-m", "benchmarks.growth", str(fills), str(EVERY)]
    rows = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    print(report.table(COLUMNS, rows))
    print(f"\ngrowth from {EVERY} to {fills} fills: {rows[-1]['growth %']} % (bar: {BAR_PERCENT} %)")
    print(f"stored in {report.store('growth', rows)}\n")


if __name__ == "__main__":
    print(json.dumps(series(int(sys.argv[1]), int(sys.argv[2]))))
