"""A link signs in once, and only in its minutes; a session is its key's for days, and nothing without it."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.new_tasks import Clock
from tests.static_access import SECRET

from cleanplate.access import Access, Caller, Sessions, static_keys
from cleanplate.access.sign_in import LINK_MS, SESSION_MS, SignInLinks
from cleanplate.database import open_database
from cleanplate.errors import LimitReached, Unauthorized
from cleanplate.storage.server_secret import ServerSecret


def access_of(engine: Engine, clock: Clock, *static: str, secret: ServerSecret = SECRET) -> Access:
    """The access of one process of a server."""
    keys = static_keys(engine, static, secret.mac)
    return Access(engine, keys, sessions=Sessions(secret.mac, clock), clock_ms=clock)


def test_a_link_is_exchanged_for_a_session_of_its_key(engine: Engine, clock: Clock) -> None:
    access = access_of(engine, clock)
    access.create("other")
    info, secret = access.create("first")
    assert access.key_to_sign_in("first") == info.id
    session = access.sign_in(access.links.make(info.id))
    assert access.caller(session.token) == access.caller(secret) == Caller(info.id, "first", info.id)
    assert session.expires_at_ms == clock.now_ms + SESSION_MS
    assert secret not in session.token


def test_a_link_is_good_once_and_the_newest_alone(engine: Engine, clock: Clock) -> None:
    access = access_of(engine, clock)
    info, _ = access.create("first")
    old, word = access.links.make(info.id), access.links.make(info.id)
    for wrong in ("", "nothing", old, word + "x", word[:-1]):
        with pytest.raises(Unauthorized):
            access.sign_in(wrong)
    access.sign_in(word)
    with pytest.raises(Unauthorized):
        access.sign_in(word)


def test_a_link_is_good_for_minutes(engine: Engine, clock: Clock) -> None:
    access = access_of(engine, clock)
    info, _ = access.create("first")
    word = access.links.make(info.id)
    clock.now_ms += LINK_MS
    with pytest.raises(Unauthorized):
        access.sign_in(word)
    word = access.links.make(info.id)
    clock.now_ms += LINK_MS - 1
    access.sign_in(word)


def test_guesses_are_few(clock: Clock) -> None:
    links = SignInLinks(clock)
    word = links.make("a-key")
    for number in range(30):
        with pytest.raises(Unauthorized):
            links.take(f"guess {number}")
    with pytest.raises(LimitReached) as refused:
        links.take(word)
    assert refused.value.retry_after_s == 2
    clock.now_ms += 2000
    assert links.take(word) == "a-key"


def test_a_session_ends(engine: Engine, clock: Clock) -> None:
    access = access_of(engine, clock)
    info, secret = access.create("first")
    session = access.sign_in(access.links.make(info.id))
    clock.now_ms += SESSION_MS - 1
    access.caller(session.token)
    clock.now_ms += 1
    with pytest.raises(Unauthorized):
        access.caller(session.token)
    access.caller(secret)


def test_a_revoked_key_takes_its_link_and_its_sessions_with_it(engine: Engine, clock: Clock) -> None:
    access = access_of(engine, clock)
    info, _ = access.create("first")
    session = access.sign_in(access.links.make(info.id))
    word = access.links.make(info.id)
    access.revoke(info.id)
    with pytest.raises(Unauthorized):
        access.caller(session.token)
    with pytest.raises(Unauthorized):
        access.sign_in(word)
    assert access.key_to_sign_in("first") is None


def test_a_session_follows_its_key_into_an_account(engine: Engine, clock: Clock) -> None:
    access = access_of(engine, clock)
    info, _ = access.create("first")
    session = access.sign_in(access.links.make(info.id))
    access.move(info.id, "together")
    assert access.caller(session.token).account == "together"


def test_of_two_processes_one_has_the_link_and_both_the_session(tmp_path: Path, clock: Clock) -> None:
    engines = [open_database(tmp_path / "cleanplate.db") for _ in range(2)]
    one, other = (access_of(engine, clock) for engine in engines)
    info, _ = one.create("first")
    word = one.links.make(info.id)
    with pytest.raises(Unauthorized):
        other.sign_in(word)
    session = one.sign_in(word)
    assert other.caller(session.token).key_id == info.id
    other.revoke(info.id)
    with pytest.raises(Unauthorized):
        one.caller(session.token)
    for engine in engines:
        engine.dispose()


def test_what_is_changed_or_signed_elsewhere_is_no_session(engine: Engine, clock: Clock) -> None:
    access = access_of(engine, clock)
    info, _ = access.create("first")
    other, _ = access.create("other")
    token = access.sign_in(access.links.make(info.id)).token
    mark, key_id, until_ms, signature = token.split(".")
    stranger = Sessions(ServerSecret(b"another's" * 4).mac, clock).make(info.id).token
    for forged in (
        stranger,
        ".".join((mark, other.id, until_ms, signature)),
        ".".join((mark, key_id, str(int(until_ms) + 1), signature)),
        ".".join((mark, key_id, "0" + until_ms, signature)),
        ".".join((mark, key_id, until_ms, signature[:-1])),
        ".".join((mark, key_id, until_ms, "0" * 64)),
        token.upper(),
        token + "\n",
        "cps." + "9" * 5000,
    ):
        with pytest.raises(Unauthorized):
            access.caller(forged)


def test_a_static_key_signs_in_where_no_first_one_is_and_one_for_tests_never(
    engine: Engine, clock: Clock
) -> None:
    access = access_of(engine, clock, "test-one", "real")
    access.create("first", test=True)
    key_id = access.key_to_sign_in("first")
    assert key_id == "static-2"
    session = access.sign_in(access.links.make(key_id))
    assert access.caller(session.token) == access.caller("real")
    with pytest.raises(Unauthorized):  # the environment has it no more
        access_of(engine, clock).caller(session.token)


def test_nobody_signs_in_where_there_is_no_key(engine: Engine, clock: Clock) -> None:
    assert access_of(engine, clock, "test-one").key_to_sign_in("first") is None
