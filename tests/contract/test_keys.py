"""Who may come in, and that nobody else learns anything. Over every database."""

import subprocess
import sys

import pytest
from sqlalchemy import Engine, select
from tests.contract.conftest import Database
from tests.static_access import static_access

from cleanplate.access import Access, Caller
from cleanplate.database import transaction
from cleanplate.database.tables import METADATA
from cleanplate.errors import BadParameter, LimitReached, Unauthorized
from cleanplate.key_limits import PRESETS, UNLIMITED, Limits


def test_a_created_key_opens_the_door_until_revoked(engine: Engine) -> None:
    access = Access(engine, [])
    info, secret = access.create("Ada")
    assert access.caller(secret) == Caller(info.id, "Ada", info.id)
    assert access.revoke(info.id)
    with pytest.raises(Unauthorized):
        access.caller(secret)
    assert not access.revoke(info.id)
    (listed,) = access.keys()
    assert listed.revoked_at_ms is not None
    assert listed.revoked_at_ms >= listed.created_at_ms


def test_the_secret_is_long_and_only_its_hash_is_stored(engine: Engine) -> None:
    info, secret = Access(engine, []).create("Ada")
    assert secret.startswith("cp-")
    assert len(secret) == 46
    assert info.hint == secret[-4:]
    with transaction(engine) as connection:
        stored = repr([connection.execute(select(table)).all() for table in METADATA.sorted_tables])
    assert "Ada" in stored
    assert secret not in stored
    assert secret[3:-4] not in stored


def test_keys_are_listed_oldest_first_and_differ(engine: Engine) -> None:
    access = static_access(engine, "static")
    made = [access.create(name) for name in ("a", "", "c")]
    listed = access.keys()
    assert {key.id for key in listed} == {info.id for info, _ in made}
    assert [key.created_at_ms for key in listed] == sorted(info.created_at_ms for info, _ in made)
    assert len({secret for _, secret in made}) == 3


def test_static_keys_are_numbered_callers(engine: Engine) -> None:
    access = static_access(engine, "one", "zwölf", "bad\udcffbytes")
    assert access.caller("one") == Caller("static-1", "static-1", "static-1")
    assert access.caller("zwölf").key_id == "static-2"
    assert access.caller("bad\udcffbytes").key_id == "static-3"
    assert access.keys() == []
    assert not access.revoke("static-1")


@pytest.mark.parametrize("secret", [None, ""])
def test_no_key(engine: Engine, secret: str | None) -> None:
    with pytest.raises(Unauthorized) as caught:
        static_access(engine, "one").caller(secret)
    assert caught.value.public == "No API-key provided."


@pytest.mark.parametrize(
    "wrong", ["on", "onee", "ONE", " one", "\x00", "\ud800", "' OR 1=1 --", "x" * 100_000]
)
def test_every_wrong_key_gets_the_same_words(engine: Engine, wrong: str) -> None:
    access = static_access(engine, "one")
    access.create("Ada")
    with pytest.raises(Unauthorized) as caught:
        access.caller(wrong)
    assert (caught.value.public, str(caught.value)) == ("Invalid API-key provided.",) * 2


def test_has_any(engine: Engine) -> None:
    access = Access(engine, [])
    assert not access.has_any()
    info, _ = access.create("Ada")
    assert access.has_any()
    access.revoke(info.id)
    assert not access.has_any()
    assert static_access(engine, "one").has_any()


@pytest.mark.parametrize("key_id", ["", "unknown", "\ud800", "%"])
def test_revoking_an_unknown_key(engine: Engine, key_id: str) -> None:
    assert not Access(engine, []).revoke(key_id)


@pytest.mark.parametrize("name", ["x" * 101, "two\nlines", "\udcff"])
def test_a_name_must_be_printable(engine: Engine, name: str) -> None:
    with pytest.raises(BadParameter):
        Access(engine, []).create(name)


def test_what_another_process_does_counts_at_once(database: Database) -> None:
    access = Access(database.here, [])
    info, secret = access.create("Ada")
    script = database.opening + (
        "import sys; from cleanplate.access import Access\naccess = Access(engine, [])\n"
        f"access.revoke({info.id!r}); sys.stdout.write(access.create('Bob')[1])"
    )
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert access.caller(other).name == "Bob"
    with pytest.raises(Unauthorized):
        access.caller(secret)


def test_a_stored_key_for_tests_says_so(engine: Engine) -> None:
    access = Access(engine, [])
    info, secret = access.create("ci", test=True)
    assert secret.startswith("test-")
    assert len(secret) == 48
    assert len(info.id) == 36
    assert info.test
    assert access.caller(secret).test
    (listed,) = access.keys()
    assert listed.test
    assert not access.caller(access.create("Ada")[1]).test


def test_a_key_for_tests_is_never_accepted_out_of_thin_air(engine: Engine) -> None:
    access = static_access(engine, "test-ci", "sk-real")
    assert access.caller("test-ci") == Caller("test-static-1", "test-static-1", "test-static-1")
    assert access.caller("test-ci").test
    assert not access.caller("sk-real").test
    for wrong in ("test-", "test-other", "test-static-1"):
        with pytest.raises(Unauthorized):
            access.caller(wrong)


def test_limits_are_those_given_or_of_the_preset(engine: Engine) -> None:
    access = static_access(engine, "static", preset=PRESETS["vendor"])
    own = Limits(rate_per_s=0.5, images=7)
    named, _ = access.create("a", limits=own)
    plain, _ = access.create("b")
    assert access.limits(named.id) == named.limits == own
    assert access.limits(plain.id) == plain.limits == PRESETS["vendor"]
    assert access.limits("static-1") == PRESETS["vendor"]
    listed = access.keys()
    assert {key.id: key.limits for key in listed} == {named.id: own, plain.id: PRESETS["vendor"]}
    assert static_access(engine, "static").limits("static-1") == UNLIMITED


def test_limits_change_until_the_key_is_revoked(engine: Engine) -> None:
    access = static_access(engine, "static")
    info, _ = access.create("a")
    changed = Limits(concurrent=0)
    assert access.set_limits(info.id, changed)
    assert access.limits(info.id) == changed
    access.revoke(info.id)
    for key_id in (info.id, "static-1", "unknown", "\ud800"):
        assert not access.set_limits(key_id, UNLIMITED)
    assert access.limits(info.id) == changed


@pytest.mark.parametrize(
    "wrong",
    [
        Limits(rate_per_s=0),
        Limits(rate_per_s=-1.0),
        Limits(rate_per_s=float("nan")),
        Limits(rate_per_s=float("inf")),
        Limits(concurrent=-1),
        Limits(images=-1),
        Limits(images=10**30),
    ],
)
def test_limits_out_of_range(engine: Engine, wrong: Limits) -> None:
    access = Access(engine, [])
    info, _ = access.create("a")
    with pytest.raises(BadParameter):
        access.create("b", limits=wrong)
    with pytest.raises(BadParameter):
        access.set_limits(info.id, wrong)


def test_admit_counts_submits_of_each_key_alone(engine: Engine) -> None:
    access = Access(engine, [])
    slow, other = (access.create("", limits=Limits(rate_per_s=0.001, images=9))[0] for _ in range(2))
    assert access.admit(slow.id) == Limits(rate_per_s=0.001, images=9)
    with pytest.raises(LimitReached) as caught:
        access.admit(slow.id)
    assert caught.value.kind == "rate"
    assert 900 < caught.value.retry_after_s <= 1000
    access.admit(other.id)
    access.set_limits(slow.id, UNLIMITED)
    assert access.admit(slow.id) == UNLIMITED


def test_keys_of_one_account(engine: Engine) -> None:
    access = Access(engine)
    alone, secret = access.create("Ada")
    _, second = access.create("Bob", account="shop")
    third, last = access.create("Cid", account=alone.id)
    assert access.caller(secret).account == alone.id
    assert access.caller(second).account == "shop"
    assert access.caller(last) == Caller(third.id, "Cid", alone.id)
    listed = access.keys()
    assert {key.name: key.account for key in listed} == {"Ada": None, "Bob": "shop", "Cid": alone.id}


def test_a_key_moves_until_it_is_revoked(engine: Engine) -> None:
    access = Access(engine, actor="ann")
    info, secret = access.create("Ada")
    assert access.move(info.id, "shop") == "shop"
    assert access.caller(secret).account == "shop"
    assert access.move(info.id, info.id) == info.id
    assert access.keys()[0].account is None
    access.revoke(info.id)
    for key_id in (info.id, "static-1", "unknown", "\ud800"):
        assert access.move(key_id, "shop") is None
    told = [(entry.event, entry.account) for entry in access.audit(info.id)]
    assert told == [("made", None), ("moved", "shop"), ("moved", info.id), ("revoked", None)]


@pytest.mark.parametrize("account", ["", "x" * 101, "two words", "two\nlines", "\udcff", "test-shop"])
def test_what_no_account_can_be_called(engine: Engine, account: str) -> None:
    access = Access(engine)
    info, _ = access.create("Ada")
    with pytest.raises(BadParameter):
        access.create("Bob", account=account)
    with pytest.raises(BadParameter):
        access.move(info.id, account)
    (listed,) = access.keys()
    assert listed.account is None


def test_no_key_is_put_where_a_later_static_key_will_be(engine: Engine) -> None:
    access = static_access(engine, "one", "two")
    assert access.create("heir", account="static-2")[0].account == "static-2"
    for account, test in (("static-3", False), ("static-3", True), ("test-static-9", True)):
        with pytest.raises(BadParameter, match="static"):
            access.create("squatter", account=account, test=test)
    info, _ = access.create("mover")
    with pytest.raises(BadParameter, match="static"):
        access.move(info.id, "static-3")
    assert access.create("other", account="static-x")[0].account == "static-x"


def test_what_is_simulated_is_never_in_an_account_with_what_is_real(engine: Engine) -> None:
    access = Access(engine)
    _, real = access.create("a", account="shop")
    info, test = access.create("b", account="shop", test=True)
    _, same = access.create("c", account="test-shop", test=True)
    accounts = [access.caller(secret).account for secret in (real, test, same)]
    assert accounts == ["shop", "test-shop", "test-shop"]
    assert access.move(info.id, "studio") == "test-studio"
    assert access.move(info.id, info.id) == info.id
    assert access.caller(test).account == info.id
