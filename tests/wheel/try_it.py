"""What a stranger does: build the wheel, install it with plain pip in a fresh environment, try what it does.

Not a test of `make test`: it needs a package index and a minute or two. `make test-wheel` runs it.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[2]
PHOTO = ROOT / "examples" / "meadow.jpg"
WIDTH, HEIGHT = 400, 320
IN_WHEEL = (
    "cleanplate/py.typed",
    "cleanplate/database/migrations/env.py",
    "cleanplate/database/migrations/versions/v0001_tasks_and_keys.py",
    "licenses/LICENSE",
)
NO_PULL = {
    "erase": ("erase", "photo.png", "--box", "300,180,60,60"),
    "erase by mask": ("erase", "photo.png", "mask.png", "--fast"),
    "expand": ("edit", "expand", "photo.png", "--right", "1.3"),
    "remove_text": ("edit", "remove_text", "lettered.png"),
    "upscale": ("edit", "upscale", "photo.png", "--factor", "2"),
    "restore": ("edit", "upscale", "spoilt.jpg", "--factor", "1"),
    "stylize": ("edit", "stylize", "photo.png", "--prompt", "watercolour"),
    "stylize_local": (
        "edit",
        "stylize_local",
        "photo.png",
        "--mask",
        "mask.png",
        "--prompt",
        "turn the flower to ice",
    ),
    "regions": ("edit", "regions", "lettered.png", "--find", "the text"),
    "inpaint without words": ("edit", "inpaint", "photo.png", "--mask", "mask.png"),
    "unmark": ("unmark", "marked"),
}
"""Edits that work once it is installed, and the arguments of each; `-o` comes on top."""
SIZES = {"expand": (520, 320), "upscale": (800, 640)}


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Its output. Ends this program when it fails."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def built(folder: Path) -> Path:
    """The wheel, built from the source distribution, as an index would have both."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (source,) = folder.glob("*.tar.gz")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, source)
    (wheel,) = folder.glob("*.whl")
    names = ZipFile(wheel).namelist()
    if absent := [part for part in IN_WHEEL if not any(name.endswith(part) for name in names)]:
        sys.exit(f"{wheel.name} lacks {', '.join(absent)}")
    if tests := [name for name in names if not name.startswith("cleanplate")]:
        sys.exit(f"{wheel.name} has more than the package: {', '.join(tests[:3])}")
    return wheel


def installed(wheel: Path, home: Path) -> Path:
    """The command of a fresh environment that has the wheel and whatever pip brings with it."""
    run(sys.executable, "-m", "venv", home)
    run(home / "bin" / "python", "-m", "pip", "install", "-q", wheel)
    return home / "bin" / "cleanplate"


def pictures(folder: Path) -> None:
    """Those that `NO_PULL` names."""
    photo = Image.open(PHOTO).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    photo.save(folder / "photo.png")
    photo.save(folder / "spoilt.jpg", quality=15)
    mask = Image.new("L", photo.size)
    ImageDraw.Draw(mask).ellipse((290, 170, 370, 250), fill=255)
    mask.save(folder / "mask.png")
    lettered = photo.copy()
    ImageDraw.Draw(lettered).text((20, 20), "CLEAN PLATE 2026", fill="white", font_size=36)
    lettered.save(folder / "lettered.png")
    (folder / "marked").mkdir()
    mark = Image.new("L", (160, 120))
    ImageDraw.Draw(mark).text((10, 70), "SAMPLE", fill=140, font_size=32)
    for number in range(12):
        part = photo.crop((number * 15, number * 12, number * 15 + 160, number * 12 + 120))
        part.paste("white", mask=mark)
        part.save(folder / "marked" / f"{number}.png")


def tried(cleanplate: Path, folder: Path, name: str, arguments: Sequence[str]) -> None:
    """Do one edit, and look at what it made."""
    out = folder / ("unmarked" if name == "unmark" else f"{name.replace(' ', '-')}.png")
    run(cleanplate, *arguments, "-o", out, cwd=folder)
    if name == "unmark":
        made = len(list(out.iterdir()))
        print(f"ok  {name}: {made} pictures")
        return
    picture = Image.open(out)
    if picture.size != SIZES.get(name, (WIDTH, HEIGHT)):
        sys.exit(f"{name}: the result is {picture.size}")
    if np.ptp(np.asarray(picture.convert("L"))) == 0:
        sys.exit(f"{name}: the result is one colour")
    print(f"ok  {name}: {picture.width} x {picture.height}")


def main() -> None:
    with TemporaryDirectory() as made:
        folder = Path(made)
        cleanplate = installed(built(folder), folder / "environment")
        print(run(cleanplate, "--version").strip())
        print(run(cleanplate, "doctor", cwd=folder))
        run(cleanplate, "warm")
        pictures(folder)
        for name, arguments in NO_PULL.items():
            tried(cleanplate, folder, name, arguments)
        print(run(cleanplate, "models", "pull", "span", "u2netp"))
        tried(cleanplate, folder, "upscale", NO_PULL["upscale"])


if __name__ == "__main__":
    main()
