"""Prompts that ask for something to be removed, and for nothing else, in English and Chinese.

What is accepted is a grammar: a verb of removal, names of things, and a few words that ask for nothing more.
What it does not reach is no such prompt: who asks for "a hat instead" must not get a hole that was filled.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cleanplate.prompts.chinese_things import names_a_chinese_thing
from cleanplate.prompts.english_things import names_a_thing
from cleanplate.prompts.word_tables import word_table

LONGEST: Final = 1000
"""Characters; what is longer asks for more than that."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SENTENCE_ENDS = re.compile(
    r"[.;:!?\n]+(?=\s|$|[\u4e00-\u9fff])|[\u3002\uff1b\uff1a\uff01\uff1f]"  # also the wide ones
)
_QUOTED = re.compile(
    r"\"[^\"]+\"|“[^”]+”|\u2018[^\u2019]+\u2019|「[^」]+」|『[^』]+』|《[^》]+》|(?<!\w)'[^']+'(?!\w)"
)
_STANDS_FOR: Final = "\ue000"
"""Before the number of a quotation, which is taken out: whatever it says, it asks for nothing."""
_PLACE_OF_ONE = re.compile(_STANDS_FOR + "([0-9]+)" + _STANDS_FOR)
_ENGLISH_PARTS = re.compile(
    r"\s*,\s*(?:(?:and|or)\s+)?(?:then\s+|but\s+|also\s+)?|\s+(?:and|or|as\s+well\s+as|along\s+with)\s+(?:then\s+|also\s+)?"
    r"|\s*[&/]\s*|\s+then\s+|\s+while\s+|\s+(?=so\s+that\b|without\s+\w+ing\b)"
    r"|\s+but\s+(?=keep|leave|preserve|do\s+not|don't|without)",
    re.IGNORECASE,
)
_CHINESE_PARTS = re.compile(r"(?:\s*[\uff0c,]\s*(?:再|并且?|然后|同时)?|并且?|然后|同时)(?=.)")
_NOT_LISTED = re.compile(r"(?!)")
_CHINESE_LIST = re.compile(r"(\s*、\s*|以及|还有|和|与|及)(?=.)")
_ALL = re.compile(r"(?:everything|anything|all|一切|所有|全部|(?:所有|全部)的?东西)", re.IGNORECASE)
_REST = re.compile(r"\b(?:else|rest|others?|remaining|background)\b|其[他余它]|剩下|背景", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\b(?! (?:them|it)\b)", re.IGNORECASE)
_SIGN: Final = "、"
"""Between things and between wishes; the other words of a list stand between things."""


@dataclass(frozen=True, slots=True)
class _Language:
    """The expressions of one language, each for a whole text.

    Attributes:
        request: what may be removed is one of its groups.
        more: what may stand beside a request.
        kept: what is to stay is one of its groups.
        tail: what is no part of the thing before it.
        other: found anywhere in what is named, it is no request.
        quality: of this nothing can be filled.
        article, place, nothing: what says nothing about which thing is meant.
        parts: of a sentence, and whether the part may name one thing more by the words before it.
        joining: stands between the things of one part, as a group.
        names: whether the text names a thing; the flag says that it stands behind another.
    """

    request: re.Pattern[str]
    more: re.Pattern[str]
    kept: re.Pattern[str]
    tail: re.Pattern[str]
    other: re.Pattern[str]
    quality: re.Pattern[str]
    article: re.Pattern[str]
    place: re.Pattern[str]
    nothing: re.Pattern[str]
    parts: Callable[[str], Iterator[tuple[str, bool]]]
    joining: re.Pattern[str]
    names: Callable[[str, bool], bool]


def named_for_removal(prompt: str) -> str | None:
    """What a prompt asks to be removed, for a model that finds things: "the red car. the dog".

    "": a removal without saying of what, as an empty prompt is. None: it asks for something else, too.
    """
    if len(prompt) > LONGEST or _STANDS_FOR in prompt:
        return None
    quoted = _QUOTED.findall(prompt)
    numbers = iter(range(len(quoted)))
    text = _QUOTED.sub(lambda _: f"{_STANDS_FOR}{next(numbers)}{_STANDS_FOR}", prompt)
    named: list[str] = []
    read: list[_Sentence] = []
    for number, sentence in enumerate(filter(None, map(str.strip, _SENTENCE_ENDS.split(text)))):
        language = _chinese() if _CHINESE.search(sentence) else _english()
        read.append(_Sentence(language, first=number == 0))
        things = read[-1].things(sentence)
        if things is None:
            return None
        named += things
    if any(one.takes_all for one in read) and any(one.leaves_some for one in read):
        return None  # all but that
    shown = ". ".join(dict.fromkeys(filter(None, named)))
    return _PLACE_OF_ONE.sub(lambda place: quoted[int(place[1])], shown)


class _Sentence:
    """Reads one sentence part by part."""

    def __init__(self, language: _Language, first: bool) -> None:
        self._language = language
        self._asked = not first
        """Something is to go, which all else may stand beside."""
        self.takes_all = False
        self.leaves_some = False
        """It names a thing that is to stay, not only the rest."""
        self._keeping = False
        self._removing = False
        self._indefinite = False
        """The thing before has no definite article: the next one need not either."""

    def things(self, sentence: str) -> Sequence[str] | None:
        """What it asks to be removed, maybe nothing; None when it asks for something else."""
        found: list[str] = []
        for part, joins in self._language.parts(sentence):
            read = self._part(part, joins)
            if read is None:
                return None
            found += read
        between = any(_BETWEEN.search(thing) for thing in found)
        return None if between and len(found) > 1 else found  # "between the tree and the house" is one place

    def _part(self, part: str, joins: bool) -> Sequence[str] | None:
        language = self._language
        if request := language.request.fullmatch(part):
            self._asked = self._removing = True
            self._keeping = False
            return self._named(next(filter(None, request.groups()), ""), False)
        if not self._asked:
            return None
        if language.more.fullmatch(part):
            return []
        if kept := language.kept.fullmatch(part):
            self._keeping = True
            return self._stays(next(filter(None, kept.groups()), ""), False)
        if self._keeping:
            return self._stays(part, True)
        return self._named(part, True) if joins and self._removing else None

    def _stays(self, text: str, behind: bool) -> Sequence[str] | None:
        """Nothing, where the text names what is to stay."""
        for thing, doubtful in self._listed(text, behind):
            if self._language.other.search(thing) or (thing and not self._language.names(thing, doubtful)):
                return None
            self.leaves_some |= bool(thing) and not _REST.search(thing)
        return []

    def _named(self, text: str, behind: bool) -> Sequence[str] | None:
        """What the text names."""
        found = [self._one(thing, doubtful) for thing, doubtful in self._listed(text, behind)]
        named = [thing for thing in found if thing is not None]
        return named if len(named) == len(found) else None

    def _listed(self, text: str, behind: bool) -> Iterator[tuple[str, bool]]:
        """Each thing, and whether it stands where a verb might."""
        bare = self._language.tail.sub("", text).strip()
        first, *rest = self._language.joining.split(bare)
        yield first.strip(), behind
        for sign, thing in zip(rest[::2], rest[1::2], strict=True):
            yield thing.strip(), sign.strip() == _SIGN

    def _one(self, text: str, behind: bool) -> str | None:
        language = self._language
        if not text and not behind:
            return ""
        first = text.partition(" ")[0].lower()
        if language.other.search(text) or (behind and first in ("a", "an") and not self._indefinite):
            return None
        if not language.names(text, behind):
            return None
        thing = _plain(text, language)
        self.takes_all |= _ALL.fullmatch(language.place.sub("", text).strip()) is not None
        if language.quality.fullmatch(thing):
            return None
        self._indefinite = first in ("a", "an")
        return thing


def _plain(text: str, language: _Language) -> str:
    """A thing without what says nothing about it; "" where nothing else is said."""
    text = language.place.sub("", text.strip()).strip()
    bare = language.article.sub("", text).strip()
    return "" if language.nothing.fullmatch(bare) or not bare else text


def _english_parts(sentence: str) -> Iterator[tuple[str, bool]]:
    yield from ((part.strip(), True) for part in _ENGLISH_PARTS.split(sentence) if part.strip())


def _chinese_parts(sentence: str) -> Iterator[tuple[str, bool]]:
    """What stands behind a comma is a wish, and names no thing more."""
    yield from ((part.strip(), False) for part in _CHINESE_PARTS.split(sentence) if part.strip())


@cache
def _english() -> _Language:
    words: Mapping[str, Any] = word_table("removal")["english"]
    polite = rf"(?:(?:{_any(words['politeness'])})\b[\s,]*)*"
    return _Language(
        request=_compiled(rf"{polite}(?:{_any(words['verbs'])})\b\s*(.*)"),
        more=_compiled(_any(words["more"])),
        kept=_compiled(rf"(?:{_any(words['keep'])})\s+(.*)"),
        tail=_compiled(rf"(?:(?:^|[\s,]+)(?:{_any([*words['tail'], *words['unchanged']])}))+$"),
        other=_compiled(rf"\b(?:{_any(words['other'])})(?![\w'])"),
        quality=_compiled(
            rf"(?:(?:{_any(words['articles'])})\s+)*(?:[\w-]+\s+)?(?:{_any(words['qualities'])})"
        ),
        article=_compiled(rf"^(?:(?:{_any(words['articles'])})(?:\s+|$))+"),
        place=_compiled(rf"{words['place']}$|^(?:from|in|inside|within|under)\b(?:\s+\w+){{1,4}}$"),
        nothing=_compiled(_any(words["nothing"])),
        parts=_english_parts,
        joining=_NOT_LISTED,
        names=_names_in_english,
    )


def _names_in_english(text: str, behind: bool) -> bool:
    return names_a_thing(text, after_and=behind)


@cache
def _chinese() -> _Language:
    words: Mapping[str, Any] = word_table("removal")["chinese"]
    polite = rf"(?:{_any(words['politeness'])})*"
    verb, place = rf"(?:{_any(words['verbs'])})(?:掉|了|吧|一下)*", words["place"]
    keep, unchanged = _any(words["keep"]), _any(words["unchanged"])
    return _Language(
        request=_compiled(
            rf"{polite}(?:{place})?{polite}(?:[把将](.+?)(?:都|全部|全)?(?:给)?{verb}|{verb}(.*))"
        ),
        more=_compiled(_any(words["more"])),
        kept=_compiled(rf"(?:{keep})(.*?)(?:{unchanged})?|(.+?)(?:都|也)?(?:保持)?(?:{unchanged})"),
        tail=_compiled("(?:谢谢|吧|了|即可|就行|就好|可以吗|好吗|行吗|(?:的?)(?:不变|原样))+$"),
        other=_compiled(_any(words["other"])),
        quality=_compiled(rf"(?:{_any(words['articles'])})*(?:{_any(words['qualities'])})"),
        article=_compiled(rf"^(?:{_any(words['articles'])})+"),
        place=_compiled(rf"^{words['place']}"),
        nothing=_compiled(_any(words["nothing"])),
        parts=_chinese_parts,
        joining=_CHINESE_LIST,
        names=names_a_chinese_thing,
    )


def _any(parts: list[str]) -> str:
    return "|".join(sorted(parts, key=len, reverse=True))


def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE | re.DOTALL)
