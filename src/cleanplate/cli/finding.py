"""One line of what `cleanplate doctor` finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        mend: what to type when it is not well, or for more; "" when there is nothing to do.
        well: False when something that should work does not.
        better: what to type for what works too, and would be better.
    """

    what: str
    state: str
    mend: str = ""
    well: bool = True
    better: str = ""

    @property
    def mark(self) -> str:
        if not self.well:
            return "!!"
        return "--" if self.mend else "ok"
