"""What is counted, numbered or given once stays so when processes and threads do it at the same moment."""

from itertools import chain, pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.contract.conftest import Database
from tests.contract.races import race
from tests.new_tasks import new_task

from cleanplate.access import Access
from cleanplate.database import transaction
from cleanplate.database.tables import API_KEYS, DELIVERIES, TASKS, UPLOADS, USAGE
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import State

THREE = [["a"], ["b"], ["c"]]

# Until four threads have got in five times each: get in, see that no more than the limit are, and leave.
CONCURRENT = """
from sqlalchemy import func, select
from tests.new_tasks import new_task
from cleanplate.database import transaction
from cleanplate.errors import LimitReached
from cleanplate.key_limits import Limits
from cleanplate.tasks.store import TaskStore
from cleanplate.usage.quota import open_tasks
store, refused = TaskStore(engine), 0
def work(_):
    got_in = most = 0
    while got_in < 5:
        task = new_task(1, account=sys.argv[1], key_id="k")
        try:
            store.insert_within(task, Limits(concurrent=3))
        except LimitReached:
            continue
        with transaction(engine) as connection:
            most = max(most, open_tasks(connection, "k"))
        got_in += 1
        assert store.cancel(task.id)
    return most
ready()
print(max(together(work, 4)))
"""

# Two threads submit until the quota is used up, and two do what is there.
IMAGES = """
import threading
from tests.new_tasks import new_task
from cleanplate.errors import LimitReached
from cleanplate.key_limits import Limits
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Output
store, done, over = TaskStore(engine), Output("x", 1, 1, "image/png"), threading.Event()
def work(number):
    count = 0
    while number < 2 and not over.is_set():
        try:
            store.insert_within(new_task(1, key_id="k", account=f"{number}"), Limits(images=60))
        except LimitReached as error:
            assert error.kind == "quota"
            over.set()
        else:
            count += 1
    while number >= 2:
        task = store.claim_next(sys.argv[1])
        if task is not None:
            assert store.succeed(task.claim, [done], 1)
        elif over.is_set():
            break
    return count
ready()
print(sum(together(work, 4)))
"""

TURNS = """
from tests.new_tasks import new_task
from cleanplate.tasks.store import TaskStore
store = TaskStore(engine)
ready()
together(lambda _: [store.insert(new_task(1, account="one", cost_ms=7)) for _ in range(10)], 3)
"""

# Each of four threads puts five files of ten bytes.
UPLOADS_OF_ONE = """
from pathlib import Path
from cleanplate.storage.folder import FolderStore
from cleanplate.uploads import UploadName, UploadQuota, UploadQuotaExceeded, Uploads
files, size = int(sys.argv[2]), int(sys.argv[3])
uploads = Uploads(engine, FolderStore(Path(sys.argv[4]), durable=False), UploadQuota(files, size))
def put(thread):
    kept = 0
    for number in range(5):
        name = UploadName(f"{sys.argv[1]}/{thread}/{number}", "one", "m")
        try:
            uploads.put(name, [b"0123456789"], max_bytes=10, keep_ms=10**9)
        except UploadQuotaExceeded:
            continue
        kept += 1
    return kept
ready()
print(sum(together(put, 4)))
"""

STATIC_KEYS = """
from tests.static_access import SECRET
from cleanplate.access import static_keys
secrets = sys.argv[1:]
ready()
for secret, key in zip(secrets, static_keys(engine, secrets, SECRET.mac), strict=True):
    print(secret, key.caller.key_id)
"""

FIRST_KEY = """
from cleanplate.access import Access
ready()
for secret in together(lambda _: Access(engine).create_first("first"), 3):
    if secret is not None:
        print(secret)
"""

USES = """
from cleanplate.access.audit import KeyUses
uses = KeyUses(engine)
for number in range(40):
    uses.note(f"key-{number}")
ready()
uses.write()
"""

CALLBACKS = """
import time
from cleanplate.webhooks.outbox import Outbox
outbox = Outbox(engine)
def send(thread):
    sent = []
    while some := outbox.claim(f"{sys.argv[1]}{thread}", 10**13, limit=3, lease_ms=10**6):
        assert len(some) <= 3
        for delivery in some:
            sent.append(delivery.task_id)
            outbox.forget(delivery)
    return sent
ready()
for ids in together(send, 3):
    print(*ids, sep="\\n")
"""

REPLIES = """
from cleanplate.idempotency import IdempotencyStore, InProgress
store = IdempotencyStore(engine)
ready()
for name in range(20):
    for state in together(lambda _: store.begin("me", f"{name}", b"x"), 3):
        if isinstance(state, InProgress):
            print(name)
"""

EXPIRED = """
from cleanplate.tasks.store import TaskStore
store = TaskStore(engine)
ids = store.expired(10**13, 1000)
if sys.argv[1] == "b":
    ids.reverse()
ready()
together(lambda _: store.delete(ids), 2)
"""

BELONGING = """
from pathlib import Path
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.belonging import check_belonging
objects = FolderStore(Path(sys.argv[1]), durable=False)
ready()
check_belonging(engine, objects)
objects.put(f"inputs/{sys.argv[2]}/image", b"of a submit whose row is not written yet")
"""


def _count(database: Database, *where: object) -> int:
    with transaction(database.here) as connection:
        statement = select(func.count()).select_from(TASKS).where(*where)  # type: ignore[arg-type]
        return connection.execute(statement).scalar_one()


def test_a_limit_of_unfinished_tasks_is_reached_and_never_passed(database: Database) -> None:
    """Whichever account the key is in at each host: it may just have been moved."""
    most = [int(line) for (line,) in race(database, CONCURRENT, words=THREE)]
    assert max(most) == 3


def test_a_quota_of_pictures_is_used_up_and_never_passed(database: Database) -> None:
    """While tasks end, and what was reserved becomes what was used."""
    accepted = [int(line) for (line,) in race(database, IMAGES, words=[["a"], ["b"]])]
    assert sum(accepted) == _count(database) == 60
    with transaction(database.here) as connection:
        assert connection.execute(select(func.sum(USAGE.c.images))).scalar_one() == 60


def test_no_two_tasks_of_an_account_have_one_turn(database: Database) -> None:
    race(database, TURNS, words=THREE)
    with transaction(database.here) as connection:
        turns = sorted(connection.execute(select(TASKS.c.turn)).scalars())
    assert len(turns) == 90
    assert {after - before for before, after in pairwise(turns)} == {7.0}


@pytest.mark.parametrize(("files", "size", "kept"), [(7, 10**6, 7), (100, 55, 5)])
def test_a_quota_of_uploads_is_used_up_and_never_passed(
    database: Database, tmp_path: Path, files: int, size: int, kept: int
) -> None:
    words = [[*name, str(files), str(size), str(tmp_path / "files")] for name in THREE]
    assert sum(int(line) for (line,) in race(database, UPLOADS_OF_ONE, words=words)) == kept
    with transaction(database.here) as connection:
        assert connection.execute(select(func.count()).select_from(UPLOADS)).scalar_one() == kept
    assert len(list((tmp_path / "files" / "uploads").iterdir())) == kept


def test_static_keys_are_who_they_are_on_every_host(database: Database) -> None:
    """That start together, also with lists in another order, or with a key more."""
    words = [["k1", "k2", "test-k3"], ["test-k3", "k1", "k2"], ["k2", "k4", "test-k3", "k1"]]
    told = race(database, STATIC_KEYS, words=words)
    numbers = [dict(line.split() for line in lines) for lines in told]
    number_of = numbers[2]
    assert all(found.items() <= number_of.items() for found in numbers)
    assert sorted(name.rpartition("-")[2] for name in number_of.values()) == ["1", "2", "3", "4"]


def test_one_first_key_is_made(database: Database) -> None:
    (secret,) = chain(*race(database, FIRST_KEY, words=THREE))
    assert Access(database.here).caller(secret).name == "first"
    with transaction(database.here) as connection:
        assert connection.execute(select(func.count()).select_from(API_KEYS)).scalar_one() == 1


def test_a_key_is_used_first_once(database: Database) -> None:
    race(database, USES, words=THREE)
    entries = Access(database.here).audit()
    assert sorted(entry.key_id for entry in entries) == sorted(f"key-{number}" for number in range(40))


def test_each_callback_is_sent_once(database: Database) -> None:
    names = ("task_id", "attempt", "next_at_ms", "account")
    ids = [f"{number}" for number in range(100)]
    rows = [dict(zip(names, (task_id, 0, 1, "a"), strict=True)) for task_id in ids]
    with transaction(database.here) as connection:
        connection.execute(DELIVERIES.insert(), rows)
    sent = [task_id for task_id in chain(*race(database, CALLBACKS, words=THREE)) if task_id]
    assert sorted(sent) == sorted(ids)


def test_a_request_is_begun_once(database: Database) -> None:
    begun = chain(*race(database, REPLIES, words=THREE))
    assert sorted(map(int, begun)) == list(range(20))


def test_hosts_that_forget_the_same_tasks_do_not_wait_for_each_other(
    database: Database, store: TaskStore
) -> None:
    for _ in range(200):
        store.insert(new_task(1, state=State.FAILED, expires_at_ms=2))
    race(database, EXPIRED, words=[["a"], ["b"]])
    assert _count(database) == 0


def test_hosts_that_start_first_together_share_the_files(database: Database, tmp_path: Path) -> None:
    race(database, BELONGING, words=[[str(tmp_path / "files"), *name] for name in THREE])
