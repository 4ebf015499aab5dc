"""What the page says when the server is away, or lets nobody in, and while it waits."""

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, Route, expect

if TYPE_CHECKING:
    from tests.page.conftest import Site, Troubles


def test_rows_stay_while_the_server_is_away(page: Page, site: "Site", troubles: "Troubles") -> None:
    troubles.expect("ERR_FAILED")
    page.goto(site.at("runs", e=site.runs["experiment"]))
    expect(page.get_by_role("link", name="first run")).to_be_visible()
    page.get_by_label("Select first run").click()
    page.route("**/api/**", lambda route: route.abort())
    lost = page.get_by_role("status").filter(has_text="The server does not answer")
    expect(lost).to_be_visible(timeout=10_000)
    expect(page.get_by_role("link", name="first run")).to_be_visible()
    expect(page.get_by_label("Select first run")).to_be_checked()
    page.unroute("**/api/**")
    expect(lost).to_have_count(0, timeout=10_000)


def test_a_server_that_is_gone_is_said_so(page: Page, site: "Site", troubles: "Troubles") -> None:
    troubles.expect("ERR_FAILED")
    page.goto(site.url)
    expect(page.locator(".rows td.name a").first).to_be_visible()
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_role("link", name="first run").click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    page.unroute("**/api/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="first run")).to_be_visible()


def test_what_is_slow_says_that_it_comes(page: Page, site: "Site") -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("runs/get"), hold)
    page.goto(site.at("run", site.runs["first"]))
    expect(page.get_by_text("Loading the run")).to_be_visible()
    assert held
    for route in held:
        route.continue_()
    expect(page.get_by_role("heading", name="first run")).to_be_visible()


def test_who_is_no_longer_let_in_is_told_so(tmp_path: Path, browser: Browser, site: "Site") -> None:
    users = tmp_path / "users.json"
    program = str(Path(sys.executable).with_name("mlproj"))
    environ = {**site.environ, "MLPROJ_HOME": str(tmp_path)}
    subprocess.run([program, "users", "add", str(users), "ada"], input="a secret\n", text=True, env=environ, check=True)
    command = [program, "ui", "-p", "0", "--auth", str(users)]
    with subprocess.Popen(command, env=environ, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            url = server.stdout.readline().split()[-1]
            context = browser.new_context(http_credentials={"username": "ada", "password": "a secret"})
            page = context.new_page()
            page.goto(url)
            expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
            page.route("**/api/**", lambda route: route.fulfill(status=401, body="{}"))
            page.get_by_role("link", name="Models").click()
            expect(page.get_by_role("alert")).to_contain_text("Sign in")
            context.close()
        finally:
            server.kill()
