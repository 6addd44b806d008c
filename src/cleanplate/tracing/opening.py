"""Whether traces are asked for, by OpenTelemetry's variables or our own, and the tracer that this makes."""

import os
from collections.abc import Collection, Iterator, Mapping
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from cleanplate.errors import SetupError
from cleanplate.tracing.spans import NO_TRACES, Tracer

Wanted: TypeAlias = Literal["auto", "on", "off"]

_SETTING: Final = "CLEANPLATE_TRACES"
_OTLP: Final = "OTEL_EXPORTER_OTLP_"
_ENDPOINTS: Final = (f"{_OTLP}TRACES_ENDPOINT", f"{_OTLP}ENDPOINT")
_PROTOCOLS: Final = (f"{_OTLP}TRACES_PROTOCOL", f"{_OTLP}PROTOCOL")
_HEADERS: Final = (f"{_OTLP}TRACES_HEADERS", f"{_OTLP}HEADERS")
_EXPORTER: Final = "OTEL_TRACES_EXPORTER"
_NUMBERS: Final = tuple(
    f"OTEL_BSP_{name}"
    for name in ("SCHEDULE_DELAY", "MAX_QUEUE_SIZE", "MAX_EXPORT_BATCH_SIZE", "EXPORT_TIMEOUT")
)
_SPOKEN: Final = "http/protobuf"


def open_tracer(wanted: Wanted, secrets: Collection[str] = ()) -> Tracer:
    """The tracer that the environment asks for.

    Args:
        wanted: "auto" is on where an endpoint is named; "on" is OpenTelemetry's own endpoint where none is.
        secrets: that no span may say.

    Raises:
        SetupError: traces are asked for, and OpenTelemetry is not installed, or cannot do what its variables
            say.
    """
    if not _is_wanted(wanted, os.environ):
        return NO_TRACES
    _check(os.environ)
    try:
        from cleanplate.tracing.opentelemetry_tracer import OpenTelemetryTracer
    except ImportError as error:
        by = _first(_ENDPOINTS, os.environ)[0] or _SETTING
        raise SetupError(
            f"{by} asks for traces, and OpenTelemetry is not installed: pip install 'cleanplate[otel]', "
            f"or set {_SETTING}=off",
            log=str(error),
        ) from error
    except ValueError as error:  # the limits of spans are read while it is imported
        raise _unfit(error) from error
    try:
        return OpenTelemetryTracer((*secrets, *otlp_secrets(os.environ)))
    except (ValueError, RuntimeError, ImportError) as error:
        raise _unfit(error) from error


def _unfit(error: Exception) -> SetupError:
    return SetupError(f"the variables of OpenTelemetry do not fit: {error}")


def otlp_secrets(environment: Mapping[str, str]) -> list[str]:
    """What opens the collector: headers, and all but the host and path of its address."""
    return [secret for secret in _found_secrets(environment) if secret]


def _found_secrets(environment: Mapping[str, str]) -> Iterator[str]:
    for name in _HEADERS:
        for pair in environment.get(name, "").split(","):
            value = pair.partition("=")[2].strip()
            yield from (value, unquote(value))
    for name in _ENDPOINTS:
        address = environment.get(name, "")
        yield urlsplit(address).query
        yield address.partition("://")[2].rpartition("@")[0]


def _is_wanted(wanted: Wanted, environment: Mapping[str, str]) -> bool:
    if wanted == "off" or environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if environment.get(_EXPORTER, "").strip().lower() == "none":
        return False
    return wanted == "on" or bool(_first(_ENDPOINTS, environment)[1])


def _check(environment: Mapping[str, str]) -> None:
    """Raises `SetupError` for what would fail later, with every span, or be replaced by a default."""
    if environment.get(_EXPORTER, "").strip().lower() not in ("", "otlp"):
        raise SetupError(f"{_EXPORTER}: traces are sent by `otlp`, or not at all: `none`")
    name, protocol = _first(_PROTOCOLS, environment)
    if protocol not in ("", _SPOKEN):
        raise SetupError(f"{name}: only {_SPOKEN} is spoken here; collectors listen for it on port 4318")
    name, endpoint = _first(_ENDPOINTS, environment)
    if endpoint and not _is_address(endpoint):
        raise SetupError(f"{name}: must be an address like http://collector.example.com:4318")
    for name in _NUMBERS:
        if not _is_whole_number(environment.get(name, "0")):
            raise SetupError(f"{name}: must be a whole number")


def _is_whole_number(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _first(names: Collection[str], environment: Mapping[str, str]) -> tuple[str, str]:
    """The first of these that is set to anything, and what it says; ("", "") where none is."""
    said = ((name, environment.get(name, "").strip()) for name in names)
    return next((pair for pair in said if pair[1]), ("", ""))
