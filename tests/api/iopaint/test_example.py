"""A program that was written for IOPaint, with another address and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from tests.api.iopaint.conftest import encoded, opened, samples
from tests.api.servers import png

PROGRAM = Path(__file__).parents[3] / "examples" / "iopaint_client.py"


def run(folder: Path, address: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(PROGRAM), "photo.jpg", "mask.png", "clean.jpg"]
    environment = {**os.environ, "IOPAINT_URL": address}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_its_address_alone_is_changed(live: str, tmp_path: Path) -> None:
    photo = encoded(opened(png("photo")), "JPEG", quality=95)
    (tmp_path / "photo.jpg").write_bytes(photo)
    (tmp_path / "mask.png").write_bytes(png("mask"))
    done = run(tmp_path, live)
    assert (done.returncode, done.stdout) == (0, "model cleanplate\nseed 42, image/jpeg\n"), done.stderr
    made, source = (
        np.asarray(Image.open(file), np.int16) for file in (tmp_path / "clean.jpg", tmp_path / "photo.jpg")
    )
    inside = samples(png("mask"))[..., 0] > 127
    assert (np.abs(made - source).max(axis=2)[inside] > 20).mean() > 0.5
    # a JPEG's blocks without a changed pixel stay as they are
    assert (made[50:] == source[50:]).all()


def test_what_is_refused_is_told(live: str, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(png("photo"))
    (tmp_path / "mask.png").write_bytes(png("mask", 40, 40))
    done = run(tmp_path, live)
    assert done.returncode == 1
    assert done.stderr.startswith("400: Image size and mask size not match")
