"""Who did what with a key, and when it was used: told later, and never at the cost of a request."""

import pytest
from sqlalchemy import Engine
from tests.static_access import static_access

from cleanplate.access import Access
from cleanplate.access.audit import KeyUses
from cleanplate.errors import Unauthorized
from cleanplate.key_limits import Limits


def test_the_life_of_a_key(engine: Engine) -> None:
    access = static_access(engine, "sk-static", actor="ann")
    key, secret = access.create("first")
    assert access.keys()[0].used_at_ms is None
    access.caller(secret)
    access.caller("sk-static")
    with pytest.raises(Unauthorized):
        access.caller("cp-unknown")
    access.uses.write()
    assert access.set_limits(key.id, Limits(rate_per_s=2))
    assert access.revoke(key.id)
    assert not access.revoke(key.id)
    assert not access.set_limits("nobody", Limits())
    told = [(entry.event, entry.actor) for entry in access.audit(key.id)]
    assert told == [("made", "ann"), ("first used", "server"), ("limited", "ann"), ("revoked", "ann")]
    assert [entry.event for entry in access.audit("static-1")] == ["first used"]
    assert len(access.audit()) == 5
    used_ms = access.keys()[0].used_at_ms
    assert used_ms is not None
    assert used_ms >= key.created_at_ms


def test_first_and_last_use(engine: Engine) -> None:
    now_ms = [1000]
    uses = KeyUses(engine, clock_ms=lambda: now_ms[0])
    access = Access(engine, [])
    key, _ = access.create("")
    for moments in ((1000, 2000), (5000, 3000)):
        for moment in moments:
            now_ms[0] = moment
            uses.note(key.id)
        uses.write()
    uses.write()
    assert access.keys()[0].used_at_ms == 3000
    first = [entry for entry in access.audit(key.id, days=36500) if entry.event == "first used"]
    assert [entry.at_ms for entry in first] == [1000]
