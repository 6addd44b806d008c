"""Limits, test keys and usage on the command line."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cleanplate.database import open_database, transaction
from cleanplate.database.tables import USAGE

Run = Callable[..., Any]


@pytest.fixture
def keys(run: Run, tmp_path: Path) -> Run:
    """Runs one of the `keys` commands on a folder of its own."""
    return lambda *arguments: run("keys", *arguments, "--data", tmp_path)


def only_row(keys: Run) -> str:
    (row,) = keys("list").out.splitlines()
    return str(row)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ((), "no limits"),
        (("--preset", "vendor"), "2/s, 2 open, 500 images"),
        (("--preset", "vendor", "--rate", "none", "--images", "7"), "2 open, 7 images"),
        (("--rate", "0.5", "--concurrent", "0"), "0.5/s, 0 open"),
    ],
)
def test_limits_of_a_new_key(keys: Run, options: tuple[str, ...], shown: str) -> None:
    assert keys("create", "--name", "ann", *options).code == 0
    assert f"  {shown}  ..." in only_row(keys)


def test_the_setting_is_the_default(keys: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANPLATE_LIMITS_PRESET", "vendor")
    keys("create", "--concurrent", "none")
    assert "  2/s, 500 images  ..." in only_row(keys)


def test_limits_change_one_by_one(keys: Run) -> None:
    keys("create", "--preset", "vendor")
    key_id = only_row(keys).split()[0]
    changed = keys("limit", key_id, "--images", "none", "--rate", "9")
    assert changed.out == f"{key_id}: 9/s, 2 open\n"
    assert keys("limit", key_id, "--preset", "off").out == f"{key_id}: no limits\n"
    assert "  no limits  ..." in only_row(keys)


@pytest.mark.parametrize(
    "options",
    [
        ("--rate", "0"),
        ("--rate", "-1"),
        ("--rate", "1e-300"),
        ("--images", "many"),
        ("--concurrent", "1.5"),
        ("--rate", "nan"),
    ],
)
def test_a_bad_limit_is_one_line(keys: Run, options: tuple[str, ...]) -> None:
    ran = keys("create", *options)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert keys("list").out == ""


def test_an_unknown_key_cannot_be_limited(keys: Run) -> None:
    keys("create")
    ran = keys("limit", "unknown", "--rate", "1")
    assert ran.code == 2
    assert "no active key unknown" in ran.err


def test_a_key_for_tests(keys: Run) -> None:
    secret = keys("create", "--test").out.strip()
    assert re.fullmatch(r"test-[\w-]{43}", secret)
    assert only_row(keys).startswith("test-")


def test_usage_by_day(keys: Run, tmp_path: Path) -> None:
    keys("create", "--name", "ann")
    assert "nothing was used" in keys("usage").err
    key_id = only_row(keys).split()[0]
    engine = open_database(tmp_path / "cleanplate.db")
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    with transaction(engine) as connection:
        connection.execute(
            USAGE.insert(),
            [
                {
                    "key_id": key_id,
                    "account": key_id,
                    "day": today,
                    "tasks": 2,
                    "images": 3,
                    "compute_ms": 1500,
                },
                {
                    "key_id": "static-1",
                    "account": "static-1",
                    "day": today,
                    "tasks": 1,
                    "images": 1,
                    "compute_ms": 0,
                },
            ],
        )
    engine.dispose()
    head, *rows = keys("usage").out.splitlines()
    assert head.split() == ["day", "tasks", "images", "compute", "s", "key"]
    assert [row.split() for row in rows] == sorted(
        [[today, "2", "3", "1.5", key_id, "ann"], [today, "1", "1", "0.0", "static-1"]],
        key=lambda row: row[4],
    )
    assert len(keys("usage", key_id, "--days", "1").out.splitlines()) == 2
    assert "nothing was used" in keys("usage", "nobody").err


def test_the_audit_log(keys: Run) -> None:
    keys("create", "--name", "ann")
    key_id = only_row(keys).split()[0]
    assert "  never used  " in only_row(keys)
    keys("revoke", key_id)
    lines = keys("audit").out.splitlines()
    assert [line.split()[2:4] for line in lines] == [["made", key_id], ["revoked", key_id]]
    assert keys("audit", key_id).out.splitlines() == lines
    assert "nothing was done" in keys("audit", "nobody").err


def accounts(keys: Run) -> dict[str, str]:
    """By name of key, what the list shows between its hint and that."""
    rows = [re.split(r"  \.{3}.{4}  ", row)[1] for row in keys("list").out.splitlines()]
    return {name: account.strip() for account, _, name in (row.rpartition(" ") for row in rows)}


def test_accounts(keys: Run) -> None:
    keys("create", "--name", "ann")
    key_id = only_row(keys).split()[0]
    moved = keys("account", key_id, "shop")
    assert moved.out == f"{key_id}: account shop; its tasks so far stay where they were\n"
    keys("create", "--name", "bob", "--account", "shop")
    assert accounts(keys) == {"ann": "account shop", "bob": "account shop"}
    assert keys("account", key_id, key_id).code == 0
    assert accounts(keys) == {"ann": "", "bob": "account shop"}
    assert [line.split()[2] for line in keys("audit", key_id).out.splitlines()] == ["made", "moved", "moved"]
    assert keys("audit", key_id).out.splitlines()[1].endswith("  account shop")


def test_what_is_no_account_is_one_line(keys: Run) -> None:
    ran = keys("create", "--account", "two words")
    assert (ran.code, ran.err.count("\n"), keys("list").out) == (2, 1, "")
    assert "no active key unknown" in keys("account", "unknown", "shop").err


def test_admin_keys(keys: Run) -> None:
    keys("create", "--name", "boss", "--admin")
    keys("create", "--name", "plain")
    ids = {row.split()[-1]: row.split()[0] for row in keys("list").out.splitlines()}
    assert accounts(keys) == {"boss": "admin", "plain": ""}
    assert keys("admin", ids["plain"]).out == f"{ids['plain']}: admin key\n"
    first_gone = keys("admin", ids["boss"], "--off")
    assert (first_gone.out, first_gone.err) == (f"{ids['boss']}: no admin key\n", "")
    assert accounts(keys) == {"boss": "", "plain": "admin"}
    told = [line.split()[2:4] for line in keys("audit", ids["boss"]).out.splitlines()]
    assert [words[0] for words in told] == ["made", "admin", "not"]
    assert keys("revoke", ids["boss"]).err == ""
    last_gone = keys("revoke", ids["plain"])
    assert last_gone.out == f"revoked {ids['plain']}\n"
    assert "no admin key is left" in last_gone.err


def test_a_key_for_tests_is_no_admin(keys: Run) -> None:
    refused = keys("create", "--test", "--admin")
    assert (refused.code, keys("list").out) == (2, "")
    assert "cannot be an admin key" in refused.err
    keys("create", "--test")
    key_id = only_row(keys).split()[0]
    assert "cannot be an admin key" in keys("admin", key_id).err
    assert keys("admin", "nobody").code == 2
