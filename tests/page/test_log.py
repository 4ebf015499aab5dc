"""What a command printed: its streams told apart, its colours kept, found, followed, and as long as logs are."""

import json
import re
import subprocess
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.page.conftest import Site

LINES = 120_000


def test_the_log_keeps_its_colours_and_is_searched(page: Page, site: "Site") -> None:
    page.goto(site.at("run", site.runs["first"], tab="log"))
    expect(page.locator(".line .front-2.bold")).to_have_text("training")
    expect(page.get_by_text("now", exact=True)).to_have_attribute("style", re.compile("255, 135, 0|ff8700"))
    expect(page.get_by_text("<script>window.hit = 1</script>")).to_be_visible()
    field = page.get_by_label("Find in the log")
    field.fill("EPOCH 2")
    status = page.get_by_role("status").first
    expect(status).to_have_text("1 of 11")
    field.press("Enter")
    expect(page.locator(".line.hit")).to_contain_text("epoch 20 ")
    page.get_by_label("The hit before").click()
    expect(page.locator(".line.hit")).to_contain_text("epoch 2 ")
    field.fill("nobody printed this")
    expect(status).to_have_text("not there")
    assert page.evaluate("window.hit") is None


def test_streams_are_told_apart_and_filtered(page: Page, site: "Site") -> None:
    page.goto(site.at("run", site.runs["first"], tab="log"))
    marked = page.locator(".line.of-stderr")
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text("err")
    expect(marked).to_contain_text("all is logged")
    page.get_by_label("Show").select_option("stderr")
    expect(page.locator(".line")).to_have_count(1)
    expect(page.locator(".line")).to_contain_text("all is logged")
    page.get_by_label("Show").select_option("stdout")
    expect(page.get_by_text("the end")).to_be_visible()
    expect(page.get_by_text("all is logged")).to_have_count(0)
    page.get_by_label("Show").select_option("")
    expect(marked).to_have_count(1)
    page.get_by_label("Times").check()
    expect(page.locator(".line .time").first).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))


def test_the_log_of_a_running_run_grows(page: Page, site: "Site") -> None:
    hold = site.home / "hold.wait"
    hold.touch()
    words = ["mlproj", "run", str(site.home / "project"), "--env-manager", "local"]
    words += ["-P", f"hold={hold}", "--run-name", "held"]
    with subprocess.Popen(
        words, env=site.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            page.goto(site.at("runs", q="held"))
            page.get_by_role("link", name="held").click(timeout=20_000)
            page.get_by_role("link", name="Log").click()
            expect(page.locator(".of-stderr", has_text="all is logged")).to_be_visible()
            expect(page.get_by_label("Follow")).to_be_checked()
            expect(page.get_by_text("the end")).to_have_count(0)
            hold.unlink()
            expect(page.get_by_text("the end")).to_be_visible()
            expect(page.get_by_text("finished", exact=True).first).to_be_visible()
        finally:
            hold.unlink(missing_ok=True)
            running.communicate(timeout=60)
    found = site.ask("runs/search", experiment_ids=[site.runs["experiment"]], filter="run_name = 'held'")
    site.ask("runs/delete", run_id=found["runs"][0]["info"]["run_id"])


def test_a_log_of_many_lines_has_few_in_the_document(page: Page, site: "Site") -> None:
    run_id = site.ask("runs/create", experiment_id="0", run_name="long", start_time=8)["run"]["info"]["run_id"]
    folder = site.home / "home" / "artifacts" / "0" / run_id / "artifacts" / "mlproj"
    folder.mkdir(parents=True)
    print_lines(folder, range(LINES))
    page.goto(site.at("run", run_id, tab="log"))
    last = page.locator(".line", has_text=f"step {LINES - 1:,} ")
    expect(last).to_be_visible()
    expect(last.locator(".front-1")).to_have_text("slow")
    assert page.locator(".line").count() < 120
    print_lines(folder, range(LINES, LINES + 5000))
    expect(page.locator(".line", has_text=f"step {LINES + 4999:,} ")).to_be_visible()
    page.get_by_label("Find in the log").fill("step 7 ")
    status = page.get_by_role("status").first
    expect(status).to_have_text("not there in what is loaded")
    for _ in range(2):
        page.get_by_role("button", name="Earlier").click()
    expect(page.get_by_role("button", name="Earlier")).to_have_count(0)
    expect(status).to_have_text("1 of 1")
    expect(page.locator(".line.hit")).to_contain_text("8")  # its number
    expect(page.get_by_text(f"{LINES + 5000:,} lines, live")).to_be_visible()
    page.get_by_label("Show").select_option("stderr")
    expect(page.get_by_text(f"{(LINES + 5000) // 1000:,} lines, live")).to_be_visible()
    assert page.locator(".line").count() < 120
    site.ask("runs/delete", run_id=run_id)


def print_lines(folder: "Path", numbers: range) -> None:
    """Every thousandth line is of stderr; red goes on until the end of the line after."""
    log, index = folder / "output.log", folder / "output.index.jsonl"
    with log.open("ab") as text, index.open("ab") as parts:
        for number in numbers:
            stream = "stderr" if number % 1000 == 0 else "stdout"
            if number % 1000 < 2:
                entry = {"offset": text.tell(), "time": 1_700_000_000_000 + number, "stream": stream}
                parts.write(json.dumps(entry).encode() + b"\n")
                parts.flush()
            text.write(f"step {number:,} \x1b[31mslow\x1b[0m and \u00fcgly \U0001f600 text\n".encode())
