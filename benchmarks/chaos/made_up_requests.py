"""Requests number 0, 1, 2 … of a made-up client: good ones with changes, in every dialect, and none at all.

A number and the seed give the same request each time, but for the ids of tasks, which the server makes.
"""

import base64
import io
import json
import random
from collections.abc import Sequence
from typing import Any, Final

from PIL import Image, ImageDraw
from tests.fuzz.catalogue import target_of
from tests.fuzz.mutator import Inputs
from tests.fuzz.targets.connections import CUT
from tests.unit.codecs import mutants

from benchmarks.chaos.odd_words import EDITS, HEADERS, KEYS, METHODS, OTHER_KEYS, PATHS, QUERIES, VALUES
from cleanplate.codecs.codec_table import CODECS

_SYNTHESIS: Final = "/api/v1/services/aigc/image2image/image-synthesis"
_BOUNDARY: Final = "b"
_LARGE_PX: Final = 512
"""DashScope takes no smaller picture."""


class Requests:
    """All requests of one client.

    Args:
        seed: another one gives other requests.
        host: where pictures can be fetched, and callbacks told: `http://…/`.
    """

    def __init__(self, seed: int, host: str) -> None:
        self._seed, self._host = seed, host
        self._files = [Inputs(target_of(f"picture-{known}"), seed) for known in CODECS]
        self._raw = [Inputs(target_of(name), seed) for name in ("connections", "dialects")]
        self._small = [_drawn(mode, mutants.WIDTH, mutants.HEIGHT) for mode in ("RGB", "L")]
        self._large = [_drawn(mode, _LARGE_PX, _LARGE_PX) for mode in ("RGB", "L")]

    def at(self, number: int, ids: Sequence[str]) -> bytes:
        """The bytes of one request, which may be none that anybody can read.

        Args:
            ids: of tasks that the server has accepted.
        """
        chance = random.Random(f"{self._seed} {number}")  # noqa: S311 - chance that can be repeated
        way = chance.random()
        if way < 0.45:
            return self._submit(chance)
        if way < 0.75:
            return self._question(chance, ids)
        if way < 0.9:
            return self._raw[1].at(number).replace(b"sk-fuzz\r\n", chance.choice(KEYS).encode() + b"\r\n")
        return self._raw[0].at(number).replace(CUT, b"")

    # --- submits -------------------------------------------------------------------------------------------

    def _submit(self, chance: random.Random) -> bytes:
        path, value = chance.choice(
            (
                self._dashscope,
                self._edited,
                self._novita,
                self._cleanup,
                self._native,
                self._image_edit,
            )
        )(chance)
        if chance.random() < 0.2:
            return self._form(chance)
        for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 4))):
            value = mutated(value, chance)
        body = json.dumps(value).encode()
        if chance.random() < 0.1:
            body = self._raw[1].changed(body, chance)
        more = ["X-DashScope-Async: enable"] if chance.random() < 0.8 else []
        return _request(chance, "POST", path, body, "application/json", more)

    def _dashscope(self, chance: random.Random) -> tuple[str, Any]:
        given = {
            "image_url": self._image(chance, large=True),
            "mask_url": self._image(chance, mask=True, large=True),
        }
        flags = {name: chance.random() < 0.5 for name in ("fast_mode", "dilate_flag", "add_watermark")}
        return _SYNTHESIS, {"model": "image-erase-completion", "input": given, "parameters": flags}

    def _edited(self, chance: random.Random) -> tuple[str, Any]:
        functions = (
            "remove_watermark",
            "expand",
            "stylization_all",
            "colorization",
            "doodle",
        )
        given = {
            "function": chance.choice(functions),
            "base_image_url": self._image(chance, large=True),
            "prompt": "去掉水印",
        }
        more = {"n": chance.choice((1, 2)), "upscale_factor": 2, "top_scale": 1.2, "strength": 0.5}
        return _SYNTHESIS, {"model": "wanx2.1-imageedit", "input": given, "parameters": more}

    def _novita(self, chance: random.Random) -> tuple[str, Any]:
        value = {"image": self._image(chance), "mask": self._image(chance, mask=True), "output_format": "png"}
        hook = {"webhook": {"url": self._host, "test_mode": {"enabled": chance.random() < 0.2}}}
        return "/v3/async/image-eraser", {**value, "extra": hook if chance.random() < 0.2 else {}}

    def _cleanup(self, chance: random.Random) -> tuple[str, Any]:
        return "/v3/cleanup", {"image_file": self._image(chance), "mask_file": self._image(chance, mask=True)}

    def _native(self, chance: random.Random) -> tuple[str, Any]:
        value = {
            "edit": chance.choice(EDITS),
            "image": self._image(chance),
            "output": chance.choice(("png", "same", "webp")),
        }
        if chance.random() < 0.9:
            value["mask"] = self._image(chance, mask=True)
        if chance.random() < 0.1:
            value["keep"] = self._image(chance, mask=True)
        prompt = (
            {"prompt": chance.choice(("ice", "van gogh", "wood", "a red car"))}
            if chance.random() < 0.2
            else {}
        )
        hook = {"webhook": {"url": self._host}} if chance.random() < 0.05 else {}
        return "/v1/edits", {**value, "parameters": prompt, "count": chance.choice((1, 1, 1, 2)), **hook}

    def _image_edit(self, chance: random.Random) -> tuple[str, Any]:
        value: dict[str, Any] = {
            "images": [{"image_url": self._image(chance)}],
            "n": chance.choice((1, 1, 3)),
        }
        if chance.random() < 0.9:
            value["mask"] = {"image_url": self._image(chance, mask=True)}
            value["mask_means"] = chance.choice(("white", "white", "clear", "opaque"))
        words = ("", "remove", "remove the red car", "去掉水印", "a hat")
        more = {"prompt": chance.choice(words), "size": chance.choice(("auto", "auto", "64x48", "9999x1"))}
        kind = {"output_format": chance.choice(("png", "jpeg", "webp")), "stream": chance.random() < 0.2}
        return "/v1/images/edits", {**value, **more, **kind}

    def _form(self, chance: random.Random) -> bytes:
        parts = {
            "sync": chance.choice(("0", "0", "0", "1", "", "x")),
            "return_type": chance.choice(("1", "2", "3")),
        }
        if chance.random() < 0.5:
            box = {"x": 5, "y": 6, "width": 12, "height": chance.choice((9, -1, 1e9))}
            parts["rectangles"] = json.dumps(mutated([box], chance) if chance.random() < 0.4 else [box])
        files = {"image_file": self._file(chance, mask=False)}
        if "rectangles" not in parts:
            files["mask_file"] = self._file(chance, mask=True)
        body = b"".join(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
            for name, text in parts.items()
        )
        body += b"".join(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="a"\r\n\r\n'.encode()
            + data
            + b"\r\n"
            for name, data in files.items()
        )
        body += f"--{_BOUNDARY}--\r\n".encode()
        if chance.random() < 0.15:
            body = self._raw[1].changed(body, chance)
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        return _request(chance, "POST", "/api/tasks/visual/inpaint", body, kind, [])

    def _image(self, chance: random.Random, *, mask: bool = False, large: bool = False) -> str:
        """A picture field: base64, a data URI, or the address of a file that is as odd."""
        if chance.random() < 0.06:
            return f"{self._host}{chance.randrange(10**6)}"
        text = base64.b64encode(self._file(chance, mask=mask, large=large)).decode()
        return text if chance.random() < 0.4 else f"data:image/png;base64,{text}"

    def _file(self, chance: random.Random, *, mask: bool, large: bool = False) -> bytes:
        if chance.random() < 0.6:
            return (self._large if large else self._small)[mask]
        return self.file(chance)

    def file(self, chance: random.Random) -> bytes:
        """A damaged file of any format."""
        inputs = chance.choice(self._files)
        return inputs.changed(inputs.at(chance.randrange(len(inputs))), chance)

    # --- everything else -----------------------------------------------------------------------------------

    def _question(self, chance: random.Random, ids: Sequence[str]) -> bytes:
        known = (
            chance.choice(ids) if ids and chance.random() < 0.7 else chance.choice(("a", "0" * 36, "%00", ""))
        )
        path = chance.choice(PATHS).replace("{id}", known)
        if chance.random() < 0.4:
            path += "?" + chance.choice(QUERIES).replace("task_id=", f"task_id={known}")
        method = "GET" if chance.random() < 0.6 else chance.choice(METHODS)
        body = self._raw[1].changed(b'{"a": 1}', chance) if chance.random() < 0.1 else b""
        return _request(chance, method, path, body, "application/json", [])


def mutated(value: Any, chance: random.Random) -> Any:
    """The same JSON value with one part that is another, or gone, or twice."""
    if not isinstance(value, (dict, list)) or not value or chance.random() < 0.1:
        return chance.choice(VALUES)
    if isinstance(value, list):
        at = chance.randrange(len(value))
        return [*value[:at], mutated(value[at], chance), *value[at + chance.choice((0, 1)) :]]
    name = chance.choice(list(value))
    match chance.randrange(6):
        case 0:
            return {key: part for key, part in value.items() if key != name}
        case 1:
            return {**value, chance.choice(("", "a", name.upper(), "model", "\ud800")): chance.choice(VALUES)}
    return {**value, name: mutated(value[name], chance)}


def _request(chance: random.Random, method: str, path: str, body: bytes, kind: str, more: list[str]) -> bytes:
    """A request as it goes over the wire; one in ten comes with another key, or with a header too many."""
    key = chance.choice(KEYS) if chance.random() < 0.9 else chance.choice(OTHER_KEYS)
    lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {key}", f"X-API-KEY: {key}"]
    lines += more + ([chance.choice(HEADERS)] if chance.random() < 0.15 else [])
    if body or method in ("POST", "PUT", "PATCH"):
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _drawn(mode: str, width: int, height: int) -> bytes:
    """A PNG that is black, with a white window."""
    picture, out = Image.new(mode, (width, height)), io.BytesIO()
    ImageDraw.Draw(picture).rectangle((20, 12, 28, 20), fill=(255,) * len(mode))
    picture.save(out, "PNG")
    return out.getvalue()
