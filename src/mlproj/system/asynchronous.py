"""Running async work from plain code, on a thread of its own: a notebook's thread has an event loop already."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

Result = TypeVar("Result")

_POLL = 0.1


def run_async(make: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run what `make` makes to its end; if the caller is interrupted it is cancelled, and waited for."""
    done: Future[Result] = Future()
    loop = asyncio.new_event_loop()
    tasks: list[asyncio.Task[Result]] = []

    async def run() -> Result:
        tasks.append(asyncio.ensure_future(make()))
        return await tasks[0]

    def work() -> None:
        try:
            done.set_result(loop.run_until_complete(run()))
        except asyncio.CancelledError:
            done.cancel()
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            done.set_exception(error)
        finally:
            loop.close()

    thread = threading.Thread(target=work, name="async work", daemon=True)
    thread.start()
    try:
        result = _wait(done)
        thread.join()
    except BaseException:
        if not done.done() and tasks:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(tasks[0].cancel)
        thread.join()
        raise
    return result


def _wait(done: "Future[Result]") -> Result:
    """Wake up now and then, so that a signal's handler gets its turn."""
    while True:
        try:
            return done.result(timeout=_POLL)
        except CancelledError as error:
            raise RuntimeError("async work was cancelled") from error
        except TimeoutError:
            if done.done():
                raise
