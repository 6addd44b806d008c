"""The files of the page: read once, each with its type, its validator and a smaller form for the way."""

import base64
import gzip
import hashlib
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "webmanifest": "application/manifest+json",
}
PAGE: Final = "index.html"
_VERSION_MARK: Final = b"@VERSION@"
_PRELOAD_MARK: Final = b"<!--preload-->"
_IMPORT_MAP = re.compile(rb'<script type="importmap">(.*?)</script>', re.DOTALL)
_VERSION_CHARS: Final = 16
_FIRST: Final = "main.js"
_IMPORT = re.compile(rb"""^(?:import|export)\b[^;'"`(]*["'](\.[^"']+)["']""", re.MULTILINE)
"""What a module cannot begin without; `import()` fetches the others when they are wanted."""
_SMALLEST_GZIP: Final = 512
"""Below that the headers weigh more than what is saved."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent.

    Attributes:
        body, gzipped: its bytes; the second is None where they are few or do not become fewer.
        media_type: as Content-Type says it.
        etag: with its quotation marks; another one for other bytes.
    """

    body: bytes
    gzipped: bytes | None
    media_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class PageFiles:
    """The page and all that it loads.

    Attributes:
        version: of all files together; another one when a byte of any has changed.
        page: `index.html`, which names the version in each of its addresses.
        script_hash: of the page's import map, the one script that stands in it, as a CSP names it.
        by_name: every other file by its path below `static/`.
    """

    version: str
    page: StaticFile
    script_hash: str
    by_name: Mapping[str, StaticFile]


def read_page_files() -> PageFiles:
    """Read them all out of the package. May block."""
    raw = dict(sorted(_walk(files("cleanplate.studio") / "static", "")))
    digest = hashlib.sha256()
    for name, body in raw.items():
        digest.update(f"{name}\n{len(body)}\n".encode() + body)
    version = digest.hexdigest()[:_VERSION_CHARS]
    page = _complete(raw.pop(PAGE), version, raw)
    found = _IMPORT_MAP.search(page)
    script = b"" if found is None else found[1]
    return PageFiles(
        version,
        _static_file(PAGE, page),
        "sha256-" + base64.b64encode(hashlib.sha256(script).digest()).decode(),
        {name: _static_file(name, body) for name, body in raw.items()},
    )


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.rpartition(".")[2] in MEDIA_TYPES:
            yield prefix + entry.name, entry.read_bytes()


def _complete(page: bytes, version: str, others: Mapping[str, bytes]) -> bytes:
    """The page with its version, and the modules it begins with named: else browsers find them one import
    after another."""
    links = "".join(
        f'<link rel="modulepreload" href="studio/{version}/{name}">' for name in sorted(_at_first(others))
    )
    return page.replace(_VERSION_MARK, version.encode()).replace(_PRELOAD_MARK, links.encode())


def _at_first(files: Mapping[str, bytes]) -> set[str]:
    """The names of the modules that are there when the page begins."""
    found: set[str] = set()
    waiting = [_FIRST]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            folder = posixpath.dirname(name)
            waiting += [
                posixpath.normpath(posixpath.join(folder, path.decode()))
                for path in _IMPORT.findall(files[name])
            ]
    return found


def _static_file(name: str, body: bytes) -> StaticFile:
    gzipped = gzip.compress(body, mtime=0) if len(body) >= _SMALLEST_GZIP else body
    return StaticFile(
        body,
        gzipped if len(gzipped) < len(body) else None,
        MEDIA_TYPES[name.rpartition(".")[2]],
        f'"{hashlib.sha256(body).hexdigest()[:32]}"',
    )
