"""How much room is kept on the disk for work that was accepted already: below it nothing new is taken."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from cleanplate.errors import StorageFailed, StorageFull


@dataclass(frozen=True, slots=True)
class DiskFloor:
    """The floor of the disk that a folder is on.

    Attributes:
        folder: is there.
        least_bytes: what has to be free; 0 is no floor.
    """

    folder: Path
    least_bytes: int

    def check(self) -> None:
        """Look before something new is taken; it costs some microseconds.

        Raises:
            StorageFull: less is free.
            StorageFailed: the folder is gone.
        """
        free_bytes = self.free_bytes()
        if free_bytes < self.least_bytes:
            log = f"the disk has {free_bytes} bytes left; below {self.least_bytes} nothing is accepted"
            raise StorageFull("no space left on the server", log=log)

    def free_bytes(self) -> int:
        """What is free for us. Raises `StorageFailed`."""
        try:
            return shutil.disk_usage(self.folder).free
        except OSError as error:
            log = f"{self.folder}: {error}"
            raise StorageFailed("the server's disk is not available", log=log) from error
