"""Which lines of a picture a prompt means: all, those of a script or a side, watermarks, or quoted words.

English and Chinese. Whatever else the prompt says is not understood, and that is said: a narrowing that is
ignored would remove more than was asked for. Who cannot be told so may have it mean all that is written.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from cleanplate.errors import BadInput
from cleanplate.models.parts.ppocr_recognition import Reading

ALIKE = 0.75
"""Share of signs that two readings of the same words have in common."""
EDGE = 0.2
"""What lies in this outer share of the picture's width and of its height is in a corner."""
SMALL = 0.09
"""Height of a corner mark at most, in the shorter side of the picture."""
SLANTED_DEG = 12.0

_QUOTED = re.compile(
    r"\"([^\"]+)\"|“([^”]+)”|\u2018([^\u2019]+)\u2019|「([^」]+)」|『([^』]+)』|《([^》]+)》|(?<!\w)'([^']+)'(?!\w)"
)
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_DIGIT = re.compile(r"\d")
_SIGNED = re.compile(
    r"©|®|™|@|www\.|https?:|\.(com|cn|net|org|io)\b|copyright|watermark|sample|preview|stock|shutter|getty|"
    r"水印|生成|版权",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[a-z][a-z-]*|\d+|[\u3400-\u9fff]+|[^\W\d_a-z\u3400-\u9fff]+")


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SCRIPTS = dict.fromkeys(_listed("english latin 英文 英语 字母"), _LATIN)
_SCRIPTS |= dict.fromkeys(_listed("chinese 中文 汉字 汉语"), _HAN)
_SCRIPTS |= dict.fromkeys(_listed("digit digits number numbers 数字"), _DIGIT)
_MARKS = _listed("watermark watermarks watermaker 水印")
_SIDES = dict.fromkeys(_listed("left 左"), "left") | dict.fromkeys(_listed("right 右"), "right")
_SIDES |= dict.fromkeys(_listed("top upper 上"), "top") | dict.fromkeys(_listed("bottom lower 下"), "bottom")
_SIDES |= dict.fromkeys(_listed("corner corners 角"), "corner")
_SIDES |= dict.fromkeys(_listed("centre center middle 中间 中央 居中"), "middle")
_WRITING = _listed("""
    text texts writing writings word words letter letters lettering caption captions subtitle subtitles title
    titles character characters line lines inscription inscriptions logo logos signature
    文字 字幕 文本 字符 标题 文案 内容 字
""")
_PLAIN = _listed("""
    remove removing delete erase clear clean clean-up wipe take get rid away out off please help the a an
    all any every each of from in on at and or with that is are this these those there it its which be can
    you i want to me image images picture pictures photo photos photograph screenshot hand side edge both
    overlay overlaid
    visible printed written language reading reads says saying say only just completely
""")
_FILLERS = _listed("""
    去除 去掉 删除 移除 擦除 清除 消除 抹去 去 请 把 将 帮我 图像 图片 照片 画面 图 中 里
    上面 下面 里面 的 所有 全部 和 与 及 以及 或 一切 任何 这个 这些 掉
    了 部 方 位 于 在 只 仅 幅 张 这 那 内 都 并 一 些
""")
_SEGMENTS = [word for word in (*_FILLERS, *_WRITING, *_MARKS, *_SCRIPTS, *_SIDES) if _HAN.match(word)]
_CHINESE = re.compile("|".join(sorted(_SEGMENTS, key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a prompt narrows to; empty means no narrowing of that kind.

    Attributes:
        quoted: words as they are written.
        scripts: one of these must be in a line, with at least as many signs as of any other.
        marks: only watermarks.
        sides: "left", "right", "top", "bottom", "corner", "middle".
        strange: words that are not understood; with any of them there is no narrowing at all.
    """

    quoted: tuple[str, ...] = ()
    scripts: tuple[re.Pattern[str], ...] = ()
    marks: bool = False
    sides: frozenset[str] = frozenset()
    strange: tuple[str, ...] = ()


def understood(prompt: str, *, strict: bool = True) -> Wanted:
    """Read a prompt.

    Args:
        strict: whether words that are not understood are an error. Otherwise the prompt means all writing:
            what stands beside such words may be their opposite ("all except the English text").

    Raises:
        BadInput: it is strict, and says something that is not understood.
    """
    quoted = tuple(next(filter(None, found)) for found in _QUOTED.findall(prompt))
    words = _words(_QUOTED.sub(" ", prompt).lower())
    known = _PLAIN | _WRITING | _MARKS | _SCRIPTS.keys() | _SIDES.keys()
    strange = tuple(word for word in words if word not in known)
    if strange and strict:
        raise BadInput(
            f"prompt: {' '.join(strange)!r} is not understood;"
            " name a language, a side, watermarks, or quote the words"
        )
    if strange:
        return Wanted(strange=strange)
    found = set(words)
    return Wanted(
        quoted=quoted,
        scripts=tuple(dict.fromkeys(_SCRIPTS[word] for word in words if word in _SCRIPTS)),
        marks=bool(found & _MARKS) and not found & _WRITING and not quoted,
        sides=frozenset(_SIDES[word] for word in words if word in _SIDES),
    )


def chosen(readings: Sequence[Reading], wanted: Wanted, width: int, height: int) -> list[Reading]:
    """The lines that are wanted, in their order; maybe none.

    Args:
        width, height: of the picture in pixels.
    """
    kept = [reading for reading in readings if _fits(reading, wanted, width, height)]
    return (
        [reading for reading in kept if _is_mark(reading, readings, width, height)] if wanted.marks else kept
    )


def absent(read: Sequence[Reading], wanted: Wanted) -> list[str]:
    """Quoted words that none of the chosen lines says."""
    return [words for words in wanted.quoted if not any(_says(line.text, words) for line in read)]


def _words(text: str) -> list[str]:
    """The words of both languages, without the Chinese fillers that stand between others."""
    words: list[str] = []
    for token in _TOKEN.findall(text):
        words += _chinese(token) if _HAN.match(token) else [token]
    return words


def _chinese(text: str) -> list[str]:
    """Longest word first; what is no word at all comes back in one piece."""
    found = [word for word in _CHINESE.findall(text) if word not in _FILLERS]
    rest = _CHINESE.sub("", text)
    return [*found, rest] if rest else found


def _fits(reading: Reading, wanted: Wanted, width: int, height: int) -> bool:
    if wanted.quoted and not any(_says(reading.text, words) for words in wanted.quoted):
        return False
    if wanted.scripts and not any(_mostly(reading.text, script) for script in wanted.scripts):
        return False
    return all(_lies(reading, side, width, height) for side in wanted.sides)


def _says(text: str, words: str) -> bool:
    """Whether a line has these words, a misread sign in four allowed."""
    line, sought = _bare(text), _bare(words)
    if not sought or not line:
        return False
    size = len(sought)
    parts = [line[start : start + size] for start in range(max(len(line) - size, 0) + 1)]
    return max(SequenceMatcher(None, part, sought).ratio() for part in parts) >= ALIKE


def _bare(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def _mostly(text: str, script: re.Pattern[str]) -> bool:
    """A line of two languages is of that which has more signs in it."""
    return len(script.findall(text)) >= max(
        1, *(len(other.findall(text)) for other in (_HAN, _LATIN, _DIGIT))
    )


def _lies(reading: Reading, side: str, width: int, height: int) -> bool:
    x, y = reading.place.x / width, reading.place.y / height
    match side:
        case "left" | "top":
            return (x if side == "left" else y) < 0.5  # noqa: PLR2004 - half of the picture
        case "right" | "bottom":
            return (x if side == "right" else y) > 0.5  # noqa: PLR2004
        case "corner":
            return _outer(reading, width, height)
        case _:
            return abs(x - 0.5) < 0.25 and abs(y - 0.5) < 0.25  # noqa: PLR2004 - the inner half


def _outer(reading: Reading, width: int, height: int) -> bool:
    """Its nearest end lies in a corner of the picture."""
    corners = reading.place.corners()
    x, y = corners[:, 0] / width, corners[:, 1] / height
    return bool(min(x.min(), 1 - x.max()) < EDGE and min(y.min(), 1 - y.max()) < EDGE)


def _is_mark(reading: Reading, others: Sequence[Reading], width: int, height: int) -> bool:
    """A watermark says so, is said over and over, runs across the picture, or is small and in a corner."""
    if _SIGNED.search(reading.text) or reading.text.lower() in _repeated(others):
        return True
    place = reading.place
    slanted = SLANTED_DEG < abs(place.angle_deg) < 90 - SLANTED_DEG
    if slanted and place.length > min(width, height) / 4:
        return True
    return _outer(reading, width, height) and place.height < SMALL * min(width, height)


def _repeated(readings: Sequence[Reading]) -> set[str]:
    counts = Counter(reading.text.lower() for reading in readings)
    return {text for text, count in counts.items() if count > 1 and len(text) > 2}  # noqa: PLR2004
