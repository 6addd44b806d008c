"""The materials that an object can be given, and the words that ask for them."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from cleanplate.errors import BadParameter
from cleanplate.prompts.positions import names_of_sides
from cleanplate.prompts.word_tables import word_table


@dataclass(frozen=True, slots=True)
class Material:
    """One material.

    Attributes:
        name: one of `materials.material_renderer.NAMES`.
        words: what in a prompt means it; a regular expression, English and Chinese.
        transferred: True when a network carries its style over, False when it is drawn by code alone.
    """

    name: str
    words: str
    transferred: bool = False


@cache
def materials() -> tuple[Material, ...]:
    """Every material that an object can be given."""
    return tuple(Material(**row) for row in word_table("materials")["material"])


_NAMES: Final = (
    "ice, cloud, Chinese festive lantern, wood, blue and white porcelain, fluffy, weaving, balloon"
)
_ENGLISH: Final = re.compile(
    r"^(?:please\s+)?(?:change|turn|transform|convert|make|give|render|stylize|paint|let)\s+(.+?)\s+"
    r"(?:to|into|in|of|as|look|become|made|out|from|with|be|a|an|the texture)\b",
    re.IGNORECASE,
)
_CHINESE: Final = re.compile(
    r"^请?(?:你)?(?:把|将|让|给)?(?:图中的?|图片中的?|照片中的?|画面中的?)?(.+?)(?:变|转|改|换|做|制|化|局部|替|是|用)"
)
_FILLER: Final = re.compile(
    r"^(?:please|change|turn|transform|convert|make|render|stylize|把|将|请)\s*"
    r"|(?:[\s,;:.\uff0c。、]|\b(?:becomes?|made|out|of|in|into|to|as|an?|the|like|style)\b"
    r"|变成|变为|换成|改成|做成|转换成|转换为|风格|的)+$",
    re.IGNORECASE,
)
_SEVERAL: Final = re.compile(
    r"\b(?:and|all|every|each|both|two|three|background|sky|ground|floor|wall|walls|everything|"
    r"(?!\w*ss\b)(?!this\b)\w{3,}s)\b|[和与及们两三]|所有|全部|背景|天空|地面|墙",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class MaterialRequest:
    """What a prompt asks for: `thing` is the words for the object, "" when none is named."""

    thing: str
    material: Material

    @property
    def is_one_thing(self) -> bool:
        """False for several, for a place in the picture and for what lies behind the subject."""
        return bool(self.thing) and not _SEVERAL.search(self.thing) and not _names_a_place(self.thing)


def _names_a_place(thing: str) -> bool:
    """True for words such as "the left house": a model that finds by words is needed."""
    words = set(re.findall(r"[a-z]+|[\u4e00-\u9fff]", thing.lower()))
    return not words.isdisjoint(names_of_sides("left", "right"))


def material_request(prompt: str) -> MaterialRequest:
    """Read a prompt such as "turn the house into wood" or "把房子变成木板风格".

    Of several materials the last one counts: "change the wooden house to ice".

    Raises:
        BadParameter: it names no material that is known.
    """
    found = [(hit.end(), hit.end() - hit.start(), -order, hit) for order, hit in _hits(prompt)]
    if not found:
        raise BadParameter(f"prompt: it names no material that is known here: {_NAMES}")
    *_, order, hit = max(found, key=lambda entry: entry[:3])
    thing = _thing(prompt.strip(), prompt[: hit.start()])
    return MaterialRequest(thing if _bare(thing) else _bare(prompt[hit.end() :]), materials()[-order])


def _hits(prompt: str) -> list[tuple[int, re.Match[str]]]:
    return [(order, hit) for order, pattern in enumerate(_patterns()) for hit in pattern.finditer(prompt)]


def _thing(prompt: str, before: str) -> str:
    """The words for the object: between verb and material, else all that comes before the material."""
    for pattern in (_ENGLISH, _CHINESE):
        if asked := pattern.search(prompt):
            return asked[1].strip()
    return _bare(before)


def _bare(words: str) -> str:
    """Without the verb before and the little words behind."""
    return _FILLER.sub("", _FILLER.sub("", words.strip())).strip()


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(rf"(?<![A-Za-z])(?:{material.words})(?![A-Za-z])", re.IGNORECASE)
        for material in materials()
    )
