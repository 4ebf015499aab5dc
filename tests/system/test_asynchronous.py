"""Async work from plain code."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from mlproj.system.asynchronous import run_async

INTERRUPTED = """
import asyncio, os, signal, threading
from mlproj.system.asynchronous import run_async

async def work():
    try:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        print("cancelled", flush=True)
        raise

try:
    run_async(work)
except KeyboardInterrupt:
    print("interrupted")
"""


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


def test_a_result_inside_a_running_loop() -> None:
    async def inside() -> int:
        return run_async(lambda: double(21))

    with ThreadPoolExecutor(1) as thread:  # a browser of another test may have left a loop in this one
        assert thread.submit(lambda: asyncio.run(inside())).result() == 42


def test_an_error_is_the_caller_s() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise TimeoutError("too late")

    with pytest.raises(TimeoutError, match="too late"):
        run_async(fail)


def test_work_that_cancels_itself() -> None:
    async def give_up() -> None:
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    with pytest.raises(RuntimeError, match="was cancelled"):
        run_async(give_up)


def test_an_interrupt_cancels_the_work() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["cancelled", "interrupted"]
