"""What object storage refuses, as errors of ours; the log hears why, without keys and signatures."""

import re
from typing import Final

from cleanplate.errors import BlobMissing, StorageFailed, StorageFull, StoreAway
from cleanplate.storage.circuit_breaker import CircuitOpen

_DEBUG: Final = "\n\nDebug source"
"""Behind it obstore's errors go on for pages."""
_BODY: Final = re.compile(r"[<{]")
"""Where the reply of the store begins; some hold the key's name and what was signed."""
_QUERY: Final = re.compile(r"\?\S+")
"""Of an address: Azure's may hold a signature."""
_CODE: Final = re.compile(r"<Code>([^<]{1,100})</Code>")
_MESSAGE: Final = re.compile(r"<Message>([^<]{1,200})")
_CAUSE: Final = re.compile(
    r'message: "([^"\\]{1,200})"|\b(TimedOut|BadScheme|UnknownIssuer|NotValidForName|Expired|dns error'
    r"|IncompleteMessage|UnexpectedEof|ConnectionReset|BrokenPipe)\b"
)
"""Why a connection failed, in what obstore prints of its errors."""
_STATUS: Final = re.compile(r"status code: (\d)\d\d")
_FULL: Final = re.compile(r"QuotaExceeded|XMinioStorageFull|InsufficientStorage|status code: 507")
"""What stores say that may not hold more: Ceph, MinIO (its disks, a bucket's quota), others."""
_NO_BUCKET: Final = re.compile(
    r"NoSuchBucket|ContainerNotFound|ContainerBeingDeleted|bucket does not exist", re.I
)
_METADATA: Final = re.compile(r"169\.254\.\d+\.\d+|metadata\.google")
"""Where a cloud's machines ask for credentials; that is tried last."""
_ELSEWHERE: Final = re.compile(r"redirect without LOCATION|PermanentRedirect|status code: 30[17]")


def unreadable(error: Exception, key: str) -> StorageFailed:
    """What to raise where a blob, or a list of them, was asked for."""
    failed = BlobMissing if is_missing(error) else _failed(error)
    return failed("a stored file could not be read", log=f"{key}: {why(error)}")


def refused(error: Exception, key: str) -> StorageFailed:
    """What to raise where something was to be changed."""
    log = f"{key}: {why(error)}"
    if _FULL.search(str(error)):
        return StorageFull("no space left on the server", log=log)
    return _failed(error)("storage refused the file", log=log)


def _failed(error: Exception) -> type[StorageFailed]:
    return StoreAway if isinstance(error, CircuitOpen) or is_ill(error) else StorageFailed


def is_missing(error: Exception) -> bool:
    """Whether there is a bucket, and in it no such blob."""
    return isinstance(error, FileNotFoundError) and not _NO_BUCKET.search(str(error))


def is_ill(error: Exception) -> bool:
    """Whether the store was not reached, or says that it cannot: another request would fare no better."""
    told = str(error).partition(_DEBUG)[0]
    status = _STATUS.search(told)
    return status[1] == "5" if status else "HTTP error" in told


def is_unsatisfiable(error: Exception) -> bool:
    """Whether a range begins behind the end of its blob."""
    return "status code: 416" in str(error)


def why(error: Exception) -> str:
    """The reason in one line, for the log and for operators."""
    told, _, debug = str(error).partition(_DEBUG)
    begin = _BODY.search(told)
    head, body = (told[: begin.start()], told[begin.start() :]) if begin else (told, "")
    words = [_QUERY.sub("", " ".join(head.split())).rstrip(" :")]
    words += [found[1].strip() for look in (_CODE, _MESSAGE) if (found := look.search(body))]
    if not begin and (cause := _CAUSE.search(debug)):
        words.append(cause[1] or cause[2])
    return ": ".join([*words, *_advice(told)])


def _advice(told: str) -> list[str]:
    if _METADATA.search(told):
        return ["there are no credentials in the environment, and this machine has none of its own"]
    if _ELSEWHERE.search(told):
        return ["the bucket is in another region: set AWS_REGION"]
    return []
