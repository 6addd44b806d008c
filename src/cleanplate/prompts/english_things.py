"""Which English words name a thing and say nothing more: "the two people in the background".

A small grammar of what is understood: determiners, a few words, then where it is or how it looks. Whatever it
does not reach is no name of a thing; so is a verb of which no list knows, where a determiner follows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cleanplate.prompts.word_tables import word_table

_MOST_WORDS: Final = 40
_MOST_IN_A_ROW: Final = 6
_LEAST_PLURAL: Final = 4
_NO_PLURALS: Final = ("ss", "us", "is", "as", "os")


def names_a_thing(text: str, *, after_and: bool = False) -> bool:
    """Whether all of the text names a thing.

    Args:
        text: without commas and quotes.
        after_and: it stands behind another thing, where a verb might: without determiner it must be known.
    """
    words = text.lower().split()
    return 0 < len(words) <= _MOST_WORDS and _Reader(words, _phrase_words()).reads(after_and)


@dataclass(frozen=True, slots=True)
class _PhraseWords:
    """The lists of the table."""

    determiners: frozenset[str]
    pronouns: frozenset[str]
    prepositions: frozenset[str]
    long_prepositions: tuple[tuple[str, ...], ...]
    alone: frozenset[str]
    participles: frozenset[str]
    relatives: frozenset[str]
    being: frozenset[str]
    people: frozenset[str]
    looks: frozenset[str]
    never: frozenset[str]
    states: frozenset[str]
    before: frozenset[str]
    known: frozenset[str]
    things_in_ing: frozenset[str]


@cache
def _phrase_words() -> _PhraseWords:
    rows: Mapping[str, Any] = word_table("removal")["english"]["phrase"]
    plain = {name: frozenset(text.split()) for name, text in rows.items() if isinstance(text, str)}
    return _PhraseWords(
        **plain, long_prepositions=tuple(tuple(words.split()) for words in rows["long_prepositions"])
    )


class _Reader:
    """Reads one phrase from left to right."""

    def __init__(self, words: Sequence[str], lists: _PhraseWords) -> None:
        self._words = words
        self._lists = lists
        self._at = 0
        self._person = False

    def reads(self, after_and: bool) -> bool:
        if not self._thing(known=after_and, plurals=True):
            return False
        while self._at < len(self._words):
            if not self._said_of_it():
                return False
        return True

    def _next(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _take(self, words: frozenset[str]) -> str:
        word = self._next()
        if word not in words:
            return ""
        self._at += 1
        return word

    def _thing(self, *, known: bool, plurals: bool = False) -> bool:
        """A noun phrase without what follows it.

        Args:
            known: without a determiner, each of its words must be known.
            plurals: a plural alone is known, too.
        """
        determined = self._determined()
        core = self._core()
        if not core:
            return determined or bool(self._take(self._lists.pronouns))
        if len(core) > 1 and core[-1] in self._lists.states:
            return False
        self._person = core[-1] in self._lists.people
        return determined or not known or self._is_known(core, plurals)

    def _determined(self) -> bool:
        start = self._at
        while self._next() in self._lists.determiners or self._next().isdecimal() or _is_quoted(self._next()):
            self._at += 1
        return self._at > start

    def _core(self) -> Sequence[str]:
        start = self._at
        while self._at < len(self._words) and self._may_name(self._next(), self._at == start):
            self._at += 1
        found = self._words[start : self._at]
        return found if len(found) <= _MOST_IN_A_ROW else ()

    def _may_name(self, word: str, first: bool) -> bool:
        lists = self._lists
        if word in lists.never or word in lists.prepositions or word in lists.determiners:
            return False
        if word in lists.pronouns or word in lists.relatives or self._long_preposition():
            return False
        if first:
            return True
        return word not in lists.participles and (not word.endswith("ing") or word in lists.things_in_ing)

    def _is_known(self, core: Sequence[str], plurals: bool) -> bool:
        """Whether no word of it can be a verb that no list has."""
        last = core[-1]
        plural = (
            plurals
            and len(core) == 1
            and len(last) >= _LEAST_PLURAL
            and last[-1] == "s"
            and not last.endswith(_NO_PLURALS)
        )
        nouns = self._lists.known | self._lists.people
        return self._lists.before.issuperset(core[:-1]) and (
            plural or last in nouns or last.removesuffix("s") in nouns
        )

    def _said_of_it(self) -> bool:
        """Where it is, what it does, or how it looks."""
        if self._take(self._lists.relatives):
            return bool(self._take(self._lists.being)) and bool(self._next())
        if self._person and self._take(self._lists.looks):
            return self._thing(known=False)
        if self._take(self._lists.participles):
            is_object = self._next() in self._lists.determiners
            return not is_object or self._thing(known=True)
        return self._place() or bool(self._take(self._lists.alone))

    def _place(self) -> bool:
        if long := self._long_preposition():
            self._at += long
            return self._thing(known=True)
        said = self._take(self._lists.prepositions)
        if not said:
            return False
        if said in self._lists.alone and not self._next():
            return True
        if self._next() in self._lists.prepositions:
            return self._place()  # "from under the table"
        if said == "of":
            return self._thing(known=False)
        new_ground = self._next() in ("a", "an") and self._words[-1] in ("background", "backdrop")
        return not new_ground and self._thing(known=True)

    def _long_preposition(self) -> int:
        """How many words the one has that begins here; 0 = there is none."""
        here = (
            len(words)
            for words in self._lists.long_prepositions
            if tuple(self._words[self._at : self._at + len(words)]) == words
        )
        return next(here, 0)


def _is_quoted(word: str) -> bool:
    return word.startswith("\ue000")
