"""The native API's bodies and queries. Unknown names are refused; `field_values` says what is absent."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from cleanplate.api.field_values import Flag, Whole, without_absent
from cleanplate.api.native.native_codes import refusal_error, refusal_of
from cleanplate.api.refusal import RefusedError
from cleanplate.errors import BadParameter, CleanplateError
from cleanplate.intake.picture_rules import Means, PictureRules
from cleanplate.intake.sources import Remote, Source, check_url, parse_source
from cleanplate.tasks.task import OutputFormat, State, TaskInput
from cleanplate.transport.request_body import parse_json
from cleanplate.validation import first_fault

ROLES: Final = ("image", "mask", "keep", "reference")
MOST_RESULTS: Final = 4
LONGEST_DEADLINE_MS: Final = 24 * 3600 * 1000

_FORMATS: Final = ("jpeg", "png", "bmp", "webp", "tiff", "heif", "avif", "gif")
_MAX_SIDE_PX: Final = 8192
_MAX_PIXELS: Final = 40_000_000
_PICTURE_FORMS: Final = 'a picture is a string, {"url": "..."} or {"base64": "..."}'

_Address = Annotated[str, StringConstraints(min_length=1, max_length=8192)]


A = TypeVar("A", bound=BaseModel)


class ExactModel(BaseModel):
    """Base of everything read from a request: frozen, exact in names and types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PictureUrl(ExactModel):
    """A picture to fetch."""

    url: _Address = Field(description="http or https.")


class PictureBase64(ExactModel):
    """A picture inside the request."""

    base64: str = Field(min_length=1, description="Base64 of the file, with or without a `data:` header.")


PictureField = (
    Annotated[str, Field(min_length=1, description="A URL, a data URI, or base64.")]
    | PictureUrl
    | PictureBase64
)


class Webhook(ExactModel):
    """Where to POST the edit once it has ended."""

    url: _Address


class EditBody(ExactModel):
    """One edit of one picture."""

    edit: str = Field(description="Name in `GET /v1/catalogue`.")
    image: PictureField = Field(description="The picture to edit.")
    mask: PictureField | None = Field(None, description="White is to be edited; the size of the picture.")
    keep: PictureField | None = Field(None, description="White is never changed; wins over the mask.")
    reference: PictureField | None = Field(
        None, description="A second picture, for the edits that need one; others refuse it."
    )
    mask_means: Means = Field(
        "auto",
        description="What is painted in `mask` and `keep`: `white`, the brighter half; `nonzero`, all but "
        "black; `grey`, brighter than 127 in grey; `opaque` or `transparent`, whatever its colour; `clear`, "
        "wholly transparent; `auto`, white or coloured strokes.",
    )
    parameters: dict[str, Any] = Field(default_factory=dict, description="As the catalogue describes them.")
    count: Whole = Field(1, ge=1, le=MOST_RESULTS, description="Results, made with `seed`, `seed + 1`, ...")
    output: OutputFormat = Field(
        "png",
        description="`same`: JPEG for a JPEG picture, PNG for all others and where something became clear. "
        "`tiff` is deflated. PNG and TIFF "
        "keep 16 bits a channel; `bits` in the recipe says how many the result has.",
    )
    quality: Whole | None = Field(
        None,
        ge=1,
        le=100,
        description="Of a JPEG or a WebP, which is encoded anew, and lossy. Without it a JPEG picture keeps "
        "its own tables, and the blocks that do not change; any other is a JPEG of 95; a WebP of a lossless "
        "picture is lossless.",
    )
    metadata: Literal["strip", "keep"] = Field(
        "strip",
        description="`keep`: results have the EXIF, XMP, resolution and words of the picture, with the place "
        "where it was taken, and no thumbnail; what cannot be kept is `dropped_metadata` in the recipe.",
    )
    webhook: Webhook | None = None
    deadline_ms: Whole | None = Field(
        None,
        ge=1,
        le=LONGEST_DEADLINE_MS,
        description="Wanted after so many milliseconds: the best way that is in time is taken.",
    )


class RegionBody(ExactModel):
    """What to look for in a picture."""

    image: PictureField = Field(description="The picture to look at.")
    find: str = Field(min_length=1, max_length=2000, description="Words: `the watermark`, `the red car`.")
    shadows: Flag = Field(False, description="Also its shadow and its reflection.")


class SelectionBody(ExactModel):
    """What is pointed at in a picture."""

    image: PictureField = Field(description="The picture to look at.")
    parameters: dict[str, Any] = Field(
        description="Of the edit `select`, as the catalogue describes them: `points`, `box`, ..."
    )


class RegionQuery(BaseModel):
    """The same in a URL, for pictures that have one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    image: str = Field(min_length=1, max_length=4096, description="URL of the picture.")
    find: str = Field(min_length=1, max_length=500, description="Words: `the watermark`, `the red car`.")
    shadows: Flag = Field(False, description="Also its shadow and its reflection.")


class EditListQuery(BaseModel):
    """Which page of which edits."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: State | None = None
    page: Whole = Field(1, ge=1, le=1_000_000)
    page_size: Whole = Field(20, ge=1, le=100)


class UsageQuery(BaseModel):
    """How far back."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    days: Whole = Field(30, ge=1, le=366)


def read_json(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises `RefusedError`."""
    try:
        return parse_json(body)
    except BadParameter as error:
        raise refusal_error("bad-request", error.public) from None


def task_inputs(body: EditBody | RegionBody | SelectionBody, max_bytes: int) -> dict[str, TaskInput]:
    """The pictures of a body, by role.

    Args:
        max_bytes: for each encoded file.

    Raises:
        RefusedError: one of them is no URL and no base64, or is too large; `field` names it.
    """
    rules = PictureRules(
        formats=_FORMATS,
        max_bytes=max_bytes,
        max_side_px=_MAX_SIDE_PX,
        max_pixels=_MAX_PIXELS,
        means=body.mask_means if isinstance(body, EditBody) else "auto",
        say_means='"mask_means": "{}"',
    )
    given = {role: getattr(body, role, None) for role in ROLES}
    return {
        role: TaskInput(_source(role, value, max_bytes), rules)
        for role, value in given.items()
        if value is not None
    }


def read_fields(kind: type[A], values: Mapping[str, Any]) -> A:
    """Read a JSON object, or the query of a URL. Raises `RefusedError`, which names the first wrong field.

    An edit's `parameters` stay as they were sent: what null means among them is the edit's to say.
    """
    try:
        return kind.model_validate(without_absent(values, as_sent=frozenset({"parameters"})))
    except ValidationError as error:
        fault = first_fault(error, kind)
        role = fault.field.partition(".")[0]
        # In a query a picture can only be one string.
        if role in ROLES and not fault.missing and kind is not RegionQuery:
            raise refusal_error("bad-parameter", _PICTURE_FORMS, role) from None
        raise refusal_error("bad-parameter", fault.text, fault.field) from None


def check_quality(body: EditBody) -> None:
    """Raises `RefusedError` for the quality of a file that has none."""
    if body.quality is not None and body.output in ("png", "tiff"):
        text = (
            f"quality: {body.output} is lossless; it is for jpeg, webp, and same where the picture is a JPEG"
        )
        raise refusal_error("bad-parameter", text, "quality")


def callback_url(body: EditBody) -> str | None:
    """The URL of the webhook, if there is one. Raises `RefusedError` when it cannot be one."""
    if body.webhook is None:
        return None
    try:
        return check_url(body.webhook.url)
    except CleanplateError as error:
        raise RefusedError(refusal_of(error, where="webhook.url")) from None


def _source(role: str, value: str | PictureUrl | PictureBase64, max_bytes: int) -> Source:
    try:
        match value:
            case PictureUrl(url=url):
                return Remote(check_url(url))
            case PictureBase64(base64=text):
                return _inline(text, max_bytes)
            case text:
                return parse_source(text, max_bytes=max_bytes)
    except CleanplateError as error:
        raise RefusedError(refusal_of(error, where=role)) from None


def _inline(text: str, max_bytes: int) -> Source:
    source = parse_source(text, max_bytes=max_bytes)
    if isinstance(source, Remote):
        raise BadParameter("base64 must be the data of a picture; a URL goes to `url`")
    return source
