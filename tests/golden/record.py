"""Record the golden fills anew, after looking at them: `python -m tests.golden.record`."""

from tests.golden import fills
from tests.golden.cases import CASES


def main() -> None:
    """Fill every case, say what got worse than the last recording, and write the pictures."""
    for name, make in CASES.items():
        case = make()
        made = fills.fill(case)
        worse = []
        if fills.path(name).exists():
            worse = fills.faults(case, fills.recorded(name), made)
        print(fills.write(name, made), "; ".join(worse))


if __name__ == "__main__":
    main()
