"""Query, list and cancel: the shape of each state, by golden replies."""

import re
import time
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.api.dashscope.conftest import MODEL, Api
from tests.api.servers import png
from tests.new_tasks import claim

from cleanplate.errors import (
    DownloadFailed,
    EngineFailed,
    InputTooLarge,
    MaskMismatch,
    NotAPicture,
    PictureSize,
    StorageFailed,
    WorkerDied,
)
from cleanplate.tasks.task import Failure, Output, output_key

CHINA = timezone(timedelta(hours=8))
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")


def finished(api: Api) -> str:
    """A task that has succeeded, with its result in the store."""
    task_id = api.client.submitted()
    started = claim(api.store, task_id)
    key = output_key(task_id, 1, 1, "png")
    api.objects.put(key, png("photo"))
    assert api.store.succeed(started, [Output(key, 96, 64, "image/png")], 7)
    return task_id


def failed(api: Api, code: str, message: str = "image: detail") -> str:
    task_id = api.client.submitted()
    assert api.store.fail_queued(task_id, Failure(code, message))
    return task_id


def test_pending(api: Api) -> None:
    task_id = api.client.submitted()
    reply = api.client.get(f"/api/v1/tasks/{task_id}")
    assert reply.status_code == 200
    assert reply.json() == {
        "request_id": reply.headers["x-request-id"],
        "output": {
            "task_id": task_id,
            "task_status": "PENDING",
            "submit_time": reply.json()["output"]["submit_time"],
        },
    }


def test_running(api: Api) -> None:
    task_id = api.client.submitted()
    claim(api.store, task_id)
    output = api.client.output(task_id)
    assert set(output) == {"task_id", "task_status", "submit_time", "scheduled_time", "task_metrics"}
    assert output["task_status"] == "RUNNING"
    assert output["task_metrics"] == {"TOTAL": 1, "SUCCEEDED": 0, "FAILED": 0}


def test_succeeded(api: Api) -> None:
    task_id = finished(api)
    reply = api.client.get(f"/api/v1/tasks/{task_id}").json()
    output = reply["output"]
    assert reply == {"request_id": reply["request_id"], "output": output, "usage": {"image_count": 1}}
    assert list(output) == [
        "task_id",
        "task_status",
        "submit_time",
        "scheduled_time",
        "end_time",
        "output_image_url",
    ]
    assert output["task_status"] == "SUCCEEDED"
    assert output["output_image_url"].startswith(f"{api.base}/results/{task_id}/1/{task_id}-1.png?expires=")


def test_cancelled(api: Api) -> None:
    task_id = api.client.submitted()
    assert api.client.post(f"/api/v1/tasks/{task_id}/cancel").status_code == 200
    output = api.client.output(task_id)
    assert set(output) == {"task_id", "task_status", "submit_time", "end_time"}
    assert output["task_status"] == "CANCELED"


@pytest.mark.parametrize(
    ("code", "vendor", "words"),
    [
        (DownloadFailed.code, "InvalidParameter.FileDownload", "oss download error"),
        (NotAPicture.code, "InvalidParameter.ImageFormat", "read image error"),
        (PictureSize.code, "InvalidParameter.ImageResolution", "the size of input image"),
        (InputTooLarge.code, "InvalidParameter.ImageResolution", "the size of input image"),
        (MaskMismatch.code, "InvalidParameter", "the parameters must conform to the specification"),
        (EngineFailed.code, "InternalError.Algo", "algorithm process error"),
        (StorageFailed.code, "InternalError.FileUpload", "oss upload error"),
        (WorkerDied.code, "InternalError.Algo", "algorithm process error"),
        ("internal", "InternalError", "internal error"),
        ("code-of-a-later-version", "InternalError", "internal error"),
    ],
)
def test_failed(api: Api, code: str, vendor: str, words: str) -> None:
    output = api.client.output(failed(api, code, "image: detail 3"))
    assert output["task_status"] == "FAILED"
    assert output["code"] == vendor
    assert output["message"].startswith(words)
    assert output["message"].endswith(": image: detail 3")


@pytest.mark.parametrize(
    "task_id", ["00000000-0000-0000-0000-000000000000", "x", "%00", "%ff", "a%20b", "." * 3000]
)
def test_an_unknown_task_is_200_unknown(api: Api, task_id: str) -> None:
    reply = api.client.get(f"/api/v1/tasks/{task_id}")
    assert reply.status_code == 200
    body = reply.json()
    assert set(body) == {"request_id", "output"}
    assert set(body["output"]) == {"task_id", "task_status"}
    assert body["output"]["task_status"] == "UNKNOWN"


def test_slash_and_query_noise(api: Api) -> None:
    task_id = api.client.submitted()
    reply = api.client.get(f"/api/v1/tasks/{task_id}/?size=1024*1024&n=1")
    assert reply.json()["output"]["task_status"] == "PENDING"


def test_times_are_utc_plus_8(api: Api) -> None:
    text = api.client.output(api.client.submitted())["submit_time"]
    assert STAMP.fullmatch(text)
    moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=CHINA)
    assert abs(moment.timestamp() - time.time()) < 60


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("plates.example.com", "http://plates.example.com/"),
        ("10.1.2.3:8080", "http://10.1.2.3:8080/"),
        ("[::1]:8080", "http://[::1]:8080/"),
        ("evil/x?y#", "{base}/"),
        ("[", "{base}/"),
    ],
)
def test_result_urls_follow_the_host_header(api: Api, host: str, base: str) -> None:
    reply = api.client.get(f"/api/v1/tasks/{finished(api)}", headers={"Host": host})
    assert reply.json()["output"]["output_image_url"].startswith(base.format(base=api.base))


def result_path(api: Api) -> str:
    parts = urlsplit(api.client.output(finished(api))["output_image_url"])
    return f"{parts.path}?{parts.query}"


def test_a_result_needs_no_key(api: Api) -> None:
    reply = api.client.get(result_path(api), headers={"Authorization": ""})
    assert reply.status_code == 200
    assert reply.content == png("photo")
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"].startswith("private")


@pytest.mark.parametrize(
    ("extension", "kind"), [("png", "image/png"), ("jpeg", "image/jpeg"), ("webp", "image/webp")]
)
def test_each_result_has_a_name_of_its_own(api: Api, extension: str, kind: str) -> None:
    # The vendor's samples save each under the last part of the URL's path.
    names = set()
    for attempt in (1, 2):
        task_id = api.client.submitted()
        for number in (1, 2):
            key = output_key(task_id, attempt, number, extension)
            api.objects.put(key, b"data")
            link = api.services.links.sign(key, int(time.time()) + 60)
            reply = api.client.get(link)
            name = urlsplit(link).path.rpartition("/")[2]
            assert name == f"{task_id}-{number}.{extension}"
            assert reply.headers["content-disposition"] == f'inline; filename="{name}"'
            assert reply.headers["content-type"] == kind
            names.add(name)
    assert len(names) == 4


def test_two_attempts_never_share_a_key(api: Api) -> None:
    assert output_key("t", 1, 1, "png") != output_key("t", 2, 1, "png")


def test_a_result_needs_its_signature(api: Api) -> None:
    path = result_path(api)
    for forged in (path.partition("?")[0], path[:-3] + "AAA", path.replace("expires=", "expires=9")):
        reply = api.client.get(forged)
        assert reply.status_code == 403
        assert reply.json()["code"] == "AccessDenied"


def test_an_expired_link(api: Api) -> None:
    path = api.services.links.sign(output_key(finished(api), 1, 1, "png"), int(time.time()) - 1)
    assert api.client.get(path).status_code == 403


def test_a_deleted_result(api: Api) -> None:
    task_id = finished(api)
    path = api.services.links.sign(output_key(task_id, 1, 1, "png"), int(time.time()) + 60)
    api.objects.delete_group(f"results/{task_id}")
    reply = api.client.get(path)
    assert reply.status_code == 404
    assert reply.json()["code"] == "NotFound"


@pytest.mark.parametrize("path", ["..%2f..%2fsecret", "x/%2e%2e", "a%00b/c", "é/ü"])
def test_odd_result_paths(api: Api, path: str) -> None:
    assert api.client.get(f"/results/{path}?expires=9&signature=x").status_code in (403, 404)


def listing(api: Api, **query: Any) -> Any:
    return api.client.get("/api/v1/tasks", params=query).json()


def test_list_row(api: Api) -> None:
    task_id = finished(api)
    body = listing(api, task_id=task_id)
    (row,) = body["data"]
    assert {name: body[name] for name in ("total", "total_page", "page_no", "page_size")} == {
        "total": 1,
        "total_page": 1,
        "page_no": 1,
        "page_size": 10,
    }
    assert "output" not in body
    times = {name: row.pop(name) for name in ("gmt_create", "start_time", "end_time")}
    assert all(isinstance(value, int) for value in times.values())
    assert row.pop("request_id")
    assert row == {
        "task_id": task_id,
        "model_name": MODEL,
        "status": "SUCCEEDED",
        "region": "cn-beijing",
        "api_key_id": "static-1",
        "caller_parent_id": "static-1",
        "caller_uid": "static-1",
        "user_api_unique_key": f"apikey:v1:aigc:image2image:image-synthesis:{MODEL}",
    }
    assert "end_time" not in body["tasks"][0]


def test_the_row_carries_the_id_of_the_submit(api: Api) -> None:
    reply = api.client.submit()
    (row,) = listing(api, task_id=reply["output"]["task_id"])["data"]
    assert row["request_id"] == reply["request_id"]
    assert "end_time" not in row


def test_list_pages_newest_first(api: Api) -> None:
    ids = [api.client.submitted() for _ in range(3)]
    first = listing(api, page_size=2, page_no=1)
    assert first["total"] >= 3
    assert first["total_page"] == -(-first["total"] // 2)
    created = [row["gmt_create"] for row in first["data"]]
    assert created == sorted(created, reverse=True)
    second = listing(api, page_size=2, page_no=2)
    shown = [row["task_id"] for row in first["data"] + second["data"]]
    assert set(ids) <= set(shown)
    assert listing(api, page_no=1_000_000)["data"] == []


def test_list_filters(api: Api) -> None:
    done, broken = finished(api), failed(api, "internal")
    succeeded = listing(api, status="SUCCEEDED", page_size=100)["data"]
    assert done in [row["task_id"] for row in succeeded]
    assert {row["status"] for row in succeeded} == {"SUCCEEDED"}
    assert broken in [row["task_id"] for row in listing(api, status="FAILED", page_size=100)["data"]]
    assert listing(api, status="SUSPENDED")["total"] == 0
    assert listing(api, status="UNKNOWN")["total"] == 0
    assert listing(api, model_name="wanx-x-painting")["total"] == 0
    assert listing(api, model_name=MODEL)["total"] > 0
    assert listing(api, task_id="no-id")["total"] == 0
    assert listing(api, api_key_id="1", region="cn-beijing", status="", model_name="")["total"] > 0


def stamp(hours: float) -> str:
    return (datetime.now(CHINA) + timedelta(hours=hours)).strftime("%Y%m%d%H%M%S")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"start_time": stamp(-1)}, True),
        ({"end_time": stamp(1)}, True),
        ({"start_time": stamp(-12), "end_time": stamp(12)}, True),
        ({"start_time": stamp(1)}, False),
        ({"end_time": stamp(-1)}, False),
        ({"start_time": stamp(-30), "end_time": stamp(-20)}, False),
        ({"start_time": "00010101000000"}, False),
        ({"end_time": "99991231235959"}, False),
    ],
)
def test_list_windows(api: Api, query: dict[str, str], found: bool) -> None:
    task_id = api.client.submitted()
    assert [row["task_id"] for row in listing(api, task_id=task_id, **query)["data"]] == [task_id] * found


@pytest.mark.parametrize(
    "query",
    [
        {"status": "DONE"},
        {"page_no": "0"},
        {"page_no": "-1"},
        {"page_no": "x"},
        {"page_no": "99999999999999999999"},
        {"page_no": "\u0661"},
        {"page_size": "0"},
        {"page_size": "1.5"},
        {"start_time": "2026"},
        {"start_time": "20261301000000"},
        {"start_time": "2026-01-01 00:00:00"},
        {"end_time": "x" * 14},
        {"start_time": "20260101000000", "end_time": "20260103000000"},
        {"start_time": "20260102000000", "end_time": "20260101000000"},
    ],
)
def test_list_refuses(api: Api, query: dict[str, str]) -> None:
    reply = api.client.get("/api/v1/tasks/", params=query)
    assert reply.status_code == 400
    assert reply.json()["code"] == "InvalidParameter"


def test_a_large_page_is_clamped(api: Api) -> None:
    assert listing(api, page_size=5000)["page_size"] == 100


@pytest.mark.parametrize(("method", "slash"), [("POST", ""), ("POST", "/"), ("GET", ""), ("GET", "/")])
def test_cancel(api: Api, method: str, slash: str) -> None:
    task_id = api.client.submitted()
    path = f"/api/v1/tasks/{task_id}/cancel{slash}"
    reply = api.client.request(method, path)
    assert reply.status_code == 200
    assert reply.json() == {"request_id": reply.headers["x-request-id"]}
    assert api.client.output(task_id)["task_status"] == "CANCELED"
    again = api.client.request(method, path)
    assert again.status_code == 400
    assert again.json()["code"] == "UnsupportedOperation"


def test_cancel_takes_the_body_of_the_aio_client(api: Api) -> None:
    reply = api.client.post(
        f"/api/v1/tasks/{api.client.submitted()}/cancel/", json={"model": "", "parameters": {}, "input": ""}
    )
    assert reply.status_code == 200


def test_what_cannot_be_cancelled(api: Api) -> None:
    running = api.client.submitted()
    claim(api.store, running)
    for task_id in (running, finished(api), "00000000-0000-0000-0000-000000000000", "x"):
        reply = api.client.post(f"/api/v1/tasks/{task_id}/cancel")
        assert reply.status_code == 400
        assert reply.json()["code"] == "UnsupportedOperation"
        assert "PENDING" in reply.json()["message"]
