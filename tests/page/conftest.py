"""A real `mlproj ui`, runs that the program made, and a browser that looks at them."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import urllib3
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from mlproj.server.pages.built import BUILT, is_built

PROJECT = Path(__file__).parent / "project"
SOURCE = Path(__file__).parent.parent.parent / "src" / "mlproj" / "ui"
AXE = SOURCE / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MARKUP = "<img src=x onerror='window.hit=1'>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running server, the home that it shows, and the runs there by the name that the tests have for them."""

    url: str
    home: Path
    environ: dict[str, str]
    runs: dict[str, str]

    def ask(self, path: str, **body: Any) -> Any:
        answer = urllib3.request("POST", f"{self.url}/api/2.0/mlflow/{path}", json=body)
        assert answer.status == 200, answer.data
        return answer.json()

    def run(self, run_id: str) -> Any:
        return urllib3.request("GET", f"{self.url}/api/2.0/mlflow/runs/get?run_id={run_id}").json()["run"]

    def at(self, *path: str, **query: str) -> str:
        """The address of a view."""
        words = f"?{urlencode(query)}" if query else ""
        return f"{self.url}/#/{'/'.join(quote(part, safe='') for part in path)}{words}"

    def mlproj(self, *words: str) -> str:
        """Run the program; gives the id of the run that it made."""
        done = subprocess.run(["mlproj", *words], env=self.environ, capture_output=True, text=True, check=False)
        found = re.search(r"[0-9a-f]{32}", done.stderr + done.stdout)
        assert found, done.stderr
        return found[0]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    given = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "MLPROJ_"))}  # noqa: TID251
    environ = {**given, "MLPROJ_HOME": str(home / "home"), "MLPROJ_CACHE_DIR": str(home / "cache"), "HOME": str(home)}
    shutil.copytree(PROJECT, home / "project")
    command = ["mlproj", "ui", "-p", "0"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True, cwd=home) as server:
        assert server.stdout
        try:
            url = server.stdout.readline().split()[-1]
            site = Site(url=url, home=home, environ=environ, runs={})
            _fill(site)
            yield site
        finally:
            server.kill()


def _fill(site: Site) -> None:
    local = ("--env-manager", "local")
    for name, rate, model in (("first", "0.1", "tree"), ("second", "0.3", "tree"), ("third", "0.3", "linear")):
        words = ("run", str(site.home / "project"), *local, "-P", f"lr={rate}", "-P", f"model={model}")
        site.runs[name] = site.mlproj(*words, "--run-name", f"{name} run")
    site.ask("experiments/create", name="vision/large")
    (experiment,) = {site.run(run_id)["info"]["experiment_id"] for run_id in site.runs.values()}
    parent = site.ask("runs/create", experiment_id="0", run_name=f"ugly {MARKUP}", start_time=1_700_000_000_000)
    site.runs["ugly"] = parent["run"]["info"]["run_id"]
    pairs = [{"key": "markup", "value": MARKUP}, {"key": "note", "value": "a\nb \u202e \U0001f600 ' \""}]
    site.ask("runs/log-batch", run_id=site.runs["ugly"], params=pairs, tags=pairs)
    site.ask("runs/update", run_id=site.runs["ugly"], status="FAILED", end_time=1_700_000_060_000)
    for number in range(2):
        tags = [{"key": "mlflow.parentRunId", "value": site.runs["ugly"]}]
        made = site.ask("runs/create", experiment_id="0", run_name=f"child {number}", start_time=number + 1, tags=tags)
        site.runs[f"child {number}"] = made["run"]["info"]["run_id"]
        site.ask("runs/update", run_id=site.runs[f"child {number}"], status="FINISHED", end_time=number + 2)
    site.runs["experiment"] = experiment
    for version in range(2):
        if not version:
            site.ask("registered-models/create", name="net small", description="**Sees** things")
        source = f"mlflow-artifacts:/{experiment}/{site.runs['first']}/artifacts/model"
        site.ask("model-versions/create", name="net small", source=source, run_id=site.runs["first"])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser | None]:
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None or not is_built():
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium: Browser | None, require: Callable[[object, str], None]) -> Browser:
    require(is_built(), f"the page (in {BUILT})")
    require(chromium, "chromium")
    assert chromium
    return chromium


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """What went wrong in a page: errors of scripts, refusals by its policy, requests to elsewhere.

    A test that makes something go wrong says with `expect` what the browser may note of that.
    """

    said: list[str]
    expected: list[str]
    requests: list[str]

    def expect(self, *texts: str) -> None:
        self.expected.extend(texts)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1360, "height": 800}, reduced_motion="reduce", locale="en-GB")
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def troubles(context: BrowserContext, site: Site) -> Iterator[Troubles]:
    """Nothing may go wrong in the pages of a test that is not expected there."""
    found = Troubles(said=[], expected=[], requests=[])
    context.on("console", lambda message: found.said.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: found.said.append(str(error.error)))
    context.on("request", lambda request: found.requests.append(request.url))
    yield found
    assert [text for text in found.said if not any(part in text for part in found.expected)] == []
    own = (site.url, "data:", "blob:", "chrome:", "chrome-extension:")  # the last two are of the browser's PDF viewer
    elsewhere = [url for url in found.requests if not url.startswith(own)]
    assert elsewhere == []


@pytest.fixture
def page(context: BrowserContext, troubles: Troubles) -> Page:
    return context.new_page()


def axe_violations(page: Page) -> list[str]:
    """What is serious for people who do not see the page, or not its colours, or have no mouse."""
    page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
    found = json.loads(page.evaluate("axe.run().then(found => JSON.stringify(found.violations))"))
    return [
        f"{one['id']}: {node['html']} {node['failureSummary']}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    return axe_violations
