"""Uploads over HTTP: permission, form, `oss://` names, and every way to be refused."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from tests.api.dashscope.conftest import MODEL, SUBMIT, Api, asked, erase_body
from tests.api.servers import png, settings_for, waiting

POLICY = "/api/v1/uploads"
RESOLVE = {"X-DashScope-OssResourceResolve": "enable"}


def granted(api: Api, model: str = MODEL) -> dict[str, Any]:
    reply = api.client.get(POLICY, params={"action": "getPolicy", "model": model})
    assert reply.status_code == 200
    data: dict[str, Any] = reply.json()["data"]
    return data


def form(data: dict[str, Any], name: str = "in put.png") -> dict[str, str]:
    """The fields in the order of the vendor's clients."""
    return {
        "OSSAccessKeyId": data["oss_access_key_id"],
        "Signature": data["signature"],
        "policy": data["policy"],
        "key": f"{data['upload_dir']}/{name}",
        "x-oss-object-acl": data["x_oss_object_acl"],
        "x-oss-forbid-overwrite": data["x_oss_forbid_overwrite"],
        "success_action_status": "200",
        "x-oss-content-type": "image/png",
    }


def post(host: str, fields: dict[str, str], content: bytes = b"") -> requests.Response:
    content = content or png("photo")
    return requests.post(host, data=fields, files={"file": ("in put.png", content)}, timeout=10)


def check_xml(reply: requests.Response, status: int, code: str) -> str:
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/xml"
    found = re.search(r"<Error><Code>(.*)</Code><Message>(.+)</Message></Error>", reply.text)
    assert found is not None
    assert found[1] == code
    return found[2]


def upload(api: Api, name: str = "in put.png", model: str = MODEL, content: bytes = b"") -> str:
    data = granted(api, model)
    reply = post(data["upload_host"], form(data, name), content)
    assert reply.status_code == 200
    return f"oss://{data['upload_dir']}/{name}"


def test_the_permission(api: Api) -> None:
    reply = api.client.get(POLICY, params={"action": "getPolicy", "model": MODEL})
    assert set(reply.json()) == {"request_id", "data"}
    data = reply.json()["data"]
    assert data["expire_in_seconds"] == 300
    assert data["max_file_size_mb"] == 100
    assert data["x_oss_forbid_overwrite"] == "true"
    assert urlsplit(data["upload_host"])._replace(path="", query="").geturl() == api.base
    assert granted(api)["upload_dir"] != data["upload_dir"]


def test_the_address_is_the_one_that_the_client_used(api: Api) -> None:
    query = {"action": "getPolicy", "model": MODEL}
    reply = api.client.get(POLICY, params=query, headers={"Host": "plates.example.com:81"})
    assert reply.json()["data"]["upload_host"].startswith("http://plates.example.com:81/oss-upload/")


@pytest.mark.parametrize(
    "query", [{}, {"action": "getPolicy"}, {"action": "get", "model": "x"}, {"model": "x"}]
)
def test_bad_requests_for_permission(api: Api, query: dict[str, str]) -> None:
    reply = api.client.get(POLICY, params=query)
    assert (reply.status_code, reply.json()["code"]) == (400, "InvalidParameter")


def test_a_permission_needs_a_key(api: Api) -> None:
    assert api.client.get(POLICY, headers={"Authorization": ""}).json()["code"] == "InvalidApiKey"


@pytest.mark.parametrize("name", ["in put.png", "图片 é.png", "a+b&c=d%20.png"])
def test_an_uploaded_file_is_the_input(api: Api, name: str) -> None:
    body = erase_body(image_url=upload(api, name), mask_url=upload(api, name, content=png("mask")))
    task = api.store.get(api.client.submit(body, **RESOLVE)["output"]["task_id"])
    assert task is not None
    assert api.objects.get(f"inputs/{task.id}/image") == png("photo")
    assert api.objects.get(f"inputs/{task.id}/mask") == png("mask")


@pytest.mark.parametrize(("name", "model"), [("a\0b.png", MODEL), ("a.png", "a\0b")])
def test_names_that_no_database_could_keep(api: Api, name: str, model: str) -> None:
    data = granted(api, model)
    before = {group.name for group in api.objects.groups("uploads")}
    check_xml(post(data["upload_host"], form(data, name)), 400, "InvalidObjectName")
    assert {group.name for group in api.objects.groups("uploads")} == before


def test_names_are_not_resolved_without_the_header(api: Api) -> None:
    reply = api.client.submit(erase_body(image_url=upload(api)))
    assert reply["code"] == "InvalidParameter.DataInspection"
    assert reply["message"].startswith("The media format")


def test_names_of_nothing_another_key_or_another_model(api: Api) -> None:
    mine, others = upload(api), upload(api, model="wanx-x-painting")
    info, secret = api.services.access.create("somebody")
    stranger = {**RESOLVE, "Authorization": f"Bearer {secret}"}
    for name, headers in (
        ("oss://a/b.png", RESOLVE),
        ("OSS://", RESOLVE),
        (others, RESOLVE),
        (mine, stranger),
    ):
        reply = api.client.post(SUBMIT, json=erase_body(image_url=name), headers=headers)
        assert reply.status_code == 400
        assert reply.json()["code"] == "InvalidParameter.DataInspection"
        assert reply.json()["message"].startswith("Unable to download")
    api.services.access.revoke(info.id)


def test_a_file_over_the_field_s_limit(api: Api) -> None:
    reply = api.client.submit(erase_body(image_url=upload(api, content=bytes(10485761))), **RESOLVE)
    assert reply["code"] == "InvalidParameter"
    assert "input.image_url" in reply["message"]


def test_one_name_once(api: Api) -> None:
    data = granted(api)
    assert post(data["upload_host"], form(data)).status_code == 200
    fields = form(data) | {"x-oss-forbid-overwrite": "false"}
    check_xml(post(data["upload_host"], fields, png("mask")), 409, "FileAlreadyExists")
    assert post(data["upload_host"], form(data, "other.png")).status_code == 200


@pytest.mark.parametrize("charset", ["utf-7", "undefined", "punycode", "no-such"])
def test_a_form_in_an_odd_charset(api: Api, charset: str) -> None:
    data = granted(api)
    fields = {**form(data), "key": f"{data['upload_dir']}/+2AA-"}  # UTF-7 for half a surrogate pair
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}' for name in fields]
    parts.append('--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--x--\r\n')
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    body = "\r\n".join(parts).encode()
    reply = requests.post(data["upload_host"], data=body, headers={"Content-Type": kind}, timeout=10)
    assert reply.status_code < 500


@pytest.mark.parametrize(
    "change",
    [
        {"Signature": "x"},
        {"policy": "eyJ9"},
        {"key": "elsewhere/in put.png"},
        {"key": ""},
        {"key": "../../secret"},
        {"Signature": "é", "policy": "é"},
    ],
)
def test_forms_outside_the_policy(api: Api, change: dict[str, str]) -> None:
    data = granted(api)
    check_xml(post(data["upload_host"], form(data) | change), 403, "AccessDenied")


def test_the_address_is_signed_too(api: Api) -> None:
    data = granted(api)
    for host in (f"{api.base}/oss-upload/x", data["upload_host"] + "x", data["upload_host"][:-9]):
        check_xml(post(host, form(data)), 403, "AccessDenied")


def test_an_expired_permission(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanplate.api.dashscope.upload_policy.GRANT_S", -1)
    data = granted(api)
    message = check_xml(post(data["upload_host"], form(data)), 403, "AccessDenied")
    assert message == "Invalid according to Policy: Policy expired."


def test_a_file_that_is_too_large(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanplate.api.dashscope.upload_policy.MAX_FILE_BYTES", 1000)
    data = granted(api)
    for size in (1001, 70_000):
        check_xml(post(data["upload_host"], form(data), bytes(size)), 400, "EntityTooLarge")


def test_the_quota_of_a_key(tmp_path: Path) -> None:
    with waiting(settings_for(tmp_path, uploads_per_key=1)) as server, asked(server) as api:
        upload(api)
        data = granted(api)
        check_xml(post(data["upload_host"], form(data)), 403, "QuotaExceeded")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\nrubbish"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf a file\r\n--x',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file\r\n--x--',
        ),
        ("multipart/form-data", b"--x--"),
        ("application/json", b"{}"),
        ("", b"\x00"),
    ],
)
def test_bodies_that_are_no_form(api: Api, content_type: str, body: bytes) -> None:
    headers = {"Content-Type": content_type}
    reply = requests.post(granted(api)["upload_host"], data=body, headers=headers, timeout=10)
    check_xml(reply, 400, "MalformedPOSTRequest")


@given(st.binary(max_size=300), st.dictionaries(st.text(max_size=9), st.text(max_size=30), max_size=4))
def test_any_form(api: Api, content: bytes, fields: dict[str, str]) -> None:
    host = granted(api)["upload_host"]
    raw = b"--x\r\nContent-Disposition: form-data; " + content
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for reply in (
        post(host, {name or "x": value for name, value in fields.items()}, content),
        requests.post(host, data=raw, headers=headers, timeout=10),
    ):
        assert reply.status_code in (400, 403)
        assert reply.text.startswith("<?xml")
