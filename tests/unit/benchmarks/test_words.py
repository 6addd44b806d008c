"""The benchmark of models that follow words, on tiny pipelines: a GPU session has only to start it."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.models.conftest import tiny

from benchmarks import report, words
from cleanplate.models import flux_klein, qwen_edit, sdxl_inpaint
from cleanplate.runtime.runtime import default_runtime

pytest.importorskip("torch", reason="the extra `torch` is not installed: make test-torch")
pytest.importorskip("torchvision", reason="the extra `torch` is not installed: make test-torch")
pytest.importorskip("diffusers", reason="the extra `torch` is not installed: make test-torch")

import torch
from tests.unit.models.tiny import save_flux, save_qwen, save_sdxl

# What the libraries warn of is about their own next versions.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Each pipeline with random weights, in one round of few steps."""
    import diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus as plus

    monkeypatch.setattr(plus, "VAE_IMAGE_SIZE", 64 * 64)
    monkeypatch.setattr(plus, "CONDITION_IMAGE_SIZE", 64 * 64)
    monkeypatch.setattr(qwen_edit, "_STEPS", 1)
    monkeypatch.setattr(sdxl_inpaint, "_STEPS", 2)
    monkeypatch.setattr(words, "ROUNDS", 1)
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    monkeypatch.setenv("CLEANPLATE_MODELS", str(tmp_path))
    pipelines = [tiny(it) for it in (flux_klein.PIPELINE, qwen_edit.PIPELINE, sdxl_inpaint.PIPELINE)]
    monkeypatch.setattr(words, "KNOWN", {it.name: it for it in pipelines})
    for pipeline, save in zip(pipelines, (save_flux, save_qwen, save_sdxl), strict=True):
        save(tmp_path / pipeline.name)
    return words.KNOWN


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["words", *arguments])
    words.main()


def test_every_pipeline_and_batch(
    known: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, "--pixels", "64", "--batches", "1", "2")
    rows = json.loads((tmp_path / "results" / "words.json").read_text())["rows"]
    assert [(row["model"], row["batch"]) for row in rows] == [(name, n) for name in known for n in (1, 2)]
    assert all(row["seconds_each"] > 0 and row["peak_bytes"] > 0 for row in rows)
    assert default_runtime().pool.loaded() == []


def test_a_batch_that_is_too_large_is_a_row_too(
    known: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def starved(pipe: Any, work: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    name = "tiny-flux-klein"
    monkeypatch.setitem(words.KNOWN, name, replace(words.KNOWN[name], call=starved))
    (row,) = words.measured(words.KNOWN[name], 64, [8])
    assert row.seconds_each is None


def test_what_is_not_here_is_said(
    known: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(words.KNOWN, "flux-klein", flux_klein.PIPELINE)
    run(monkeypatch, "flux-klein")
    assert "cleanplate models pull flux-klein" in capsys.readouterr().out
