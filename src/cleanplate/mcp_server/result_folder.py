"""Where results are written: into one folder, never over another file."""

import secrets
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from cleanplate.errors import BadInput, StorageFailed
from cleanplate.storage.atomic_write import atomic_write, why_not_written

SCHEME: Final = "cleanplate://results/"
"""Of the URIs of results that are no files of the client's machine."""
MOST_BYTES: Final = 2 * 2**30
"""Of the results that are served; the oldest go."""
_PREFIX: Final = "cleanplate-results-"
_MOST_TRIES: Final = 10_000


@dataclass(frozen=True, slots=True)
class SavedResult:
    """A result as a file. `uri`: by which a client reads it, or names it as a picture."""

    path: Path
    uri: str
    size: int


@dataclass(slots=True)
class ResultFolder:
    """The results of this process.

    Attributes:
        folder: named by the user, and there; None is a new one among the system's temporary files, made for
            the first result.
        served: clients are elsewhere: names cannot be guessed, and what is written is bounded and, in a
            temporary folder, goes at the end. Otherwise the files are the user's, and stay.
    """

    folder: Path | None
    served: bool = False
    most_bytes: int = MOST_BYTES
    _saved: dict[str, SavedResult] = field(default_factory=dict)
    _own: Path | None = None
    _lock: Lock = field(default_factory=Lock)

    def save(self, stem: str, suffix: str, data: bytes) -> SavedResult:
        """Write a new file. Raises `StorageFailed`.

        Args:
            stem: of its name, as "photo-erase"; followed by a number where that is taken.
            suffix: as ".png".
        """
        with self._lock:
            path = self._write(stem, suffix, data)
            uri = SCHEME + path.name if self.served else path.as_uri()
            saved = SavedResult(path, uri, len(data))
            self._saved[uri] = saved
            if self.served:
                self._forget_oldest()
            return saved

    def read(self, uri: str) -> bytes:
        """The bytes of a result of this process. Raises `BadInput`."""
        saved = self._saved.get(uri)
        try:
            if saved is not None:
                return saved.path.read_bytes()
        except OSError:
            pass  # somebody has taken it away
        raise BadInput(f"there is no result {uri[:200]}, or it is gone")

    @property
    def saved(self) -> list[SavedResult]:
        """What was written and is kept, the oldest first."""
        with self._lock:
            return list(self._saved.values())

    def close(self) -> None:
        """The end of the process."""
        if self.served and self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)

    def _write(self, stem: str, suffix: str, data: bytes) -> Path:
        for number in range(1, _MOST_TRIES):
            path = self._place() / self._name(stem, suffix, number)
            try:
                with atomic_write(path, overwrite=False) as file:
                    file.write(data)
            except FileExistsError:
                continue
            except OSError as error:
                raise StorageFailed(why_not_written(path, error)) from None
            return path
        raise StorageFailed(f"there are too many results of {stem} in {self._place()}")

    def _name(self, stem: str, suffix: str, number: int) -> str:
        if self.served:
            return f"{stem}-{secrets.token_urlsafe(16)}{suffix}"
        return f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}"

    def _place(self) -> Path:
        if self.folder is not None:
            return self.folder
        if self._own is None or not self._own.is_dir():
            try:
                self._own = Path(tempfile.mkdtemp(prefix=_PREFIX))
            except OSError as error:
                raise StorageFailed(f"cannot make a folder for results: {error.strerror}") from None
        return self._own

    def _forget_oldest(self) -> None:
        while len(self._saved) > 1 and sum(one.size for one in self._saved.values()) > self.most_bytes:
            oldest = self._saved.pop(next(iter(self._saved)))
            oldest.path.unlink(missing_ok=True)
