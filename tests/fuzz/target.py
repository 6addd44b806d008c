"""What is fuzzed: a function of bytes, and whole inputs to start from."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Reshape: TypeAlias = Callable[[bytes, random.Random], bytes]
"""One way to change an input that knows how it is built."""


@dataclass(frozen=True, slots=True)
class Target:
    """One reader of strangers' bytes.

    Attributes:
        name: as commands, findings and figures say it.
        run: reads one input, and says in a word what became of it, such as "refused". It raises for a real
            fault and nothing else: what the room promises to raise for bad input is caught.
        seeds: inputs by their names, all of which are read through; called once in a process.
        reshapes: ways to change an input beside those that know nothing of it.
        words: what is put into inputs here and there.
    """

    name: str
    run: Callable[[bytes], str]
    seeds: Callable[[], Mapping[str, bytes]]
    reshapes: tuple[Reshape, ...] = ()
    words: tuple[bytes, ...] = ()
