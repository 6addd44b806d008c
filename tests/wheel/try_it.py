"""What a stranger does: install the sdist or the wheel with plain pip in a fresh environment, and use it.

Not a test of `make test`: it needs a package index and a minute or two. `make test-wheel` runs it.
"""

import subprocess
import sys
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[2]
PHOTO = ROOT / "examples" / "meadow.jpg"
WIDTH, HEIGHT = 400, 320
IN_WHEEL = (
    "cleanplate/py.typed",
    "cleanplate/prompts/tables/objects.toml",
    "cleanplate/studio/static/index.html",
    "cleanplate/studio/static/vendor/preact.js",
    "cleanplate/studio/static/vendor/licenses/preact.txt",
    "cleanplate/database/migrations/env.py",
    "cleanplate/database/migrations/versions/v0001_tasks_and_keys.py",
    "licenses/LICENSE",
)
IN_SOURCE = frozenset(
    ["src", "CHANGELOG.md", "LICENSE", "README.md", "PKG-INFO", "pyproject.toml", ".gitignore"]
)
"""All that the source distribution holds; so neither tests nor the pictures of the documentation."""
MOST_SOURCE_BYTES = 2_000_000
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


def source_built(folder: Path) -> Path:
    """The source distribution, looked into."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (source,) = folder.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = [PurePosixPath(*PurePosixPath(name).parts[1:]) for name in archive.getnames()]
    if more := {name.parts[0] for name in names} - IN_SOURCE:
        sys.exit(f"{source.name} has more than it needs: {', '.join(sorted(more))}")
    if pictures := [str(name) for name in names if name.suffix in {".png", ".jpg", ".webp", ".gif"}]:
        sys.exit(f"{source.name} has pictures: {', '.join(pictures[:3])}")
    if (size := source.stat().st_size) > MOST_SOURCE_BYTES:
        sys.exit(f"{source.name}: {size} bytes are more than {MOST_SOURCE_BYTES}")
    print(f"ok  {source.name}: {len(names)} files, {size:,} bytes")
    return source


def wheel_built(folder: Path, source: Path) -> Path:
    """The wheel, built from the source distribution: what one built from the checkout has, and no more."""
    pip_wheel = (sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w")
    run(*pip_wheel, folder, source)
    (wheel,) = folder.glob("*.whl")
    run(*pip_wheel, folder / "direct", ROOT)
    (direct,) = (folder / "direct").glob("*.whl")
    names = ZipFile(wheel).namelist()
    if sorted(names) != sorted(ZipFile(direct).namelist()):
        sys.exit(f"{wheel.name} built from the source distribution has other files than from the checkout")
    check_names(wheel.name, names)
    print(f"ok  {wheel.name}: {len(names)} files, {wheel.stat().st_size:,} bytes")
    return wheel


def check_names(wheel: str, names: Iterable[str]) -> None:
    """End this program when a wheel lacks something, or has more than the package."""
    if absent := [part for part in IN_WHEEL if not any(name.endswith(part) for name in names)]:
        sys.exit(f"{wheel} lacks {', '.join(absent)}")
    if others := [name for name in names if not name.startswith("cleanplate")]:
        sys.exit(f"{wheel} has more than the package: {', '.join(others[:3])}")


def installed(package: Path, home: Path) -> Path:
    """The command of a fresh environment that has the package and whatever pip brings with it."""
    run(sys.executable, "-m", "venv", home)
    run(home / "bin" / "python", "-m", "pip", "install", "-q", package)
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


def version_checked(cleanplate: Path, package: Path) -> None:
    """The command says the version that the file's name has."""
    said = run(cleanplate, "--version").strip()
    if said.rpartition(" ")[2] not in package.name:
        sys.exit(f"{package.name} says: {said}")
    print(f"ok  {said}, from {package.name}")


def main() -> None:
    with TemporaryDirectory() as made:
        folder = Path(made)
        pictures(folder)
        source = source_built(folder)
        wheel = wheel_built(folder, source)
        cleanplate = installed(source, folder / "from-source")
        version_checked(cleanplate, source)
        tried(cleanplate, folder, "erase", NO_PULL["erase"])
        cleanplate = installed(wheel, folder / "from-wheel")
        version_checked(cleanplate, wheel)
        print(run(cleanplate, "doctor", cwd=folder))
        run(cleanplate, "warm")
        for name, arguments in NO_PULL.items():
            tried(cleanplate, folder, name, arguments)
        print(run(cleanplate, "models", "pull", "span", "u2netp"))
        tried(cleanplate, folder, "upscale", NO_PULL["upscale"])


if __name__ == "__main__":
    main()
