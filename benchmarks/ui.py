"""How long people wait for the page, and for the reference's, in Debian's Chromium.

    python benchmarks/ui.py [--runs 10000] [--runs 100000] [--reference-up-to 10000]

Each store is filled with so many runs of 20 metrics and 20 params, ours also with 20 runs of 100,000 points. Printed:
the time from the first request until the newest run can be read (a browser that was never there, then one that was),
how many requests and kilobytes that took, the memory of the page; for ours also how long it takes until rows far down
are there after a scroll, until the rows are sorted by a metric, and until the curves of the 20 long runs are drawn.
"""

import argparse
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from measuring import environment, our_program, peer_program
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as Late

KEYS, LONG_RUNS, POINTS = 20, 20, 100_000
START = 1_700_000_000_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
OURS = {
    "runs": "INSERT INTO runs (id, run_id, experiment_id, run_name, user_id, status, start_time, end_time,"
    " artifact_uri, lifecycle_stage) VALUES (?, ?, ?, ?, 'ada', 'FINISHED', ?, ?, '', 'active')",
    "params": "INSERT INTO params (run, key, value) VALUES (?, ?, ?)",
    "latest": "INSERT INTO latest_metrics (run, key, value, timestamp, step, is_nan) VALUES (?, ?, ?, ?, 0, 0)",
    "points": "INSERT INTO metrics (run, key, timestamp, step, value, is_nan) VALUES (?, ?, ?, ?, ?, 0)",
}
THEIRS = {
    "runs": "INSERT INTO runs (run_uuid, experiment_id, name, user_id, status, start_time, end_time, artifact_uri,"
    " lifecycle_stage, source_type) VALUES (?, ?, ?, 'ada', 'FINISHED', ?, ?, '', 'active', 'LOCAL')",
    "params": "INSERT INTO params (run_uuid, key, value) VALUES (?, ?, ?)",
    "latest": "INSERT INTO latest_metrics (run_uuid, key, value, timestamp, step, is_nan) VALUES (?, ?, ?, ?, 0, 0)",
    "tags": "INSERT INTO tags (run_uuid, key, value) VALUES (?, 'mlflow.runName', ?)",
}


def run_id(number: int) -> str:
    return f"{number:032x}"


def fill(database: Path, count: int, experiment: int, *, ours: bool) -> None:
    """Straight into the tables: logging that much would take an hour."""
    statements, chance = (OURS if ours else THEIRS), random.Random(7)
    with closing(sqlite3.connect(database)) as sql, sql:
        for number in range(1, count + 1):
            owner: Any = number if ours else run_id(number)
            begun = START + number * 1000
            head = (number, run_id(number)) if ours else (run_id(number),)
            sql.execute(statements["runs"], (*head, experiment, f"run-{number}", begun, begun + 500))
            if not ours:
                sql.execute(statements["tags"], (run_id(number), f"run-{number}"))
            sql.executemany(
                statements["params"], [(owner, f"param{key}", str(number % 7 + key)) for key in range(KEYS)]
            )
            values = [(owner, f"metric{key}", chance.random(), begun) for key in range(KEYS)]
            sql.executemany(statements["latest"], values)
        if not ours:
            return
        for number in range(1, LONG_RUNS + 1):
            points = ((number, "long", START + step, step, chance.random() + step / POINTS) for step in range(POINTS))
            sql.executemany(statements["points"], points)
            sql.execute(statements["latest"], (number, "long", 1.0, START))


@contextmanager
def served(command: list[str], url: str, environ: dict[str, str], folder: Path) -> Iterator[None]:
    with subprocess.Popen(
        command, env=environ, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            for _ in range(600):
                with suppress(OSError):
                    urllib.request.urlopen(f"{url}/health").close()
                    break
                time.sleep(0.1)
            yield
        finally:
            process.terminate()


def timed(page: Page, address: str, text: str) -> float:
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.get_by_text(text, exact=True).first.wait_for(timeout=120_000)
    return time.perf_counter() - started


def settle(page: Page) -> None:
    """Wait until nothing is asked for any more; some pages never stop."""
    with suppress(Late):
        page.wait_for_load_state("networkidle", timeout=15_000)


def first_rows(browser: Browser, address: str, text: str) -> Page:
    """Prints what the first look costs; gives the page."""
    context = browser.new_context(viewport={"width": 1360, "height": 800})
    page = context.new_page()
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    cold = timed(page, address, text)
    settle(page)
    requests, size = len(sizes), sum(sizes)
    page.goto("about:blank")
    warm = timed(page, address, text)
    settle(page)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    facts = {item["name"]: item["value"] for item in session.send("Performance.getMetrics")["metrics"]}
    heap = facts["JSHeapUsedSize"] / 1e6
    print(
        f"  first rows: {cold:.2f} s cold, {warm:.2f} s warm; {requests} requests, {size / 1000:.0f} kB; {heap:.0f} MB"
    )
    return page


def ours_further(page: Page, url: str, count: int) -> None:
    started = time.perf_counter()
    page.evaluate("document.querySelector('.rows').scrollTop = 1e6")
    page.get_by_text(f"run-{count - 101}", exact=True).wait_for(state="attached")
    print(f"  scroll past the first rows: {(time.perf_counter() - started) * 1000:.0f} ms")
    started = time.perf_counter()
    page.evaluate("document.querySelector('.rows').scrollTop = 400 * 30")
    page.get_by_text(f"run-{count - 405}", exact=True).wait_for()
    print(f"  scroll by 300 rows: {(time.perf_counter() - started) * 1000:.0f} ms")
    waited = [_sorted(page) for _ in range(4)]
    print(f"  sort by a metric: {min(waited) * 1000:.0f} to {max(waited) * 1000:.0f} ms")
    ids = ",".join(run_id(number) for number in range(1, LONG_RUNS + 1))
    page.goto("about:blank")
    started = time.perf_counter()
    page.goto(f"{url}/#/compare?runs={ids.replace(',', '%2C')}&view=curves&metrics=long", wait_until="commit")
    page.locator("[data-drawn]").wait_for()
    print(f"  {LONG_RUNS} curves of {POINTS} points, from nothing: {time.perf_counter() - started:.2f} s")
    started = time.perf_counter()
    page.get_by_label("Over").select_option("timestamp")
    page.wait_for_function("drawn => document.querySelector('[data-drawn]').dataset.drawn !== drawn", arg=_drawn(page))
    print(f"  the same over time, from there: {time.perf_counter() - started:.2f} s")


def _drawn(page: Page) -> str:
    return str(page.locator("[data-drawn]").get_attribute("data-drawn"))


def _sorted(page: Page) -> float:
    first = page.locator(".rows td.name a").first.inner_text()
    started = time.perf_counter()
    page.get_by_role("button", name="metric0", exact=False).first.click()
    page.wait_for_function(
        "first => (document.querySelector('.rows td.name a')?.innerText ?? first) !== first", arg=first, polling=5
    )
    return time.perf_counter() - started


def measure_ours(browser: Browser, home: Path, count: int) -> None:
    environ = environment(home) | {"MLPROJ_HOME": str(home)}
    subprocess.run([str(our_program()), "experiments", "create", "scale"], env=environ, check=True, capture_output=True)
    fill(home / "mlproj.db", count, 1, ours=True)
    url = "http://127.0.0.1:5951"
    with served([str(our_program()), "ui", "-p", "5951"], url, environ, home):
        print(f"mlproj, {count} runs")
        ours_further(first_rows(browser, f"{url}/#/runs?e=1", f"run-{count}"), url, count)


def measure_theirs(browser: Browser, home: Path, count: int) -> None:
    environ = environment(home) | {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    store, program = f"sqlite:///{home}/mlflow.db", str(peer_program())
    python = str(peer_program().with_name("python"))
    subprocess.run([program, "db", "upgrade", store], env=environ, check=True, capture_output=True)
    code = "import sys, mlflow; mlflow.set_tracking_uri(sys.argv[1]); mlflow.create_experiment('scale')"
    subprocess.run([python, "-c", code, store], env=environ, cwd=home, check=True, capture_output=True)
    fill(home / "mlflow.db", count, 1, ours=False)
    url = "http://127.0.0.1:5952"
    command = [program, "server", "--backend-store-uri", store, "-p", "5952", "--workers", "1"]
    with served(command, url, environ, home):
        print(f"reference, {count} runs (it shows 100 of them)")
        first_rows(browser, f"{url}/#/experiments/1/runs", f"run-{count}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, action="append")
    parser.add_argument("--reference-up-to", type=int, default=10_000, help="0 leaves the reference out")
    options = parser.parse_args()
    program = shutil.which("chromium") or sys.exit("chromium is not here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for count in options.runs or [10_000, 100_000]:
            with tempfile.TemporaryDirectory() as home:
                measure_ours(browser, Path(home), count)
                if count <= options.reference_up_to:
                    measure_theirs(browser, Path(home), count)


if __name__ == "__main__":
    main()
