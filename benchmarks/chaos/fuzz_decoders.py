"""A million damaged and made-up files of every format that is read, in processes of their own."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.fuzz.campaign import Tally, campaign

from benchmarks.chaos.row import Row
from cleanplate.codecs.codec_table import CODECS

INPUTS: Final = 1_000_000
SEED: Final = 14
_SLICES: Final = 5
"""Of the inputs of one format: none waits long for the last."""
_LONGEST_S: Final = 10.0
_MOST_GROWN_MB: Final = 100.0


def tried(inputs: int) -> Tally:
    """So many files, the same share of each format."""
    share = -(-inputs // len(CODECS) // _SLICES)
    parts = [
        (f"picture-{known}", range(at * share, (at + 1) * share)) for at in range(_SLICES) for known in CODECS
    ]
    whole = Tally()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for tally in pool.map(lambda part: campaign(part[0], SEED, part[1]), parts):
            whole.add(tally)
    return whole


def attack() -> Iterator[Row]:
    """What became of the files, and of the processes that read them."""
    tally = tried(INPUTS)
    kinds = [fault.kind for fault in tally.faults]
    name = f"{INPUTS:,} damaged files of {len(CODECS)} formats"
    yield Row(f"{name}: tried", tally.inputs, INPUTS, "files", least=True)
    yield Row(f"{name}: read all the same", tally.fates["read"], 1, "files", least=True)
    yield Row(f"{name}: neither read nor refused in words", kinds.count("raised"), 0, "files")
    yield Row(f"{name}: a process died", kinds.count("crashed"), 0, "files")
    yield Row(f"{name}: longer than 10 s", kinds.count("hung"), 0, "files")
    yield Row(f"{name}: the longest takes", tally.slowest_s, _LONGEST_S, "s")
    yield Row(f"{name}: more than 300 MB for a megapixel", kinds.count("memory"), 0, "files")
    yield Row(
        f"{name}: memory of a process, from its 1,000th file on", tally.grown_mb, _MOST_GROWN_MB, "MB more"
    )
    for fault in tally.faults:
        print(f"{fault.target}, seed {SEED}, input {fault.number}: {fault.kind}\n{fault.detail}")
