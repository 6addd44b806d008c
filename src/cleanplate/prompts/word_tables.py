"""The tables of words beside this module, in TOML: what translators and users add to without reading code."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@cache
def word_table(name: str) -> Mapping[str, Any]:
    """The table `tables/<name>.toml`, read once. Nobody writes to it."""
    text = (files("cleanplate.prompts") / "tables" / f"{name}.toml").read_text("utf-8")
    return MappingProxyType(tomllib.loads(text))
