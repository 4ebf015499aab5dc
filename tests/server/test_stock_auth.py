"""The stock client and a server that asks who it is."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mlproj.server.access.passwords import hash_password, hash_token
from mlproj.server.access.users import Role, User, Users, write_users

JOB = """
import mlflow
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 0.5)
    mlflow.log_text("hello", "a.txt")
client = mlflow.MlflowClient()
found = client.get_run(run.info.run_id)
print(found.info.user_id, found.data.tags["mlflow.user"], found.data.metrics["loss"], found.info.status)
print(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/a.txt"))
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("a server")
    users = Users()
    for name, role in (("ada", Role.WRITE), ("rae", Role.READ)):
        tokens = (hash_token(f"t-{name}"),)
        users = users.adding(User(name=name, role=role, password=hash_password("pä ss"), tokens=tokens))
    write_users(home / "users.json", users)
    program = str(Path(sys.executable).with_name("mlproj"))
    words = [program, "server", "-p", "0", "--store", "sqlite:///x.db", "--auth", "users.json"]
    with subprocess.Popen(words, cwd=home, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().split()[-1]
        process.terminate()


def job(python: Path, url: str, home: Path, who: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    environ = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "MLFLOW_TRACKING_URI": url,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "GIT_PYTHON_REFRESH": "quiet",
        "LOGNAME": "eve",
        **who,
    }
    return subprocess.run([str(python), "-c", JOB], env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "who",
    [
        {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "pä ss"},
        {"MLFLOW_TRACKING_TOKEN": "t-ada"},
    ],
)
def test_a_user_comes_in(client_python: Path, url: str, tmp_path: Path, who: Mapping[str, str]) -> None:
    done = job(client_python, url, tmp_path, who)
    assert "ada ada 0.5 FINISHED\nhello\n" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ({"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "x"}, "UNAUTHENTICATED"),
        ({"MLFLOW_TRACKING_TOKEN": "t-rae"}, "PERMISSION_DENIED"),
    ],
)
def test_others_do_not(client_python: Path, url: str, tmp_path: Path, who: Mapping[str, str], said: str) -> None:
    done = job(client_python, url, tmp_path, who)
    assert done.returncode == 1
    assert said in done.stderr
