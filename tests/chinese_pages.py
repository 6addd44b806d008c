"""The Chinese pages: each carries the digest of the English page that it was made from.

    python -m tests.chinese_pages                # which are missing, or older than their English twins
    python -m tests.chinese_pages --mark erase   # this one now says what its English twin says

What a caller of an API reads is there in both languages: the page of each dialect, of each edit, and `MORE`.
"""

import argparse
import hashlib
import re
from pathlib import Path
from typing import Final

from tests.runtimes import here

import cleanplate.api
from cleanplate.api.dialect import Dialect
from cleanplate.discovery import discover
from cleanplate.edits.catalogue import edits

DOCS: Final = Path(__file__).parents[1] / "docs"
MORE: Final = ("coming-over", "limits", "masks", "mcp", "moderation", "testing-clients")
_DIGITS: Final = 12
_MARK: Final = re.compile(r"\n<!-- made from (\S+), sha256 ([0-9a-f]+) -->\n\Z")


def names() -> list[str]:
    """The pages of both languages: those that must be there, and those that somebody wrote."""
    must = {*discover(cleanplate.api, "DIALECT", Dialect), *edits(here()), *MORE}
    return sorted(must | {page.stem for page in (DOCS / "zh").glob("*.md")})


def digest(english: str) -> str:
    """What the mark says of an English page: the beginning of its text's SHA-256."""
    return hashlib.sha256(english.encode()).hexdigest()[:_DIGITS]


def marked(chinese: str, name: str, english: str) -> str:
    """The Chinese page, with the mark of this English one at its end."""
    return f"{_MARK.sub('', chinese).rstrip()}\n\n<!-- made from {name}.md, sha256 {digest(english)} -->\n"


def complaint(name: str, docs: Path = DOCS) -> str | None:
    """What is wrong with the Chinese twin of a page, or None."""
    english, chinese = docs / f"{name}.md", docs / "zh" / f"{name}.md"
    if not english.exists():
        return f"docs/zh/{name}.md has no English twin"
    if not chinese.exists():
        return f"docs/zh/{name}.md is missing"
    mark = _MARK.search(chinese.read_text())
    if mark is None or mark[1] != f"{name}.md":
        return f"docs/zh/{name}.md has no mark: python -m tests.chinese_pages --mark {name}"
    if mark[2] != digest(english.read_text()):
        return f"docs/zh/{name}.md is older than docs/{name}.md: bring it up to date, then --mark {name}"
    return None


def _mark(name: str) -> None:
    path = DOCS / "zh" / f"{name}.md"
    path.write_text(marked(path.read_text(), name, (DOCS / f"{name}.md").read_text()))


def main() -> None:
    """Mark the pages that the command line names, or say what is wrong with any."""
    parser = argparse.ArgumentParser(prog="python -m tests.chinese_pages")
    parser.add_argument("--mark", nargs="+", metavar="PAGE", choices=names(), default=[])
    for name in parser.parse_args().mark:
        _mark(name)
    found = [text for text in map(complaint, names()) if text]
    raise SystemExit("\n".join(found) or None)


if __name__ == "__main__":
    main()
