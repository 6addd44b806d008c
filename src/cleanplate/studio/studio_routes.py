"""`GET /` for browsers, and `GET /studio/<version>/<file>`: the page. It needs no key; what it asks does."""

from collections.abc import Callable, Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate.access import KeySession
from cleanplate.studio.sign_in_route import sign_in_route
from cleanplate.studio.static_files import PageFiles, StaticFile, read_page_files

_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_POLICY: Final = (
    "default-src 'self'; script-src 'self' '{script}'; img-src 'self' blob: data:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE: Final[Mapping[str, str]] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Studio:
    """The page of one application. Its files are read when the first browser comes.

    Args:
        sign_in: what the word of a link is exchanged by (`Access.sign_in`).
    """

    def __init__(self, sign_in: Callable[[str], KeySession]) -> None:
        self._sign_in = sign_in

    @cached_property
    def files(self) -> PageFiles:
        """What is served."""
        return read_page_files()

    def wants_page(self, request: Request) -> bool:
        """Whether a browser asks: programs do not name `text/html` among what they accept."""
        return any(_is_html(kind) for line in request.headers.getlist("accept") for kind in line.split(","))

    def page(self, request: Request) -> Response:
        """The page itself. Another answer may stand at the same address for programs: hence `Vary`."""
        policy = _POLICY.format(script=self.files.script_hash)
        headers = {"cache-control": _ASK_AGAIN, "content-security-policy": policy, "x-frame-options": "DENY"}
        return _reply(request, self.files.page, {**headers, "vary": "Accept, Accept-Encoding"})

    def routes(self) -> list[Route]:
        """Where the page's files are, and where it signs in."""
        files = Route("/studio/{version}/{name:path}", self._file, methods=["GET"])
        return [sign_in_route(self._sign_in), files]

    async def _file(self, request: Request) -> Response:
        """One file. A page that was open when the server was replaced asks below the version it came from."""
        found = self.files.by_name.get(request.path_params["name"])
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        current = request.path_params["version"] == self.files.version
        caching = _FOREVER if current else _ASK_AGAIN
        return _reply(request, found, {"cache-control": caching, "vary": "Accept-Encoding"})


def _is_html(kind: str) -> bool:
    name, *parameters = (part.strip().lower() for part in kind.split(";"))
    return name == "text/html" and not any(_is_zero(parameter) for parameter in parameters)


def _is_zero(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and value.strip().strip("0.") == ""


def _reply(request: Request, file: StaticFile, headers: Mapping[str, str]) -> Response:
    every = {**_SAFE, **headers, "etag": file.etag}
    if file.etag in _known(request):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=every)
    body = file.body
    if file.gzipped is not None and _takes_gzip(request):
        body, every["content-encoding"] = file.gzipped, "gzip"
    return Response(body, headers=every, media_type=file.media_type)


def _known(request: Request) -> list[str]:
    """The validators of what the browser has; weak ones are as good for a GET."""
    given = ",".join(request.headers.getlist("if-none-match"))
    return [tag.strip().removeprefix("W/") for tag in given.split(",")]


def _takes_gzip(request: Request) -> bool:
    given = ",".join(request.headers.getlist("accept-encoding")).lower()
    for coding in given.split(","):
        name, *parameters = (part.strip() for part in coding.split(";"))
        if name == "gzip":
            return not any(_is_zero(parameter) for parameter in parameters)
    return False
