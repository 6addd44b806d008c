"""What a prompt asks for where writing is removed: all, a script or a side, watermarks, or quoted words.

English and Chinese. Whatever else the prompt says is not understood, and that is said: a narrowing that is
ignored would remove more than was asked for. Who cannot be told so may have it mean all that is written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from cleanplate.errors import BadInput
from cleanplate.prompts.positions import words_of_sides
from cleanplate.prompts.word_tables import word_table

HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]")
DIGIT: Final = re.compile(r"\d")
_PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {"han": HAN, "latin": LATIN, "digits": DIGIT}
_QUOTED = re.compile(
    r"\"([^\"]+)\"|“([^”]+)”|\u2018([^\u2019]+)\u2019|「([^」]+)」|『([^』]+)』|《([^》]+)》|(?<!\w)'([^']+)'(?!\w)"
)
_TOKEN = re.compile(r"[a-z][a-z-]*|\d+|[\u3400-\u9fff]+|[^\W\d_a-z\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class TextRequest:
    """What a prompt narrows to; empty means no narrowing of that kind.

    Attributes:
        quoted: words as they are written.
        scripts: one of these must be in a line, with at least as many signs as of any other.
        marks: only watermarks and logos.
        sides: "left", "right", "top", "bottom", "corner", "middle".
        strange: words that are not understood; with any of them there is no narrowing at all.
    """

    quoted: tuple[str, ...] = ()
    scripts: tuple[re.Pattern[str], ...] = ()
    marks: bool = False
    sides: frozenset[str] = frozenset()
    strange: tuple[str, ...] = ()


def text_request(prompt: str, *, strict: bool = True) -> TextRequest:
    """Read a prompt.

    Args:
        strict: whether words that are not understood are an error. Otherwise the prompt means all writing:
            what stands beside such words may be their opposite ("all except the English text").

    Raises:
        BadInput: it is strict, and says something that is not understood.
    """
    quoted = tuple(next(filter(None, found)) for found in _QUOTED.findall(prompt))
    words = _words(_QUOTED.sub(" ", prompt).lower())
    known = _words_of("plain") | _words_of("writing") | _marks() | _scripts().keys() | words_of_sides().keys()
    strange = tuple(word for word in words if word not in known)
    if strange and strict:
        raise BadInput(
            f"prompt: {' '.join(strange)!r} is not understood;"
            " name a language, a side, watermarks, or quote the words"
        )
    if strange:
        return TextRequest(strange=strange)
    found = set(words)
    return TextRequest(
        quoted=quoted,
        scripts=tuple(dict.fromkeys(_scripts()[word] for word in words if word in _scripts())),
        marks=bool(found & _marks()) and not found & _words_of("writing") and not quoted,
        sides=frozenset(words_of_sides()[word] for word in words if word in words_of_sides()),
    )


def names_a_mark(prompt: str) -> bool:
    """Whether a prompt asks for a watermark or a logo, and for no writing that could be read."""
    words = set(_words(_QUOTED.sub(" ", prompt).lower()))
    others = words & _words_of("writing") or words & _scripts().keys()
    return bool(words & _marks()) and not others and not _QUOTED.search(prompt)


def names_writing(phrase: str) -> bool:
    """Whether a phrase is about writing, watermarks or logos, and every word of it is understood."""
    try:
        asked = text_request(phrase)
    except BadInput:
        return False
    words = set(_words(_QUOTED.sub(" ", phrase).lower()))
    return bool(asked.quoted or asked.scripts or words & (_words_of("writing") | _marks()))


def says_it_is_a_mark(text: str) -> bool:
    """Whether a line is a watermark by its own words: an address, a copyright, "sample"."""
    return _signed().search(text) is not None


def _words(text: str) -> list[str]:
    """The words of both languages, without the Chinese fillers that stand between others."""
    words: list[str] = []
    for token in _TOKEN.findall(text):
        words += _split_chinese(token) if HAN.match(token) else [token]
    return words


def _split_chinese(text: str) -> list[str]:
    """Longest word first; what is no word at all comes back in one piece."""
    found = [word for word in _chinese_words().findall(text) if word not in _words_of("fillers")]
    rest = _chinese_words().sub("", text)
    return [*found, rest] if rest else found


@cache
def _words_of(group: str) -> frozenset[str]:
    return frozenset(word_table("text")[group].split())


@cache
def _marks() -> frozenset[str]:
    return frozenset(word_table("text")["marks"]) | _words_of("logos")


@cache
def _scripts() -> Mapping[str, re.Pattern[str]]:
    """Words for a script, to what is a sign of it."""
    rows = word_table("text")["scripts"].items()
    return {word: _PATTERNS[script] for script, words in rows for word in words}


@cache
def _signed() -> re.Pattern[str]:
    return re.compile(word_table("text")["signed"], re.IGNORECASE)


@cache
def _chinese_words() -> re.Pattern[str]:
    groups = (_words_of("fillers"), _words_of("writing"), _marks(), _scripts(), words_of_sides())
    known = [word for group in groups for word in group if HAN.match(word)]
    return re.compile("|".join(sorted(known, key=len, reverse=True)))
