"""Which queue a task lies in, and which queues a worker serves, where several machines share a database.

What every installation of the package can do lies in `general`. What needs a network that has to be pulled
lies in the queue of the role that it needs, and in `role:model` where the request names the model: so a
machine without a GPU never gets what needs one, and a worker has the next task for the model that it holds.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from cleanplate.database.tables import GENERAL
from cleanplate.edits.base import Edit
from cleanplate.errors import SetupError
from cleanplate.fill.networks import Network, NetworkRole, batch_limit, candidates, networks
from cleanplate.runtime.runtime import Runtime

_NOWHERE: Final = Path("/nonexistent")
_ERASE: Final[NetworkRole] = "erase"


def bare(runtime: Runtime) -> Runtime:
    """What an installation is that has pulled nothing and has no GPU: the least that a worker is."""
    return replace(runtime, weights=_NOWHERE, wanted="cpu")


def queue_of(edit: Edit, parameters: Mapping[str, Any], least: Runtime) -> str:
    """The queue of a task.

    Args:
        parameters: complete ones of the edit.
        least: what every worker has: `bare`.
    """
    if named := _named(edit, parameters, least):
        return named
    parsed = edit.parse(parameters)
    if not (edit.missing(least) or edit.lacking(parsed, least)):
        return GENERAL
    roles = edit.roles if edit.needs is None else edit.needs(parsed)
    return next((role for role in roles if not _everywhere(role, least)), edit.name)


def at_once(edit: Edit, parameters: Mapping[str, Any], least: Runtime, runtime: Runtime) -> int:
    """How many such tasks one run of their network takes with this runtime; 1 where they need none."""
    role, _, name = queue_of(edit, parameters, least).partition(":")
    if role == GENERAL:
        # A network may be everywhere; where an inpainter fills, the hole decides whether it is one
        role = edit.roles[0] if edit.roles and not edit.engine else ""
    if not role:
        return 1
    return batch_limit(cast(NetworkRole, role), runtime, name)


def served_queues(runtime: Runtime, roles: Collection[str] = ()) -> tuple[str, ...]:
    """All that a worker with this runtime can do.

    Args:
        roles: `general` or roles: those alone; none is all.

    Raises:
        SetupError: a role is unknown, or no network for it can run here.
    """
    least = bare(runtime)
    found: dict[str, None] = {}
    for name, network in networks(runtime).items():
        if _is_everywhere(network, least) or network.card.missing(runtime):
            continue
        for role, rank in network.ranks.items():
            found |= {role: None} if rank >= 0 else {}
            found[f"{role}:{name}"] = None
    able = (*found, GENERAL)
    if absent := set(roles) - {_role_of(queue) for queue in able}:
        there = ", ".join(sorted({_role_of(queue) for queue in able}))
        raise SetupError(f"roles: this machine cannot {', '.join(sorted(absent))}; it has {there}")
    return tuple(queue for queue in able if not roles or _role_of(queue) in roles)


def tasks_at_once(queue: str, runtime: Runtime) -> int:
    """How many tasks of this queue a worker should take together: as many as one run of its network takes.

    Of `general`, where a task may need anything, that is one.
    """
    role, _, name = queue.partition(":")
    return batch_limit(cast(NetworkRole, role), runtime, name)  # or an edit, for which there is no network


def _role_of(queue: str) -> str:
    return queue.partition(":")[0]


def _named(edit: Edit, parameters: Mapping[str, Any], least: Runtime) -> str:
    """The queue of the network that the parameters name, where that is not everywhere; else ""."""
    for field, roles in (("model", edit.roles), ("engine", (_ERASE,))):
        name = parameters.get(field)
        network = networks(least).get(name) if isinstance(name, str) else None
        if network is not None and not _is_everywhere(network, least):
            return f"{next((role for role in roles if role in network.ranks), edit.name)}:{name}"
    return ""


def _everywhere(role: NetworkRole, least: Runtime) -> bool:
    return any(_is_everywhere(network, least) for network in candidates(role, least))


def _is_everywhere(network: Network, least: Runtime) -> bool:
    return not network.card.missing(least)
