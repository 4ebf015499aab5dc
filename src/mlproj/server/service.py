"""What all requests of a server share: the store, opened when it is first needed, and the threads that use it."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from types import TracebackType
from typing import Self, TypeVar

from mlproj.server.calls import CodeDiff
from mlproj.tracking.base import LocalStore
from mlproj.tracking.sql.grouping import GroupWriter, Tally, Write
from mlproj.tracking.sql.sqlite import SqliteDatabase

Result = TypeVar("Result")

THREADS = 8
UPLOADS = 256  # each waits for its client, so they have threads of their own


class Service:
    """`open_store` is a store, or what opens one. `on_error` hears of bugs of ours and of faults of the store.

    With a `database`, that of the store, requests that write share commits.
    """

    def __init__(
        self,
        open_store: Callable[[], LocalStore] | LocalStore,
        on_error: Callable[[BaseException], None],
        *,
        database: SqliteDatabase | None = None,
        code_diff: CodeDiff | None = None,
    ) -> None:
        self._open_store = open_store if callable(open_store) else None
        self._store = None if callable(open_store) else open_store
        self._opening = Lock()
        self._writer = None if database is None else GroupWriter(database, settle)
        self._threads = ThreadPoolExecutor(THREADS, "mlproj-server")
        self._uploads = ThreadPoolExecutor(UPLOADS, "mlproj-upload")
        self.on_error = on_error
        self.code_diff = code_diff

    @property
    def tally(self) -> Tally | None:
        """Of the commits that requests share."""
        return None if self._writer is None else self._writer.tally

    def store(self) -> LocalStore:
        with self._opening:
            if self._store is None:
                assert self._open_store is not None  # noqa: S101 - one of the two is given
                self._store = self._open_store()
            return self._store

    async def run(self, function: Callable[[], Result]) -> Result:
        """Call a function that uses the store."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def write(self, function: Callable[[], Result]) -> Result:
        """Call a function that changes the store; it may share its commit with others."""
        if (writer := self._writer) is None:
            return await self.run(function)
        written: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        writer.submit(Write(call=function, ticket=written))
        return await written

    async def receive(self, function: Callable[[], Result]) -> Result:
        """Call a function that reads what a client sends, at the pace of the client."""
        return await asyncio.get_running_loop().run_in_executor(self._uploads, function)

    def close(self) -> None:
        """End the threads, and close the store if it was opened here."""
        if self._writer is not None:
            self._writer.close()
        self._threads.shutdown(cancel_futures=True)
        self._uploads.shutdown(cancel_futures=True)
        if self._open_store is not None and self._store is not None:
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def settle(group: Sequence[Write]) -> None:
    """Answer the requests of a group, which wait in their event loop."""
    future = group[0].ticket
    assert isinstance(future, asyncio.Future)  # noqa: S101 - what `write` puts there
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        future.get_loop().call_soon_threadsafe(_answer, group)


def _answer(group: Sequence[Write]) -> None:
    for write in group:
        future = write.ticket
        if not isinstance(future, asyncio.Future) or future.done():
            continue
        if write.error is None:
            future.set_result(write.value)
        else:
            future.set_exception(write.error)
