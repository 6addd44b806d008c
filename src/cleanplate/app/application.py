"""Everything that runs behind the HTTP layer, from the start of the server to its end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette

from cleanplate.access import Access, Sessions, static_keys
from cleanplate.admin.admin_values import Administration
from cleanplate.admin.model_pulls import ModelPulls
from cleanplate.api.services import Services
from cleanplate.api.webhook_requests import webhook_maker
from cleanplate.app.administering import administration
from cleanplate.app.data_directory import DataDirectory, open_data_directory
from cleanplate.app.installed import Installed, find_installed
from cleanplate.app.state_metrics import state_of
from cleanplate.app.task_loops import member, reaping
from cleanplate.app.task_work import Doing, Staging, TaskTable, doing, staging, task_table
from cleanplate.errors import SetupError, StorageFailed, refused_start
from cleanplate.idempotency import IdempotencyStore
from cleanplate.intake.sources import Inline
from cleanplate.key_limits import PRESETS, Limits, Told, ignore
from cleanplate.metrics.metrics import Metrics
from cleanplate.settings import OWN, Settings
from cleanplate.storage.server_secret import ServerSecret
from cleanplate.storage.signed_links import LinkSigner
from cleanplate.tasks.expiry import SWEEP_S, sweep_forever
from cleanplate.tasks.queue_wait import WaitPolicy
from cleanplate.tasks.reaping import reap
from cleanplate.tasks.rounds import Rounds, always
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.staging import Stager
from cleanplate.tasks.task import Submission
from cleanplate.tasks.task_memory import check_memory
from cleanplate.tasks.worker import Worker
from cleanplate.tracing.opening import open_tracer
from cleanplate.tracing.spans import Tracer
from cleanplate.transport.bodies import Bodies, body_limits
from cleanplate.transport.linked_pictures import LinkedPictures
from cleanplate.uploads import UploadQuota, Uploads
from cleanplate.webhooks.outbox import Outbox
from cleanplate.webhooks.sender import RetryPolicy, WebhookSender

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that runs behind the HTTP layer. `closing` gives back what was opened.

    Attributes:
        doing: None where other processes do the tasks.
    """

    settings: Settings
    installed: Installed
    data: DataDirectory
    table: TaskTable
    doing: Doing | None
    staging: Staging
    services: Services
    idempotency: IdempotencyStore
    metrics: Metrics
    outbox: Outbox
    webhooks: WebhookSender
    tracer: Tracer
    closing: ExitStack

    @asynccontextmanager
    async def running(self, app: Starlette) -> AsyncIterator[None]:
        """Work from the start of the server to its end; what is unfinished then waits for the next start."""
        with self.closing:
            if not self.data.shared:
                await asyncio.to_thread(self._take_over)
            async with AsyncExitStack() as membership:
                if self.doing is not None:
                    await membership.enter_async_context(member(self.table, self.doing, self.data.engine))
                    self.doing.worker.start()
                self.staging.stager.start()
                self.staging.simulated_worker.start()
                loops = [asyncio.create_task(loop) for loop in self._endless()]
                try:
                    yield
                finally:
                    for loop in loops:
                        loop.cancel()
                    await asyncio.gather(*loops, return_exceptions=True)
                    await asyncio.to_thread(self._write_uses)
                    await self.staging.stager.aclose()
                    await self.staging.fetcher.close()
                    await asyncio.to_thread(self.staging.simulated_worker.stop, 0.0)
            if self.doing is not None:
                await asyncio.to_thread(self.doing.worker.stop, self.settings.shutdown_grace_s)
            await asyncio.to_thread(self.tracer.close)

    @property
    def workers(self) -> list[Worker]:
        """All that do tasks here."""
        simulated = self.staging.simulated_worker
        return [simulated] if self.doing is None else [self.doing.worker, simulated]

    def _endless(self) -> Iterator[Coroutine[None, None, None]]:
        yield self.staging.stager.stage_forever(owner=not self.data.shared, lease_ms=self.table.lease_ms)
        yield self._sweep()
        yield reaping(self.table, self.workers)
        yield self.webhooks.run()
        yield self.idempotency.hold_forever()
        yield self.services.access.uses.write_forever()

    def _take_over(self) -> None:
        """What the last process held is free: the lock on the data directory says that it is gone."""
        reap(self.table.store, owner=True)
        self.outbox.release_all()

    def _write_uses(self) -> None:
        try:
            self.services.access.uses.write()
        except StorageFailed as error:
            _log.warning("the last uses of keys are not written: %s", error.log)

    def _sweep(self) -> Coroutine[None, None, None]:
        also = [self.idempotency.sweep, self.services.uploads.sweep]
        turn, clock_ms = always, self.data.clock_ms
        if self.table.fleet is not None:
            also.append(self.table.fleet.sweep)
            # Each time the whole store is listed; a little less, or every second turn would be missed
            turn = Rounds(self.data.engine, "sweep", every_ms=int(900 * SWEEP_S), clock_ms=clock_ms).begins
        return sweep_forever(self.table.store, self.data.objects, also=also, clock_ms=clock_ms, turn=turn)


def open_application(
    settings: Settings, *, new_database: bool, new_store: bool, worker: bool = True
) -> Application:
    """Open the data directory, and make all that works on it. After a `SetupError` nothing is open.

    Args:
        new_database, new_store: `open_data_directory`'s.
        worker: do tasks here too.
    """
    if not (worker or settings.database_url):
        raise SetupError("--no-worker needs CLEANPLATE_DATABASE_URL, the database that workers share")
    with ExitStack() as opening:
        tracer = open_tracer(settings.traces, settings.secrets)
        opening.callback(tracer.close)
        installed = find_installed(settings, opening)
        data = open_data_directory(settings, opening, new_database=new_database, new_store=new_store)
        metrics = installed.metrics()
        table = task_table(settings, installed, data, metrics)
        done = doing(settings, installed, data, table, tracer) if worker else None
        staged = staging(settings, data, table, metrics, tracer, None if done is None else done.worker)
        groups = [staged.reader] if done is None else [done.children, staged.reader]
        metrics.registry.register(state_of(data, groups))
        linked = LinkedPictures(metrics.watched(staged.fetcher.fetch), max_bytes=settings.max_body_bytes)
        shelf = ModelPulls(installed.runtime, installed.edits)
        opening.callback(shelf.close)
        admins = administration(data, done, shelf)
        services = _services(settings, data, table, staged.stager, linked, admins)
        outbox = Outbox(data.engine)
        request = webhook_maker(services, installed.dialects, data.secret.for_webhooks())
        policy = RetryPolicy(
            allow=settings.fetch_allow, clock_ms=data.clock_ms, tracer=tracer, tell=metrics.callback
        )
        return Application(
            settings=settings,
            installed=installed,
            data=data,
            table=table,
            doing=done,
            staging=staged,
            services=services,
            idempotency=IdempotencyStore(data.engine, clock_ms=data.clock_ms),
            metrics=metrics,
            outbox=outbox,
            webhooks=WebhookSender(table.store, outbox, request, policy),
            tracer=tracer,
            closing=opening.pop_all(),
        )


def _services(
    settings: Settings,
    data: DataDirectory,
    table: TaskTable,
    stager: Stager,
    linked: LinkedPictures,
    admins: Administration,
) -> Services:
    """What the dialects use."""
    access = _access(settings, data)
    quota = UploadQuota(settings.uploads_per_key, settings.upload_bytes_per_key)
    tasks = TaskService(
        table.store,
        data.objects,
        ready=stager.stage,
        admit=partial(_admit, data, access, table),
        waiting=WaitPolicy(
            max_wait_s=settings.max_queue_wait_s,
            max_interactive_s=settings.sync_timeout_s,
            workers=table.capacity,
        ),
        queue_of=lambda asked: table.cards[asked.edit].queue(asked.parameters),
        stager_id=stager.id,
        clock_ms=data.clock_ms,
    )
    return Services(
        uploads=Uploads(
            data.engine, data.objects, quota, check_room=data.floor.check, clock_ms=data.clock_ms
        ),
        tasks=tasks,
        access=access,
        objects=data.objects,
        links=LinkSigner(_link_secrets(settings, data.secret)),
        secret=data.secret,
        bodies=Bodies(body_limits(settings), settings.data),
        linked=linked,
        administration=admins,
        settings=settings,
        catalogue=table.cards,
    )


def _access(settings: Settings, data: DataDirectory) -> Access:
    try:
        static = static_keys(data.engine, settings.api_keys, data.secret.mac)
    except StorageFailed as error:
        raise refused_start(error, f"the database cannot be used: {error.log}") from error
    return Access(
        data.engine,
        static,
        preset=PRESETS[settings.limits_preset],
        sessions=Sessions(data.secret.mac, data.clock_ms),
        clock_ms=data.clock_ms,
    )


def _admit(
    data: DataDirectory, access: Access, table: TaskTable, asked: Submission, told: Told = ignore
) -> Limits:
    """Whether there is room for one task more, and what this key may have."""
    data.floor.check()
    picture = asked.inputs["image"].source
    if isinstance(picture, Inline):
        check_memory(table.cards, asked, picture.data)
    return access.admit(asked.key_id, told)


def _link_secrets(settings: Settings, own: ServerSecret) -> list[ServerSecret]:
    return [own if key == OWN else ServerSecret(key.encode()) for key in settings.link_keys]
