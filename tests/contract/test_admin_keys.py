"""Who may look after a server: the first key of a new one, and whom the operator says. Over all databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from cleanplate.access import Access, Caller, LastAdminKey
from cleanplate.errors import BadParameter


def test_the_first_key_is_an_admin_and_no_other_is(engine: Engine) -> None:
    access = Access(engine)
    secret = access.create_first("first")
    assert secret is not None
    assert access.caller(secret).admin
    assert access.create_first("first") is None
    info, other = access.create("other")
    assert access.caller(other) == Caller(info.id, "other", info.id, admin=False)
    listed = access.keys()
    assert [key.admin for key in listed] == [True, False]


def test_the_right_comes_and_goes(engine: Engine) -> None:
    access = Access(engine, actor="ann")
    info, secret = access.create("key")
    assert not access.has_admin()
    assert access.set_admin(info.id, admin=True)
    assert access.caller(secret).admin
    assert access.has_admin()
    assert access.set_admin(info.id, admin=False)
    assert not access.caller(secret).admin
    assert not access.set_admin("nobody", admin=True)
    assert not access.set_admin("bad\n", admin=True)
    told = [(entry.event, entry.actor) for entry in access.audit(info.id)]
    assert told == [("made", "ann"), ("admin", "ann"), ("not admin", "ann")]


def test_a_key_for_tests_cannot_have_it(engine: Engine) -> None:
    access = Access(engine)
    with pytest.raises(BadParameter, match="cannot be an admin key"):
        access.create("ci", test=True, admin=True)
    info, secret = access.create("ci", test=True)
    with pytest.raises(BadParameter, match="cannot be an admin key"):
        access.set_admin(info.id, admin=True)
    assert access.set_admin(info.id, admin=False)
    assert not access.caller(secret).admin


def test_the_last_one_is_kept_where_that_is_asked_for(engine: Engine) -> None:
    access = Access(engine)
    first, _ = access.create("a", admin=True)
    plain, _ = access.create("b")
    with pytest.raises(LastAdminKey, match="last admin key"):
        access.revoke(first.id, keeps_admin=True)
    assert access.has_admin()
    assert access.revoke(plain.id, keeps_admin=True)
    second, _ = access.create("c", admin=True)
    assert access.revoke(first.id, keeps_admin=True)
    assert not access.revoke(first.id, keeps_admin=True)
    # Whoever has the machine may
    assert access.revoke(second.id)
    assert not access.has_admin()


def test_two_that_revoke_each_other_at_once_leave_one(engine: Engine) -> None:
    access = Access(engine)
    ids = [access.create(name, admin=True)[0].id for name in "ab"]

    def revoked(key_id: str) -> bool:
        try:
            return access.revoke(key_id, keeps_admin=True)
        except LastAdminKey:
            return False

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(revoked, ids)) == [False, True]
    assert access.has_admin()


def test_what_an_admin_did_is_told(engine: Engine) -> None:
    access = Access(engine, actor="server")
    boss, _ = access.create("boss", admin=True)
    by = f"key {boss.id}"
    made, _ = access.create("new", account="shop", by=by)
    access.revoke(made.id, by=by)
    access.note(boss.id, "pulls", "lama")
    told = [(entry.event, entry.actor, entry.account, entry.about) for entry in access.audit()]
    assert told == [
        ("made", "server", None, None),
        ("admin", "server", None, None),
        ("made", by, "shop", None),
        ("revoked", by, None, None),
        ("pulls", by, None, "lama"),
    ]


def test_pages_of_keys(engine: Engine) -> None:
    access = Access(engine)
    infos = [access.create(str(number))[0] for number in range(5)]
    access.revoke(infos[4].id)

    def names(page_no: int) -> list[str]:
        keys, total = access.key_page(page_no=page_no, page_size=2)
        assert total == 5
        return [key.name for key in keys]

    found = [*names(1), *names(2), *names(3)]
    assert sorted(found) == ["0", "1", "2", "3", "4"]
    assert found[-1] == "4"
    assert names(4) == []


def test_one_key(engine: Engine) -> None:
    access = Access(engine)
    info, _ = access.create("x", account="shop", admin=True)
    assert access.key(info.id) == info
    assert access.key("nobody") is None
    assert access.key("a\x00b") is None
