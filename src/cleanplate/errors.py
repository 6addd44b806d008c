"""Everything that can go wrong, as one tree with two texts.

    CleanplateError
    ├── BadInput                the caller can mend it; never a 500
    │   ├── BadParameter        a parameter is missing, of the wrong type or out of range
    │   ├── DownloadFailed      a URL could not be fetched, or may not be
    │   ├── InputRefused        moderation: the picture that came is not fit to be shown
    │   ├── InputTooLarge       more bytes than the rules allow
    │   ├── NotAPicture         unknown, broken or not accepted format
    │   ├── NothingToErase      a mask without a painted pixel, or none that may be changed
    │   ├── OutputRefused       moderation: what was made is not fit to be shown
    │   ├── PictureSize         a side is too small or too large
    │   ├── UnclearMask         what the mask means cannot be told, or it is no mask
    │   └── MaskMismatch        picture and mask have different sizes
    ├── Unauthorized            no key, or a wrong one
    ├── LimitReached            the key has used up its rate, concurrency or quota; or the queue is too long
    ├── SetupError              a setting or the data directory is wrong; the operator can mend it
    │   ├── ServiceAway         what a start needs is not reached just now: a later one may reach it
    │   └── StoreUnknown        nobody has used this store, and the database has its files in another
    ├── StorageFailed           the disk or the bucket refused
    │   ├── BlobMissing         there is nothing (any more) under that key
    │   ├── ConnectionLost      whether what was being written is written is not known
    │   ├── DatabaseAway        the server of the database is not reached, and may be back in a moment
    │   ├── StorageFull         because no space is left: what comes next would fail as well
    │   ├── StoreAway           the object storage is not reached, or says that it cannot just now
    │   └── StoreForeign        the store belongs to another database
    ├── EngineFailed            the fill itself failed
    └── WorkerDied              the process running the task was killed too often

`public`, which is `str(error)` too, may be shown to a stranger. `log` goes to the log and may say more.
`code` is stable: it is stored with a failed task, and each dialect maps it to its vendor's own code.
"""

import errno
from typing import ClassVar, Final, Literal, TypeAlias

LimitKind: TypeAlias = Literal["rate", "concurrency", "quota", "queue"]

_OPENCV_NO_MEMORY = -4
_NOT_MAPPED: Final = "failed to map segment"
"""What the loader of libraries says where there is no room for one."""
_SAID_OF_MEMORY: Final = ("can't start new thread", "bad_alloc", "bad allocation", "allocate memory")
"""How Python's threads, C++ and the runtimes of networks say that there was too little."""


class CleanplateError(Exception):
    """Root of the tree.

    Args:
        public: one sentence for the caller, without paths, addresses or internals.
        log: what the log should say instead; defaults to `public`.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, public: str, *, log: str = "") -> None:
        super().__init__(public)
        self.public = public
        self.log = log or public


class BadInput(CleanplateError):
    code = "bad-input"


class BadParameter(BadInput):
    code = "bad-parameter"


class DownloadFailed(BadInput):
    code = "download-failed"


class InputTooLarge(BadInput):
    code = "input-too-large"


class NotAPicture(BadInput):
    code = "not-a-picture"


class PictureSize(BadInput):
    code = "picture-size"


class MaskMismatch(BadInput):
    code = "mask-mismatch"


class NothingToErase(BadInput):
    code = "nothing-to-erase"


class UnclearMask(BadInput):
    code = "unclear-mask"


class InputRefused(BadInput):
    code = "input-refused"


class OutputRefused(BadInput):
    code = "output-refused"


class Unauthorized(CleanplateError):
    code = "unauthorized"


class LimitReached(CleanplateError):
    """The request would be good at another time, or with another key.

    Args:
        kind: which limit: submits a second, tasks at the same time, pictures in all, or the wait in line.
        retry_after_s: whole seconds, >= 1, after which another try may succeed.
    """

    code = "limit-reached"

    def __init__(self, public: str, *, kind: LimitKind, retry_after_s: int) -> None:
        super().__init__(public)
        self.kind: LimitKind = kind
        self.retry_after_s = retry_after_s


class SetupError(CleanplateError):
    code = "setup"


class ServiceAway(SetupError):
    """What is needed is not reached just now; the same start may succeed in a moment."""


class StoreUnknown(SetupError):
    """The database has files in a store, and this one has never been used."""


class StorageFailed(CleanplateError):
    """The disk, the database or the bucket refused; another try may succeed.

    Attributes:
        retry_after_s: whole seconds, >= 1, after which it is worth another try.
    """

    code = "storage-failed"
    retry_after_s: ClassVar[int] = 5


class BlobMissing(StorageFailed):
    """There is no blob under a key; the code is that of any storage that fails."""


class ConnectionLost(StorageFailed):
    """The connection to the database broke: what was being written may be there all the same."""


class DatabaseAway(StorageFailed):
    """The server of the database is not reached: nothing was done, and it may be back in a moment."""


class StorageFull(StorageFailed):
    """No space is left: the next write would fail as well."""

    retry_after_s = 60


class StoreAway(StorageFailed):
    """The object storage is not reached, or says that it cannot serve anybody just now."""


class StoreForeign(StorageFailed):
    """The store is not that of the database: nothing in it is read or written."""


def refused_start(error: StorageFailed, public: str) -> SetupError:
    """What ends a start that a database or a store has refused: whether to start again is in its class."""
    away = isinstance(error, DatabaseAway | ConnectionLost | StoreAway)
    return (ServiceAway if away else SetupError)(public, log=error.log)


class EngineFailed(CleanplateError):
    code = "engine-failed"


class WorkerDied(CleanplateError):
    code = "worker-died"


def out_of_memory(error: BaseException) -> bool:
    """True when there was too little memory; OpenCV, the system and the runtimes have errors of their own."""
    module = type(error).__module__
    if isinstance(error, ImportError | OSError):
        return getattr(error, "errno", None) == errno.ENOMEM or _NOT_MAPPED in str(error)
    if isinstance(error, RuntimeError) or module.startswith("onnxruntime"):
        return any(said in str(error) for said in _SAID_OF_MEMORY)
    of_opencv = module == "cv2" and getattr(error, "code", None) == _OPENCV_NO_MEMORY
    return isinstance(error, MemoryError) or of_opencv


def lacked_memory(error: BaseException) -> bool:
    """True when this error, or one that it came from, was for want of memory."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        if out_of_memory(at):
            return True
        seen.add(id(at))
        at = at.__cause__ or at.__context__
    return False
