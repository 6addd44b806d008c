"""Run every benchmark, print its table, store its figures under `benchmarks/results/`."""

import argparse

from benchmarks import erase, server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=["erase", "server"], help="run just this one")
    parser.add_argument("--quick", action="store_true", help="one run of each case, no 4096 px")
    arguments = parser.parse_args()
    if arguments.only != "server":
        erase.main(quick=arguments.quick)
    if arguments.only != "erase":
        server.main(quick=arguments.quick)


if __name__ == "__main__":
    main()
