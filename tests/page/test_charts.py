"""Charts: what they draw, and that a keyboard does with them what a mouse does."""

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from tests.page.conftest import Site

CURVES = re.compile("metrics/curves")


def ready(page: Page, metric: str) -> Locator:
    """The chart of a metric, once it is drawn."""
    chart = page.get_by_role("figure", name=metric, exact=True)
    expect(chart.locator("[data-drawn]")).to_be_visible()
    return chart


def asked(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def drag(page: Page, chart: Locator, start: int, end: int) -> None:
    box = chart.locator(".u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + start, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + end, box["y"] + 50, steps=4)
    page.mouse.up()


def test_a_chart_zooms_to_exact_points(page: Page, site: "Site") -> None:
    page.goto(site.at("run", site.runs["first"], tab="metrics"))
    chart = ready(page, "accuracy")
    with page.expect_request(re.compile(r"metrics/curves.*start=\d+&end=\d+")):
        drag(page, chart, 100, 200)
    chart.get_by_role("button", name="Show all").click()
    expect(chart.get_by_role("button", name="Show all")).to_have_count(0)


def test_a_chart_is_read_and_zoomed_with_keys(page: Page, site: "Site") -> None:
    page.goto(site.at("run", site.runs["first"], tab="metrics"))
    chart = ready(page, "loss")
    plot = chart.get_by_role("application")
    plot.focus()
    page.keyboard.press("Home")
    expect(chart.locator("output")).to_have_text("step 0: 1")
    page.keyboard.press("ArrowRight")
    expect(chart.locator("output")).to_have_text("step 1: 0.90484")
    page.keyboard.press("End")
    expect(chart.locator("output")).to_contain_text("step 29: ")
    with page.expect_request(CURVES) as zoom:
        page.keyboard.press("+")
    assert (asked(zoom.value.url)["start"], asked(zoom.value.url)["end"]) == (["14"], ["29"])
    with page.expect_request(CURVES) as aside:
        page.keyboard.press("Shift+ArrowLeft")
    assert (asked(aside.value.url)["start"], asked(aside.value.url)["end"]) == (["10"], ["26"])
    expect(plot).to_be_focused()
    with page.expect_request(CURVES) as all_of_it:
        page.keyboard.press("0")
    assert "start" not in asked(all_of_it.value.url)
    expect(plot).to_be_focused()


def test_a_chart_has_buttons_that_zoom(page: Page, site: "Site") -> None:
    page.goto(site.at("run", site.runs["first"], tab="metrics"))
    chart = ready(page, "loss")
    with page.expect_request(CURVES) as zoom:
        chart.get_by_role("button", name="Zoom into loss").click()
    assert (asked(zoom.value.url)["start"], asked(zoom.value.url)["end"]) == (["7"], ["22"])
    with page.expect_request(CURVES):
        chart.get_by_role("button", name="Move right in loss").click()
    chart.get_by_role("button", name="Show all").focus()
    page.keyboard.press("Enter")
    expect(chart.get_by_role("application")).to_be_focused()
    expect(chart.get_by_role("button", name=re.compile("Move|Zoom out|Show all"))).to_have_count(0)


@pytest.mark.parametrize("name", ["step", "timestamp"])
def test_the_mouse_shows_values_and_zooms_runs_that_began_at_different_times(
    page: Page, site: "Site", name: str
) -> None:
    early, late = (made_run(site, begin) for begin in (1_700_000_000_000, 1_700_003_600_000))
    page.goto(site.at("compare", runs=f"{early},{late}", view="curves", metrics="loss"))
    page.get_by_label("Over").select_option(name)
    chart = ready(page, "loss")
    chart.locator(".u-over").hover()
    expect(chart.locator("output")).to_have_text(re.compile("begun at 17000000 .*, begun at 17000036 "))
    before = chart.locator("[data-drawn]").get_attribute("data-drawn")
    drag(page, chart, 200, 900)
    expect(chart.locator("[data-drawn]")).not_to_have_attribute("data-drawn", before or "")
    expect(chart.get_by_text("No points here.")).to_have_count(0)
    chart.get_by_role("application").focus()
    page.keyboard.press("Home")
    expect(chart.locator("output")).to_have_text(re.compile(r"begun at 17000000 0\."))
    for run_id in (early, late):
        site.ask("runs/delete", run_id=run_id)


def made_run(site: "Site", begin: int) -> str:
    """A run that logs once a second, and not at full seconds since its begin."""
    name = f"begun at {begin // 100_000}"
    run_id: str = site.ask("runs/create", experiment_id="0", run_name=name, start_time=begin)["run"]["info"]["run_id"]
    away = begin // 36_000 % 700
    points = [
        {"key": "loss", "value": 1 / (step + 1), "timestamp": begin + step * 1000 + away, "step": step}
        for step in range(30)
    ]
    site.ask("runs/log-batch", run_id=run_id, metrics=points)
    return run_id


def test_curves_on_logarithmic_axes_leave_out_what_has_no_place_there(page: Page, site: "Site") -> None:
    made = site.ask("runs/create", experiment_id="0", run_name="signed", start_time=7)["run"]["info"]["run_id"]
    values = [-1.0, 0.0, 10.0, 100.0]
    points = [{"key": "gap", "value": value, "timestamp": 7, "step": step} for step, value in enumerate(values)]
    site.ask("runs/log-batch", run_id=made, metrics=points)
    page.goto(site.at("compare", runs=f"{made},{site.runs['first']}", view="curves", metrics="gap"))
    chart = ready(page, "gap")
    chart.get_by_role("application").focus()
    page.keyboard.press("Home")
    expect(chart.locator("output")).to_contain_text("step 0: signed -1")
    page.get_by_label("log x").check()
    page.get_by_label("log y").check()
    chart.get_by_role("application").focus()
    page.keyboard.press("Home")
    expect(chart.locator("output")).to_contain_text("step 1: nothing")
    page.keyboard.press("End")
    expect(chart.locator("output")).to_contain_text("step 3: signed 100")
    site.ask("runs/delete", run_id=made)
