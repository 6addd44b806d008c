"""Which edit a request means: removals erase, all other words need a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cleanplate.api.endpoint import ApiCall
from cleanplate.api.openai.openai_bodies import MAX_BYTES, ImageEditRequest
from cleanplate.api.openai.openai_codes import MISSING, NO_MODEL, WRONG_VALUE, refused
from cleanplate.api.refusal import RefusedError
from cleanplate.api.task_request import TaskRequest
from cleanplate.intake.header_size import may_be_transparent
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import Inline, Source
from cleanplate.prompts.removal_words import named_for_removal
from cleanplate.prompts.text_words import names_writing
from cleanplate.tasks.task import PREVIEWS, TaskInput

_ANY: Final = ("jpeg", "png", "webp")
_MASKS: Final = (*_ANY, "bmp", "gif", "tiff")
_MAX_SIDE_PX: Final = 8192
_MAX_PIXELS: Final = 40_000_000
_LONGEST_PROMPT: Final = 2000
_MASK_BY_ALPHA: Final = "dall-e-2"
"""The model whose rule it is that the image's own transparency is the mask, whatever the prompt says."""
_NO_MASK: Final = (
    "mask: none was sent, and no pixel of the image is fully transparent (alpha 0): send a mask that is"
    " transparent where to edit"
)
_ONE_IMAGE: Final = "image: only removals take more than one, of which the first is edited; send one"
_OTHER_WORDS: Final = (
    "prompt: it asks for more than a removal, and this server cannot do that: {why}. To erase what the mask"
    " covers, say so, as 'remove', or leave the prompt empty"
)
_TOO_LONG: Final = f"prompt: what is no removal has at most {_LONGEST_PROMPT} characters"
_NOT_FOUND: Final = "; {words!r} cannot be looked for on this server: {why}"


@dataclass(frozen=True, slots=True)
class EditChoice:
    """What is to be done.

    Attributes:
        edit: name in the catalogue.
        parameters: its own.
        alpha_mask: the image's transparency may be its mask, and stays until the edit has looked at it.
        without_mask: what is said where the edit finds no mask.
        words: it looks itself for what it changes.
    """

    edit: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    alpha_mask: bool = False
    without_mask: str = _NO_MASK
    words: bool = False


def choose_edit(call: ApiCall, asked: ImageEditRequest) -> EditChoice:
    """The edit for these words and pictures.

    Raises:
        RefusedError: this server has no model for the words, or there is neither mask nor word for one.
    """
    named = named_for_removal(asked.fields.prompt)
    if named is None:
        return _by_model(call, asked)
    if asked.mask is not None:
        return EditChoice("erase", _exactly(asked))
    return _without_mask(call, asked, named)


def _by_model(call: ApiCall, asked: ImageEditRequest) -> EditChoice:
    """For words that are no removal: within a mask, or the whole picture."""
    fields = asked.fields
    if len(asked.images) > 1:
        raise refused(WRONG_VALUE, _ONE_IMAGE, "image")
    if len(fields.prompt) > _LONGEST_PROMPT:
        raise refused(WRONG_VALUE, _TOO_LONG, "prompt")
    own_alpha = fields.image_alpha == "mask" or (
        fields.image_alpha is None and fields.model.lower() == _MASK_BY_ALPHA
    )
    if asked.mask is None and not own_alpha:
        parameters = {"prompt": fields.prompt, "seed": fields.seed, "size": asked.size}
        return _possible(call, EditChoice("instruct", parameters, words=True))
    parameters = {"prompt": fields.prompt, "alpha_mask": own_alpha, **_exactly(asked)}
    parameters.pop("fast")
    return _possible(call, EditChoice("inpaint", parameters, alpha_mask=own_alpha and asked.mask is None))


def _without_mask(call: ApiCall, asked: ImageEditRequest, named: str) -> EditChoice:
    """A removal that has no mask: the image's transparency says where, or the words do."""
    own_alpha = asked.fields.image_alpha != "keep" and _may_be_transparent(asked.images[0])
    if not named and not own_alpha:
        raise without_mask(_NO_MASK)
    if names_writing(named) and not own_alpha and asked.size is None:
        parameters = {"prompt": named, "seed": asked.fields.seed}
        return _possible(call, EditChoice("remove_text", parameters, words=True))
    finder = call.services.catalogue["regions"]
    why = call.find_shortfall(finder, {"find": named}) if named else ""
    said = _NO_MASK + (_NOT_FOUND.format(words=named, why=why) if why else "")
    if why and not own_alpha:
        raise refused(NO_MODEL, said, "prompt", status=404)
    parameters = {
        "seed": asked.fields.seed,
        "size": asked.size,
        "fast": asked.fields.quality == "low",
        "alpha_mask": own_alpha,
        "find": "" if why else named,
    }
    return EditChoice("erase", parameters, own_alpha, said, words=bool(named and not why))


def _exactly(asked: ImageEditRequest) -> dict[str, Any]:
    """Parameters of an edit that changes what the mask covers, and nothing beside that."""
    fields = asked.fields
    return {
        "dilate_px": fields.dilate_px,
        "feather_px": fields.feather_px,
        "seed": fields.seed,
        "size": asked.size,
        "fast": fields.quality == "low",
    }


def _possible(call: ApiCall, choice: EditChoice) -> EditChoice:
    card = call.services.catalogue[choice.edit]
    if why := call.find_shortfall(card, card.check(choice.parameters)):
        raise refused(NO_MODEL, _OTHER_WORDS.format(why=why), "prompt", status=404)
    return choice


def _may_be_transparent(source: Source) -> bool:
    return not isinstance(source, Inline) or may_be_transparent(source.data)


def without_mask(text: str) -> RefusedError:
    """To raise: nothing says where to edit."""
    return refused(MISSING, text, "mask")


def task_request(asked: ImageEditRequest, choice: EditChoice) -> TaskRequest:
    """The task for it; who asked waits for its end."""
    fields = asked.fields
    photo = PictureRules(
        formats=_ANY,
        max_bytes=MAX_BYTES,
        max_side_px=_MAX_SIDE_PX,
        max_pixels=_MAX_PIXELS,
        flatten=not choice.alpha_mask and (fields.background == "opaque" or asked.format == "jpeg"),
    )
    mask = PictureRules(
        formats=_MASKS,
        max_bytes=MAX_BYTES,
        max_side_px=_MAX_SIDE_PX,
        max_pixels=_MAX_PIXELS,
        means=fields.mask_means,
        say_means='"mask_means": "{}"',
    )
    masks = {} if asked.mask is None else {"mask": TaskInput(asked.mask, mask)}
    return TaskRequest(
        edit=choice.edit,
        model=fields.model or "cleanplate",
        inputs={"image": TaskInput(asked.images[0], photo), **masks},
        parameters=choice.parameters,
        count=fields.n,
        output=asked.format,
        quality=max(fields.output_compression, 1) if asked.compressed else None,
        interactive=True,
        extra={PREVIEWS: fields.partial_images} if fields.stream and fields.partial_images else {},
    )
