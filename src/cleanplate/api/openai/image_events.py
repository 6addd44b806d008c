"""`stream`: the results of one edit as server-sent events, and before them those on their way."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from functools import partial
from itertools import chain

import anyio

from cleanplate.api.encoded_results import Parts, sent
from cleanplate.api.endpoint import ApiCall
from cleanplate.api.event_stream import HEARTBEAT, HEARTBEAT_S, TOO_MANY, EventStream, event
from cleanplate.api.openai.openai_codes import ERRORS, error_object, of_error
from cleanplate.api.openai.openai_replies import ImageReply
from cleanplate.api.openai.partial_images import PartialImages
from cleanplate.api.refusal import Refusal, RefusedError
from cleanplate.api.services import Services
from cleanplate.api.task_wait import wait_for_end
from cleanplate.errors import StorageFailed
from cleanplate.tasks.task import Task


def image_events(call: ApiCall, task: Task, reply: ImageReply) -> EventStream:
    """The events of a task: `image_edit.partial_image` for each preview, then `image_edit.completed` for each
    result, or `error`."""
    refusal = Refusal(429, "rate_limit_exceeded", f"Rate limit reached: {TOO_MANY}.")
    return EventStream(call, _events(call, task, reply), ERRORS.response(call.request, refusal))


async def _events(call: ApiCall, task: Task, reply: ImageReply) -> AsyncGenerator[bytes]:
    services = call.services
    waiting = _Waiting(services, task, PartialImages(task, reply))
    try:
        async for parts in waiting.partial_events():
            async with aclosing(sent(services, parts)) as pieces:
                async for piece in pieces:
                    yield piece
        made: list[Parts] = await services.threads.read_file(partial(reply.events, waiting.ended.result()))
        async with aclosing(sent(services, [*chain.from_iterable(made)])) as pieces:
            async for piece in pieces:
                yield piece
    except RefusedError as error:
        yield _error(error.refusal)
    except StorageFailed as error:
        yield _error(of_error(call.request, error))
    finally:
        await waiting.leave()


class _Waiting:
    """Waits for the end of a task, and meanwhile for its previews.

    Attributes:
        ended: the task, as `wait_for_end` gives it.
    """

    def __init__(self, services: Services, task: Task, partials: PartialImages) -> None:
        self._services = services
        self._partials = partials
        self._events: asyncio.Queue[Parts | None] = asyncio.Queue()
        wait = wait_for_end(
            services,
            task.id,
            services.settings.sync_timeout_s,
            watch=self._look if partials.wanted else None,
        )
        self.ended = asyncio.ensure_future(wait)
        self.ended.add_done_callback(lambda _: self._events.put_nowait(None))

    async def partial_events(self) -> AsyncIterator[Parts]:
        """Each as it comes, until the task has ended; a heartbeat where there was none for long."""
        while True:
            try:
                parts = await asyncio.wait_for(self._events.get(), HEARTBEAT_S)
            except TimeoutError:
                yield [HEARTBEAT]
                continue
            if parts is None:
                return
            yield parts

    async def leave(self) -> None:
        """Nobody listens any more: a task that has not ended ends, and its previews go."""
        self.ended.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait({self.ended})
            if self._partials.wanted:
                await self._services.threads.read_file(self._partials.delete)

    async def _look(self, task: Task) -> None:
        for parts in await self._services.threads.read_file(partial(self._partials.new_events, task)):
            self._events.put_nowait(parts)


def _error(refusal: Refusal) -> bytes:
    return event("error", {"type": "error", "error": error_object(refusal)})
