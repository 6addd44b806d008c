"""What docs/docker.md promises of the Dockerfile and compose.yaml, as far as it can be read in them.

`make check` lints both; `make test-container` does the steps.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.container.dockerfile import Instruction, Stage, instructions, stages

from cleanplate.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def image() -> Stage:
    """The stage that becomes the image."""
    return stages(ROOT / "Dockerfile")[-1]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text()))


@pytest.fixture(scope="module")
def service(compose: dict[str, Any]) -> dict[str, Any]:
    return dict(compose["services"]["cleanplate"])


def environment(stage: Stage) -> dict[str, str]:
    words = [word for one in stage.instructions if one.word == "ENV" for word in one.words()]
    return dict(word.split("=", 1) for word in words)


def test_it_runs_as_a_user_with_a_number_that_is_not_root(image: Stage, service: dict[str, Any]) -> None:
    user, group = map(int, image.last("USER").rest.split(":"))
    assert user > 0
    assert group > 0
    assert service["user"] == image.last("USER").rest


def test_its_own_settings_exist(image: Stage) -> None:
    own = {name for name in environment(image) if name.startswith("CLEANPLATE_")}
    assert own
    assert own <= {f"CLEANPLATE_{name.upper()}" for name in Settings.model_fields}


def test_all_that_is_kept_is_in_the_volume(
    image: Stage, compose: dict[str, Any], service: dict[str, Any]
) -> None:
    volume = image.last("VOLUME").rest
    settings = environment(image)
    assert Path(settings["CLEANPLATE_DATA"]).is_relative_to(volume)
    assert Path(settings["CLEANPLATE_MODELS"]).is_relative_to(volume)
    ((name, target),) = (line.split(":") for line in service["volumes"])
    assert target == volume
    assert name in compose["volumes"]


def test_nothing_else_is_written_but_what_is_in_memory(image: Stage, service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    in_memory = [line.split(":")[0] for line in service["tmpfs"]]
    assert in_memory == [str(Path(environment(image)["NUMBA_CACHE_DIR"]).parent)]
    assert environment(image)["PYTHONDONTWRITEBYTECODE"] == "1"


def test_it_has_no_rights_and_one_port_of_this_machine(image: Stage, service: dict[str, Any]) -> None:
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    port = image.last("EXPOSE").rest
    assert environment(image)["CLEANPLATE_PORT"] == port
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_it_has_time_to_end(service: dict[str, Any]) -> None:
    assert int(service["stop_grace_period"].removesuffix("s")) > Settings().shutdown_grace_s


def test_its_health_is_asked_without_a_program_of_its_own(image: Stage) -> None:
    command = image.health()
    assert command[0] == "python"
    compile(command[-1], "HEALTHCHECK", "exec")
    assert "/readyz" in command[-1]


def test_the_build_is_told_all_that_is_copied() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    copies = [
        one for stage in stages(ROOT / "Dockerfile") for one in stage.instructions if one.word == "COPY"
    ]
    assert {name for one in copies if "from" not in one.flags() for name in one.words()[:-1]} == allowed
    assert all((ROOT / name).exists() for name in allowed)


def pins(name: str) -> set[str]:
    """Packages and versions of a file of requirements."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return {line.removesuffix(" \\") for line in lines if not line.startswith((" ", "#"))}


def test_what_is_built_in_is_what_is_tested() -> None:
    build = stages(ROOT / "Dockerfile")[0]
    usual = dict(word.split("=", 1) for word in build.last("ARG").words())["REQUIREMENTS"]
    assert pins("runtime") < pins(usual) < pins("gpu")
    assert pins(usual) <= pins("dev")
    assert pins("gpu") <= pins("torch")
    assert {name.split("==")[0] for name in pins(usual)} >= {"obstore", "psycopg", "opentelemetry-sdk"}


def test_folders_that_become_volumes_are_the_users(image: Stage) -> None:
    """A new volume gets the owner of the folder that it is put on, and root where there is none."""
    made = re.findall(r"install -d -o cleanplate -g cleanplate (.+?)(?:&&|$)", image.instructions[0].rest)[0]
    assert made.split() == [image.last("VOLUME").rest, environment(image)["CLEANPLATE_MODELS"]]


def test_instructions_are_read() -> None:
    text = "\n".join(
        (
            "# a comment",
            "FROM a AS b",
            "RUN one \\",
            " # between",
            " && two",
            "COPY --from=b --chown=1 x y z/",
            'CMD ["p", "q r"]',
        )
    )
    assert list(instructions(text)) == [
        Instruction("FROM", "a AS b"),
        Instruction("RUN", "one   && two"),
        Instruction("COPY", "--from=b --chown=1 x y z/"),
        Instruction("CMD", '["p", "q r"]'),
    ]
    copy, command = list(instructions(text))[2:]
    assert copy.flags() == {"from": "b", "chown": "1"}
    assert copy.words() == ["x", "y", "z/"]
    assert command.words() == ["p", "q r"]


def test_an_instruction_that_is_not_done_by_hand_is_refused() -> None:
    with pytest.raises(ValueError, match="ADD is not done by hand"):
        list(instructions("ADD x y"))
