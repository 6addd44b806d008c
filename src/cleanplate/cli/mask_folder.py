"""A folder of masks: which one belongs to a picture, and which to none."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class MaskFolder:
    """The masks in `path`, by name."""

    path: Path

    @cached_property
    def masks(self) -> list[Path]:
        from cleanplate.cli.file_names import is_system_file
        from cleanplate.codecs.codec_table import is_picture_name

        found = (path for path in self.path.absolute().iterdir() if is_picture_name(path) and path.is_file())
        return sorted(path for path in found if not is_system_file(path.name))

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        return _grouped(self.masks, lambda path: path.name)

    @cached_property
    def _by_stem(self) -> dict[str, list[Path]]:
        return _grouped(self.masks, lambda path: path.stem)

    def of(self, picture: Path) -> Path:
        """The mask of photo.jpg: photo.jpg, else photo.jpg.png, else photo.png, with any suffix of pictures.

        Raises:
            BadInput: there is none, or it cannot be told which of several is meant.
        """
        from cleanplate.errors import BadInput

        found = next(self._matches(picture), [])
        if not found:
            raise BadInput(f"mask: there is no {picture.stem}.png in {self.path}")
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            raise BadInput(f"mask: which one is meant? In {self.path} there are {names}")
        return found[0]

    def _matches(self, picture: Path) -> Iterator[list[Path]]:
        name, stem = _composed(picture.name), _composed(picture.stem)
        for table, key in ((self._by_name, name), (self._by_stem, name), (self._by_stem, stem)):
            if key in table:
                yield table[key]

    def without_picture(self, pictures: Iterable[Path]) -> list[str]:
        """Names of the masks that belong to none of `pictures`."""
        known = {_composed(part) for path in pictures for part in (path.name, path.stem)}
        return [path.name for path in self.masks if not {_composed(path.name), _composed(path.stem)} & known]


def _grouped(paths: Iterable[Path], key: Callable[[Path], str]) -> dict[str, list[Path]]:
    groups: dict[str, list[Path]] = {}
    for path in paths:
        groups.setdefault(_composed(key(path)), []).append(path)
    return groups


def _composed(name: str) -> str:
    """One spelling of letters with accents: disks and archives differ in it."""
    return unicodedata.normalize("NFC", name)
