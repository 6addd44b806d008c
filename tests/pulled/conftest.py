"""A whole server with every model that has to be pulled: the real classes, tiny and untrained."""

import io
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.api.dashscope.conftest import Client
from tests.api.native.conftest import EDITS, encoded
from tests.api.servers import png, served, settings_for
from tests.runtimes import plug_in
from tests.unit.fill.inpainters.pulled import pulled
from tests.unit.models.conftest import tiny

from cleanplate.api.services import Services
from cleanplate.app import build
from cleanplate.edits.catalogue import edits
from cleanplate.models import ddcolor, flux_klein, grounding, mobilesam, qwen_edit, sdxl_inpaint
from cleanplate.models.base import Model
from cleanplate.models.parts import mobile_sam
from cleanplate.models.parts.diffusion import model
from cleanplate.runtime.runtime import Runtime
from cleanplate.tasks.perform import LocalPerformer
from cleanplate.tasks.performer import EncodedPicture, Report
from cleanplate.tasks.pool_totals import ModelTotals
from cleanplate.tasks.task import Failure, Task
from cleanplate.tasks.task_group import GroupMember, TaskGroup
from cleanplate.tracing.spans import NO_TRACES

WHY = "the extra `torch` is not installed: make test-torch"
TIMEOUT_S = 300.0


Rgb = NDArray[np.uint8]


def opened(data: bytes) -> Rgb:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


PHOTO = opened(png("photo"))
THING = "the dog on the left"
"""What the small finder takes for about a quarter of the photo."""


@dataclass(frozen=True)
class Server:
    """One server, a client with a good key, and what lies behind it in this process."""

    client: Client
    services: Services
    runtime: Runtime

    def task(self, task_id: str) -> Task:
        found = self.services.tasks.get(task_id)
        assert found is not None
        return found

    def ended(self, edit_id: str) -> Any:
        """An edit of the native API once it has ended; with networks that takes its time."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while (edit := self.client.get(f"{EDITS}/{edit_id}").json())["state"] in ("queued", "running"):
            assert time.monotonic() < deadline_s, edit
            time.sleep(0.05)
        return edit

    def edited(self, edit: str, *, mask: bool = False, **parameters: Any) -> tuple[Rgb, Any]:
        """By the native API: the picture that an edit makes of the photo, and its recipe."""
        sent = {"edit": edit, "image": encoded("photo"), "output": "png", "parameters": parameters}
        if mask:
            sent["mask"] = encoded("mask")
        (result,) = self.ended(self.client.post(EDITS, json=sent).json()["id"])["results"]
        return self.fetched(result["url"]), result["recipe"]

    def fetched(self, url: str) -> Rgb:
        return opened(self.client.session.get(url, timeout=10).content)

    def found(self, phrase: str) -> NDArray[np.bool_]:
        """(H, W), where `/v1/regions` sees it in the photo."""
        reply = self.client.post("/v1/regions", json={"image": encoded("photo"), "find": phrase})
        assert reply.status_code == 200, reply.text
        (result,) = reply.json()["results"]
        assert result["recipe"]["model"]["name"] == "tiny-grounding"
        return self.fetched(result["url"])[..., 0] > 127

    def recipe(self, task_id: str) -> Any:
        """How the first result was made."""
        return self.task(task_id).outcome.outputs[0].recipe


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of all of them, in folders of their cards' names."""
    for module in ("torch", "torchvision", "diffusers", "transformers", "tokenizers"):
        pytest.importorskip(module, reason=WHY)
    from tests.unit.models.tiny import save_flux, save_qwen, save_sdxl
    from tests.unit.models.tiny_mobilesam import save_mobilesam
    from tests.unit.models.tiny_others import save_ddcolor, save_grounding

    folder = tmp_path_factory.mktemp("weights")
    save_flux(folder / "tiny-flux-klein")
    save_qwen(folder / "tiny-qwen-edit")
    save_sdxl(folder / "tiny-sdxl-inpaint")
    save_grounding(folder / "tiny-grounding")
    save_mobilesam(folder / mobile_sam.NAME)
    save_ddcolor(folder / "tiny-ddcolor")
    return folder


def _cards() -> tuple[Model, ...]:
    pipelines = (flux_klein.PIPELINE, qwen_edit.PIPELINE, sdxl_inpaint.PIPELINE)
    return (
        *(model(tiny(pipeline)) for pipeline in pipelines),
        grounding.model("tiny-grounding", (), replace(mobile_sam.CARD, files=())),
        replace(mobilesam.MODEL, card=replace(mobile_sam.CARD, files=())),
        ddcolor.model("tiny-ddcolor", ()),
    )


@pytest.fixture(scope="module")
def small() -> Iterator[None]:
    """Networks whose size is in the code see smaller pictures, and long loops are short."""
    import diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus as plus

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plus, "VAE_IMAGE_SIZE", 96 * 96)
        patch.setattr(plus, "CONDITION_IMAGE_SIZE", 64 * 64)
        patch.setattr(qwen_edit, "_STEPS", 3)
        patch.setattr(sdxl_inpaint, "_STEPS", 3)
        yield


def _leave_alone(members: Sequence[GroupMember]) -> None:
    for member in members:
        member.tell(None)


class _Here:
    """Does tasks in this process, in place of others: the models of these tests are made in it alone."""

    started = 0

    def __init__(self) -> None:
        self._runtime: Runtime | None = None

    def use(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def perform(
        self, task: Task, inputs: Mapping[str, bytes], report: Report
    ) -> Iterator[EncodedPicture | Failure]:
        assert self._runtime is not None
        return LocalPerformer(edits(self._runtime), self._runtime).perform(task, inputs, report)

    def group(self, count: int) -> list[GroupMember]:
        """Each is done alone."""
        return TaskGroup(count, _leave_alone, self.perform, NO_TRACES).members

    def trouble(self) -> str:
        return ""

    def pids(self) -> list[int]:
        return []

    def models(self) -> dict[str, ModelTotals]:
        return {}

    def start(self) -> None:
        """There is nothing to start."""

    def close(self) -> None:
        """The application closes its runtime."""


@pytest.fixture(scope="module")
def server(shelf: Path, small: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Worker included. LaMa and MI-GAN are there too; their graphs paint in one colour."""
    with pulled(shelf), pytest.MonkeyPatch.context() as patch:
        plug_in(patch, *_cards())
        made: list[_Here] = []

        def here(*_sizes: object, **_tellers: object) -> _Here:
            made.append(_Here())
            return made[-1]

        patch.setattr("cleanplate.app.task_work.Children", here)
        app = build(settings_for(tmp_path_factory.mktemp("data"), models=shelf, painting_size="keep"))
        for performer in made:
            performer.use(app.state.runtime)
        with served(app, lifespan="on") as base, Client.opened(base) as client:
            yield Server(client, app.state.services, app.state.runtime)
