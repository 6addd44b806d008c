"""Just enough of the Dockerfile format to do its steps by hand: stages of instructions, none left out."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_KNOWN: Final = re.compile(
    "FROM|ARG|RUN|WORKDIR|COPY|ENV|USER|VOLUME|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD|STOPSIGNAL|LABEL"
)
_FLAGS: Final = re.compile(r"(?:--\S+\s+)*")


@dataclass(frozen=True, slots=True)
class Instruction:
    """`RUN` and what follows it, its lines joined."""

    word: str
    rest: str

    def flags(self) -> Mapping[str, str]:
        """`--from=build` is {"from": "build"}."""
        leading = _FLAGS.match(self.rest)
        return dict(re.findall(r"--([\w-]+)=(\S+)", leading[0])) if leading else {}

    def text(self) -> str:
        """What follows the flags, as it stands."""
        return _FLAGS.sub("", self.rest, count=1)

    def words(self) -> list[str]:
        """What follows the flags: the items of a JSON list, or shell words."""
        text = self.text()
        return list(json.loads(text)) if text.startswith("[") else shlex.split(text)


@dataclass(frozen=True, slots=True)
class Stage:
    """What follows a `FROM`, up to the next."""

    base: str
    name: str
    instructions: tuple[Instruction, ...]

    def last(self, word: str) -> Instruction:
        """The one that counts: a later one takes the place of an earlier one."""
        return next(one for one in reversed(self.instructions) if one.word == word)

    def health(self) -> list[str]:
        """The command of its `HEALTHCHECK`."""
        return Instruction("CMD", self.last("HEALTHCHECK").text().removeprefix("CMD ")).words()


def instructions(text: str) -> Iterator[Instruction]:
    """Each in turn.

    Raises:
        ValueError: an instruction that the steps by hand do not know.
    """
    code = "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    for line in code.replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if not _KNOWN.fullmatch(word):
            raise ValueError(f"{word} is not done by hand")
        yield Instruction(word, rest.strip())


def stages(dockerfile: Path) -> list[Stage]:
    """Those of a file, in its order."""
    found: list[Stage] = []
    for one in instructions(dockerfile.read_text()):
        if one.word == "FROM":
            base, *name = re.split(r"\s+AS\s+", one.rest)
            found.append(Stage(base, "".join(name), ()))
        else:
            last = found.pop()
            found.append(Stage(last.base, last.name, (*last.instructions, one)))
    return found
