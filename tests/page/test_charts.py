"""Charts: what they draw, and that a keyboard does with them what a mouse does."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

if TYPE_CHECKING:
    from tests.page.conftest import Site, Troubles

CURVES = re.compile("metrics/curves")


def ready(page: Page, metric: str) -> Locator:
    """The chart of a metric, once it is drawn."""
    chart = page.get_by_role("figure", name=metric, exact=True)
    expect(chart.locator("[data-drawn]")).to_be_visible()
    return chart


@contextmanager
def redrawn(chart: Locator) -> Iterator[None]:
    """Wait until what is done to a chart is drawn: that clears what is read in it."""
    plot = chart.locator("[data-drawn]")
    before = plot.get_attribute("data-drawn") or ""
    yield
    expect(plot).not_to_have_attribute("data-drawn", before)


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
    for axis in ("log x", "log y"):
        with redrawn(chart):
            page.get_by_label(axis).check()
    chart.get_by_role("application").focus()
    page.keyboard.press("Home")
    expect(chart.locator("output")).to_contain_text("step 1: nothing")
    page.keyboard.press("End")
    expect(chart.locator("output")).to_contain_text("step 3: signed 100")
    site.ask("runs/delete", run_id=made)


INKED = """([left, right, top, bottom]) => {
    const canvas = document.querySelector("figure[aria-label='{metric}'] canvas")
    const over = document.querySelector("figure[aria-label='{metric}'] .u-over")
    const [x, y, wide, high] = [over.offsetLeft, over.offsetTop, over.clientWidth, over.clientHeight]
    const data = canvas.getContext("2d").getImageData(
        x + left * wide, y + top * high, (right - left) * wide, (bottom - top) * high).data
    const blue = [59, 130, 196]
    for (let at = 0; at < data.length; at += 4)
        if (blue.every((part, color) => Math.abs(part - data[at + color]) < 40) && data[at + 3] > 80) return true
    return false
}"""


def inked(page: Page, metric: str, *part: float) -> bool:
    """Whether the first line is drawn somewhere in a part of the chart: from left to right and from top to bottom."""
    return bool(page.evaluate(INKED.replace("{metric}", metric), part))


def test_a_spike_and_what_is_no_number_are_seen_among_many_points(page: Page, site: "Site") -> None:
    run_id = site.ask("runs/create", experiment_id="0", run_name="long", start_time=0)["run"]["info"]["run_id"]
    odd = {5000: 10.0, 1000: "NaN", 3000: "Infinity", 9999: 0.0}
    points = [{"key": "m", "value": odd.get(step, step % 2), "timestamp": step, "step": step} for step in range(10_000)]
    twice = [{"key": "two", "value": value, "timestamp": 1, "step": step} for step, value in enumerate((0, 5, 0))]
    twice.append({"key": "two", "value": -5, "timestamp": 1, "step": 1})
    for first in range(0, len(points), 1000):
        site.ask("runs/log-batch", run_id=run_id, metrics=points[first : first + 1000])
    site.ask("runs/log-batch", run_id=run_id, metrics=twice)
    page.goto(site.at("compare", runs=f"{run_id},{site.runs['first']}", view="curves", metrics="m,two"))
    chart = ready(page, "m")
    expect(chart.get_by_text("2 values are not finite")).to_be_visible()
    assert inked(page, "m", 0.45, 0.55, 0.05, 0.5)
    assert not inked(page, "m", 0.55, 0.95, 0.15, 0.8)
    assert inked(page, "m", 0.25, 0.35, 0, 0.1)
    ready(page, "two")
    assert inked(page, "two", 0.4, 0.6, 0, 0.3)
    assert inked(page, "two", 0.4, 0.6, 0.7, 1)
    with page.expect_response(re.compile(rf"metrics/curves.*{run_id}.*start=\d+&end=\d+")) as part:
        drag(page, chart, round(over_width(chart) * 0.49), round(over_width(chart) * 0.51))
    assert all(curve["exact"] for curve in part.value.json()["curves"])
    site.ask("runs/delete", run_id=run_id)


def test_a_long_curve_is_drawn_before_all_of_it_is_known(page: Page, site: "Site") -> None:
    run_id = site.ask("runs/create", experiment_id="0", run_name="longer", start_time=0)["run"]["info"]["run_id"]
    points = [{"key": "m", "value": 9.0 * (step == 4321), "timestamp": step, "step": step} for step in range(9000)]
    for first in range(0, len(points), 1000):
        site.ask("runs/log-batch", run_id=run_id, metrics=points[first : first + 1000])
    held: list[Route] = []
    whole = re.compile(r"metrics/curves\?(?!.*glimpse)")

    def hold(route: Route) -> None:
        held.append(route)

    page.route(whole, hold)
    with page.expect_request(whole):
        page.goto(site.at("compare", runs=f"{run_id},{site.runs['first']}", view="curves", metrics="m"))
    chart = page.get_by_role("figure", name="m", exact=True)
    expect(chart.locator("[data-glimpse]")).to_be_visible()
    expect(chart.locator("[data-drawn]")).to_have_count(0)
    assert held
    for route in held:
        route.continue_()
    ready(page, "m")
    assert inked(page, "m", 0.45, 0.5, 0.05, 0.5)
    page.unroute(whole)
    site.ask("runs/delete", run_id=run_id)


def over_width(chart: Locator) -> float:
    box = chart.locator(".u-over").bounding_box()
    assert box
    return box["width"]


def test_many_runs_of_several_experiments_are_compared(page: Page, site: "Site", troubles: "Troubles") -> None:
    troubles.expect("404")
    made = [site.ask("runs/create", experiment_id="0", run_name=f"one of {number}")["run"] for number in range(3)]
    ids = [run["info"]["run_id"] for run in made]
    site.ask("runs/delete", run_id=ids[1])
    wanted = [ids[0], site.runs["first"], ids[1], "0" * 32, site.runs["second"], ids[2]]
    page.goto(site.at("compare", runs=",".join(wanted)))
    expect(page.get_by_role("heading", name="Compare 5 runs")).to_be_visible()
    expected = ["one of 0", "first run", "one of 1", "second run", "one of 2"]
    found = page.get_by_role("link", name=re.compile("^(one of|first run|second run)")).all_inner_texts()
    assert [name for name in found if name in expected] == expected
    site.ask("runs/delete", run_id=ids[0])
    site.ask("runs/delete", run_id=ids[2])
