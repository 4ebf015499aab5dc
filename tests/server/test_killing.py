"""Kill -9 under load: what was acknowledged is there, the file is sound, the server comes back at once."""

import os
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Event

from tests.served import Client, log_until, served

ROUNDS = 20 if os.environ.get("CI") == "true" else 3  # noqa: TID251 - each takes a second
CLIENTS = 8
ENOUGH = 200


def test_what_was_acknowledged_is_there_after_kill(tmp_path: Path) -> None:
    store = tmp_path / "mlproj.db"
    for turn in range(ROUNDS):
        with served(f"sqlite:///{store}") as (process, url), ThreadPoolExecutor(CLIENTS) as threads:
            run_id, numbers, enough = Client(url).create_run(), count(1), Event()

            def written(numbers: "count[int]" = numbers, enough: Event = enough) -> None:
                if next(numbers) == ENOUGH:
                    enough.set()

            names = [f"metric {turn} {number}" for number in range(CLIENTS)]
            writing = {
                name: threads.submit(log_until, Event(), url, run_id, name, on_written=written) for name in names
            }
            assert enough.wait(60)
            os.kill(process.pid, signal.SIGKILL)
            acknowledged = {name: steps.result()[0] for name, steps in writing.items()}
        with closing(sqlite3.connect(store)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            for name, steps in acknowledged.items():
                rows = database.execute("SELECT step FROM metrics WHERE key = ? ORDER BY step", (name,)).fetchall()
                kept = [row[0] for row in rows]
                assert kept[: len(steps)] == steps, name
                assert len(kept) <= len(steps) + 1
