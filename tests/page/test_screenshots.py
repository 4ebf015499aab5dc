"""The pictures in the documentation, made of real runs. MLPROJ_TEST_PICTURES=1 writes them anew."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.page.conftest import Site

PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"
WANTED = os.environ.get("MLPROJ_TEST_PICTURES") == "1"  # noqa: TID251 - asks for files in the work tree
NAMES = ("runs", "run", "log", "curves", "why", "model")

READY = {
    "runs": "first run",
    "run": "Run it again",
    "log": "epoch 1 loss",
    "curves": "log y",
    "why": "What was logged",
    "model": "Source run",
}


@pytest.fixture
def address(site: "Site") -> dict[str, str]:
    ids = ",".join(site.runs[name] for name in ("first", "second", "third"))
    return {
        "runs": site.at("runs", e=site.runs["experiment"]),
        "run": site.at("run", site.runs["first"]),
        "log": site.at("run", site.runs["first"], tab="log"),
        "model": site.at("models", "net small"),
        "curves": site.at("compare", runs=ids, view="curves", metrics="loss"),
        "why": site.at("why", a=site.runs["first"], b=site.runs["third"]),
    }


@pytest.mark.parametrize("name", NAMES)
def test_pictures(page: Page, address: dict[str, str], name: str, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 1000, "height": 480})
    page.goto(address[name])
    ready = READY[name]
    expect(page.get_by_text(ready).first).to_be_visible()
    if name == "curves":
        expect(page.locator("[data-drawn]")).to_be_visible()
    if name == "log":
        page.locator(".terminal").evaluate("it => { it.scrollTop = it.scrollHeight }")
        expect(page.locator(".of-stderr")).to_be_visible()
    folder = PICTURES if WANTED else tmp_path
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
    assert (folder / f"{name}.png").stat().st_size > 10_000
    assert (PICTURES / f"{name}.png").is_file()
