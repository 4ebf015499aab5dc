"""The list of runs, as people use it."""

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.page.conftest import Site, Troubles


def names(page: Page) -> list[str]:
    expect(page.locator(".rows td.name a").first).to_be_visible()
    return page.locator(".rows td.name a").all_inner_texts()


def test_runs_are_listed_with_what_they_logged(page: Page, site: "Site") -> None:
    page.goto(site.url)
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="second run"))
    expect(row).to_contain_text("tree")
    expect(row).to_contain_text("0.3")
    expect(row.get_by_title("finished")).to_be_visible()
    assert page.evaluate("window.hit") is None


def test_sorting_is_in_the_address(page: Page, site: "Site") -> None:
    page.goto(site.at("runs", e=site.runs["experiment"]))
    page.get_by_role("button", name="loss", exact=True).click()
    page.wait_for_url(re.compile("sort=-metrics.loss"))
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("loss")
    expect(page.locator(".rows td.name a").first).to_have_text("first run")
    page.get_by_role("button", name="loss").click()
    expect(page.locator(".rows td.name a").last).to_have_text("first run")
    page.reload()
    expect(page.locator(".rows td.name a").last).to_have_text("first run")


def test_a_filter_finds_and_a_wrong_one_says_where(page: Page, site: "Site", troubles: "Troubles") -> None:
    troubles.expect("400 (Bad Request)")
    page.goto(site.url)
    field = page.get_by_role("combobox")
    field.fill("params.model = 'linear'")
    field.press("Enter")
    expect(page.locator(".rows td.name a")).to_have_text(["third run"])
    expect(page.get_by_text(re.compile(r"^1 of \d+ runs$"))).to_be_visible()
    field.fill("metrics.loss < 'a'")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("expected a number")
    expect(page.get_by_role("alert").locator("mark")).to_have_text("'a'")
    expect(field).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    field.fill("SECOND")
    field.press("Enter")
    expect(page.locator(".rows td.name a")).to_have_text(["second run"])
    field.fill("nothing is called so")
    field.press("Enter")
    expect(page.get_by_role("heading", name="No run is like this")).to_be_visible()
    page.get_by_role("button", name="Show all runs").click()
    expect(page.locator(".rows td.name a").first).to_be_visible()


def test_a_filter_is_completed(page: Page, site: "Site") -> None:
    page.goto(site.url)
    field = page.get_by_role("combobox")
    field.focus()
    page.wait_for_load_state("networkidle")
    field.press_sequentially("acc")
    expect(page.get_by_role("option").first).to_have_text("metrics.accuracy")
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.get_by_role("option", name=">=")).to_be_visible()
    field.press_sequentially("> 0.98 an")
    field.press("ArrowDown")
    field.press("Tab")
    assert field.input_value() == "metrics.accuracy > 0.98 AND "
    field.press_sequentially("status = ")
    page.get_by_role("option", name="'FINISHED'").click()
    field.press("Escape")
    field.press("Enter")
    expect(page.locator(".rows td.name a")).to_have_count(2)


def test_experiments_are_a_tree(page: Page, site: "Site") -> None:
    page.goto(site.url)
    tree = page.get_by_role("navigation", name="Experiments")
    tree.get_by_role("button", name="large", exact=True).click()
    expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
    expect(page.get_by_text("mlproj run .")).to_be_visible()
    tree.get_by_role("button", name="vision", exact=True).click()
    expect(page.locator(".rows td.name a")).to_have_count(3)
    tree.get_by_role("button", name="What is below vision").click()
    expect(tree.get_by_role("button", name="small", exact=True)).to_have_count(0)


def test_nested_runs_fold(page: Page, site: "Site") -> None:
    page.goto(site.at("runs", e="0"))
    assert [name[:4] for name in names(page)] == ["ugly", "chil", "chil"]
    page.get_by_role("button", name=re.compile("^2 runs below")).click()
    expect(page.locator(".rows td.name a")).to_have_count(1)


def test_a_parent_is_above_its_runs_however_many_they_are(page: Page, site: "Site") -> None:
    experiment = site.ask("experiments/create", name="nested many")["experiment_id"]
    made = site.ask("runs/create", experiment_id=experiment, run_name="the sweep", start_time=1000)
    tags = [{"key": "mlflow.parentRunId", "value": made["run"]["info"]["run_id"]}]
    for number in range(105):
        site.ask(
            "runs/create", experiment_id=experiment, run_name=f"trial {number}", start_time=2000 + number, tags=tags
        )
    site.ask("runs/create", experiment_id=experiment, run_name="after it", start_time=9000)
    page.goto(site.at("runs", e=experiment))
    expect(page.get_by_role("button", name=re.compile("runs below the sweep"))).to_be_visible()
    assert names(page)[:3] == ["after it", "the sweep", "trial 104"]
    expect(page.get_by_text("107 runs", exact=True)).to_be_visible()
    page.get_by_role("button", name=re.compile("runs below the sweep")).click()
    expect(page.locator(".rows td.name a")).to_have_count(2)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".rows td.name a").first).to_have_text("after it")
    expect(page.get_by_role("button", name=re.compile("runs below"))).to_have_count(0)
    site.ask("experiments/delete", experiment_id=experiment)


def test_columns_are_chosen_and_kept_in_the_address(page: Page, site: "Site") -> None:
    page.goto(site.at("runs", e="0"))
    page.get_by_role("button", name="Columns").click()
    chooser = page.get_by_role("group", name="Columns")
    chooser.get_by_label("note").first.check()
    chooser.get_by_label("Duration").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="note")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Duration")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("columnheader", name="note")).to_be_visible()


def test_runs_are_renamed_tagged_deleted_and_restored(page: Page, site: "Site") -> None:
    run_id = site.ask("runs/create", experiment_id="0", run_name="passing", start_time=5)["run"]["info"]["run_id"]
    page.goto(site.at("runs", e="0", q="passing"))
    page.get_by_label("Select passing").click()
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("passing & gone")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_role("link", name="passing & gone")).to_be_visible()
    page.get_by_label("Select passing & gone").click()
    page.get_by_role("button", name="Tag").click()
    page.get_by_label("Name", exact=True).fill("color")
    page.get_by_label("Value").fill("<b>")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert {"key": "color", "value": "<b>"} in site.run(run_id)["data"]["tags"]
    page.get_by_label("Select passing & gone").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No run is like this")).to_be_visible()
    page.get_by_label("Deleted").check()
    page.get_by_label("Select passing & gone").click()
    page.get_by_role("button", name="Restore").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.get_by_role("heading", name="No run is like this")).to_be_visible()
    assert site.run(run_id)["info"]["lifecycle_stage"] == "active"
    site.ask("runs/delete", run_id=run_id)


def test_what_is_shown_is_saved_as_csv(page: Page, site: "Site", tmp_path: Path) -> None:
    page.goto(site.at("runs", cols="params.markup,metrics.loss"))
    expect(page.locator(".rows td.name a").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    file = tmp_path / "runs.csv"
    download.value.save_as(file)
    with file.open(newline="", encoding="utf-8") as lines:
        rows = {row["run_id"]: row for row in csv.DictReader(lines)}
    assert rows[site.runs["ugly"]]["params.markup"] == "<img src=x onerror='window.hit=1'>"
    assert float(rows[site.runs["first"]]["metrics.loss"]) > 0


def test_a_spreadsheet_finds_no_formula_in_the_csv(page: Page, site: "Site", tmp_path: Path) -> None:
    values = {"=HYPERLINK(1)": "'=HYPERLINK(1)", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "@SUM(1)": "'@SUM(1)"}
    values |= {
        "-1.5e-3": "-1.5e-3",
        "\t=1": "'\t=1",
        'a "b",\nc': 'a "b",\nc',
        "\u00fc \U0001f600": "\u00fc \U0001f600",
    }
    experiment = site.ask("experiments/create", name="=1+1")["experiment_id"]
    for value in values:
        made = site.ask("runs/create", experiment_id=experiment, run_name="=1+1", start_time=1)["run"]["info"]["run_id"]
        site.ask("runs/log-batch", run_id=made, params=[{"key": "p", "value": value}])
    page.goto(site.at("runs", e=experiment, cols="params.p"))
    expect(page.get_by_text(f"{len(values)} runs", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["params.p"] for row in rows} == set(values.values())
    assert {row["run_name"] for row in rows} == {row["experiment"] for row in rows} == {"'=1+1"}
    site.ask("experiments/delete", experiment_id=experiment)


def test_a_csv_that_cannot_be_made_says_so(page: Page, site: "Site", troubles: "Troubles") -> None:
    troubles.expect("ERR_FAILED")
    page.goto(site.url)
    names(page)
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_role("button", name="CSV").click()
    expect(page.get_by_role("alert").filter(has_text="The server does not answer")).to_be_visible()


def test_more_rows_come_as_they_are_needed_and_few_are_in_the_document(page: Page, site: "Site") -> None:
    experiment = site.ask("experiments/create", name="many")["experiment_id"]
    for number in range(260):
        site.ask("runs/create", experiment_id=experiment, run_name=f"number {number}", start_time=number)
    page.goto(site.at("runs", e=experiment))
    expect(page.get_by_text("260 runs", exact=True)).to_be_visible()
    rows = page.locator(".rows")
    rows.evaluate("it => { it.scrollTop = it.scrollHeight }")
    expect(page.get_by_role("link", name="number 150", exact=True)).to_be_attached()
    rows.evaluate("it => { it.scrollTop = it.scrollHeight }")
    expect(page.get_by_role("link", name="number 0", exact=True)).to_be_visible()
    assert page.locator(".rows tbody tr").count() < 80
    page.get_by_label("Select number 0", exact=True).click()
    page.get_by_label("Select number 9", exact=True).click(modifiers=["Shift"])
    expect(page.get_by_text("10 runs selected")).to_be_visible()
    site.ask("experiments/delete", experiment_id=experiment)


def test_older_runs_with_other_metrics_leave_the_columns_as_they_are(page: Page, site: "Site") -> None:
    experiment = site.ask("experiments/create", name="changed its mind")["experiment_id"]
    for number in range(130):
        made = site.ask("runs/create", experiment_id=experiment, run_name=f"number {number}", start_time=number)
        values = {"zeta": number} | ({"alpha": 0.5} if number < 30 else {})
        metrics = [{"key": key, "value": value, "timestamp": 1} for key, value in values.items()]
        site.ask("runs/log-batch", run_id=made["run"]["info"]["run_id"], metrics=metrics)
    page.goto(site.at("runs", e=experiment))
    names(page)
    page.locator(".rows").hover()
    page.locator(".rows").evaluate("it => { it.scrollTop = it.scrollHeight }")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="number 29", exact=True))
    expect(row.get_by_role("cell", name="29", exact=True)).to_be_attached()
    expect(page.get_by_role("columnheader", name="alpha")).to_have_count(0)
    page.locator(".rows").evaluate("it => { it.scrollTop = 0 }")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="number 129", exact=True))
    expect(row.get_by_role("cell", name="129", exact=True)).to_be_visible()
    site.ask("experiments/delete", experiment_id=experiment)


def test_news_arrive_by_themselves(page: Page, site: "Site") -> None:
    page.goto(site.at("runs", e="0"))
    names(page)
    made = site.ask("runs/create", experiment_id="0", run_name="news", start_time=1_900_000_000_000)
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="news"))
    expect(row.get_by_title("running")).to_be_visible()
    site.ask("runs/update", run_id=made["run"]["info"]["run_id"], status="KILLED", end_time=1_900_000_001_000)
    expect(row.get_by_title("killed")).to_be_visible()
    site.ask("runs/delete", run_id=made["run"]["info"]["run_id"])
