"""Markup and scripts in all that runs can log, name or keep: text everywhere, and nothing comes to life."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import urllib3
from playwright.sync_api import BrowserContext, Page, expect

from mlproj.record.document import to_json
from mlproj.record.values import EnvironmentRecord, ParameterValue, RunRecord, Source

if TYPE_CHECKING:
    from tests.page.conftest import Site, Troubles

HIT = "window.hit=1"
MARKUP = f"<img src=x onerror='{HIT}'><script>{HIT}</script>"
BREAKOUT = f"\"'`}}}}</script></title></textarea><svg onload={HIT}>"
EVIL = f"{MARKUP}{BREAKOUT}"
KEY = "odd key: a/b"
"""As odd as a store takes it; a record may name anything."""
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj
trailer<</Root 1 0 R>>
%%EOF"""
FILES = {
    "evil.csv": f'"{EVIL.replace(chr(34), chr(34) * 2)}",b\n1,{MARKUP}\n'.encode(),
    "evil.json": json.dumps({MARKUP: [EVIL]}).encode(),
    "evil.md": f"# {MARKUP}\n\n{EVIL}\n\n[x](javascript:{HIT}) ![x](x)\n\n| {MARKUP} |\n|--|\n| {EVIL} |\n".encode(),
    "evil.diff": f"--- {MARKUP}\n+{EVIL}\n".encode(),
    "evil.txt": EVIL.encode(),
    "evil.png": EVIL.encode(),
    "evil.pdf": PDF,
    f"{MARKUP.replace('/', '')}.txt": b"a name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evil:
    """What is there of it: two runs, and the experiment and the model."""

    first: str
    second: str
    experiment: str
    model: str


@pytest.fixture(scope="module")
def evil(site: "Site") -> Iterator[Evil]:
    experiment = site.ask("experiments/create", name=f"a/{EVIL.replace('/', '')}")["experiment_id"]
    first, second = (make_run(site, experiment, f"{number} {EVIL}") for number in range(2))
    model = f"{MARKUP.replace('/', '')}"
    site.ask("registered-models/create", name=model, description=EVIL, tags=[{"key": KEY, "value": EVIL}])
    site.ask(
        "model-versions/create",
        name=model,
        source=f"mlflow-artifacts:/{experiment}/{first}/artifacts/model",
        run_id=first,
        description=EVIL,
        tags=[{"key": KEY, "value": EVIL}],
    )
    yield Evil(first=first, second=second, experiment=experiment, model=model)
    site.ask("experiments/delete", experiment_id=experiment)


def make_run(site: "Site", experiment: str, name: str) -> str:
    run_id: str = site.ask("runs/create", experiment_id=experiment, run_name=name, start_time=9, user_id=EVIL[:200])[
        "run"
    ]["info"]["run_id"]
    pairs = [{"key": KEY, "value": f"{name}{EVIL}"}]
    notes = [{"key": key, "value": EVIL} for key in ("mlflow.note.content", "mlproj.verdict", "mlproj.reused_from")]
    metrics = [{"key": "loss: a/b", "value": float(step), "timestamp": 9 + step, "step": step} for step in range(3)]
    site.ask("runs/log-batch", run_id=run_id, params=pairs, tags=[*pairs, *notes], metrics=metrics)
    dataset = {"name": EVIL[:500], "digest": "<b>", "source_type": "local", "source": EVIL}
    site.ask("runs/log-inputs", run_id=run_id, datasets=[{"dataset": dataset, "tags": []}])
    record = RunRecord(
        run_id=run_id,
        project=EVIL,
        entry_point=EVIL,
        command=EVIL,
        source=Source(uri=f"{EVIL}", kind="local", commit=MARKUP, branch=EVIL, repository=f"javascript:{HIT}"),
        parameters={MARKUP: ParameterValue(value=name + EVIL, type=MARKUP, origin=EVIL, declared=True)},
        environment=EnvironmentRecord(kind=EVIL, manager=EVIL, python=EVIL, packages={MARKUP: name}, lock=EVIL),
        arguments=(EVIL,),
        variables={MARKUP: EVIL},
        mlproj_version=EVIL,
    )
    log = f"\x1b[31m{EVIL}\x1b]8;;javascript:{HIT}\x07link\x1b]8;;\x07\n\x1b[38;5;{MARKUP}m\n".encode()
    files = {**FILES, "mlproj/run.json": to_json(record).encode(), "mlproj/output.log": log}
    for path, content in files.items():
        url = f"{site.url}/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run_id}/artifacts/{quote(path)}"
        assert urllib3.request("PUT", url, body=content).status == 200, path
    return run_id


def assert_dead(page: Page) -> None:
    """Nothing was run, and nothing that is in the page came out of a text."""
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.hit") is None
    made = "main img:not([alt='evil.png']), main script, main [onerror], main [onload], main svg[onload], main b"
    assert page.locator(made).evaluate_all("all => all.map(it => it.outerHTML)") == []
    assert page.locator("a[href^='javascript' i]").count() == 0


def test_lists_show_it_as_text(page: Page, site: "Site", evil: Evil) -> None:
    page.goto(site.at("runs", e=evil.experiment, cols=f"started,experiment,user,source,params.{quote(KEY)}"))
    expect(page.get_by_role("link", name=f"0 {EVIL}")).to_be_visible()
    expect(page.get_by_role("columnheader", name=KEY)).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_label(KEY).first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("combobox").press_sequentially("params.")
    expect(page.get_by_role("option", name=KEY)).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label(f"Select 0 {EVIL}").click()
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value(f"0 {EVIL}")
    assert_dead(page)


def test_a_run_shows_it_as_text(page: Page, site: "Site", evil: Evil) -> None:
    for tab in ("overview", "metrics", "log", "artifacts", "record", "resources"):
        page.goto(site.at("run", evil.first, tab=tab))
        expect(page.get_by_role("heading", level=1)).to_have_text(f"0 {EVIL}")
        expect(page.locator(".spinner")).to_have_count(0)
        assert_dead(page)
    page.goto(site.at("run", evil.first, tab="log"))
    expect(page.locator(".line").first).to_contain_text(MARKUP)
    page.goto(site.at("run", evil.first, tab="record"))
    expect(page.get_by_text(MARKUP).first).to_be_visible()


@pytest.mark.parametrize("path", FILES)
def test_files_show_it_as_text(page: Page, site: "Site", evil: Evil, path: str, troubles: "Troubles") -> None:
    page.goto(site.at("run", evil.first, tab="artifacts", file=path))
    preview = page.locator(".preview")
    expect(preview.get_by_role("heading").first).to_have_text(path)
    expect(page.locator(".spinner")).to_have_count(0)
    if path in {"evil.csv", "evil.json", "evil.md", "evil.diff", "evil.txt"}:
        expect(preview).to_contain_text("<script>window.hit=1</script>")
    if path == "evil.pdf":
        assert page.locator("iframe").get_attribute("sandbox") is None
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        assert download.value.path().read_bytes() == PDF
    assert_dead(page)


def test_comparisons_show_it_as_text(page: Page, site: "Site", evil: Evil) -> None:
    for view in ("table", "curves", "scatter", "parallel"):
        page.goto(site.at("compare", runs=f"{evil.first},{evil.second}", view=view))
        expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
        assert_dead(page)
    page.goto(site.at("why", a=evil.first, b=evil.second))
    expect(page.get_by_role("list", name="Causes, the likeliest first")).to_contain_text(MARKUP)
    assert_dead(page)


def test_models_show_it_as_text(page: Page, site: "Site", evil: Evil) -> None:
    page.goto(site.at("models"))
    expect(page.get_by_role("link", name=evil.model)).to_be_visible()
    assert_dead(page)
    page.get_by_role("link", name=evil.model).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(evil.model)
    expect(page.locator("td.value")).to_contain_text(MARKUP)
    assert_dead(page)


def test_a_page_among_the_files_is_shut_in(
    context: BrowserContext, page: Page, site: "Site", troubles: "Troubles"
) -> None:
    """Its scripts run, try the API in earnest, and get nowhere."""
    troubles.expect("Content Security Policy", "Failed to fetch", "Fetch API cannot load")
    run_id = site.runs["first"]
    page.goto(site.at("run", run_id, tab="artifacts", file="report.html"))
    frame = page.frame_locator("iframe")
    expect(frame.locator("#drawn")).to_have_text("drawn by a script")
    page.goto(site.at("run", run_id, tab="artifacts", file="drawing.svg"))
    expect(page.frame_locator("iframe").locator("circle")).to_be_attached()
    for path in ("report.html", "drawing.svg"):
        alone = context.new_page()
        alone.goto(f"{site.url}/api/mlproj/artifacts/view?run_id={run_id}&path={path}")
        assert alone.evaluate("self.origin") == "null"
        answered = alone.evaluate("fetch('/api/mlproj/openapi.json').then(() => 'came in', () => 'shut out')")
        assert answered == "shut out"
        plain = urllib3.request("GET", f"{site.url}/get-artifact?run_uuid={run_id}&path={path}")
        assert plain.headers["content-disposition"].startswith("attachment")
    assert not [tag for tag in site.run(run_id)["data"]["tags"] if tag["key"] == "stolen"]
    assert page.title() != "taken over"
    assert any("Content Security Policy" in text for text in troubles.said)
