"""The page as it is built into the package, and a package that is built without it."""

import gzip
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import urllib3
from playwright.sync_api import Browser, Page, expect
from uv import find_uv_bin

from mlproj.server.pages.built import is_built

if TYPE_CHECKING:
    from tests.page.conftest import Site

ROOT = Path(__file__).parent.parent.parent
MOST_BYTES, MOST_REQUESTS = 120_000, 5


def copy_of_sources(target: Path) -> Path:
    """A clone, as a user has one: without what is ignored."""
    names = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=True
    ).stdout.decode()
    for name in filter(None, names.split("\0")):
        if name.startswith(("src/", "hatch_build", "pyproject", "README", "LICENSE")) and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


def build(source: Path, target: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    command = [find_uv_bin(), "build", "--wheel", "--no-build-isolation", "--out-dir", str(target), str(source)]
    given = {**os.environ, **environ, "VIRTUAL_ENV": str(Path(sys.executable).parent.parent)}  # noqa: TID251
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False)


def names_in(folder: Path) -> list[str]:
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_has_the_page_and_not_its_source(tmp_path: Path, require: Callable[[object, str], None]) -> None:
    require(is_built(), "the page")
    done = build(ROOT, tmp_path, MLPROJ_BUILD_PAGE="1")
    assert done.returncode == 0, done.stderr
    names = names_in(tmp_path)
    page = [name.removeprefix("mlproj/server/page/") for name in names if name.startswith("mlproj/server/page/")]
    assert "index.html" in page
    assert [name for name in page if re.fullmatch(r"main-[A-Z0-9]{8}\.(js|css)", name)]
    assert [name for name in names if name.startswith("mlproj/ui") or name.endswith((".ts", ".tsx"))] == []


@pytest.fixture(params=["dead", "silent"])
def no_registry(request: pytest.FixtureRequest) -> Iterator[str]:
    """Addresses where nobody listens, and where somebody does who never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        if request.param == "dead":
            listening.close()
        yield url


def test_without_a_registry_the_page_is_left_out_with_a_warning(tmp_path: Path, no_registry: str) -> None:
    """Within a second: npm itself would wait for minutes where nobody answers."""
    source = copy_of_sources(tmp_path / "source")
    nowhere = {"npm_config_registry": no_registry, "npm_config_cache": str(tmp_path / "cache")}
    done = build(source, tmp_path / "wheel", **nowhere)
    assert done.returncode == 0, done.stderr
    said = " ".join((done.stdout + done.stderr).split())
    assert "the page of mlproj ui is left out" in said
    assert "its registry 127.0.0.1 is out of reach" in said
    assert not (source / "src" / "mlproj" / "ui" / "node_modules").exists()
    assert [name for name in names_in(tmp_path / "wheel") if "page/" in name] == []
    (patience,) = re.findall(r"PATIENCE = .*, ([\d.]+)$", (source / "hatch_build.py").read_text(), re.MULTILINE)
    assert float(patience) < 1


def test_a_page_that_is_required_or_refused(tmp_path: Path) -> None:
    source = copy_of_sources(tmp_path / "source")
    nowhere = {"npm_config_registry": "http://127.0.0.1:9/", "npm_config_cache": str(tmp_path / "cache")}
    done = build(source, tmp_path / "none", **nowhere, MLPROJ_BUILD_PAGE="1")
    assert done.returncode != 0
    assert "cannot be built" in done.stdout + done.stderr
    done = build(source, tmp_path / "off", **nowhere, MLPROJ_BUILD_PAGE="0")
    assert done.returncode == 0
    assert "the page of" not in done.stdout + done.stderr


@contextmanager
def serving(*words: str, environ: dict[str, str], cwd: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    program = Path(sys.executable).with_name("mlproj")
    command = [str(program), "ui", "-p", "0", *words]
    with subprocess.Popen(
        command, env=environ, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().split()[-1], process
        finally:
            process.terminate()


def test_ui_without_a_page_explains_itself(tmp_path: Path) -> None:
    source = copy_of_sources(tmp_path / "source")
    code = "import sys; from mlproj.__main__ import main; sys.argv = ['mlproj', 'ui', '-p', '0']; sys.exit(main())"
    environ = {**os.environ, "MLPROJ_HOME": str(tmp_path / "home"), "PYTHONPATH": str(source / "src")}  # noqa: TID251
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        url = process.stdout.readline().split()[-1]
        try:
            assert "the page was not built" in process.stderr.readline()
            answer = urllib3.request("GET", f"{url}/")
        finally:
            process.kill()
    assert answer.status == 200
    assert "There is no page to look at runs here" in answer.data.decode()
    for target in ("health", "version", "api/mlproj/openapi.json"):
        assert f'href="{target}"' in answer.data.decode()
    assert "style-src 'unsafe-inline'" in answer.headers["content-security-policy"]


def test_the_first_look_is_small(page: Page, site: "Site") -> None:
    requests: list[str] = []
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(site.url)
    expect(page.locator(".rows td.name a").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    seen = [url for url in requests if url.startswith("http")]
    assert len(seen) <= MOST_REQUESTS, seen
    assert 10_000 < sum(sizes) < MOST_BYTES


def test_the_page_lives_below_a_prefix_and_behind_a_password(
    tmp_path: Path, browser: Browser, require: Callable[[object, str], None]
) -> None:
    environ = {**os.environ, "MLPROJ_HOME": str(tmp_path)}  # noqa: TID251
    users = tmp_path / "users.json"
    program = str(Path(sys.executable).with_name("mlproj"))
    subprocess.run([program, "users", "add", str(users), "ada"], input="a secret\n", text=True, env=environ, check=True)
    with serving("--static-prefix", "/behind/proxy", "--auth", str(users), environ=environ, cwd=tmp_path) as (url, _):
        assert url.endswith("/behind/proxy")
        assert urllib3.request("GET", f"{url}/").status == 401
        context = browser.new_context(http_credentials={"username": "ada", "password": "a secret"})
        page = context.new_page()
        page.goto(url)
        assert page.url.startswith(f"{url}/")
        expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
        expect(page.get_by_text("mlproj run .")).to_be_visible()
        context.close()


def test_the_parts_of_the_page_are_kept_for_ever_and_keep_it_safe(site: "Site", browser: Browser) -> None:
    front = urllib3.request("GET", f"{site.url}/", headers={"Accept-Encoding": "identity"})
    policy = front.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert front.headers["cache-control"] == "no-cache"
    text = front.data.decode()
    assert not re.search(r"<script>|\son\w+=|\sstyle=", text)
    for name in re.findall(r'(?:src|href)="(page/[^"]+)"', text):
        packed = urllib3.request("GET", f"{site.url}/{name}", headers={"Accept-Encoding": "gzip"}, decode_content=False)
        assert "immutable" in packed.headers["cache-control"]
        assert packed.headers["content-encoding"] == "gzip"
        whole = urllib3.request("GET", f"{site.url}/{name}", headers={"Accept-Encoding": "identity"})
        assert whole.data == gzip.decompress(packed.data)
        assert whole.headers["x-content-type-options"] == "nosniff"
    for name in ("nothing-ABCDEFGH.js", "sources", "index.html", "..%2Fpages.py"):
        assert urllib3.request("GET", f"{site.url}/page/{name}").status == 404
