"""What models did in processes that come and go."""

import pytest

from cleanplate.tasks.child_figures import ChildFigures, ModelFigures
from cleanplate.tasks.pool_totals import ModelTotals, PoolTotals


def _figures(size_bytes: int = 0, loads: int = 0, hits: int = 0, evictions: int = 0) -> ModelFigures:
    return ModelFigures(bytes=size_bytes, loads=loads, hits=hits, load_s=loads / 2, evictions=evictions)


def test_sums_over_all_and_holdings_of_the_living() -> None:
    totals = PoolTotals(["lama", "span"])
    totals.update(1, {"lama": _figures(10, 1)})
    totals.update(1, {"lama": _figures(10, 1, 4), "span": _figures(5, 2, 0, 1)})
    totals.update(2, {"lama": _figures(10, 1)})
    assert totals.read([1, 2]) == {
        "lama": ModelTotals(2, 20, 2, 4, 1.0, 0),
        "span": ModelTotals(1, 5, 2, 0, 1.0, 1),
    }
    assert totals.read([2])["lama"] == ModelTotals(1, 10, 2, 4, 1.0, 0)
    totals.end(1)
    totals.end(1)
    totals.end(3)
    assert totals.read([1, 2]) == {
        "lama": ModelTotals(1, 10, 2, 4, 1.0, 0),
        "span": ModelTotals(0, 0, 2, 0, 1.0, 1),
    }


def test_no_process_makes_a_new_label() -> None:
    totals = PoolTotals(["lama"])
    totals.update(1, {f"made up {number}": _figures(1, 1) for number in range(200)})
    totals.end(1)
    totals.update(2, {"made up": _figures(3, 1)})
    assert totals.read([2]) == {"other": ModelTotals(1, 3, 201, 0, 100.5, 0)}


STAGE = {"name": "edit", "began_ns": 1, "ended_ns": 2}
MODEL = {"bytes": 1, "loads": 1, "hits": 1, "load_s": 0.5, "evictions": 0}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"stages": [], "models": {}, "more": 1},
        {"stages": [{**STAGE, "name": "other"}], "models": {}},
        {"stages": [{**STAGE, "ended_ns": -1}], "models": {}},
        {"stages": [{**STAGE, "ended_ns": 2**63}], "models": {}},
        {"stages": [STAGE] * 101, "models": {}},
        {"stages": [], "models": {"a": {**MODEL, "loads": "1"}}},
        {"stages": [], "models": {"a": {**MODEL, "loads": -1}}},
        {"stages": [], "models": {"a": {**MODEL, "load_s": float("nan")}}},
        {"stages": [], "models": {"a": {**MODEL, "load_s": float("inf")}}},
        {"stages": [], "models": {str(number): MODEL for number in range(1001)}},
    ],
)
def test_what_no_process_of_ours_says_is_refused(fields: dict[str, object]) -> None:
    assert ChildFigures.model_validate({"stages": [STAGE], "models": {"a": MODEL}}).models["a"].hits == 1
    with pytest.raises(ValueError, match=r"validation error"):
        ChildFigures.model_validate(fields)
