"""A real store behind a real server, a plain HTTP client, and environments with the stock clients in them."""

import json
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import urllib3
import uv
from tests.served import served

from mlproj.config import process_environment
from mlproj.server.embedded import EmbeddedServer
from mlproj.system.locks import hold
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Run
from mlproj.tracking.opening import open_sqlite

REPOSITORY = Path(__file__).parent.parent.parent
NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        return str(self.json["error_code"])

    @property
    def message(self) -> str:
        return str(self.json["message"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The server as one run sees it."""

    store: LocalStore
    server: EmbeddedServer
    url: str
    run_id: str
    experiment_id: str
    notes: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False))

    def send(
        self,
        method: str,
        path: str,
        body: bytes | Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        answer = self.pool.request(method, f"{self.url}{path}", body=body, headers=dict(headers or {}))
        return Answer(answer.status, dict(answer.headers.items()), answer.data)

    def get(self, path: str, /, **query: str | Sequence[str]) -> Answer:
        from urllib.parse import urlencode

        return self.send("GET", f"/api/2.0/mlflow/{path}?{urlencode(query, doseq=True)}")

    def post(self, path: str, method: str = "POST", /, **body: Any) -> Answer:
        return self.send(
            method, f"/api/2.0/mlflow/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )

    def file(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        return self.send(method, f"/api/2.0/mlflow-artifacts/artifacts/{path}", body, headers)

    def run(self) -> Run:
        return self.store.get_run(self.run_id)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    opened = open_sqlite(tmp_path_factory.mktemp("store") / "mlproj.db")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def everyone(store: LocalStore) -> Iterator[Api]:
    """The server that all tests share, without a run."""
    notes: list[str] = []
    errors: list[BaseException] = []
    with EmbeddedServer(store, on_note=notes.append, on_error=errors.append) as server:
        api = Api(store=store, server=server, url="", run_id="", experiment_id="", notes=notes, errors=errors)
        yield api
        api.pool.clear()


@pytest.fixture
def api(everyone: Api) -> Iterator[Api]:
    """The shared server as a run of an experiment of its own sees it; nothing may go wrong inside of it."""
    experiment_id = everyone.store.create_experiment(f"experiment {next(NUMBERS)}")
    run = everyone.store.create_run(experiment_id, start_time=1_700_000_000_000)
    everyone.errors.clear()
    everyone.notes.clear()
    yield Api(
        store=everyone.store,
        server=everyone.server,
        url=everyone.server.url_for(run.run_id),
        run_id=run.run_id,
        experiment_id=experiment_id,
        notes=everyone.notes,
        errors=everyone.errors,
        pool=everyone.pool,
    )
    assert everyone.errors == []


# --- the stock clients -----------------------------------------------------------------------------------------------

CLIENTS = {
    "3.17": ("mlflow-skinny==3.17.2", "scikit-learn", "pandas", "matplotlib", "skops"),
    "2.22": ("mlflow-skinny==2.22.5", "scikit-learn", "pandas", "matplotlib"),
    "1.30": ("mlflow-skinny==1.30.1", "scikit-learn==1.1.3", "pandas<2", "numpy<1.24", "setuptools<81"),
}
OLD = ("3.10", "3.9", "3.8")  # interpreters that the oldest client and its libraries run on


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What a client's run of jobs/journey.py left: what it saw, the ids of each case, and what it printed.

    `missing` says why there was none.
    """

    missing: str = ""
    seen: Mapping[str, Any] = field(default_factory=dict)
    cases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    notes: Sequence[str] = ()
    errors: Sequence[BaseException] = ()
    output: str = ""


@pytest.fixture(scope="session")
def journeys(store: LocalStore, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Journey]:
    """The journey of every client, all at the same time, to servers of their own on one store."""
    store.create_experiment("baseline")
    with ThreadPoolExecutor() as threads:
        started = {
            name: threads.submit(_travel, name, store, tmp_path_factory.mktemp(f"client {name}")) for name in CLIENTS
        }
        return {name: journey.result() for name, journey in started.items()}


@pytest.fixture(scope="session")
def models_seen(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Any]]:
    """What jobs/registry.py saw of `mlproj server` through each client that knows the whole registry.

    `database` is the file that is served.
    """
    with ThreadPoolExecutor() as threads:
        started = {
            name: threads.submit(_use_models, name, tmp_path_factory.mktemp(f"models {name}"))
            for name in ("3.17", "2.22")
        }
        return {name: seen.result() for name, seen in started.items()}


def _use_models(name: str, home: Path) -> Mapping[str, Any]:
    python = _client(name, sys.executable)
    database = home / "mlproj.db"
    with served(f"sqlite:///{database}", cwd=home) as (process, url):
        environ = _job_environment(home, {"uri": url}) | {"MPLCONFIGDIR": str(home)}
        done = subprocess.run(
            [str(python), str(Path(__file__).parent / "jobs" / "registry.py"), f"the model of {name}"],
            env=environ,
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
        )
        process.terminate()
        said = process.communicate(timeout=60)[1]
    assert done.returncode == 0, done.stdout + done.stderr
    assert said == ""
    return {**json.loads(done.stdout.splitlines()[-1])["seen"], "database": str(database)}


CASES = (
    "through_client",
    "existing_experiment",
    "experiment_by_id",
    "merely_looked_up",
    "merely_created",
    "merely_read",
    "set_while_active",
    "failing",
    "autologged",
)


def _travel(name: str, store: LocalStore, home: Path) -> Journey:
    interpreter = _old_interpreter() if name == "1.30" else sys.executable
    if interpreter is None:
        return Journey(missing=f"mlflow {name} needs one of Python {', '.join(OLD)}, and none is on this machine")
    python = _client(name, interpreter)
    notes: list[str] = []
    errors: list[BaseException] = []
    with EmbeddedServer(store, on_note=notes.append, on_error=errors.append) as server:
        cases = {case: _case(store, server, f"{case} {name}") for case in ("plain", *CASES)}
        plain = cases["plain"]
        file = home / "cases.json"
        file.write_text(json.dumps({case: cases[case] for case in CASES}), encoding="utf-8")
        (home / ".netrc").write_text("default login nobody password nothing\n", encoding="utf-8")
        done = subprocess.run(
            [str(python), str(Path(__file__).parent / "jobs" / "journey.py"), str(file), name],
            env=_job_environment(home, plain),
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])["seen"]
    return Journey(seen=seen, cases=cases, notes=notes, errors=errors, output=done.stdout + done.stderr)


def _case(store: LocalStore, server: EmbeddedServer, name: str) -> dict[str, str]:
    experiment_id = store.create_experiment(name)
    run = store.create_run(experiment_id, start_time=1_700_000_000_000)
    return {"uri": server.url_for(run.run_id), "run_id": run.run_id, "experiment_id": experiment_id}


def _job_environment(home: Path, case: Mapping[str, str]) -> dict[str, str]:
    """As a job has it (or a script, if `case` has no run), with what people have set around it."""
    run = {"MLFLOW_RUN_ID": case["run_id"], "MLFLOW_EXPERIMENT_ID": case["experiment_id"]} if "run_id" in case else {}
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "MLFLOW_TRACKING_URI": case["uri"],
        **run,
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "MLFLOW_TRACKING_USERNAME": "somebody",
        "MLFLOW_TRACKING_PASSWORD": "something",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "GIT_PYTHON_REFRESH": "quiet",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    }


def _client(name: str, interpreter: str) -> Path:
    """The interpreter of an environment with a client, kept between test runs."""
    root = REPOSITORY / ".cache" / "clients" / name
    marker = root / "complete"
    wanted = "\n".join((interpreter, *CLIENTS[name]))
    with hold(root.with_name(f"{name}.lock")):
        if not marker.is_file() or marker.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(root, ignore_errors=True)
            environ = {**process_environment(), "UV_CACHE_DIR": str(REPOSITORY / ".cache" / "uv")}
            for arguments in (
                ("venv", "--quiet", "--python", interpreter, str(root)),
                ("pip", "install", "--quiet", "--python", str(root / "bin" / "python"), *CLIENTS[name]),
            ):
                subprocess.run([uv.find_uv_bin(), *arguments], env=environ, check=True, capture_output=True)
            marker.write_text(wanted, encoding="utf-8")
    return root / "bin" / "python"


@pytest.fixture(scope="session")
def client_python() -> Path:
    """An interpreter with the newest client."""
    return _client("3.17", sys.executable)


def _old_interpreter() -> str | None:
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    for version in OLD:
        candidates = [
            *sorted(home.glob(f".pyenv/versions/{version}.*/bin/python")),
            *sorted(home.glob(f".local/share/uv/python/cpython-{version}.*/bin/python{version}")),
            *(
                Path(directory) / f"python{version}"
                for directory in ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
            ),
        ]
        for candidate in candidates:
            if candidate.is_file():
                return str(candidate)
    return None
