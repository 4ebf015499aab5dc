"""What a run says of how to make it again, and where its code is."""

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import urllib3
from playwright.sync_api import Page, expect

from mlproj.record.document import to_json
from mlproj.record.values import Capture, RunRecord, Source

if TYPE_CHECKING:
    from tests.page.conftest import Site

UGLY = 'it\'s "$(touch hit)" `id` \\ ; & \u00fc \U0001f600\nline two'
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_the_command_to_run_it_again_does_so_for_ugly_values(page: Page, site: "Site") -> None:
    words = ("--env-manager", "local", "-P", f"model={UGLY}", "-P", "lr=0.5", "--run-name", "ugly value")
    first = site.mlproj("run", str(site.home / "project"), *words)
    page.goto(site.at("run", first))
    again = page.locator(".command pre").first.text_content()
    assert again
    done = subprocess.run(["bash", "-c", again], env=site.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = site.ask("runs/search", experiment_ids=[site.runs["experiment"]], filter="params.lr = '0.5'")["runs"]
    assert len(found) == 2
    params = [{pair["key"]: pair.get("value", "") for pair in run["data"]["params"]} for run in found]
    assert params[0] == params[1]
    assert params[0]["model"] == UGLY
    expect(page.get_by_text(f"mlproj run runs:/{first} -P name=value", exact=True)).to_be_visible()
    for run in found:
        site.ask("runs/delete", run_id=run["info"]["run_id"])


def test_a_command_is_copied(page: Page, site: "Site") -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(site.at("run", site.runs["first"]))
    page.get_by_role("button", name="Copy: mlproj reproduce").click()
    expect(page.get_by_role("button", name="Copy: mlproj reproduce")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"mlproj reproduce {site.runs['first']}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """How git names a repository, and where a person finds a commit of it."""

    name: str
    page: str | None


@pytest.mark.parametrize(
    "host",
    [
        Host(name="https://github.com/ada/net.git", page=f"https://github.com/ada/net/commit/{COMMIT}"),
        Host(name="git@github.com:ada/net.git", page=f"https://github.com/ada/net/commit/{COMMIT}"),
        Host(name="ssh://git@ssh.github.com:443/ada/net.git", page=f"https://github.com/ada/net/commit/{COMMIT}"),
        Host(name="git@gitlab.com:a/b/c.git", page=f"https://gitlab.com/a/b/c/-/commit/{COMMIT}"),
        Host(
            name="ssh://git@gitlab.example.org:2222/a/b.git/", page=f"https://gitlab.example.org/a/b/-/commit/{COMMIT}"
        ),
        Host(name="https://bitbucket.org/a/b", page=f"https://bitbucket.org/a/b/commits/{COMMIT}"),
        Host(name="http://git.example.org:3000/a/b", page=f"http://git.example.org:3000/a/b/commit/{COMMIT}"),
        Host(name="/srv/git/net.git", page=None),
        Host(name="file:///srv/git/net.git", page=None),
        Host(name="javascript:alert(1)//a/b", page=None),
        Host(name="C:\\code\\net", page=None),
    ],
    ids=lambda host: host.name,
)
def test_a_commit_is_found_on_its_host(page: Page, site: "Site", host: Host) -> None:
    source = Source(
        uri="/somewhere",
        kind="local",
        commit=COMMIT,
        repository=host.name,
        capture=Capture(files="source/files.tar.gz"),
    )
    made = site.ask("runs/create", experiment_id="0", run_name="hosted", start_time=4)["run"]["info"]["run_id"]
    record = RunRecord(run_id=made, project="p", entry_point="main", command="true", source=source)
    url = f"{site.url}/api/2.0/mlflow-artifacts/artifacts/0/{made}/artifacts/mlproj/run.json"
    assert urllib3.request("PUT", url, body=to_json(record).encode()).status == 200
    page.goto(site.at("run", made, tab="record"))
    expect(page.get_by_text(COMMIT[:12])).to_be_visible()
    link = page.get_by_role("link", name=COMMIT[:12])
    assert link.evaluate_all("all => all.map(it => it.href)") == ([host.page] if host.page else [])
    if host.page:
        assert link.get_attribute("rel") == "noopener noreferrer"
    expect(page.get_by_role("link", name="Files that were in no commit")).to_be_visible()
    site.ask("runs/delete", run_id=made)
