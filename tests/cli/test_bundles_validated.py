"""Bundles, looked at by the public validators of RO-Crates."""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uv

from mlproj.config import process_environment
from mlproj.system.locks import hold

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write

CACHE = Path(__file__).parents[2] / ".cache"
VALIDATORS = ("roc-validator==0.13.0", "runcrate==0.6.2")
WITH_CONTEXT = "rocrate==0.14.0"
"""The newest rocrate that brings the JSON-LD context of RO-Crate 1.1, which stands behind Process Run Crate 0.5."""
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
FILL_CACHE = """
import io, sys
from pathlib import Path
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from urllib3 import HTTPResponse

cache, url, file = sys.argv[1:]

class Shipped(HTTPAdapter):
    def send(self, request, **_):
        body = io.BytesIO(Path(file).read_bytes())
        raw = HTTPResponse(body, {"Content-Type": "application/ld+json"}, 200, preload_content=False, request_url=url)
        return self.build_response(request, raw)

with CachedSession(cache_name=cache, backend="sqlite", expire_after=-1) as session:
    session.mount(url, Shipped())
    session.get(url).raise_for_status()
"""
NOT_SAID = {
    "process-run-crate-0.5_3.2",  # a URL of the application: a directory has none
    "process-run-crate-0.5_5.1",  # the application's id as an absolute URI: likewise
    "process-run-crate-0.5_11.1",  # a result: a run that failed has none
    "ro-crate-1.1_22.3",  # a publisher: there is none
    "ro-crate-1.1_30.2",  # where the user is employed: nobody said
    "ro-crate-1.1_30.3",  # likewise
}
PROJECT = """
    name: demo
    entry_points:
      main:
        parameters: {alpha: {type: float, default: 0.5}, note: {type: string, default: "ü $(rm) 'x'"}}
        command: "python train.py {alpha}"
        inputs: ["data/*.csv"]
        outputs: ["out*"]
"""
TRAIN = """
    import sys
    open("out 1 ü.txt", "w").write(sys.argv[1])
    open("out#2%.txt", "w").write(sys.argv[1])
    sys.exit(float(sys.argv[1]) > 1)
"""


@pytest.fixture(scope="session")
def validators() -> Path:
    """The directory of an environment with the validators and `cache`, what they would fetch; kept between runs."""
    if "true" not in {os.environ.get("CI"), os.environ.get("VALIDATORS")}:  # noqa: TID251 - they take a while
        pytest.skip("set VALIDATORS=true to ask the public validators")
    root = CACHE / "validators"
    marker = root / "complete"
    wanted = "\n".join((platform.python_version(), *VALIDATORS, WITH_CONTEXT, FILL_CACHE))
    CACHE.mkdir(exist_ok=True)
    with hold(CACHE / "validators.lock"):
        if not marker.is_file() or marker.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(root, ignore_errors=True)
            python = str(root / "bin" / "python")
            install = ("pip", "install", "--quiet", "--python", python)
            for words in (
                ("venv", "--quiet", "--python", sys.executable, str(root)),
                (*install, *VALIDATORS),
                (*install, "--no-deps", "--target", str(root / "context"), WITH_CONTEXT),
            ):
                environ = {**process_environment(), "UV_CACHE_DIR": str(CACHE / "uv")}
                subprocess.run([uv.find_uv_bin(), *words], env=environ, check=True, capture_output=True)
            context = root / "context" / "rocrate" / "data" / "ro-crate.jsonld"
            subprocess.run([python, "-c", FILL_CACHE, str(root / "cache"), CONTEXT, str(context)], check=True)
            marker.write_text(wanted, encoding="utf-8")
    return root


def call(validators: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(validators / "bin" / words[0]), *words[1:]], capture_output=True, encoding="utf-8", check=False
    )


def failed_checks(validators: Path, file: Path, severity: str) -> set[str]:
    """The ids of roc-validator's checks that failed; "recommended" looks at what is required too."""
    cache = file.parent / "cache.sqlite"
    shutil.copy(validators / "cache.sqlite", cache)
    report = file.with_suffix(".txt")
    options = ["--offline", "--cache-path", str(cache.with_suffix("")), "--verbose", "--no-paging", "-o", str(report)]
    done = call(validators, "rocrate-validator", "validate", *options, "-l", severity, str(file))
    text = report.read_text(encoding="utf-8")
    assert "process-run-crate-0.5" in text, done.stdout + done.stderr
    failed = set(re.findall(r"\[ ([a-z-]+-[\d.]+_\d+\.\d+) \]", text))
    assert bool(failed) == (done.returncode == 1), text
    return failed


@pytest.mark.parametrize("alpha", ["0.25", "7"])
def test_the_validators_take_a_bundle_for_a_process_run_crate(
    mlproj: "Program", project: "Write", tmp_path: Path, validators: Path, alpha: str
) -> None:
    folder = project(PROJECT, train__py=TRAIN)
    (folder / "data").mkdir()
    for name in ("a b.csv", "ü.csv"):
        (folder / "data" / name).write_text(name)
    done = mlproj("run", "project", "--json", "--env-manager", "local", "-P", f"alpha={alpha}")
    run_id = done.json["run_id"]
    assert mlproj("runs", "show", run_id, "--json").json["status"] == ("FINISHED" if alpha == "0.25" else "FAILED")
    done = mlproj("export", run_id, "-o", "run.zip")
    assert done.code == 0, done.err
    assert failed_checks(validators, tmp_path / "run.zip", "recommended") <= NOT_SAID
    reported = call(validators, "runcrate", "report", str(tmp_path / "run.zip"))
    assert reported.returncode == 0, reported.stderr
    assert f"action: #{run_id}" in reported.stdout
    assert f"    {alpha}\n" in reported.stdout
    assert "mlproj/inputs/data/a%20b.csv" in reported.stdout
    assert ("mlproj/outputs/out%232%25.txt" in reported.stdout) == (alpha == "0.25")


def test_the_validator_finds_what_is_wrong(tmp_path: Path, validators: Path) -> None:
    folder = tmp_path / "crate"
    folder.mkdir()
    (folder / "ro-crate-metadata.json").write_text(
        '{"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": [{"@id": "ro-crate-metadata.json",'
        ' "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}},'
        ' {"@id": "./", "@type": "Dataset", "conformsTo": {"@id": "https://w3id.org/ro/wfrun/process/0.5"}}]}'
    )
    assert failed_checks(validators, folder, "required") >= {"ro-crate-1.1_8.4"}
