"""Variables that look like settings and are none."""

import re
from pathlib import Path
from typing import Final

import pytest

from cleanplate.serving.unknown_variables import describe_unknown
from cleanplate.settings import Settings

ROOT: Final = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CLEANPLATE_PROT", "CLEANPLATE_PROT (did you mean CLEANPLATE_PORT?)"),
        ("CLEANPLATE_API_KEY", "CLEANPLATE_API_KEY (did you mean CLEANPLATE_API_KEYS?)"),
        ("cleanplate_max_bodybytes", "CLEANPLATE_MAX_BODYBYTES (did you mean CLEANPLATE_MAX_BODY_BYTES?)"),
        ("CLEANPLATE_ZZZ", "CLEANPLATE_ZZZ"),
        ("CLEANPLATE_", "CLEANPLATE_"),
        ("CLEANPLATE_" + "Q" * 5000, "CLEANPLATE_" + "Q" * 49),
    ],
)
def test_each_is_named_with_what_it_looks_like(name: str, said: str) -> None:
    assert describe_unknown(["PATH", name, "CLEANPLATE_PORT"]) == f"no settings of this version: {said}"


def test_many_are_one_line() -> None:
    said = describe_unknown(f"CLEANPLATE_ZZ{number:03}" for number in range(500))
    assert said.count("CLEANPLATE_ZZ") == 10
    assert said.endswith("CLEANPLATE_ZZ009 and 490 more")


@pytest.mark.parametrize(
    "name",
    [
        *(f"CLEANPLATE_{name.upper()}" for name in Settings.model_fields),
        "cleanplate_port",
        "CLEANPLATE_DEBUG",
        "CLEANPLATER_PROT",
        "MY_CLEANPLATE_PROT",
        # Kubernetes' own
        "CLEANPLATE_SERVICE_HOST",
        "CLEANPLATE_SERVICE_PORT",
        "CLEANPLATE_SERVICE_PORT_HTTP",
        "CLEANPLATE_PORT_8080_TCP",
        "CLEANPLATE_PORT_8080_TCP_ADDR",
    ],
)
def test_what_is_one_or_another_programs_is_not(name: str) -> None:
    assert describe_unknown([name]) == ""


def test_every_name_that_we_speak_of_is_known() -> None:
    pages = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/**/*.py"), *ROOT.glob("*.md")]
    pages += [*ROOT.glob("examples/**/*.py"), *ROOT.glob("src/**/*.py"), *ROOT.glob("tests/container/*.py")]
    pages += [ROOT / "Dockerfile", ROOT / "Makefile", *ROOT.glob("compose*.yaml")]
    pages += [page for page in ROOT.glob("deploy/**/*") if page.is_file()]
    text = "\n".join(page.read_text("utf-8") for page in pages)
    names = set(re.findall(r"CLEANPLATE_[A-Z0-9_]*[A-Z0-9]", text))
    assert len(names) > 50
    assert describe_unknown(names) == ""
