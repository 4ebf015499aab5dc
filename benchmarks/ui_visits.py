"""What people do with a page, timed in a browser: with ours, and with the reference's."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as BrowserError
from ui_stores import LONG_RUNS, run_id

PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SORTS = 4
FIRST_PAGE = 100
ROW = 30


class Site(Protocol):
    """A page and its visits. Each leaves the page where the next can begin."""

    url: str
    runs: str

    def scroll(self, page: Page, count: int) -> None: ...
    def sort(self, page: Page, turn: int) -> None: ...
    def first_name(self) -> str: ...
    def curves(self, page: Page) -> None: ...


class Ours:
    def __init__(self, url: str) -> None:
        self.url, self.runs = url, f"{url}/#/runs?e=1"

    def scroll(self, page: Page, count: int) -> None:
        page.locator(".rows").hover()
        page.evaluate("() => { document.querySelector('.rows').scrollTop = 1e6 }")
        page.get_by_text(f"run-{count - FIRST_PAGE}", exact=True).wait_for(state="attached")

    def sort(self, page: Page, turn: int) -> None:
        page.get_by_role("button", name="metric0", exact=False).first.click()

    def first_name(self) -> str:
        return "() => document.querySelector('.rows td.name a')?.innerText"

    def curves(self, page: Page) -> None:
        """Until there is something to see."""
        ids = "%2C".join(run_id(number) for number in range(1, LONG_RUNS + 1))
        page.goto(f"{self.url}/#/compare?runs={ids}&view=curves&metrics=long", wait_until="commit")
        page.locator("[data-glimpse], [data-drawn]").wait_for()

    def whole_curves(self, page: Page) -> None:
        """From nothing until all that stands out is drawn."""
        self.curves(page)
        page.locator("[data-drawn]").wait_for()

    def scroll_far(self, page: Page, count: int) -> None:
        """To rows that are loaded, a few screens further down."""
        page.evaluate(f"() => {{ document.querySelector('.rows').scrollTop = 400 * {ROW} }}")
        page.get_by_text(f"run-{count - 405}", exact=True).wait_for()

    def curves_over_time(self, page: Page) -> None:
        drawn = page.locator("[data-drawn]").get_attribute("data-drawn")
        page.get_by_label("Over").select_option("timestamp")
        changed = "drawn => document.querySelector('[data-drawn]').dataset.drawn !== drawn"
        page.wait_for_function(changed, arg=drawn, polling=5)


class Theirs:
    def __init__(self, url: str) -> None:
        self.url, self.runs = url, f"{url}/#/experiments/1/runs"

    def scroll(self, page: Page, count: int) -> None:
        page.evaluate("() => { document.querySelector('.ag-body-viewport').scrollTop = 1e6 }")
        page.get_by_role("button", name="Load more").click()
        page.get_by_text(f"run-{count - FIRST_PAGE}", exact=True).first.wait_for(state="attached")

    def sort(self, page: Page, turn: int) -> None:
        ascending = "true" if turn % 2 else "false"
        page.evaluate(
            "order => { location.hash = order }",
            f"#/experiments/1/runs?orderByKey=metrics.%60metric0%60&orderByAsc={ascending}",
        )

    def first_name(self) -> str:
        return '() => document.querySelector(\'[row-index="0"] a[href*="/runs/"]\')?.innerText'

    def curves(self, page: Page) -> None:
        ids = "%2C".join(f"%22{run_id(number)}%22" for number in range(1, LONG_RUNS + 1))
        query = f"runs=%5B{ids}%5D&metric=%22long%22&experiments=%5B%221%22%5D&plot_metric_keys=%5B%22long%22%5D"
        page.goto(f"{self.url}/#/metric?{query}", wait_until="commit")
        drawn = f"() => document.querySelector('.js-plotly-plot')?.data?.length >= {LONG_RUNS}"
        page.wait_for_function(drawn, polling=20)


def visit(browser: Browser, site: Site, count: int, patience: float) -> dict[str, float | None]:
    """Seconds of each visit, None for what did not end in time; also requests, kilobytes and megabytes."""
    context = browser.new_context(viewport={"width": 1360, "height": 800})
    page = context.new_page()
    page.set_default_timeout(patience * 1000)
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    found: dict[str, float | None] = {"first rows, cold": _timed(page, lambda: _look(page, site, count))}
    _settle(page)
    found |= {"requests": len(sizes), "kB": sum(sizes) / 1000, "MB with the first rows": _memory(page)}
    page.goto("about:blank")
    found["first rows, warm"] = _timed(page, lambda: _look(page, site, count))
    _settle(page)
    found["scroll past the first rows"] = _timed(page, lambda: site.scroll(page, count))
    if isinstance(site, Ours):
        found["scroll by 300 rows"] = _timed(page, lambda: site.scroll_far(page, count))
    turns = [_timed(page, lambda turn=turn: _sort(page, site, turn)) for turn in range(SORTS)]
    waited = [turn for turn in turns if turn is not None]
    found["sort by a metric, quickest"] = min(waited, default=None)
    found["sort by a metric, slowest"] = max(waited, default=None)
    page.goto("about:blank")
    found["20 curves of 100,000 points"] = _timed(page, lambda: site.curves(page))
    if isinstance(site, Ours):
        page.locator("[data-drawn]").wait_for()
        page.goto("about:blank")
        found["the same, with all that stands out"] = _timed(page, lambda: site.whole_curves(page))
        found["the same over time"] = _timed(page, lambda: site.curves_over_time(page))
    found["MB with the curves"] = _memory(page)
    context.close()
    return found


def _look(page: Page, site: Site, count: int) -> None:
    page.goto(site.runs, wait_until="commit")
    page.get_by_text(f"run-{count}", exact=True).first.wait_for()


def _sort(page: Page, site: Site, turn: int) -> None:
    name = site.first_name()
    before = page.evaluate(name)
    site.sort(page, turn)
    changed = f"before => {{ const name = ({name})(); return name && name !== before }}"
    page.wait_for_function(changed, arg=before, polling=5)


def _timed(page: Page, act: Callable[[], None]) -> float | None:
    """Until it is done and painted."""
    started = time.perf_counter()
    try:
        act()
        page.evaluate(PAINTED)
    except BrowserError:
        return None
    return time.perf_counter() - started


def _settle(page: Page) -> None:
    """Wait until nothing is asked for any more; some pages never stop."""
    with suppress(BrowserError):
        page.wait_for_load_state("networkidle", timeout=15_000)


def _memory(page: Page) -> float:
    """Megabytes of the page's objects, without what nobody needs any more."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    facts = {item["name"]: item["value"] for item in session.send("Performance.getMetrics")["metrics"]}
    return float(facts["JSHeapUsedSize"]) / 1e6
