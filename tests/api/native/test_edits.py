"""Ask for edits, look at them, list them; every refusal has the one shape."""

import base64
import io
from typing import Any

import numpy as np
import pytest
import requests
from numpy.typing import NDArray
from PIL import Image
from tests.api.dashscope.conftest import HEADERS, SUBMIT, erase_body
from tests.api.native.conftest import EDITS, TEST_KEY, Client, body, encoded, problem
from tests.unit.analysis.figures import darkened, fallen, figure, painted, plain_ground


def test_an_edit_waits(client: Client) -> None:
    reply = client.post(EDITS, json=body(count=2, output="webp", deadline_ms=5000, parameters={"seed": 7}))
    assert reply.status_code == 202
    edit = reply.json()
    assert reply.headers["location"] == f"{EDITS}/{edit['id']}"
    assert reply.headers["x-request-id"]
    assert (edit["edit"], edit["state"], edit["count"], edit["output"]) == ("erase", "queued", 2, "webp")
    assert edit["deadline_ms"] == 5000
    assert edit["parameters"]["seed"] == 7
    assert edit["progress"] == 0
    assert edit["results"] == []
    assert edit["created_at"].endswith("Z")
    assert edit["started_at"] is edit["finished_at"] is edit["expires_at"] is edit["error"] is None
    assert client.get(f"{EDITS}/{edit['id']}").json() == edit


def test_its_place_in_the_queue_is_told(client: Client) -> None:
    first = client.post(EDITS, json=body()).json()
    second = client.post(EDITS, json=body()).json()
    assert second["position"] == first["position"] + 1
    assert second["eta_ms"] is None


def test_an_edit_is_done(live: Client) -> None:
    edit = live.ended(live.post(EDITS, json=body(count=2, output="png", parameters={"seed": 3})).json()["id"])
    assert edit["state"] == "succeeded", edit
    assert (edit["progress"], edit["position"], edit["eta_ms"], edit["error"]) == (1, 0, 0, None)
    assert edit["created_at"] <= edit["started_at"] <= edit["finished_at"] < edit["expires_at"]
    for seed, result in enumerate(edit["results"], start=3):
        assert (result["width"], result["height"], result["media_type"]) == (96, 64, "image/png")
        assert result["recipe"]["seed"] == seed
        assert result["recipe"]["changed_outside_mask"] == 0
        assert result["recipe"]["engine"]
        picture = requests.get(result["url"], timeout=10)
        assert Image.open(io.BytesIO(picture.content)).size == (96, 64)
        assert picture.headers["content-type"] == "image/png"


def test_a_shadow_that_went_along_is_told(live: Client) -> None:
    shade = fallen(figure(), 1.0, 0.2, 1.5)
    rgb = painted(darkened(plain_ground(), shade), figure())
    sent = body(image=as_png(rgb), mask=as_png(figure()), parameters={"effects": True})
    (result,) = live.ended(live.post(EDITS, json=sent).json()["id"])["results"]
    (part,) = result["recipe"]["effects"]
    assert part["kind"] == "shadow"
    assert 1 < part["px"] / np.count_nonzero((shade > 0.1) & ~figure()) < 2
    assert result["recipe"]["warnings"][0].startswith("effects: 1 shadow went too")


def as_png(pixels: NDArray[Any]) -> str:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()


@pytest.mark.parametrize(
    ("output", "media_type"), [("jpeg", "image/jpeg"), ("webp", "image/webp"), ("same", "image/png")]
)
def test_the_format_that_was_asked_for(live: Client, output: str, media_type: str) -> None:
    edit = live.ended(live.post(EDITS, json=body(output=output)).json()["id"])
    assert [result["media_type"] for result in edit["results"]] == [media_type]


def test_a_deadline_that_leaves_no_time_takes_the_quickest_way(live: Client) -> None:
    hurried = live.ended(live.post(EDITS, json=body(deadline_ms=1)).json()["id"])
    at_leisure = live.ended(live.post(EDITS, json=body(deadline_ms=600_000)).json()["id"])
    assert [edit["results"][0]["recipe"]["engine"] for edit in (hurried, at_leisure)] == [
        "telea",
        "patchmatch",
    ]


def test_one_result_fails_alone_and_a_test_key_simulates_it(live: Client) -> None:
    headers = {"Authorization": f"Bearer {TEST_KEY}", "X-Cleanplate-Test": "partial"}
    asked = live.post(EDITS, json=body(edit="absent", count=2), headers=headers)
    results = live.ended(asked.json()["id"], Authorization=headers["Authorization"])["results"]
    assert "url" in results[0]
    assert set(results[1]) == {"error"}
    assert results[1]["error"]["code"]


def test_a_reached_limit_says_when_to_come_again(live: Client) -> None:
    headers = {"Authorization": f"Bearer {TEST_KEY}"}
    for scenario in ("rate-limit", "concurrency-limit", "quota"):
        reply = live.post(EDITS, json=body(), headers={**headers, "X-Cleanplate-Test": scenario})
        problem(reply, 429, scenario)
        assert int(reply.headers["retry-after"]) >= 1
    problem(
        live.post(EDITS, json=body(), headers={**headers, "X-Cleanplate-Test": "internal"}), 500, "internal"
    )


def test_pictures_come_in_each_form(live: Client) -> None:
    edit = live.post(
        EDITS, json=body(image={"base64": encoded("photo")}, mask="data:image/png;base64," + encoded("mask"))
    ).json()
    assert live.ended(edit["id"])["state"] == "succeeded"


def test_a_picture_by_url(live: Client, pictures: str) -> None:
    asked = body(image={"url": f"{pictures}/photo.png"}, mask=f"{pictures}/mask.png")
    assert live.ended(live.post(EDITS, json=asked).json()["id"])["state"] == "succeeded"


def test_an_edit_fails_and_says_why(live: Client, pictures: str) -> None:
    asked = body(image=f"{pictures}/nothing.png")
    edit = live.ended(live.post(EDITS, json=asked).json()["id"])
    assert edit["state"] == "failed"
    assert edit["error"]["code"] == "download-failed"
    assert "404" in edit["error"]["message"]
    assert edit["results"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"edit": "paint"}, "edit"),
        ({"edit": None}, "edit"),
        ({"image": None}, "image"),
        ({"image": 1}, "image"),
        ({"image": {"file": "x"}}, "image"),
        ({"image": "/etc/passwd"}, "image"),
        ({"image": {"url": "file:///etc/passwd"}}, "image"),
        ({"image": {"base64": "http://127.0.0.1/"}}, "image"),
        ({"mask": {"base64": "%%%"}}, "mask"),
        ({"count": 0}, "count"),
        ({"count": 5}, "count"),
        ({"count": True}, "count"),
        ({"output": "gif"}, "output"),
        ({"deadline_ms": 0}, "deadline_ms"),
        ({"webhook": {"url": "ftp://x/"}}, "webhook.url"),
        ({"webhook": "http://x/"}, "webhook"),
        ({"parameters": {"dilate_px": -1}}, "parameters.dilate_px"),
        ({"parameters": {"boxes": [[0, 0, 9, 9], [30, 30, 20, 20]]}}, "parameters.boxes.1"),
        ({"parameters": {"colour": "red"}}, "parameters.colour"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(client: Client, changes: dict[str, Any], field: str) -> None:
    error = problem(client.post(EDITS, json=body(**changes)), 422, "bad-parameter")
    assert error["field"] == field
    assert error["message"].startswith(field) or field in ("image", "mask", "colour")


def test_a_picture_that_is_missing(client: Client) -> None:
    error = problem(client.post(EDITS, json={"edit": "erase"}), 422, "bad-parameter")
    assert error["field"] == "image"


def test_a_picture_that_is_too_large(client: Client) -> None:
    huge = {"base64": "A" * (28 * 2**20)}
    problem(client.post(EDITS, json=body(image=huge)), 413, "input-too-large")


def test_an_edit_that_cannot_run_here_says_what_to_do(client: Client) -> None:
    error = problem(client.post(EDITS, json=body(edit="absent")), 422, "not-available")
    assert "install it with: true" in error["message"]
    assert error["field"] == "edit"


@pytest.mark.parametrize("sent", [b"", b"[]", b"{", b"\xff", b'{"edit":NaN}', "{}".encode("utf-16")])
def test_a_body_that_is_no_json_object(client: Client, sent: bytes) -> None:
    problem(client.post(EDITS, data=sent), 400, "bad-request")


def test_errors_of_http_have_the_shape_too(client: Client) -> None:
    problem(client.get(f"{EDITS}/nothing"), 404, "not-found")
    problem(client.get("/v1/nothing"), 404, "not-found")
    problem(client.get("/v1"), 404, "not-found")
    wrong = client.request("PUT", EDITS)
    problem(wrong, 405, "method-not-allowed")
    assert sorted(wrong.headers["allow"].replace(" ", "").split(",")) == ["GET", "HEAD", "POST"]
    problem(client.get(EDITS, headers={"Authorization": "Bearer no"}), 401, "unauthorized")


def test_edits_are_listed_newest_first(client: Client) -> None:
    ids = [client.post(EDITS, json=body()).json()["id"] for _ in range(3)]
    page = client.get(EDITS, params={"page_size": 2}).json()
    assert [edit["id"] for edit in page["edits"]] == ids[:0:-1]
    assert (page["page"], page["page_size"]) == (1, 2)
    assert page["total"] >= 3
    assert client.get(EDITS, params={"page_size": 2, "page": 2}).json()["edits"][0]["id"] == ids[0]
    assert client.get(EDITS, params={"state": "running"}).json()["edits"] == []


@pytest.mark.parametrize("query", ["page=0", "page=x", "page_size=101", "state=done", "page=99999999999999"])
def test_a_wrong_query_is_named(client: Client, query: str) -> None:
    error = problem(client.get(f"{EDITS}?{query}"), 422, "bad-parameter")
    assert error["field"] == query.partition("=")[0]


def test_tasks_of_other_dialects_are_not_here(client: Client) -> None:
    other = client.post(SUBMIT, json=erase_body(), headers=HEADERS).json()["output"]["task_id"]
    problem(client.get(f"{EDITS}/{other}"), 404, "not-found")
    problem(client.request("DELETE", f"{EDITS}/{other}"), 404, "not-found")
    mine = client.post(EDITS, json=body()).json()["id"]
    assert client.get(f"/api/v1/tasks/{mine}").json()["output"]["task_status"] == "UNKNOWN"


def test_the_catalogue(client: Client) -> None:
    edits = {edit["name"]: edit for edit in client.get("/v1/catalogue").json()["edits"]}
    assert edits["erase"]["available"]
    assert edits["erase"]["missing"] is None
    assert "dilate_px" in edits["erase"]["parameters"]["properties"]
    assert not edits["absent"]["available"]
    assert edits["absent"]["missing"] == "install it with: true"


def test_the_catalogue_says_what_a_form_needs(client: Client) -> None:
    edits = {edit["name"]: edit for edit in client.get("/v1/catalogue").json()["edits"]}
    assert [edits[name]["masked"] for name in ("erase", "inpaint", "upscale", "expand")] == [
        True,
        True,
        False,
        False,
    ]
    assert {"patchmatch", "telea"} <= set(edits["erase"]["choices"]["engine"])
    assert "lama" not in edits["erase"]["choices"]["engine"]  # its weights are not here
    assert edits["inpaint"]["choices"] == {"model": []}
    assert edits["expand"]["choices"] == {}
    seed = edits["erase"]["parameters"]["properties"]["seed"]
    assert seed["description"] == "same seed, same input, same result."


def test_what_fills_without_words_is_there_and_says_what_words_need(client: Client) -> None:
    edits = {edit["name"]: edit for edit in client.get("/v1/catalogue").json()["edits"]}
    assert edits["inpaint"]["available"]
    assert edits["inpaint"]["missing"].startswith("with a prompt: no model that can inpaint is installed")
    assert client.post(EDITS, json=body(edit="inpaint")).status_code == 202
    reply = client.post(EDITS, json=body(edit="inpaint", parameters={"prompt": "a red kite"}))
    error = problem(reply, 422, "not-available")
    assert "cleanplate models pull" in error["message"]


def test_usage_counts_what_succeeded(live: Client) -> None:
    before = live.get("/v1/usage").json()["images"]
    live.ended(live.post(EDITS, json=body(edit="patient", count=3, mask=None)).json()["id"])
    after = live.get("/v1/usage", params={"days": 1}).json()
    assert after["images"] == before + 3
    assert after["days"][0]["edits"] >= 1
    problem(live.get("/v1/usage?days=0"), 422, "bad-parameter")


def test_the_description_needs_no_key(client: Client) -> None:
    anonymous = {"Authorization": ""}
    described = client.get("/openapi.json", headers=anonymous).json()
    assert described["openapi"] == "3.1.0"
    assert {path for path in described["paths"] if not path.startswith("/v1/admin/")} == {
        EDITS,
        f"{EDITS}/{{id}}",
        f"{EDITS}/{{id}}/events",
        f"{EDITS}/{{id}}/results/{{number}}",
        "/v1/catalogue",
        "/v1/me",
        "/v1/pictures",
        "/v1/regions",
        "/v1/selections",
        "/v1/usage",
    }
    page = client.get("/docs", headers=anonymous)
    assert page.headers["content-type"].startswith("text/html")
    assert "/v1/edits/{id}/events" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
