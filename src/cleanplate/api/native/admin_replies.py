"""The replies below `/v1/admin`. Times are RFC 3339 in UTC; no reply but that of a new key has a secret."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, Field

from cleanplate.access import AccountTotal, KeyInfo
from cleanplate.admin.admin_values import ModelFacts, PullPhase
from cleanplate.admin.all_lines import TaskLine, WorkerSeen
from cleanplate.api.native.native_replies import rfc3339
from cleanplate.tasks.queue_state import QueueState


class LimitsResource(BaseModel):
    """The limits of a key; null is none."""

    rate_per_s: float | None
    concurrent: int | None
    images: int | None


class KeyResource(BaseModel):
    """What may be shown of a key."""

    id: str
    name: str
    hint: str = Field(description="The last four characters of the secret.")
    account: str
    admin: bool
    test: bool
    limits: LimitsResource
    created_at: str
    used_at: str | None = Field(description="To some seconds; null for never.")
    revoked_at: str | None


class NewKeyReply(BaseModel):
    """A new key. Its secret is not kept: this reply alone has it."""

    key: KeyResource
    secret: str


class KeyPage(BaseModel):
    """One page of keys: good ones first, of these the newest."""

    keys: list[KeyResource]
    page: int
    page_size: int
    total: int


class AccountUsage(BaseModel):
    """What one account used in the days that were asked for. Only edits that succeeded count."""

    account: str
    edits: int
    images: int
    compute_ms: int


class AllUsageReply(BaseModel):
    """One page of accounts, those with most images first."""

    accounts: list[AccountUsage]
    days: int
    page: int
    page_size: int
    total: int


class QueueLine(BaseModel):
    """The edits of one account in one queue that have not ended."""

    account: str
    queue: str = Field(description="`general`, or what is needed: a role, or `role:model`.")
    simulated: bool = Field(description="Of a key for tests.")
    waiting: int
    staging: int = Field(description="Their pictures are not here yet.")
    running: int
    oldest_at: str = Field(description="When the first of them was accepted.")


class WorkerResource(BaseModel):
    """One process that does edits."""

    id: str
    device: str
    version: str
    concurrency: int = Field(description="Edits that it does at the same time.")
    queues: list[str]
    idle: bool | None = Field(description="It sleeps until it is called; null where that is not known.")


class QueueReply(BaseModel):
    """All edits that have not ended, and who works on them."""

    waiting: int
    staging: int
    running: int
    oldest_s: float = Field(description="How long the first of those that wait has waited.")
    callbacks: int = Field(description="Webhooks that are due.")
    lines: list[QueueLine] = Field(description="The longest 500.")
    workers: list[WorkerResource]


class PullResource(BaseModel):
    """A download of weights."""

    state: PullPhase
    fetching: str = Field(description="The model that is fetched now: this one, or one that it works with.")
    done_bytes: int
    total_bytes: int = Field(description="Of that one; 0 while it is not known, or where pip fetches.")
    error: str | None = Field(description="Why it failed. The next pull goes on from there.")
    started_at: str
    ended_at: str | None


class ModelResource(BaseModel):
    """One model, and whether it is on the machine that answers."""

    name: str
    summary: str
    licence: str
    size_bytes: int = Field(description="Of its weights; 0 while that is not known.")
    memory_bytes: int = Field(description="About what it takes while it works; 0 while that is not known.")
    place: Literal["not pulled", "pulled", "in a package", "in a plug-in"]
    available: bool
    missing: str | None = Field(description="Why it cannot run here, and what to do about it.")
    roles: list[str]
    edits: list[str] = Field(description="Those that may use it.")
    only_named: bool = Field(description="Nothing chooses it by itself.")
    pullable: bool
    pull: PullResource | None = Field(description="The last one of this process.")


class ModelReply(BaseModel):
    """One model."""

    host: str = Field(description="The machine that answers: pulls are its own.")
    model: ModelResource


class ModelList(BaseModel):
    """All models."""

    host: str = Field(description="The machine that answers: pulls are its own.")
    models: list[ModelResource]


def key_resource(key: KeyInfo) -> dict[str, Any]:
    """A `KeyResource` as JSON values."""
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "account": key.account or key.id,
        "admin": key.admin,
        "test": key.test,
        "limits": asdict(key.limits),
        "created_at": rfc3339(key.created_at_ms),
        "used_at": rfc3339(key.used_at_ms),
        "revoked_at": rfc3339(key.revoked_at_ms),
    }


def account_usage(total: AccountTotal) -> dict[str, Any]:
    """An `AccountUsage` as JSON values."""
    values = asdict(total)
    return {"edits": values.pop("tasks"), **values}


def queue_reply(
    state: QueueState, lines: Sequence[TaskLine], workers: Sequence[WorkerSeen]
) -> dict[str, Any]:
    """A `QueueReply` as JSON values."""
    return {
        "waiting": state.queued,
        "staging": state.staging,
        "running": state.running,
        "oldest_s": state.oldest_s,
        "callbacks": state.callbacks,
        "lines": [_with_times(asdict(line)) for line in lines],
        "workers": [asdict(worker) for worker in workers],
    }


def model_resource(model: ModelFacts) -> dict[str, Any]:
    """A `ModelResource` as JSON values."""
    pull = None if model.pull is None else asdict(model.pull)
    return asdict(model) | {
        "available": not model.missing,
        "missing": model.missing or None,
        "pull": pull and _with_times({**pull, "error": pull["error"] or None}),
    }


def _with_times(values: dict[str, Any]) -> dict[str, Any]:
    """The same, with times as the API writes them: `x_at` for `x_at_ms`."""
    return {
        name.removesuffix("_ms") if name.endswith("_at_ms") else name: rfc3339(value)
        if name.endswith("_at_ms")
        else value
        for name, value in values.items()
    }
