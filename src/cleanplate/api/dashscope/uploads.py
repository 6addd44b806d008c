"""Uploads before a submit: the permission, the form that clients post with it, and `oss://` names in a body.

The form is OSS's PostObject: https://help.aliyun.com/document_detail/31988.html (its fields, its XML errors).
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

import anyio.to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate import uploads
from cleanplate.api.base import BODY_TIMEOUT_S, Services, base_url
from cleanplate.api.dashscope import codes
from cleanplate.api.dashscope.codes import RefusedError, invalid
from cleanplate.api.dashscope.model import Picture
from cleanplate.errors import InputTooLarge, StorageFailed
from cleanplate.intake.sources import Inline
from cleanplate.uploads import UploadRefused

SCHEME: Final = "oss://"
PATH: Final = "/oss-upload"
_FORM_BYTES: Final = 64 * 2**10
"""Room for everything of a form but its file."""
_MAX_FIELDS: Final = 32
_AT_ONCE: Final = 4
"""Files that are held in memory at the same time, on their way from the form to the store."""
_STATUS: Final[Mapping[str, tuple[int, str]]] = {
    uploads.EXISTS: (409, "FileAlreadyExists"),
    uploads.TOO_LARGE: (400, "EntityTooLarge"),
    uploads.QUOTA: (403, "QuotaExceeded"),
}
"""The rest are 403 AccessDenied."""


def grant(services: Services, request: Request) -> dict[str, Any]:
    """`GET /uploads?action=getPolicy&model=M`.

    `upload_host` is signed as well: a stranger's form is refused before its body is read.
    """
    query = request.query_params
    if query.get("action") != "getPolicy":
        raise RefusedError(
            invalid("the parameters must conform to the specification: action must be getPolicy")
        )
    if not query.get("model", "").strip():
        raise RefusedError(
            invalid("Required parameter(model) missing or invalid, please check the request parameters.")
        )
    given = services.uploads.grant(request.state.caller.key_id, query["model"])
    link = services.links.sign(f"{PATH.strip('/')}/{given.folder.rsplit('/', 1)[-1]}", given.expires_at_s)
    return {
        "data": {
            "policy": given.policy,
            "signature": given.signature,
            "upload_dir": given.folder,
            "upload_host": base_url(services.settings, request) + link,
            "expire_in_seconds": uploads.GRANT_S,
            "max_file_size_mb": uploads.MAX_FILE_BYTES // 2**20,
            "capacity_limit_mb": services.settings.upload_bytes_per_key // 2**20,
            "oss_access_key_id": "cleanplate",
            "x_oss_object_acl": "private",
            "x_oss_forbid_overwrite": "true",
        }
    }


def oss_route(services: Services) -> Route:
    """Where the form goes. It needs no API key: the policy is one."""

    hands = anyio.CapacityLimiter(_AT_ONCE)

    async def post_object(request: Request) -> Response:
        name = request.path_params["name"]
        try:
            _check_link(services, request, f"{PATH.strip('/')}/{name}")
            form = await _form(request)
            try:
                await anyio.to_thread.run_sync(_keep, services, form, limiter=hands)
            finally:
                await form.close()
        except UploadRefused as error:
            status, code = _STATUS.get(error.word, (403, "AccessDenied"))
            return _xml(status, code, error.public)
        except HTTPException as error:
            return _xml(error.status_code, "MalformedPOSTRequest", error.detail)
        except StorageFailed as error:
            return _xml(500, "InternalError", error.public)
        return Response(status_code=200)

    return Route(PATH + "/{name}", post_object, methods=["POST"])


def uploaded(services: Services, request: Request, picture: Picture, model: str) -> Inline:
    """The file behind an `oss://` value of a body.

    Raises:
        RefusedError: the header is missing, there is no such file for this key and model, or it is too large.
    """
    if request.headers.get("x-dashscope-ossresourceresolve", "").strip().lower() != "enable":
        raise RefusedError(codes.UPLOAD_NOT_RESOLVED)
    name = picture.value.lstrip()[len(SCHEME) :]
    key_id = request.state.caller.key_id
    try:
        data = services.uploads.read(name, key_id=key_id, model=model, max_bytes=picture.rules.max_bytes)
    except InputTooLarge as error:
        raise RefusedError(invalid(f"{picture.field}: {error.public}")) from None
    if data is None:
        raise RefusedError(codes.UPLOAD_GONE)
    return Inline(data)


def _check_link(services: Services, request: Request, key: str) -> None:
    expires = request.query_params.get("expires", "")
    signature = request.query_params.get("signature", "")
    if not services.links.verify(key, expires, signature, now_s=0):
        raise UploadRefused(uploads.FORGED, "The address of this upload is not one that was given out.")
    if int(expires) <= time.time():
        raise UploadRefused(uploads.EXPIRED, "Invalid according to Policy: Policy expired.")


async def _form(request: Request) -> FormData:
    """The form; its file lies in a temporary file when it is large."""
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            parser = MultiPartParser(
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
        if size > uploads.MAX_FILE_BYTES + _FORM_BYTES:
            raise UploadRefused(
                uploads.TOO_LARGE, "Your proposed upload exceeds the maximum allowed object size."
            )
        yield part


def _keep(services: Services, form: FormData) -> None:
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    # A charset such as UTF-7 can make half a surrogate pair, which is no text that could be stored.
    fields = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise HTTPException(400, "The body of your POST request has no field named file.")
    services.uploads.put(
        fields.get("policy", ""), fields.get("Signature", ""), fields.get("key", ""), file.file.read()
    )


def _xml(status: int, code: str, message: str) -> Response:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>\n"
    )
    return Response(text, status, media_type="application/xml")
