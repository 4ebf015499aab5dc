"""One run, runs side by side, why they differ, and models, as people look at them."""

import re
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.page.conftest import Site, Troubles

TABS = ("overview", "metrics", "log", "artifacts", "record", "resources")


def test_the_overview_has_what_went_in_and_what_came_out(page: Page, site: "Site") -> None:
    page.goto(site.at("run", site.runs["first"]))
    expect(page.get_by_role("heading", name="first run")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^lr"))).to_contain_text("float, given with -P")
    expect(page.get_by_role("row", name=re.compile("^hold"))).to_contain_text("default")
    expect(page.get_by_role("row", name=re.compile("^accuracy"))).to_contain_text("0.9724")
    expect(page.locator(".spark polyline").first).to_be_visible()
    expect(page.get_by_text(f"mlproj reproduce {site.runs['first']}")).to_be_visible()
    again = page.locator(".command pre").first.inner_text()
    assert again.startswith("mlproj run ")
    assert "-P lr=0.1 -P model=tree" in again
    assert "--env-manager local" in again


def test_the_description_is_markdown_and_nothing_but_text(page: Page, site: "Site") -> None:
    page.goto(site.at("run", site.runs["second"]))
    page.get_by_role("button", name="Write one").click()
    text = (
        "# About\n**bold** <script>window.hit=1</script> [bad](javascript:alert(1)) [good](https://example.org)\n- one"
    )
    page.get_by_label("Description, in Markdown").fill(text)
    page.get_by_role("button", name="Save").click()
    prose = page.locator(".prose")
    expect(prose.get_by_role("heading", name="About")).to_be_visible()
    expect(prose.locator("strong")).to_have_text("bold")
    expect(prose).to_contain_text("<script>window.hit=1</script>")
    assert prose.locator("a").evaluate_all("found => found.map(a => a.href)") == ["https://example.org/"]
    assert page.evaluate("window.hit") is None
    page.reload()
    expect(prose.locator("li")).to_have_text("one")


def test_metrics_and_resources_are_drawn(page: Page, site: "Site") -> None:
    page.goto(site.at("run", site.runs["first"], tab="metrics"))
    expect(page.locator(".chart[class] canvas")).to_have_count(2)
    page.get_by_label("Over").select_option("timestamp")
    page.get_by_label("Smoothing").fill("0.9")
    expect(page.get_by_text("0.90", exact=True)).to_be_visible()
    page.goto(site.at("run", site.runs["first"], tab="resources"))
    expect(page.get_by_text("system/cpu_utilization_percentage")).to_be_visible()
    expect(page.locator(".chart canvas")).to_have_count(1)


def test_files_are_looked_into(page: Page, site: "Site") -> None:
    run_id = site.runs["first"]
    page.goto(site.at("run", run_id, tab="artifacts"))
    page.get_by_role("button", name="▸ tables/").click()
    page.get_by_role("button", name=re.compile("scores.csv")).click()
    expect(page.get_by_role("cell", name="and more")).to_contain_text("<script>")
    page.get_by_role("button", name=re.compile("facts.json")).click()
    expect(page.locator(".preview pre")).to_contain_text('"a": {\n    "b"')
    page.get_by_role("button", name=re.compile("picture.png")).click()
    picture = page.get_by_role("img", name="picture.png")
    expect(picture).to_be_visible()
    assert picture.evaluate("it => it.decode().then(() => it.naturalWidth)") == 2
    page.get_by_role("button", name=re.compile("bold")).click()
    expect(page.locator(".preview pre")).to_contain_text("<script>window.hit = 1</script>")
    assert page.evaluate("window.hit") is None
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert "<script>" in download.value.path().read_text()


def test_the_record_says_where_the_code_came_from(page: Page, site: "Site") -> None:
    page.goto(site.at("run", site.runs["first"], tab="record"))
    expect(page.get_by_text("train.py 0.1 tree")).to_be_visible()
    expect(page.get_by_role("heading", name="Environment")).to_be_visible()
    page.goto(site.at("run", site.runs["ugly"], tab="record"))
    expect(page.get_by_role("heading", name="There is no record")).to_be_visible()


def test_a_run_that_is_not_there(page: Page, site: "Site", troubles: "Troubles") -> None:
    troubles.expect("404")
    page.goto(site.at("run", "0" * 32))
    expect(page.get_by_role("alert")).to_contain_text("Not here")


def test_runs_side_by_side(page: Page, site: "Site", axe: Callable[[Page], list[str]]) -> None:
    ids = ",".join(site.runs[name] for name in ("first", "second", "third"))
    page.goto(site.at("compare", runs=ids))
    differing = page.locator("tr.differs")
    expect(differing).to_have_count(4)
    page.get_by_label("Only what differs").check()
    expect(page.get_by_role("rowheader", name="hold")).to_have_count(0)
    page.get_by_role("button", name="Curves").click()
    expect(page.locator(".chart canvas")).to_have_count(1)
    page.get_by_label("loss").check()
    expect(page.locator(".chart canvas")).to_have_count(2)
    page.get_by_label("log y").check()
    expect(page.locator(".u-series", has_text="third run").first).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="Scatter").click()
    expect(page.locator("circle")).to_have_count(3)
    page.get_by_label("Across").select_option("metrics.loss")
    page.get_by_role("link", name=re.compile("^first run: loss")).focus()
    expect(page.locator(".tip")).to_contain_text("first run")
    page.get_by_role("button", name="Parallel coordinates").click()
    expect(page.locator(".run-line")).to_have_count(3)
    assert axe(page) == []


def test_a_hundred_runs_are_compared(page: Page, site: "Site") -> None:
    experiment = site.ask("experiments/create", name="a hundred")["experiment_id"]
    ids = []
    for number in range(100):
        made = site.ask("runs/create", experiment_id=experiment, run_name=f"trial {number}", start_time=number)
        ids.append(made["run"]["info"]["run_id"])
        params = [{"key": "width", "value": str(number)}, {"key": "kind", "value": "ab"[number % 2]}]
        points = [{"key": "loss", "value": number / (step + 1), "timestamp": step, "step": step} for step in range(3)]
        site.ask("runs/log-batch", run_id=ids[-1], params=params, metrics=points)
    page.goto(site.at("runs", e=experiment))
    page.get_by_label("Select all runs that are loaded").click()
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare 100 runs")).to_be_visible()
    expect(page.get_by_role("columnheader")).to_have_count(101)
    expect(page.locator("tr.differs .unequal")).to_have_count(3)
    page.get_by_role("button", name="Curves").click()
    expect(page.locator("[data-drawn]")).to_be_visible()
    expect(page.locator(".u-series")).to_have_count(101)
    page.get_by_role("button", name="Scatter").click()
    expect(page.locator("circle")).to_have_count(100)
    page.get_by_role("button", name="Parallel coordinates").click()
    expect(page.locator(".run-line")).to_have_count(100)
    page.get_by_label("Colour by").select_option("params.width")
    assert len(set(page.locator(".run-line").evaluate_all("all => all.map(it => it.getAttribute('stroke'))"))) > 50
    page.goto(site.at("compare", runs=",".join([*ids, site.runs["first"]])))
    expect(page.get_by_role("heading", name="Compare 100 runs")).to_be_visible()
    site.ask("experiments/delete", experiment_id=experiment)


def test_verdicts_and_reuse_are_marked(page: Page, site: "Site") -> None:
    done = subprocess.run(
        ["mlproj", "reproduce", "--env-manager", "local", site.runs["second"]],
        env=site.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "identical" in done.stdout + done.stderr, done
    page.goto(site.at("runs", q="tags.mlproj.reproduces IS NOT NULL"))
    mark = page.locator(".rows .mark.good")
    expect(mark).to_have_text("identical")
    page.locator(".rows td.name a").first.click()
    expect(page.get_by_role("definition").get_by_role("link", name=site.runs["second"][:8])).to_be_visible()
    site.ask("runs/set-tag", run_id=site.runs["child 0"], key="mlproj.reused_from", value=site.runs["first"])
    page.goto(site.at("runs", q="child 0"))
    expect(page.get_by_text("reused", exact=True)).to_be_visible()
    found = site.ask(
        "runs/search", experiment_ids=[site.runs["experiment"]], filter="tags.mlproj.reproduces IS NOT NULL"
    )
    for run in found["runs"]:
        site.ask("runs/delete", run_id=run["info"]["run_id"])


def test_a_model_is_promoted_named_and_described(page: Page, site: "Site", axe: Callable[[Page], list[str]]) -> None:
    page.goto(site.url)
    page.get_by_role("link", name="Models").first.click()
    page.get_by_role("link", name="net small").click()
    expect(page.locator(".prose strong")).to_have_text("Sees")
    page.get_by_label("Stage of version 2").select_option("Production")
    page.get_by_role("dialog").get_by_role("button", name="Move").click()
    expect(page.get_by_label("Stage of version 2")).to_have_value("Production")
    page.get_by_label("Stage of version 1").select_option("Production")
    page.get_by_role("dialog").get_by_role("button", name="Move").click()
    expect(page.get_by_label("Stage of version 2")).to_have_value("Archived")
    page.get_by_label("Add an alias to version 1").click()
    page.get_by_label("Alias", exact=True).fill("champion")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("@champion")).to_be_visible()
    page.get_by_label("Describe version 1").click()
    page.get_by_label("Description", exact=True).fill("<i>the best</i>")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("<i>the best</i>")).to_be_visible()
    page.get_by_role("button", name="Add a tag").click()
    page.get_by_label("Name", exact=True).fill("team")
    page.get_by_label("Value").fill("<b>eyes</b>")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text("team: <b>eyes</b>")).to_be_visible()
    page.get_by_label("Tag version 1").click()
    page.get_by_label("Name", exact=True).fill("checked")
    page.get_by_label("Value").fill("yes")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text("checked: yes")).to_be_visible()
    page.get_by_label("Remove the tag checked of version 1").click()
    expect(page.get_by_text("checked: yes")).to_have_count(0)
    page.get_by_label("Remove the tag team of the model").click()
    expect(page.get_by_text("team: <b>eyes</b>")).to_have_count(0)
    page.get_by_label("Remove the alias champion").click()
    expect(page.get_by_text("@champion")).to_have_count(0)
    assert axe(page) == []
    page.get_by_role("link", name="Models").first.click()
    expect(page.get_by_role("row", name="net small").get_by_text("Production 1")).to_be_visible()
    page.get_by_role("link", name="net small").click()
    page.get_by_role("link", name=site.runs["first"][:8]).first.click()
    expect(page.get_by_role("heading", name="first run")).to_be_visible()
