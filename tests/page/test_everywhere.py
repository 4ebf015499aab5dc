"""What holds in every view: nothing serious for those who see or type otherwise, keys reach all, a phone shows it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.page.conftest import Site, Troubles

Opener = Callable[[Page, "Site"], None]
TABS = ("overview", "metrics", "log", "artifacts", "record", "resources")
CONTROLS = "a[href], button:not([disabled]), input, select, textarea, summary, iframe, [tabindex='0']"
PHONE = 390


def tab(name: str, **query: str) -> Opener:
    def opens(page: Page, site: "Site") -> None:
        page.goto(site.at("run", site.runs["first"], tab=name, **query))

    return opens


def compare(view: str) -> Opener:
    def opens(page: Page, site: "Site") -> None:
        ids = ",".join(site.runs[name] for name in ("first", "second", "third"))
        page.goto(site.at("compare", runs=ids, view=view))

    return opens


def runs(page: Page, site: "Site") -> None:
    page.goto(site.at("runs", e=site.runs["experiment"]))
    expect(page.locator(".rows td.name a").first).to_be_visible()


def selected(page: Page, site: "Site") -> None:
    runs(page, site)
    page.get_by_label("Select first run").click()
    page.get_by_label("Select second run").click()


def chooser(page: Page, site: "Site") -> None:
    runs(page, site)
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_label("accuracy").first).to_be_visible()


def dialog(page: Page, site: "Site") -> None:
    selected(page, site)
    page.get_by_role("button", name="Tag").click()


def wrong_filter(page: Page, site: "Site") -> None:
    page.goto(site.at("runs", q="metrics.loss < 'a'"))
    expect(page.get_by_role("alert")).to_be_visible()


def empty(page: Page, site: "Site") -> None:
    page.goto(site.url)
    page.get_by_role("button", name="large", exact=True).click()
    expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()


def missing(page: Page, site: "Site") -> None:
    page.goto(site.at("run", "0" * 32))
    expect(page.get_by_role("alert")).to_be_visible()


def why(page: Page, site: "Site") -> None:
    page.goto(site.at("why", a=site.runs["first"], b=site.runs["third"]))
    expect(page.get_by_text("What was logged")).to_be_visible()


def writing(page: Page, site: "Site") -> None:
    page.goto(site.at("run", site.runs["third"]))
    page.get_by_role("button", name="Write one").click()


def models(page: Page, site: "Site") -> None:
    page.goto(site.at("models"))
    expect(page.get_by_role("link", name="net small")).to_be_visible()


def model(page: Page, site: "Site") -> None:
    page.goto(site.at("models", "net small"))
    expect(page.get_by_label("Stage of version 1")).to_be_visible()


VIEWS: dict[str, Opener] = {
    "runs": runs,
    "selected": selected,
    "chooser": chooser,
    "dialog": dialog,
    "wrong filter": wrong_filter,
    "empty": empty,
    "missing": missing,
    **{name: tab(name) for name in TABS},
    "writing": writing,
    "table": tab("artifacts", file="tables/scores.csv"),
    "picture": tab("artifacts", file="picture.png"),
    "report": tab("artifacts", file="report.html"),
    "json": tab("artifacts", file="facts.json"),
    **{f"compare {view}": compare(view) for view in ("table", "curves", "scatter", "parallel")},
    "why": why,
    "models": models,
    "model": model,
}


@pytest.fixture
def opened(page: Page, site: "Site", troubles: "Troubles") -> Callable[[str], None]:
    """Opens a view, and waits until all of it is there."""
    troubles.expect("400 (Bad Request)", "404", "Content Security Policy", "Failed to fetch", "Fetch API cannot load")

    def opens(name: str) -> None:
        page.goto("about:blank")
        VIEWS[name](page, site)
        expect(page.locator("main")).not_to_be_empty()
        expect(page.locator(".spinner")).to_have_count(0)
        page.wait_for_load_state("networkidle")

    return opens


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_serious_in_both_colour_schemes_and_it_fits_on_a_phone(
    page: Page, opened: Callable[[str], None], axe: Callable[[Page], list[str]], name: str
) -> None:
    opened(name)
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert axe(page) == [], scheme
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(255, 255, 255)", "rgb(20, 25, 29)"]
    page.set_viewport_size({"width": PHONE, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE


@pytest.mark.parametrize("name", [name for name in VIEWS if name not in {"empty", "missing", "report"}])
def test_keys_reach_every_control_and_show_where_they_are(page: Page, opened: Callable[[str], None], name: str) -> None:
    """Rows that are only half in sight, and what a closed part hides, need no key."""
    opened(name)
    count = page.evaluate(
        """selector => {
          const modal = document.querySelector("dialog[open]");
          const found = [...(modal ?? document).querySelectorAll(selector)].filter(
            it => it.checkVisibility({ visibilityProperty: true }) && it.getClientRects().length && it.tabIndex >= 0);
          found.forEach(it => { it.dataset.wanted = "yes"; });
          return found.length;
        }""",
        CONTROLS,
    )
    assert count > 3
    hidden: list[str] = []
    page.evaluate("document.activeElement.blur()")
    for _ in range(count + 12):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
              const it = document.activeElement;
              const look = getComputedStyle(it);
              delete it.dataset.wanted;
              const shown = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0;
              return shown || it === document.body ? "" : it.outerHTML.slice(0, 200);
            }"""
        )
        if seen:
            hidden.append(seen)
    left = page.locator("[data-wanted]").evaluate_all("all => all.map(it => it.outerHTML.slice(0, 200))")
    assert left == []
    assert hidden == []


def test_a_phone_finds_its_way(page: Page, site: "Site") -> None:
    page.set_viewport_size({"width": PHONE, "height": 780})
    page.goto(site.url)
    page.get_by_role("button", name="Experiments").click()
    page.get_by_role("button", name="small", exact=True).click()
    page.get_by_role("link", name="first run").click()
    expect(page.get_by_role("heading", name="first run")).to_be_visible()
    page.get_by_role("link", name="Log").click()
    expect(page.locator(".line").first).to_be_visible()


def test_a_run_is_compared_and_a_model_promoted_with_keys_alone(page: Page, site: "Site") -> None:
    runs(page, site)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the contents")).to_be_focused()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Select third run":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_text("2 runs selected")).to_be_visible()
    page.get_by_role("link", name="Compare").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    site.ask("registered-models/create", name="by keys")
    source = f"mlflow-artifacts:/{site.runs['experiment']}/{site.runs['first']}/artifacts/model"
    site.ask("model-versions/create", name="by keys", source=source, run_id=site.runs["first"])
    page.goto(site.at("models", "by keys"))
    page.get_by_label("Stage of version 1").focus()
    page.keyboard.press("p")
    expect(page.get_by_role("dialog", name="Put version 1 on Production?")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Stage of version 1")).to_have_value("Production")
