"""Get a second set of photographs from packages of Debian: `python -m benchmarks.fetch_photos FOLDER`.

`photos.toml` names them, with their authors and licences. It needs apt and dpkg, and no rights beyond that.
"""

import argparse
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2

from benchmarks import report

LIST = Path(__file__).parent / "photos.toml"
LONGER_SIDE_PX = 1400
JPEG_QUALITY = 95
COLUMNS = ("file", "size", "package", "author", "licence")


@dataclass(frozen=True, slots=True)
class Photo:
    """One entry of the list.

    Attributes:
        name: of the file that is written, without its suffix.
        package: of Debian.
        file: inside the package, from its root.
    """

    name: str
    package: str
    file: str
    author: str
    licence: str


def photos(listed: Path = LIST) -> list[Photo]:
    """All that the list names."""
    packages = tomllib.loads(listed.read_text("utf-8"))
    return [
        Photo(
            name=entry["name"],
            package=package,
            file=f"{facts['folder']}/{entry['file']}",
            author=entry["author"],
            licence=entry.get("licence", facts["licence"]),
        )
        for package, facts in packages.items()
        for entry in facts["photos"]
    ]


def fetch(folder: Path, wanted: list[Photo]) -> Path:
    """Write every photo into the folder, and a manifest beside them; returns the manifest's path.

    Raises:
        SystemExit: apt or dpkg is missing or fails, or a package does not hold what the list says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        roots = {package: _unpacked(package, Path(name)) for package in _packages(wanted)}
        rows = [_shrunk(roots[photo.package], photo, folder) for photo in wanted]
    manifest = folder / "MANIFEST.md"
    title = "# Photographs for judging fills, never for training\n\nShrunk at most, never retouched.\n\n"
    manifest.write_text(f"{title}{report.table(COLUMNS, rows)}\n", "utf-8")
    return manifest


def _packages(wanted: list[Photo]) -> Iterator[str]:
    return iter(dict.fromkeys(photo.package for photo in wanted))


def _unpacked(package: str, folder: Path) -> Path:
    """Download a package and unpack it without installing it."""
    into = folder / package
    into.mkdir()
    _call("apt-get", "download", "-q", package, folder=into)
    (archive,) = into.glob("*.deb")
    _call("dpkg-deb", "--extract", archive.name, "root", folder=into)
    archive.unlink()
    return into / "root"


def _call(*command: str, folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise SystemExit(f"fetch_photos: there is no {command[0]} here; it comes with Debian") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip() or "no reason given").splitlines()[-1]
        raise SystemExit(f"fetch_photos: {' '.join(command)} failed: {said}") from error


def _shrunk(root: Path, photo: Photo, folder: Path) -> dict[str, str]:
    """Write one photo; returns its row of the manifest."""
    bgr = cv2.imread(str(root / photo.file))
    if bgr is None:
        raise SystemExit(f"fetch_photos: {photo.package} has no picture {photo.file} any more")
    shrink = LONGER_SIDE_PX / max(bgr.shape[:2])
    if shrink < 1:
        bgr = cv2.resize(bgr, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(folder / f"{photo.name}.jpg"), bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    size = f"{bgr.shape[1]}x{bgr.shape[0]}"
    return dict(
        zip(COLUMNS, (f"{photo.name}.jpg", size, photo.package, photo.author, photo.licence), strict=True)
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fetch_photos", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the photographs are written")
    wanted = photos()
    print(f"{len(wanted)} photographs: {fetch(parser.parse_args().folder, wanted)}", file=sys.stderr)


if __name__ == "__main__":
    main()
