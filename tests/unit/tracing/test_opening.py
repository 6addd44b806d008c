"""When traces are on, and what is said where they cannot be."""

import os
import subprocess
import sys

import pytest

from cleanplate.errors import SetupError
from cleanplate.tracing.opening import Wanted, open_tracer, otlp_secrets
from cleanplate.tracing.spans import NO_TRACES

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
HERE = "http://127.0.0.1:4318"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("wanted", "variables", "on"),
    [
        ("auto", {}, False),
        ("auto", {ENDPOINT: ""}, False),
        ("auto", {"OTEL_SERVICE_NAME": "plates"}, False),
        ("auto", {ENDPOINT: HERE}, True),
        ("auto", {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": HERE}, True),
        ("auto", {ENDPOINT: HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True),
        ("auto", {ENDPOINT: HERE, "OTEL_TRACES_EXPORTER": "otlp"}, True),
        ("auto", {ENDPOINT: HERE, "OTEL_TRACES_EXPORTER": "none"}, False),
        ("auto", {ENDPOINT: HERE, "OTEL_SDK_DISABLED": "true"}, False),
        ("on", {}, True),
        ("on", {"OTEL_SDK_DISABLED": "TRUE"}, False),
        ("off", {ENDPOINT: HERE}, False),
    ],
)
def test_when_they_are_on(
    wanted: Wanted, variables: dict[str, str], on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    tracer = open_tracer(wanted)
    tracer.close()
    assert (tracer is not NO_TRACES) is on


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "OTLP_PROTOCOL: only http/protobuf is spoken here"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "TRACES_PROTOCOL: only http/protobuf"),
        ("OTEL_TRACES_EXPORTER", "zipkin", "OTEL_TRACES_EXPORTER: traces are sent by `otlp`"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4318", "TRACES_ENDPOINT: must be an address"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:0", "TRACES_ENDPOINT: must be an address"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "abc", "OTEL_BSP_MAX_QUEUE_SIZE: must be a whole number"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1.5", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: must be a whole number"),
        ("OTEL_BSP_SCHEDULE_DELAY", "5s", "OTEL_BSP_SCHEDULE_DELAY: must be a whole number"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "", "OTEL_BSP_EXPORT_TIMEOUT: must be a whole number"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1", "the variables of OpenTelemetry do not fit: max_queue_size"),
    ],
)
def test_what_cannot_work_is_told_at_the_start(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINT, HERE)
    monkeypatch.setenv(name, value)
    with pytest.raises(SetupError, match=words) as told:
        open_tracer("auto")
    assert "\n" not in told.value.public


@pytest.mark.parametrize("value", ["-3", "many"])
def test_a_limit_that_opentelemetry_reads_while_it_is_imported(value: str) -> None:
    limit = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"
    code = (
        "from cleanplate.errors import SetupError; from cleanplate.tracing.opening import open_tracer\n"
        "try: open_tracer('on')\n"
        "except SetupError as error: print(error.public)"
    )
    command, variables = [sys.executable, "-c", code], {**os.environ, limit: value}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    assert done.stdout.startswith(f"the variables of OpenTelemetry do not fit: {limit} must be")
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


@pytest.mark.parametrize(("wanted", "by"), [("auto", ENDPOINT), ("on", "CLEANPLATE_TRACES")])
def test_without_the_extra_one_line_says_what_to_type(
    wanted: Wanted, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if wanted == "auto":
        monkeypatch.setenv(ENDPOINT, HERE)
    monkeypatch.delitem(sys.modules, "cleanplate.tracing.opentelemetry_tracer", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http", None)
    with pytest.raises(
        SetupError, match=r"pip install 'cleanplate\[otel\]', or set CLEANPLATE_TRACES=off"
    ) as told:
        open_tracer(wanted)
    assert told.value.public.startswith(f"{by} asks for traces, and OpenTelemetry is not installed")
    assert "\n" not in told.value.public


def test_what_opens_the_collector_is_secret() -> None:
    variables = {
        ENDPOINT: "https://ann:geheim@collector.example.com/v1?token=t1",
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=k1, authorization=Basic%20k2",
    }
    assert otlp_secrets(variables) == ["k1", "k1", "Basic%20k2", "Basic k2", "token=t1", "ann:geheim"]
    assert otlp_secrets({}) == []


def test_a_server_without_traces_imports_nothing_of_them() -> None:
    code = (
        "import sys, tempfile; from pathlib import Path\n"
        "from cleanplate.app import build; from cleanplate.settings import load\n"
        "build(load(data=Path(tempfile.mkdtemp()) / 'data')).state.close()\n"
        "print([name for name in sys.modules if 'opentelemetry' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
