"""Fuzz: `python -m tests.fuzz [TARGET …] [--inputs N | --seconds S] [--seed N] [--keep FOLDER]`.

Prints for each target what became of the inputs, how fast, and each fault with what shows it again.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.fuzz.campaign import Tally, campaign, input_path
from tests.fuzz.catalogue import target_of, targets
from tests.fuzz.mutator import Inputs

_SECONDS: Final = 10.0
_ENDLESS: Final = 10**12
_KEPT: Final = Path("fuzz-faults")


def main() -> None:
    given = _arguments(list(targets())).parse_args()
    ill = False
    for name in given.targets or targets():
        if given.input is not None:
            print(f"{name}: {target_of(name).run(given.input.read_bytes())}")
            continue
        seconds = float("inf") if given.inputs else given.seconds
        tally = campaign(name, given.seed, range(given.inputs or _ENDLESS), seconds=seconds)
        print("\n".join(report(name, tally, given.seed, given.keep)), flush=True)
        ill = ill or bool(tally.faults)
    sys.exit(ill)


def report(name: str, tally: Tally, seed: int, folder: Path) -> Iterator[str]:
    """Lines for one target; the inputs of faults are written to the folder."""
    fates = ", ".join(f"{count} {fate}" for fate, count in tally.fates.most_common(6))
    rate = tally.inputs / max(tally.seconds, 1e-9)
    yield (
        f"{name}: {tally.inputs} inputs, {rate:.0f} a second, slowest {tally.slowest_s:.2f} s, "
        f"{len(tally.faults)} faults ({fates})"
    )
    inputs = Inputs(target_of(name), seed) if tally.faults else None
    for fault in tally.faults:
        path = input_path(folder, fault)
        path.parent.mkdir(parents=True, exist_ok=True)
        if inputs is not None:
            path.write_bytes(inputs.at(fault.number))
        yield f"  FAULT, seed {seed}, input {fault.number}: {fault.kind}; kept as {path}\n{fault.detail}"


def _arguments(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help=f"all by default, or of: {', '.join(names)}"
    )
    parser.add_argument("--inputs", type=int, help="so many for each target")
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="or so long for each (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another one gives other inputs (%(default)s)")
    parser.add_argument(
        "--keep", type=Path, default=_KEPT, help="where inputs go that show a fault (%(default)s)"
    )
    parser.add_argument("--input", type=Path, help="try the bytes of this file alone")
    return parser


if __name__ == "__main__":
    main()
