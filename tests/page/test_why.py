"""Why two runs differ: causes, the difference of the code, packages."""

import re
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import urllib3
from playwright.sync_api import Page, expect

from mlproj.record.document import to_json
from mlproj.record.values import EnvironmentRecord, RunRecord, Source

if TYPE_CHECKING:
    from pathlib import Path

    from tests.page.conftest import Site, Troubles

CAUSES = "Causes, the likeliest first"


def git(folder: "Path", *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b", *words], cwd=folder, check=True, text=True)


def test_why_two_runs_differ(page: Page, site: "Site", axe: Callable[[Page], list[str]], troubles: "Troubles") -> None:
    page.goto(site.at("runs", e=site.runs["experiment"]))
    page.get_by_label("Select first run").click()
    page.get_by_label("Select third run").click()
    page.get_by_role("link", name="Why do they differ?").click()
    causes = page.get_by_role("list", name=CAUSES).get_by_role("listitem")
    expect(causes).to_have_count(2)
    expect(causes.first).to_contain_text("lr")
    expect(causes.nth(1)).to_contain_text("model")
    expect(causes.nth(1)).to_contain_text("linear")
    assert axe(page) == []
    troubles.expect("404")
    page.goto(site.at("why", a=site.runs["first"], b=site.runs["ugly"]))
    expect(page.get_by_text("One of them has no record")).to_be_visible()


def test_code_of_two_commits_is_compared(page: Page, site: "Site", axe: Callable[[Page], list[str]]) -> None:
    folder = site.home / "two commits"
    folder.mkdir()
    (folder / "MLproject").write_text("name: two commits\nentry_points:\n  main:\n    command: python train.py\n")
    (folder / "train.py").write_text("print('<b>one</b>')\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    words = ("run", str(folder), "--env-manager", "local", "--run-name")
    before = site.mlproj(*words, "at one")
    (folder / "train.py").write_text("print('<b>two</b>')\n")
    git(folder, "commit", "-qam", "two")
    (folder / "new.py").write_text("# in no commit\n")
    after = site.mlproj(*words, "at two")
    page.goto(site.at("why", a=before, b=after))
    cause = page.get_by_role("list", name=CAUSES).get_by_role("listitem").filter(has_text="train.py")
    expect(cause).to_contain_text("new.py")
    expect(cause.locator(".removed", has_text="-print('<b>one</b>')")).to_be_visible()
    expect(cause.locator(".added", has_text="+print('<b>two</b>')")).to_be_visible()
    expect(cause.locator(".added", has_text="+# in no commit")).to_be_visible()
    assert axe(page) == []
    for run_id in (before, after):
        site.ask("runs/delete", run_id=run_id)


@pytest.fixture
def recorded(site: "Site") -> Callable[[str, dict[str, str], str], str]:
    """Makes a run whose record says what it is told."""

    def make(name: str, packages: dict[str, str], commit: str) -> str:
        run_id: str = site.ask("runs/create", experiment_id="0", run_name=name, start_time=3)["run"]["info"]["run_id"]
        record = RunRecord(
            run_id=run_id,
            project="p",
            entry_point="main",
            command="true",
            source=Source(uri="/nobody/has/this", kind="local", commit=commit),
            environment=EnvironmentRecord(kind="python", manager="virtualenv", packages=packages),
        )
        url = f"{site.url}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/mlproj/run.json"
        assert urllib3.request("PUT", url, body=to_json(record).encode()).status == 200
        return run_id

    return make


def test_packages_are_a_table_and_code_that_is_elsewhere_has_a_command(
    page: Page, site: "Site", recorded: Callable[[str, dict[str, str], str], str]
) -> None:
    before = recorded("old", {"numpy": "1.26.0", "scipy": "1.0", "gone": "<i>1</i>"}, "a" * 40)
    after = recorded("new", {"numpy": "2.0.0", "scipy": "1.0", "added": "3"}, "b" * 40)
    page.goto(site.at("why", a=before, b=after))
    table = page.get_by_role("region", name="Packages")
    expect(table.get_by_role("row")).to_have_count(4)
    expect(table.get_by_role("row", name=re.compile("numpy"))).to_contain_text("1.26.02.0.0")
    expect(table.get_by_role("row", name=re.compile("gone"))).to_contain_text("<i>1</i>none")
    expect(page.get_by_text(f"mlproj why {before} {after}", exact=True)).to_be_visible()
    for run_id in (before, after):
        site.ask("runs/delete", run_id=run_id)
