"""Uploads before a submit: the permission that clients ask for, and the `oss://` names in bodies."""

import time
from typing import Any, Final

from cleanplate.api.dashscope import dashscope_codes, upload_policy
from cleanplate.api.dashscope.dashscope_codes import invalid, not_conforming
from cleanplate.api.dashscope.served_model import SentPicture
from cleanplate.api.dashscope.upload_form import link_key
from cleanplate.api.dashscope.upload_policy import issue_grant
from cleanplate.api.endpoint import ApiCall
from cleanplate.api.refusal import RefusedError
from cleanplate.errors import InputTooLarge
from cleanplate.intake.sources import Inline
from cleanplate.uploads import UploadName

SCHEME: Final = "oss://"


def get_policy(call: ApiCall) -> dict[str, Any]:
    """`GET /uploads?action=getPolicy&model=M`.

    `upload_host` is signed as well: a stranger's form is refused before its body is read.
    """
    query = call.request.query_params
    if query.get("action") != "getPolicy":
        raise RefusedError(not_conforming("action must be getPolicy"))
    if not query.get("model", "").strip():
        raise RefusedError(
            invalid("Required parameter(model) missing or invalid, please check the request parameters.")
        )
    services, account = call.services, call.caller.account
    grant = issue_grant(services.secret, account, query["model"], int(time.time()))
    return {
        "data": {
            "policy": grant.policy,
            "signature": grant.signature,
            "upload_dir": grant.folder,
            "upload_host": call.base_url + services.links.sign(link_key(grant.folder), grant.expires_at_s),
            "expire_in_seconds": upload_policy.GRANT_S,
            "max_file_size_mb": upload_policy.MAX_FILE_BYTES // 2**20,
            "capacity_limit_mb": services.settings.upload_bytes_per_key // 2**20,
            "oss_access_key_id": "cleanplate",
            "x_oss_object_acl": "private",
            "x_oss_forbid_overwrite": "true",
        }
    }


def read_upload(call: ApiCall, picture: SentPicture, model: str) -> Inline:
    """The file behind an `oss://` value of a body.

    Raises:
        RefusedError: the header is missing, the account has no such file for this model, or it is too large.
    """
    if call.request.headers.get("x-dashscope-ossresourceresolve", "").strip().lower() != "enable":
        raise RefusedError(dashscope_codes.UPLOAD_NOT_RESOLVED)
    name = UploadName(picture.value.lstrip()[len(SCHEME) :], call.caller.account, model)
    try:
        data = call.services.uploads.read(name, max_bytes=picture.rules.max_bytes)
    except InputTooLarge as error:
        raise RefusedError(invalid(f"{picture.field}: {error.public}")) from None
    if data is None:
        raise RefusedError(dashscope_codes.UPLOAD_GONE)
    return Inline(data)
