"""What raises, dies, hangs or takes memory is found, and all the rest is tried."""

import pytest
from tests.fuzz import campaign as watching
from tests.fuzz.campaign import campaign
from tests.fuzz.catalogue import target_of
from tests.fuzz.mutator import Inputs


@pytest.mark.parametrize(("kind", "number"), [("raised", 1), ("crashed", 2), ("hung", 3), ("memory", 4)])
def test_each_kind_of_fault(kind: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "hung":
        monkeypatch.setattr(watching, "HANG_S", 3.0)
    target = f"faulty-{kind}"
    tally = campaign(target, 1, range(6))
    assert [(fault.kind, fault.number) for fault in tally.faults] == [(kind, number)]
    assert Inputs(target_of(target), 1).at(number) == kind.encode()
    assert tally.inputs == 6
    assert tally.fates["fine"] == {"raised": 5, "crashed": 3, "hung": 2, "memory": 6}[kind]
