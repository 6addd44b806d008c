"""Everything that runs behind the HTTP layer, from the start of the server to its end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette

from cleanplate.access import Access, static_keys
from cleanplate.api.bodies import Bodies, body_limits
from cleanplate.api.services import Services
from cleanplate.api.webhook_requests import webhook_maker
from cleanplate.app.data_directory import DataDirectory, open_data_directory
from cleanplate.app.installed import Installed, find_installed
from cleanplate.app.task_work import TaskWork, task_work
from cleanplate.errors import SetupError, StorageFailed
from cleanplate.idempotency import IdempotencyStore
from cleanplate.intake.sources import Inline
from cleanplate.key_limits import PRESETS, Limits, Told, ignore
from cleanplate.metrics.metrics import Metrics
from cleanplate.settings import OWN, Settings
from cleanplate.storage.server_secret import ServerSecret
from cleanplate.storage.signed_links import LinkSigner
from cleanplate.tasks.expiry import sweep_forever
from cleanplate.tasks.queue_wait import WaitPolicy
from cleanplate.tasks.reaping import reap, reap_forever
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.task import Submission
from cleanplate.tasks.task_memory import check_memory
from cleanplate.tracing.opening import open_tracer
from cleanplate.tracing.spans import Tracer
from cleanplate.uploads import UploadQuota, Uploads
from cleanplate.webhooks.outbox import Outbox
from cleanplate.webhooks.sender import RetryPolicy, WebhookSender

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that runs behind the HTTP layer. `closing` gives back what was opened."""

    settings: Settings
    installed: Installed
    data: DataDirectory
    work: TaskWork
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
            await asyncio.to_thread(self._take_over)
            self.work.stager.start()
            self.work.worker.start()
            self.work.simulated_worker.start()
            for task in await asyncio.to_thread(self.work.store.unstaged):
                self.work.stager.stage(task)
            uses = self.services.access.uses
            endless = self._sweep(), self._reap(), self.webhooks.run(), uses.write_forever()
            loops = [asyncio.create_task(loop) for loop in endless]
            try:
                yield
            finally:
                for loop in loops:
                    loop.cancel()
                await asyncio.gather(*loops, return_exceptions=True)
                await asyncio.to_thread(self._write_uses)
                await self.work.stager.aclose()
                await self.work.fetcher.close()
                await asyncio.to_thread(self.work.simulated_worker.stop, 0.0)
                await asyncio.to_thread(self.work.worker.stop, self.settings.shutdown_grace_s)
                await asyncio.to_thread(self.tracer.close)

    def _take_over(self) -> None:
        """What the last process held is free: the lock on the data directory says that it is gone."""
        reap(self.work.store, owner=True)
        self.outbox.release_all()

    def _write_uses(self) -> None:
        try:
            self.services.access.uses.write()
        except StorageFailed as error:
            _log.warning("the last uses of keys are not written: %s", error.log)

    def _sweep(self) -> Coroutine[None, None, None]:
        also = self.idempotency.sweep, self.services.uploads.sweep
        return sweep_forever(self.work.store, self.data.objects, also=also)

    def _reap(self) -> Coroutine[None, None, None]:
        workers = self.work.workers

        def wake() -> None:
            for worker in workers:
                worker.wake_all()

        def spared() -> frozenset[str]:
            return frozenset().union(*(worker.running for worker in workers))

        return reap_forever(self.work.store, spared=spared, found=wake)


def open_application(settings: Settings, *, new_database: bool) -> Application:
    """Open the data directory, and make all that works on it. After a `SetupError` nothing is open."""
    with ExitStack() as opening:
        tracer = open_tracer(settings.traces, settings.secrets)
        opening.callback(tracer.close)
        installed = find_installed(settings, opening)
        data = open_data_directory(settings, opening, new_database=new_database)
        metrics = installed.metrics()
        work = task_work(settings, installed, data, metrics, tracer)
        metrics.registry.register(work.state(data))
        services = _services(settings, data, work)
        outbox = Outbox(data.engine)
        request = webhook_maker(services, installed.dialects, data.secret.for_webhooks())
        policy = RetryPolicy(allow=settings.fetch_allow, tracer=tracer, tell=metrics.callback)
        return Application(
            settings=settings,
            installed=installed,
            data=data,
            work=work,
            services=services,
            idempotency=IdempotencyStore(data.engine),
            metrics=metrics,
            outbox=outbox,
            webhooks=WebhookSender(work.store, outbox, request, policy),
            tracer=tracer,
            closing=opening.pop_all(),
        )


def _services(settings: Settings, data: DataDirectory, work: TaskWork) -> Services:
    """What the dialects use."""
    access = _access(settings, data)
    quota = UploadQuota(settings.uploads_per_key, settings.upload_bytes_per_key)
    tasks = TaskService(
        work.store,
        data.objects,
        ready=work.stager.stage,
        admit=partial(_admit, data, access, work),
        waiting=WaitPolicy(
            max_wait_s=settings.max_queue_wait_s,
            max_interactive_s=settings.sync_timeout_s,
            workers=work.count,
        ),
    )
    return Services(
        uploads=Uploads(data.engine, data.objects, quota, check_room=data.floor.check),
        tasks=tasks,
        access=access,
        objects=data.objects,
        links=LinkSigner(_link_secrets(settings, data.secret)),
        secret=data.secret,
        bodies=Bodies(body_limits(settings), settings.data),
        settings=settings,
        catalogue=work.cards,
    )


def _access(settings: Settings, data: DataDirectory) -> Access:
    try:
        static = static_keys(data.engine, settings.api_keys, data.secret.mac)
    except StorageFailed as error:
        raise SetupError(f"the data directory cannot be used: {error.public}", log=error.log) from error
    return Access(data.engine, static, preset=PRESETS[settings.limits_preset])


def _admit(
    data: DataDirectory, access: Access, work: TaskWork, asked: Submission, told: Told = ignore
) -> Limits:
    """Whether there is room for one task more, and what this key may have."""
    data.floor.check()
    picture = asked.inputs["image"].source
    if isinstance(picture, Inline):
        check_memory(work.cards, asked, picture.data)
    return access.admit(asked.key_id, told)


def _link_secrets(settings: Settings, own: ServerSecret) -> list[ServerSecret]:
    return [own if key == OWN else ServerSecret(key.encode()) for key in settings.link_keys]
