from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from cleanplate.errors import SetupError
from cleanplate.settings import load

BYTES = (
    "UPLOAD_BYTES_PER_KEY",
    "FETCH_MEMORY_BYTES",
    "MAX_BODY_BYTES",
    "BODY_MEMORY_BYTES",
    "BODY_DISK_BYTES",
    "DISK_FLOOR_BYTES",
    "TASK_MEMORY_BYTES",
    "MODEL_MEMORY_BYTES",
    "GPU_MEMORY_BYTES",
)


def test_the_defaults_need_nothing() -> None:
    settings = load()
    assert settings.port == 8080
    assert settings.default_label is True
    assert settings.result_ttl_s == 24 * 3600


def test_a_process_for_tasks_has_more_memory_than_it_takes_by_itself() -> None:
    assert load(task_memory_bytes=2**29).task_memory_bytes == 2**29
    with pytest.raises(SetupError, match=r"CLEANPLATE_TASK_MEMORY_BYTES.*536870912"):
        load(task_memory_bytes=2**29 - 1)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANPLATE_API_KEYS", "one, two,")
    monkeypatch.setenv("CLEANPLATE_FETCH_ALLOW", "127.0.0.0/8,::1/128")
    monkeypatch.setenv("CLEANPLATE_DEFAULT_LABEL", "off")
    monkeypatch.setenv("CLEANPLATE_PUBLIC_URL", "https://plates.example.com/")
    settings = load()
    assert settings.api_keys == ("one", "two")
    assert settings.fetch_allow == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert settings.default_label is False
    assert settings.public_url == "https://plates.example.com"


@pytest.mark.parametrize("name", ["shared_tasks", "default_label", "offline"])
@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("on", True),
        ("1", True),
        ("TRUE", True),
        ("yes", True),
        ("off", False),
        ("0", False),
        ("False", False),
    ],
)
def test_what_is_on_and_what_is_off(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, *, read: bool
) -> None:
    monkeypatch.setenv(f"CLEANPLATE_{name.upper()}", value)
    assert getattr(load(), name) is read


@pytest.mark.parametrize("value", ["", "all", "shared", "2", "on off"])
def test_whether_tasks_are_shared_is_never_guessed(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert load().shared_tasks is False
    monkeypatch.setenv("CLEANPLATE_SHARED_TASKS", value)
    with pytest.raises(SetupError, match="CLEANPLATE_SHARED_TASKS"):
        load()


def test_a_command_line_option_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANPLATE_DATA", "from-the-environment")
    assert load(data=Path("from-the-command")).data == Path("from-the-command")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CLEANPLATE_PORT", "http"),
        ("CLEANPLATE_PORT", "70000"),
        ("CLEANPLATE_FETCH_ALLOW", "10.0.0.0/33"),
        ("CLEANPLATE_PUBLIC_URL", "plates.example.com"),
        ("CLEANPLATE_LIMITS", "none"),
        ("CLEANPLATE_HUB", "ftp://hub.example.com"),
        ("CLEANPLATE_SQLITE_SYNCHRONOUS", "OFF"),
        ("CLEANPLATE_LINK_KEYS", "own,short"),
        ("CLEANPLATE_LINK_KEYS", ""),
        ("CLEANPLATE_API_KEYS", "good,two words"),
        ("CLEANPLATE_API_KEYS", "schl\u00fcssel"),
        ("CLEANPLATE_API_KEYS", "a\x7f"),
        ("CLEANPLATE_METRICS_KEY", "two words"),
        ("CLEANPLATE_METRICS_KEY", "\u94a5\u5319"),
        ("CLEANPLATE_PUBLIC_URL", "https://"),
        ("CLEANPLATE_PUBLIC_URL", "https:///plates"),
        ("CLEANPLATE_PUBLIC_URL", "https://plates example.com"),
        ("CLEANPLATE_PUBLIC_URL", "https://plates.example.com/ x"),
        ("CLEANPLATE_PUBLIC_URL", "https://plates.example.com:99999"),
        ("CLEANPLATE_PUBLIC_URL", "https://[::1"),
        ("CLEANPLATE_CORS_ORIGINS", "shop.example.com"),
        ("CLEANPLATE_CORS_ORIGINS", "*,https://shop.example.com/"),
        ("CLEANPLATE_CORS_ORIGINS", "https://a b.example.com"),
        ("CLEANPLATE_CORS_ORIGINS", "https://:80"),
        ("CLEANPLATE_CORS_ORIGINS", "https://Shop.example.com"),
        *((f"CLEANPLATE_{name}", str(2**50 + 1)) for name in BYTES),
    ],
)
def test_a_bad_value_names_its_variable_in_one_line(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SetupError, match=variable) as caught:
        load()
    assert "\n" not in caught.value.public
    assert "Input" not in caught.value.public


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("api_keys", "!~,cp-1:a/b", ("!~", "cp-1:a/b")),
        ("metrics_key", "  ", ""),
        ("metrics_key", " m-1 ", "m-1"),
        ("public_url", "http://[::1]:8080/plates/", "http://[::1]:8080/plates"),
        ("cors_origins", "*,http://localhost:3000", ("*", "http://localhost:3000")),
        ("cors_origins", "chrome-extension://abc,https://[::1]", ("chrome-extension://abc", "https://[::1]")),
        *((name.lower(), str(2**50), 2**50) for name in BYTES),
    ],
)
def test_a_good_value_that_looks_odd(
    name: str, value: str, read: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"CLEANPLATE_{name.upper()}", value)
    assert getattr(load(), name) == read


@pytest.mark.parametrize(
    ("ours", "theirs", "hub"),
    [
        (None, None, "https://huggingface.co"),
        (None, "https://mirror.example.com/", "https://mirror.example.com"),
        ("", "mirror.example.com", "https://mirror.example.com"),
        ("http://127.0.0.1:8000", "https://mirror.example.com", "http://127.0.0.1:8000"),
        ("", "", "https://huggingface.co"),
    ],
)
def test_the_mirror_that_other_programs_use_serves_us_too(
    ours: str | None, theirs: str | None, hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("CLEANPLATE_HUB", ours), ("HF_ENDPOINT", theirs)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert load().hub == hub


@pytest.mark.parametrize("name", ["plugins", "models", "gpu_memory_bytes", "public_url"])
def test_a_blank_variable_is_one_that_is_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unset = getattr(load(), name)
    monkeypatch.setenv(f"CLEANPLATE_{name.upper()}", "")
    assert getattr(load(), name) == unset


@pytest.mark.parametrize("name", ["data", "host", "metrics_host"])
def test_a_blank_variable_that_would_mean_something(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CLEANPLATE_{name.upper()}", " ")
    with pytest.raises(SetupError, match="must not be empty"):
        load()


def test_secrets_of_links(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().link_keys == ("own",)
    monkeypatch.setenv("CLEANPLATE_LINK_KEYS", f"{'k' * 32}, own")
    assert load().link_keys == ("k" * 32, "own")
    assert "kkk" not in repr(load())


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(load(), "port", 1)  # noqa: B010 - typed code cannot even say it


@pytest.mark.parametrize(("value", "read"), [("telea", "telea"), ("", "auto"), ("  ", "auto")])
def test_what_fills(monkeypatch: pytest.MonkeyPatch, value: str, read: str) -> None:
    assert load().fill_engine == "auto"
    monkeypatch.setenv("CLEANPLATE_FILL_ENGINE", value)
    assert load().fill_engine == read
