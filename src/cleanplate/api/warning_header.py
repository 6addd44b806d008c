"""What may not be as it was meant, in a header of the reply: for whoever looks at more than the picture."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

WARNING: Final = "x-cleanplate-warning"
_LONGEST: Final = 500


def warning_text(sentences: Iterable[str]) -> str:
    """One line of ASCII, whatever the sentences quote."""
    text = " ".join("; ".join(sentences).split())[:_LONGEST]
    return "".join(sign if " " <= sign <= "~" else "?" for sign in text)


def warning_headers(recipe: Mapping[str, Any], *before: str) -> dict[str, str]:
    """The header for what is said `before`, and for the warnings of a recipe; {} where there is nothing."""
    text = warning_text([*before, *recipe.get("warnings", ())])
    return {WARNING: text} if text else {}
