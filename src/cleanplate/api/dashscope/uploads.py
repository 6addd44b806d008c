"""Uploads before a submit: the permission that clients ask for, and the `oss://` names in bodies."""

import time
from typing import Any, Final

from starlette.requests import Request

from cleanplate.api.base import Services, base_url
from cleanplate.api.dashscope import codes, upload_policy
from cleanplate.api.dashscope.codes import RefusedError, invalid
from cleanplate.api.dashscope.model import Picture
from cleanplate.api.dashscope.upload_form import link_key
from cleanplate.api.dashscope.upload_policy import issue_grant
from cleanplate.errors import InputTooLarge
from cleanplate.intake.sources import Inline
from cleanplate.uploads import UploadName

SCHEME: Final = "oss://"


def get_policy(services: Services, request: Request) -> dict[str, Any]:
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
    grant = issue_grant(services.secret, request.state.caller.key_id, query["model"], int(time.time()))
    link = services.links.sign(link_key(grant.folder), grant.expires_at_s)
    return {
        "data": {
            "policy": grant.policy,
            "signature": grant.signature,
            "upload_dir": grant.folder,
            "upload_host": base_url(services.settings, request) + link,
            "expire_in_seconds": upload_policy.GRANT_S,
            "max_file_size_mb": upload_policy.MAX_FILE_BYTES // 2**20,
            "capacity_limit_mb": services.settings.upload_bytes_per_key // 2**20,
            "oss_access_key_id": "cleanplate",
            "x_oss_object_acl": "private",
            "x_oss_forbid_overwrite": "true",
        }
    }


def read_upload(services: Services, request: Request, picture: Picture, model: str) -> Inline:
    """The file behind an `oss://` value of a body.

    Raises:
        RefusedError: the header is missing, there is no such file for this key and model, or it is too large.
    """
    if request.headers.get("x-dashscope-ossresourceresolve", "").strip().lower() != "enable":
        raise RefusedError(codes.UPLOAD_NOT_RESOLVED)
    name = UploadName(picture.value.lstrip()[len(SCHEME) :], request.state.caller.key_id, model)
    try:
        data = services.uploads.read(name, max_bytes=picture.rules.max_bytes)
    except InputTooLarge as error:
        raise RefusedError(invalid(f"{picture.field}: {error.public}")) from None
    if data is None:
        raise RefusedError(codes.UPLOAD_GONE)
    return Inline(data)
