"""Models as admins see them, and pulls that go on in threads of their own while requests are answered."""

import logging
import re
import socket
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from cleanplate.admin.admin_values import ModelFacts, PullState, PullUnderWay
from cleanplate.clock import unix_ms
from cleanplate.edits.base import Edit
from cleanplate.errors import CleanplateError
from cleanplate.fill.networks import Network, networks
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.card import Card
from cleanplate.weights.pulling import has_weights, place_of, pull_card, with_partners

_log = logging.getLogger(__name__)

_LOGIN: Final = r"(?<=//)[^/@\s]+@"
"""What a mirror's address may have before its name."""
_BROKEN: Final = "the download failed within the server; its log says how"


class _Stopped(Exception):
    """Raised out of a download that somebody has stopped."""


class _Pull:
    """One pull, from its beginning on."""

    def __init__(self, card: Card, runtime: Runtime) -> None:
        self._card = card
        self._runtime = runtime
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._state = PullState("running", card.name, 0, 0, "", unix_ms())

    @property
    def state(self) -> PullState:
        with self._lock:
            return self._state

    def start(self) -> None:
        # A daemon: a server that ends waits for no download, and the next pull goes on where this one was
        threading.Thread(target=self._run, name=f"pull-{self._card.name}", daemon=True).start()

    def stop(self) -> bool:
        """False: it has ended."""
        self._stop.set()
        with self._lock:
            if self._state.goes_on:
                self._state = replace(self._state, state="stopping")
            return self._state.goes_on

    def _run(self) -> None:
        try:
            for card in with_partners([self._card]):
                self._check()
                self._change(fetching=card.name)
                self._report(0, 0)
                if has_weights(card, self._runtime):
                    pull_card(card, self._report, self._runtime)
        except _Stopped:
            self._change(state="stopped", ended_at_ms=unix_ms())
        except CleanplateError as error:
            self._fail(re.sub(_LOGIN, "", error.log))
        except Exception:
            _log.exception("%s was not pulled", self._card.name)
            self._fail(_BROKEN)
        else:
            self._change(state="succeeded", ended_at_ms=unix_ms())
            _log.info("%s was pulled", self._card.name)

    def _fail(self, why: str) -> None:
        _log.warning("%s was not pulled: %s", self._card.name, why)
        self._change(state="failed", error=why, ended_at_ms=unix_ms())

    def _report(self, done: int, total: int) -> None:
        """A `download.Report`."""
        self._check()
        self._change(done_bytes=done, total_bytes=total)

    def _check(self) -> None:
        if self._stop.is_set():
            raise _Stopped

    def _change(self, **values: Any) -> None:
        with self._lock:
            self._state = replace(self._state, **values)


class ModelPulls:
    """The models of this machine: a `ModelShelf`. One pull of each at a time, and the last one is remembered.

    Args:
        edits: that there are, by name.
    """

    def __init__(self, runtime: Runtime, edits: Mapping[str, Edit]) -> None:
        self.host = socket.gethostname()
        self._runtime = runtime
        self._edits = edits
        self._lock = threading.Lock()
        self._pulls: dict[str, _Pull] = {}

    def models(self) -> list[ModelFacts]:
        """All, by name."""
        return [self._facts(network) for _, network in sorted(networks(self._runtime).items())]

    def named(self, name: str) -> ModelFacts | None:
        """One; None: there is none of this name."""
        found = networks(self._runtime).get(name)
        return None if found is None else self._facts(found)

    def pull(self, name: str) -> None:
        """Begin to fetch the weights of one that there is. Raises `PullUnderWay`: that goes on already."""
        made = _Pull(networks(self._runtime)[name].card, self._runtime)
        with self._lock:
            if name in self._pulls and self._pulls[name].state.goes_on:
                raise PullUnderWay
            self._pulls[name] = made
            made.start()

    def stop(self, name: str) -> bool:
        """Stop that, at the next piece that comes. False: nothing goes on."""
        with self._lock:
            found = self._pulls.get(name)
        return found is not None and found.stop()

    def close(self) -> None:
        """Stop them all, and wait for none."""
        with self._lock:
            for pull in self._pulls.values():
                pull.stop()

    def _facts(self, network: Network) -> ModelFacts:
        card, roles = network.card, frozenset(network.ranks)
        with self._lock:
            pull = self._pulls.get(card.name)
        return ModelFacts(
            name=card.name,
            summary=card.summary,
            licence=card.licence,
            size_bytes=sum(file.size_bytes for file in card.weights(self._runtime)),
            memory_bytes=card.memory_bytes,
            place=place_of(card, self._runtime),
            missing=card.missing(self._runtime),
            roles=sorted(roles),
            edits=sorted(edit.name for edit in self._edits.values() if roles.intersection(edit.roles)),
            only_named=network.only_named,
            pullable=has_weights(card, self._runtime),
            pull=None if pull is None else pull.state,
        )
