"""compose.cluster.yaml: as confined as compose.yaml, without a secret, and with settings that exist and fit.

`make check` lints it.
"""

import re
from typing import Final
from urllib.parse import urlsplit

import pytest
from tests.cluster_files import COMPOSE, PREFIX, ROOT, given, services
from tests.command_lines import check_command_line
from tests.s3_server import direct

from cleanplate.serving.server import _DRAIN_S
from cleanplate.settings import Settings
from cleanplate.storage.open_blobs import open_blobs

SERVICES: Final = services()
OURS: Final = ("api", "worker")
OUTSIDE: Final = {"POSTGRES_PASSWORD": "one", "AWS_SECRET_ACCESS_KEY": "two"}
SECRET: Final = re.compile("PASSWORD|SECRET|_KEYS?$")
PUBLIC: Final = {"AWS_ACCESS_KEY_ID"}
"""A name, and no secret."""
PROXY: Final = (ROOT / "deploy" / "compose" / "nginx.conf").read_text()


def settings(name: str) -> Settings:
    """What a service of ours would run with."""
    environment = SERVICES[name]["environment"]
    own = {key.removeprefix(PREFIX).lower(): given(value, OUTSIDE) for key, value in environment.items()
           if key.startswith(PREFIX)}  # fmt: skip
    return Settings.model_validate(own)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "ipc", "devices"} & service.keys()
    assert all(int(part) > 0 for part in service["user"].split(":"))
    assert service["pids_limit"] <= 512
    assert re.fullmatch(r"\d+[mg]|\$\{WORKER_MEMORY:-4g\}", service["mem_limit"])
    assert service["restart"] == ("on-failure:5" if name == "bucket" else "unless-stopped")
    assert "nosuid,nodev" in "".join(service.get("tmpfs", ["nosuid,nodev"]))


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {*OURS, "bucket"}))
def test_every_other_program_is_asked_whether_it_is_well(name: str) -> None:
    assert {"test", "interval", "timeout", "retries"} <= SERVICES[name]["healthcheck"].keys()


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(OURS)))
def test_images_of_others_are_pinned(name: str) -> None:
    assert re.fullmatch(r"[a-z/-]+:\d+[\w.-]*", SERVICES[name]["image"])


def test_one_port_of_this_machine_is_open() -> None:
    assert {name: one["ports"] for name, one in SERVICES.items() if "ports" in one} == {
        "proxy": ["127.0.0.1:8080:8080"]
    }


def test_only_the_proxy_and_the_api_have_a_way_out() -> None:
    assert re.search(r"^  back:\n    internal: true$", COMPOSE.read_text(), re.MULTILINE)
    networks = {name: set(one.get("networks", ())) for name, one in SERVICES.items()}
    assert networks == {
        "proxy": {"front"},
        "api": {"front", "back"},
        "worker": {"back"},
        "postgres": {"back"},
        "objects": {"back"},
        "bucket": set(),
    }
    assert SERVICES["bucket"]["network_mode"] == "service:objects"


def test_no_secret_is_in_the_file() -> None:
    pairs = [pair for one in SERVICES.values() for pair in one.get("environment", {}).items()]
    secret = {name: str(value) for name, value in pairs if SECRET.search(name) and name not in PUBLIC}
    assert secret
    assert all(re.fullmatch(r"\$\{\w+:[-?][^}]*\}", value) for value in secret.values()), secret
    needed = re.findall(r"\$\{(\w+):\?", COMPOSE.read_text())
    assert set(needed) == OUTSIDE.keys()


def test_what_is_taken_from_outside_has_a_usual_value_or_is_asked_for() -> None:
    assert "$" not in re.sub(r"\$\$|\$\{\w+:[-?][^}]*\}", "", COMPOSE.read_text())


@pytest.mark.parametrize("name", OURS)
def test_settings_exist_and_fit(name: str) -> None:
    settings(name)


@pytest.mark.parametrize("name", OURS)
def test_commands_are_ours(name: str) -> None:
    check_command_line(SERVICES[name]["command"])


def test_the_store_is_the_one_that_is_started() -> None:
    environment, objects = SERVICES["api"]["environment"], SERVICES["objects"]
    endpoint = urlsplit(environment["AWS_ENDPOINT_URL"])
    assert endpoint.hostname == "objects"
    assert f"-s3.port={endpoint.port}" in objects["command"]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert environment[name] == objects["environment"][name]
    bucket = urlsplit(environment["CLEANPLATE_STORE"]).hostname
    assert f"s3.bucket.create -name {bucket}" in SERVICES["bucket"]["command"][0]


def test_the_database_is_the_one_that_is_started() -> None:
    postgres, ours = SERVICES["postgres"]["environment"], SERVICES["api"]["environment"]
    url = urlsplit(ours["CLEANPLATE_DATABASE_URL"])
    assert url.hostname == "postgres"
    assert url.username == postgres["POSTGRES_USER"]
    assert url.path == f"/{postgres['POSTGRES_DB']}"
    assert ours["PGPASSWORD"] == postgres["POSTGRES_PASSWORD"]


def test_the_database_takes_all_connections() -> None:
    (most,) = re.findall(r"max_connections=(\d+)", " ".join(SERVICES["postgres"]["command"]))
    hosts = SERVICES["api"]["deploy"]["replicas"] * settings("api").database_connections
    assert hosts + 26 * settings("worker").database_connections < int(most)


def test_the_environment_of_the_store_is_what_its_client_reads(
    moto_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against another S3 server, without TLS, whose paths name the bucket."""
    environment = SERVICES["api"]["environment"]
    for name in environment:
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, given(environment[name], OUTSIDE))
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_endpoint)
    direct("PUT", f"{moto_endpoint}/cleanplate").raise_for_status()
    open_blobs(settings("api")).put("inputs/a/image", b"well")
    listed = direct("GET", f"{moto_endpoint}/cleanplate?list-type=2").text
    assert re.findall("<Key>(.*?)</Key>", listed) == ["objects/inputs/a/image"]


@pytest.mark.parametrize("name", OURS)
def test_it_has_time_to_end(name: str) -> None:
    allowed_s = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
    assert allowed_s > settings(name).shutdown_grace_s + _DRAIN_S


def test_the_proxy_outlasts_the_server_only_where_it_should() -> None:
    limits = settings("api")
    (body,) = re.findall(r"client_max_body_size (\d+)m;", PROXY)
    (reply,) = re.findall(r"proxy_read_timeout (\d+)s;", PROXY)
    assert int(body) * 2**20 > limits.max_body_bytes
    assert int(reply) > limits.sync_timeout_s
    assert limits.connections_per_address == limits.connections
    assert f"set $cleanplate_api api:{limits.port};" in PROXY


def test_weights_are_written_by_those_who_may_fetch_them() -> None:
    assert SERVICES["api"]["volumes"] == ["models:/data/models"]
    assert SERVICES["worker"]["volumes"] == ["models:/data/models:ro"]
