"""IOPaint's models and plugins as this server has them, and which an account has chosen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cleanplate.api.endpoint import ApiCall
from cleanplate.api.iopaint.iopaint_codes import refused

ERASE: Final = "cleanplate"
BY_PROMPT: Final = "cleanplate-prompt"
MODELS: Final = (ERASE, BY_PROMPT)
ERASERS: Final = frozenset({"lama", "ldm", "zits", "mat", "fcf", "manga", "cv2", "migan"})
"""IOPaint's own erase models: who asks for one of them gets ours, under its name."""
SAMPLERS: Final = ("default",)
"""Models here sample in one way."""
_CHOICE: Final = "iopaint_model"
_SHARED: Final = (
    "The model cannot be switched here: several servers may share this database, and each would have its own."
    " CLEANPLATE_IOPAINT_MODEL says which it is."
)


@dataclass(frozen=True, slots=True)
class Plugin:
    """One of IOPaint's plugins.

    Attributes:
        edit: what does its work.
        makes_mask: it answers `run_plugin_gen_mask`, else `run_plugin_gen_image`.
        model: the one that it has, by a name that IOPaint's typed clients know.
    """

    edit: str
    makes_mask: bool
    model: str


PLUGINS: Final[Mapping[str, Plugin]] = {
    "RemoveBG": Plugin("cut_out", makes_mask=False, model="u2netp"),
    "RealESRGAN": Plugin("upscale", makes_mask=False, model="RealESRGAN_x4plus"),
    "InteractiveSeg": Plugin("select", makes_mask=True, model="mobile_sam"),
}


def model_info(name: str) -> dict[str, Any]:
    """A model as IOPaint describes one. Its type says to the page which tools to show."""
    by_prompt = name == BY_PROMPT
    return {
        "name": name,
        "path": name,
        "model_type": "diffusers_other" if by_prompt else "inpaint",
        "is_single_file_diffusers": False,
        "need_prompt": by_prompt,
        "controlnets": [],
        "brushnets": [],
        "support_strength": False,
        "support_outpainting": by_prompt,
        "support_lcm_lora": False,
        "support_controlnet": False,
        "support_brushnet": False,
        "support_powerpaint_v2": False,
    }


def current_model(call: ApiCall) -> str:
    """The model that this account has switched to."""
    services = call.services
    return services.choices.get(call.caller.account, _CHOICE) or services.settings.iopaint_model


def switch_model(call: ApiCall, name: str) -> str:
    """Have this account use another model from now on. Raises `RefusedError`."""
    wanted = ERASE if name in ERASERS else name
    if wanted not in MODELS:
        raise refused(f"Unsupported model: {name[:200]}. Available models: {list(MODELS)}")
    if wanted != current_model(call):
        if not may_switch(call):
            raise refused(_SHARED)
        call.services.choices.set(call.caller.account, _CHOICE, wanted)
    return wanted


def may_switch(call: ApiCall) -> bool:
    """Whether what this process keeps is all that there is."""
    return not call.services.settings.database_url


def plugins_here(call: ApiCall) -> Iterator[tuple[str, Plugin]]:
    """Those whose work can be done here."""
    for name, plugin in PLUGINS.items():
        card = call.services.catalogue.get(plugin.edit)
        if card is not None and not call.find_shortfall(card):
            yield name, plugin


def plugin_here(call: ApiCall, name: str, *, makes_mask: bool) -> Plugin:
    """The plugin of this name. Raises `RefusedError` in IOPaint's words."""
    plugin = dict(plugins_here(call)).get(name)
    if plugin is None:
        raise refused("Plugin not found", 422)
    if plugin.makes_mask is not makes_mask:
        raise refused("Plugin does not support output image", 422)
    return plugin


def switch_plugin_model(call: ApiCall, name: str, model: str) -> None:
    """Each plugin has one model: it can be switched to that. Raises `RefusedError`."""
    plugin = dict(plugins_here(call)).get(name)
    if plugin is None:
        raise refused("Plugin not found", 422)
    if model != plugin.model:
        raise refused(f"Unsupported model of {name}: {model[:200]}. Available models: ['{plugin.model}']")


def server_config(call: ApiCall) -> dict[str, Any]:
    """What the page asks for first."""
    plugins = [
        {"name": name, "support_gen_image": not plugin.makes_mask, "support_gen_mask": plugin.makes_mask}
        for name, plugin in plugins_here(call)
    ]
    named = (("removeBG", "RemoveBG"), ("realesrgan", "RealESRGAN"), ("interactiveSeg", "InteractiveSeg"))
    models = {f"{key}Model": PLUGINS[name].model for key, name in named}
    return {
        "plugins": plugins,
        "modelInfos": [model_info(name) for name in MODELS],
        **models,
        **{f"{key}s": [model] for key, model in models.items()},
        "enableFileManager": False,
        "enableAutoSaving": False,
        "enableControlnet": False,
        "controlnetMethod": None,
        "disableModelSwitch": not may_switch(call),
        "isDesktop": False,
        "samplers": list(SAMPLERS),
    }
