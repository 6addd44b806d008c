"""A move into a bucket and out of it; and a store or a database that fails in the middle of one."""

import uuid
from contextlib import ExitStack

import pytest
from tests.postgres import postgres_server
from tests.s3_server import BUCKET, PATIENCE_S, SLOW_DOWN, Asked, Fault, Gate
from tests.unit.relocation.conftest import BLOBS, contents, filled, moved, serving

from cleanplate.errors import SetupError, StorageFailed
from cleanplate.relocation.moving import ROWS
from cleanplate.settings import Settings


def in_bucket(there: Settings, timeout_s: float = PATIENCE_S) -> Settings:
    """The same cluster with a store that is empty, in a bucket of the server that the environment names."""
    store = f"s3://{BUCKET}/{uuid.uuid4()}"
    return there.model_copy(update={"store": store, "store_timeout_s": timeout_s})


@pytest.mark.usefixtures("moto_endpoint")
def test_there_and_back_by_a_bucket(here: Settings, there: Settings) -> None:
    before, bucket = filled(here), in_bucket(there)
    went = moved(here, bucket)
    assert went.files is not None
    assert went.files.count == len(BLOBS)
    assert contents(bucket) == before
    back = here.model_copy(update={"data": here.data.with_name("back")})
    moved(bucket, back)
    assert contents(back) == before


@pytest.mark.usefixtures("moto_endpoint")
def test_two_prefixes_of_a_bucket_are_two_stores(here: Settings, there: Settings) -> None:
    filled(here)
    bucket = in_bucket(there)
    inner = bucket.model_copy(update={"store": f"{bucket.store}/inner/"})
    moved(here, inner)
    back = here.model_copy(update={"data": here.data.with_name("back"), "store": bucket.store})
    with pytest.raises(SetupError, match="lie one within the other"):
        moved(inner, back)


def test_a_bucket_that_refuses_for_a_while(here: Settings, there: Settings, s3_gate: Gate) -> None:
    before, bucket = filled(here), in_bucket(there, timeout_s=0.2)

    def ill(asked: Asked) -> Fault | None:
        return SLOW_DOWN if asked.method == "PUT" and "results" in asked.path else None

    with s3_gate.closed(ill), pytest.raises(StorageFailed) as caught:
        moved(here, bucket)
    assert "SlowDown" in caught.value.log
    patient = bucket.model_copy(update={"store_timeout_s": PATIENCE_S})
    with ExitStack() as opening, pytest.raises(SetupError, match="has not filled this database to its end"):
        serving(patient, opening)
    assert moved(here, patient).resumed
    assert contents(patient) == before


# The driver complains of a cursor that nobody could close any more
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("back", [False, True])
def test_a_database_that_goes_away(here: Settings, there: Settings, back: bool) -> None:
    """It comes back, and the move is made again."""
    with postgres_server() as server:
        cluster = there.model_copy(update={"database_url": server.new_database()})
        source, target = (cluster, here) if back else (here, cluster)
        before = filled(source)
        stopped = list[str]()

        def stop(part: str, *_: int) -> None:
            if part == ROWS and not stopped:
                stopped.append(part)
                server.stop("immediate")

        with pytest.raises(StorageFailed):
            moved(source, target, stop)
        server.start()
        assert contents(source) == before
        assert moved(source, target).resumed
        assert contents(target) == before
