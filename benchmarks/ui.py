"""How long people wait for the page, and for the reference's, in Debian's Chromium.

    python benchmarks/ui.py [--runs 10000] [--runs 100000] [--reference-up-to 10000] [--stores DIR] [--patience 60]

Each store is filled with so many runs of 20 metrics and 20 params, and with 20 runs of 100,000 points; with `--stores`
it is kept, so that a later call begins with the visits (or goes on after one that was cut off). Printed are the
seconds of each visit, from the first request or the click until what was asked for can be read and is painted; how
many requests and kilobytes the first look takes, the memory of the page, and how many times the reference's is that.

With 10,000 runs it takes about a minute to fill both stores and one to four for the visits, most of it the
reference's; with 100,000 ours takes about two minutes to fill, and seconds for the visits.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from measuring import environment, our_program, peer_program
from playwright.sync_api import Browser, sync_playwright
from ui_stores import our_environment, our_store, their_store
from ui_visits import Ours, Theirs, visit

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
OUR_PORT, THEIR_PORT = 5951, 5952
UNITS = ("requests", "kB", "MB")
Found = dict[str, float | None]


@contextmanager
def served(command: list[str], url: str, environ: dict[str, str], folder: Path) -> Iterator[None]:
    with subprocess.Popen(
        command, env=environ, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            for _ in range(1200):
                with suppress(OSError):
                    urllib.request.urlopen(f"{url}/health").close()
                    break
                time.sleep(0.1)
            yield
        finally:
            process.terminate()


def measure_ours(browser: Browser, home: Path, count: int, patience: float) -> Found:
    our_store(home, count)
    url = f"http://127.0.0.1:{OUR_PORT}"
    command = [str(our_program()), "ui", "-p", str(OUR_PORT)]
    with served(command, url, our_environment(home), home):
        return visit(browser, Ours(url), count, patience)


def measure_theirs(browser: Browser, home: Path, count: int, patience: float) -> Found:
    store = their_store(home, count)
    url = f"http://127.0.0.1:{THEIR_PORT}"
    command = [str(peer_program()), "server", "--backend-store-uri", store, "-p", str(THEIR_PORT), "--workers", "1"]
    with served(command, url, environment(home), home):
        return visit(browser, Theirs(url), count, patience)


def show(count: int, ours: Found, theirs: Found | None, patience: float) -> None:
    """One line for each visit; the reference has 100 runs in its table, then 100 more."""
    print(f"{f'{count} runs':<32}{'mlproj':>12}{'reference':>14}{'ratio':>10}", flush=True)
    for name, mine in ours.items():
        other = (theirs or {}).get(name)
        late = f"> {patience:.0f} s" if theirs and name in theirs else ""
        both = mine is not None and other is not None and mine > 0
        ratio = f"{other / mine:.1f} x" if both and mine and other else ""
        print(f"{name:<32}{_text(name, mine, f'> {patience:.0f} s'):>12}{_text(name, other, late):>14}{ratio:>10}")


def _text(name: str, value: float | None, late: str) -> str:
    if value is None:
        return late
    return f"{value:.0f}" if name.startswith(UNITS) else f"{value:.3f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, action="append", help="10000 and 100000 unless given")
    parser.add_argument("--reference-up-to", type=int, default=10_000, help="0 leaves the reference out")
    parser.add_argument("--stores", type=Path, help="keep the stores here, and use those that are here")
    parser.add_argument("--patience", type=float, default=60, help="seconds to wait for one visit")
    options = parser.parse_args()
    program = shutil.which("chromium") or sys.exit("chromium is not here")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        stores = (options.stores or Path(scratch)).resolve()
        for count in options.runs or [10_000, 100_000]:
            ours = measure_ours(browser, stores / f"ours-{count}", count, options.patience)
            theirs = None
            if count <= options.reference_up_to:
                theirs = measure_theirs(browser, stores / f"reference-{count}", count, options.patience)
            show(count, ours, theirs, options.patience)


if __name__ == "__main__":
    main()
