"""The form that clients post with their permission: OSS's PostObject, its fields and its XML errors.

https://help.aliyun.com/document_detail/31988.html
"""

import time
from collections.abc import AsyncGenerator, Iterator
from typing import Final
from xml.sax.saxutils import escape

import anyio.to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate.api.dashscope import upload_policy
from cleanplate.api.dashscope.upload_policy import OssError, access_denied, check_policy
from cleanplate.api.form_fields import WholeFormParser
from cleanplate.api.services import Services
from cleanplate.errors import InputTooLarge, StorageFailed
from cleanplate.transport.body_pace import PacedReceive
from cleanplate.uploads import UploadExists, UploadQuotaExceeded

PATH: Final = "/oss-upload"
_NUL: Final = "\0"
_FORM_BYTES: Final = 64 * 2**10
"""Room for everything of a form but its file."""
_MAX_FIELDS: Final = 32
_CONCURRENT_WRITES: Final = 4
"""Files that are on their way from the form to the store at the same time."""
_PIECE_BYTES: Final = 256 * 2**10


def link_key(folder: str) -> str:
    """What the address of a permission's form is signed as: the path, by the last part of its folder."""
    return f"{PATH.strip('/')}/{folder.rsplit('/', 1)[-1]}"


def form_routes(services: Services) -> list[Route]:
    """Where the form goes. It needs no API key: the policy is one."""

    limiter = anyio.CapacityLimiter(_CONCURRENT_WRITES)

    async def post_object(request: Request) -> Response:
        try:
            _check_link(services, request)
            pace = services.bodies.limits.pace
            form = await _form(Request(request.scope, PacedReceive(request.receive, pace)))
            try:
                await anyio.to_thread.run_sync(_store, services, form, limiter=limiter)
            finally:
                await form.close()
        except OssError as error:
            return _xml(error.status, error.code, error.message)
        except HTTPException as error:
            return _xml(error.status_code, "MalformedPOSTRequest", error.detail)
        except StorageFailed as error:
            return _xml(500, "InternalError", error.public)
        return Response(status_code=200)

    return [Route(PATH + "/{name}", post_object, methods=["POST"])]


def _check_link(services: Services, request: Request) -> None:
    expires = request.query_params.get("expires", "")
    signature = request.query_params.get("signature", "")
    if not services.links.verify(link_key(request.path_params["name"]), expires, signature, now_s=0):
        raise access_denied("The address of this upload is not one that was given out.")
    if int(expires) <= time.time():
        raise upload_policy.policy_expired()


async def _form(request: Request) -> FormData:
    """The form; its file lies in a temporary file when it is large."""
    try:
        parser = WholeFormParser(
            request.headers,
            _counted(request),
            max_files=1,
            max_fields=_MAX_FIELDS,
            max_part_size=_FORM_BYTES,
        )
        return await parser.parse()
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None
    except (MultiPartException, KeyError, ClientDisconnect, ValueError) as error:
        raise HTTPException(
            400, "The body of your POST request is not well-formed multipart/form-data."
        ) from error


async def _counted(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > upload_policy.MAX_FILE_BYTES + _FORM_BYTES:
            raise _too_large()
        yield part


def _store(services: Services, form: FormData) -> None:
    """Put the form's file where its policy allows. Raises `OssError`, `HTTPException` or `StorageFailed`."""
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    # A charset such as UTF-7 can make half a surrogate pair, which is no text that could be stored.
    fields = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise HTTPException(400, "The body of your POST request has no field named file.")
    policy, signature, key = (fields.get(name, "") for name in ("policy", "Signature", "key"))
    name = check_policy(services.secret, policy, signature, key, time.time())
    if _NUL in name.name + name.model:  # no text of Postgres' has one
        raise OssError(400, "InvalidObjectName", "The specified object is not valid.")
    try:
        services.uploads.put(
            name, _pieces(file), max_bytes=upload_policy.MAX_FILE_BYTES, keep_ms=upload_policy.KEEP_MS
        )
    except InputTooLarge as error:
        raise _too_large() from error
    except UploadExists as error:
        message = "The object you specified already exists and can not be overwritten."
        raise OssError(409, "FileAlreadyExists", message) from error
    except UploadQuotaExceeded as error:
        message = "The uploads of this API key are more than the server keeps."
        raise OssError(403, "QuotaExceeded", message) from error


def _pieces(file: UploadFile) -> Iterator[bytes]:
    while piece := file.file.read(_PIECE_BYTES):
        yield piece


def _too_large() -> OssError:
    return OssError(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.")


def _xml(status: int, code: str, message: str) -> Response:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>\n"
    )
    return Response(text, status, media_type="application/xml")
