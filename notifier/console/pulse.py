"""Telling open pages that something was written: one look a second for all of them, and none while nobody watches."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from notifier.storage.changes import ChangeMark

EVERY = 1.0  # seconds between two looks


class Pulse:
    """Lives in one event loop. A look that fails tells nothing: the page's own requests say that we are away."""

    def __init__(self, mark: ChangeMark, every: float = EVERY) -> None:
        self._mark = mark
        self._every = every
        self._seen: str | None = None
        self._watchers: set[asyncio.Event] = set()
        self._looking: asyncio.Task[None] | None = None

    async def beats(self, lasts: float, ended: Callable[[], bool]) -> AsyncIterator[None]:
        """The first once it is known how things are, then one for each look that found news.

        They end after `lasts` seconds, or soon after `ended` says so.
        """
        changed = asyncio.Event()
        self._watchers.add(changed)
        loop = asyncio.get_running_loop()
        ends = loop.time() + lasts
        try:
            if not self._is_looking():
                await self._look()
            if not self._is_looking():  # another page may have come meanwhile
                self._looking = asyncio.create_task(self._keep_looking())
            yield
            while loop.time() < ends and not ended():
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), self._every)
                    changed.clear()
                    yield
        finally:
            self._watchers.discard(changed)

    def _is_looking(self) -> bool:
        return self._looking is not None and not self._looking.done()

    async def _keep_looking(self) -> None:
        try:
            while self._watchers:
                await asyncio.sleep(self._every)
                if await self._look():
                    for watcher in self._watchers:
                        watcher.set()
        finally:
            self._mark.let_go()

    async def _look(self) -> bool:
        with suppress(SQLAlchemyError):
            before, self._seen = self._seen, await run_in_threadpool(self._mark.read)
            return before != self._seen
        return False
