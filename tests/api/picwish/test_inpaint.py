"""Forms in every way they are sent, and what the replies say."""

import base64
import io
from typing import Any

import pytest
import requests
from PIL import Image
from tests.api.picwish.conftest import CREATE, DISC, Client, file, rectangles
from tests.api.servers import KEY, Api, png
from tests.api.vendors import DASHSCOPE
from tests.api.vendors import Client as Other

from cleanplate.errors import StorageFailed
from cleanplate.tasks.task import Failure, Output, Stored, output_key

HOUR_S = 3600
DISC_AT = (40, 30)
RED = (250, 40, 40)


def opened(url: str) -> Image.Image:
    """The result behind a link, for which no key is needed."""
    reply = requests.get(url, timeout=10)
    assert reply.status_code == 200
    return Image.open(io.BytesIO(reply.content))


def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.open(io.BytesIO(png("photo"))).save(stream, "JPEG")
    return stream.getvalue()


def test_files_and_a_poll(client: Client) -> None:
    reply = client.create(files={"mask_file": file("mask")})
    assert list(reply.json()["data"]) == ["task_id"]
    data = client.finished(reply.json()["data"]["task_id"])
    assert (data["state"], data["progress"], data["state_detail"]) == (1, 100, "Complete")
    assert (data["image_width"], data["image_height"]) == (96, 64)
    made = opened(data["image"]).convert("RGB")
    assert made.getpixel(DISC_AT) != RED


def test_the_result_of_a_jpeg_is_one(client: Client) -> None:
    files = {"image_file": ("a.png", jpeg(), "image/jpg"), "mask_file": file("mask")}
    data = client.create(files=files, data={"sync": "1"}).json()["data"]
    assert opened(data["image"]).format == "JPEG"


def test_rectangles(client: Client) -> None:
    far = {"x": 500, "y": 0, "width": 9, "height": 9}
    disc = {name: f"{value - 0.5}" for name, value in DISC.items()}
    made = opened(client.done(rectangles=rectangles(disc, far))["image"]).convert("RGB")
    source = Image.open(io.BytesIO(png("photo")))
    assert made.getpixel(DISC_AT) != RED
    assert made.crop((70, 0, 96, 64)).tobytes() == source.crop((70, 0, 96, 64)).tobytes()


def test_a_rectangle_too_narrow_to_have_edges_is_none(client: Client) -> None:
    narrow = {"x": 50, "y": 5, "width": 1e-20, "height": 9}
    made = opened(client.done(rectangles=rectangles(DISC, narrow))["image"]).convert("RGB")
    assert made.getpixel(DISC_AT) != RED


def test_rectangles_that_touch_nothing(client: Client) -> None:
    outside = rectangles({"x": 96, "y": 0, "width": 9, "height": 9})
    reply = client.create(data={"sync": "1", "rectangles": outside})
    assert reply.status_code == 400
    text = "The parameter rectangles: none of them touches the picture of 96x64 px"
    assert reply.json()["message"] == text
    task_id = client.create(data={"rectangles": outside}).json()["data"]["task_id"]
    assert client.finished(task_id)["state"] == -14


@pytest.mark.parametrize("sync", ["0", "1"])
def test_nothing_left_to_fill_from_is_a_failed_task(client: Client, sync: str) -> None:
    """Clients send such rectangles for any picture."""
    whole = rectangles({"x": 0, "y": 0, "width": 1000, "height": 1000})
    reply = client.create(data={"sync": sync, "rectangles": whole})
    assert reply.status_code == 200
    data = reply.json()["data"]
    assert (data if sync == "1" else client.finished(data["task_id"]))["state"] == -14


BOUNDARY = "b0und"


def _parts(image: str, mask: str) -> bytes:
    """A form with the headers of its two files as they are given."""
    body = b""
    for described, kind in ((image, "photo"), (mask, "mask")):
        head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {described}\r\n\r\n"
        body += head.encode() + png(kind) + b"\r\n"
    sync = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="sync"\r\n\r\n1\r\n--{BOUNDARY}--\r\n'
    return body + sync.encode()


@pytest.mark.parametrize(
    "suffix",
    ["", "; filename*=UTF-8''%e5%9b%be.png", '; filename=""', "\r\nContent-Type: image/png"],
    ids=["bytes alone", "filename* alone", "an empty name", "a type alone"],
)
def test_files_without_a_plain_name(client: Client, suffix: str) -> None:
    reply = client.session.post(
        client.base + CREATE,
        data=_parts(f'name="image_file"{suffix}', f'name="mask_file"{suffix}'),
        headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        timeout=20,
    )
    assert reply.status_code == 200, reply.text
    assert reply.json()["data"]["state"] == 1, reply.text


@pytest.mark.parametrize("word", ["", "null", "undefined", "  "])
def test_a_file_field_that_says_nothing_is_absent(client: Client, word: str) -> None:
    files = {"image_file": file("photo"), "mask_file": (None, word)}
    reply = client.create(files=files, data={"sync": "1", "rectangles": rectangles(DISC)})
    assert reply.json()["data"]["state"] == 1, reply.text


def test_a_form_with_too_much_says_what_is(client: Client) -> None:
    reply = client.create(data={f"x{number}": "1" for number in range(200)})
    assert reply.status_code == 400
    assert "Maximum number of fields" in reply.json()["message"]


@pytest.mark.parametrize("sent", ["form", "json"])
def test_urls_and_base64(client: Client, pictures: str, sent: str) -> None:
    fields: dict[str, Any] = {"image_url": f"{pictures}/photo.png", "sync": 1, "return_type": 2}
    if sent == "json":
        reply = client.create(image=False, json={**fields, "rectangles": [DISC]})
    else:
        reply = client.create(image=False, data={**fields, "mask_url": f"{pictures}/mask.png"})
    data = reply.json()["data"]
    assert data["return_type"] == 2
    assert Image.open(io.BytesIO(base64.b64decode(data["image"]))).size == (96, 64)


def test_a_picture_that_cannot_be_read_yet_is_at_work(
    api: Api, waiting: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Samples of the vendor give up at any status but 200."""
    form = {"return_type": "2", "rectangles": rectangles(DISC)}
    task_id = waiting.create(data=form).json()["data"]["task_id"]
    while (claimed := api.store.claim_next("w")) is not None and claimed.id != task_id:
        assert api.store.fail(claimed.claim, Failure("", "of another test"))
    assert claimed is not None
    key = output_key(task_id, 1, 1, "png")
    api.objects.put(key, png("photo"))
    assert api.store.succeed(claimed.claim, [Output(key, 96, 64, "image/png", {})], 1)

    def ill(_key: str) -> bytes:
        raise StorageFailed("a stored file could not be read")

    with monkeypatch.context() as patch:
        patch.setattr(api.services.objects, "get", ill)
        reply = waiting.get(f"{CREATE}/{task_id}")
        data = reply.json()["data"]
        assert (reply.status_code, data["state"]) == (200, 4)
        assert data["progress"] < 100
        assert "image" not in data
        assert "completed_at" not in data
    assert base64.b64decode(waiting.get(f"{CREATE}/{task_id}").json()["data"]["image"]) == png("photo")
    api.objects.delete(key)
    assert waiting.get(f"{CREATE}/{task_id}").status_code == 500, "it does not come back"


def test_the_order_of_the_sources(api: Api, waiting: Client) -> None:
    """A file wins over a URL, a mask over rectangles; "" is nothing."""
    fields = {"image_url": "http://h/x.png", "mask_url": "", "rectangles": rectangles(DISC)}
    reply = waiting.create(files={"mask_file": file("mask")}, data=fields)
    task = api.store.get(reply.json()["data"]["task_id"])
    assert task is not None
    assert [given.source for given in task.submission.inputs.values()] == [Stored(), Stored()]
    assert task.submission.parameters == {}


def test_results_are_kept_for_an_hour(api: Api, client: Client, waiting: Client) -> None:
    task_id = waiting.create(files={"mask_file": file("mask")}).json()["data"]["task_id"]
    task = api.store.get(task_id)
    assert task is not None
    assert task.submission.ttl_s == HOUR_S
    data = client.done(rectangles=rectangles(DISC))
    expires_s = int(data["image"].partition("expires=")[2].partition("&")[0])
    assert expires_s - data["completed_at"] == HOUR_S


@pytest.mark.parametrize(
    ("files", "state"),
    [
        ({"image_file": ("a.png", b"no picture")}, -7),
        ({"mask_file": ("a.png", b"no picture")}, -7),
        ({"mask_file": file("mask", 64, 96)}, -7),
        ({"image_file": ("a.bmp", b"BM" + bytes(100))}, -7),
        ({"image_file": file("photo", 4097, 8)}, -5),
    ],
)
def test_pictures_that_cannot_be_used(client: Client, files: dict[str, Any], state: int) -> None:
    reply = client.create(files={"mask_file": file("mask"), **files}, data={"sync": "1"})
    assert reply.status_code == 200
    data = reply.json()["data"]
    assert data["state"] == state
    assert "image" not in data
    assert data["progress"] < 100
    assert reply.json()["message"] == data["err_message"] != ""


def test_a_mask_of_the_same_shape_is_resized(client: Client) -> None:
    data = client.create(files={"mask_file": file("mask", 192, 128)}, data={"sync": "1"}).json()["data"]
    assert (data["state"], data["image_width"]) == (1, 96)


def test_a_url_that_gives_nothing(client: Client, pictures: str) -> None:
    data = client.create(
        image=False,
        data={"image_url": f"{pictures}/nothing", "mask_url": f"{pictures}/mask.png", "sync": "1"},
    ).json()["data"]
    assert (data["state"], data["state_detail"]) == (-3, "Image download failed")


ONE = {"rectangles": rectangles(DISC)}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"rectangles": ""},
        {"rectangles": "[]"},
        {"rectangles": "x"},
        {"rectangles": "{}"},
        {"rectangles": "[1]"},
        {"rectangles": rectangles(DISC | {"width": 0})},
        {"rectangles": rectangles(DISC | {"x": "near"})},
        {"rectangles": rectangles(DISC | {"x": None})},
        {"rectangles": rectangles(DISC | {"x": True})},
        {"rectangles": rectangles(DISC | {"x": 1e300})},
        {"rectangles": '[{"x":NaN,"y":0,"width":1,"height":1}]'},
        {"rectangles": rectangles(DISC | {"x": -50})},
        {"rectangles": rectangles(*[DISC] * 51)},
        {"mask_url": "file:///etc/passwd"},
        {"mask_url": "http://a@h/"},
        {**ONE, "sync": "2"},
        {**ONE, "return_type": "3"},
        {**ONE, "callback_url": "/here"},
    ],
)
def test_refused_fields(waiting: Client, fields: dict[str, str]) -> None:
    reply = waiting.create(data=fields)
    assert reply.status_code == 400
    assert set(reply.json()) == {"status", "message"}
    assert reply.json()["status"] == 400
    assert reply.json()["message"]


def test_fifty_rectangles(waiting: Client) -> None:
    assert waiting.create(data={"rectangles": rectangles(*[DISC] * 50)}).status_code == 200


@pytest.mark.parametrize("fields", [ONE, {**ONE, "image_base64": "iVBORw0KGgo="}])
def test_no_image(waiting: Client, fields: dict[str, str]) -> None:
    reply = waiting.create(image=False, data=fields)
    assert reply.json() == {
        "status": 400,
        "message": "The parameter image_url or image_file is required",
    }


def test_a_file_that_is_too_large(waiting: Client) -> None:
    files = {"image_file": ("a.png", bytes(20 * 2**20 + 1))}
    reply = waiting.create(files=files, data=ONE)
    assert reply.status_code == 413
    assert reply.json() == {"status": 413, "message": "The file is too large"}


def test_too_many_parts(waiting: Client) -> None:
    files = {f"file{number}": ("a", b"x") for number in range(11)}
    fields = {f"field{number}": "x" for number in range(101)}
    assert waiting.create(files=files, data=ONE).status_code == 400
    assert waiting.create(data={**ONE, **fields}).status_code == 400
    assert waiting.create(image=False, data={**ONE, **fields}).status_code == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{CREATE}/00000000-0000-0000-0000-000000000000", 404),
        (f"{CREATE}/x", 404),
        ("/api/tasks/visual/segmentation", 404),
        (CREATE, 405),
    ],
)
def test_other_paths(waiting: Client, path: str, status: int) -> None:
    reply = waiting.get(path)
    assert reply.status_code == status
    assert set(reply.json()) == {"status", "message"}


def test_a_task_of_another_dialect_is_none(api: Api, waiting: Client) -> None:
    with Other(DASHSCOPE, api.base, KEY) as other:
        assert waiting.get(f"{CREATE}/{other.submitted()}").status_code == 404
