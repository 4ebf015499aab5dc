from collections.abc import Mapping

import pytest

from mlproj.runner.past.partial_records import partial_record
from mlproj.tracking.entities import LifecycleStage, Metric, Run, RunStatus

COMMIT = "1" * 40


def run(tags: Mapping[str, str], *, status: RunStatus = RunStatus.FINISHED) -> Run:
    return Run(
        run_id="a" * 32,
        run_name="x",
        experiment_id="0",
        user_id="me",
        status=status,
        start_time=1,
        end_time=2,
        lifecycle_stage=LifecycleStage.ACTIVE,
        artifact_uri="mlflow-artifacts:/0/a/artifacts",
        params={"alpha": "0.5"},
        metrics={"rmse": Metric(key="rmse", value=0.8, timestamp=1, step=0)},
        tags=tags,
    )


@pytest.mark.parametrize(
    ("name", "kind", "uri", "subdirectory"),
    [
        ("https://host/team/p.git", "git", "https://host/team/p.git", None),
        ("https://host/team/p.git#sub", "git", "https://host/team/p.git#sub", "sub"),
        ("git@host:team/p.git", "git", "git@host:team/p.git", None),
        ("file:///home/p#sub", "local", "/home/p#sub", "sub"),
        ("/home/p", "local", "/home/p", None),
        ("", "local", "", None),
    ],
)
def test_sources(name: str, kind: str, uri: str, subdirectory: str | None) -> None:
    found = partial_record(run({"mlflow.source.name": name, "mlflow.source.git.commit": COMMIT})).source
    assert (found.kind, found.uri, found.subdirectory, found.commit) == (kind, uri, subdirectory, COMMIT)
    assert found.repository == (uri.partition("#")[0] if kind == "git" else None)


def test_what_a_genuine_run_tells() -> None:
    found = partial_record(run({"mlflow.project.entryPoint": "train", "mlflow.project.env": "conda"}))
    assert found.entry_point == "train"
    assert found.parameters["alpha"].value == "0.5"
    assert found.metrics["rmse"].value == 0.8
    assert found.exit_code == 0
    assert found.environment is not None
    assert (found.environment.kind, found.environment.manager) == ("conda", "conda")


def test_a_failed_run_without_an_exit_code() -> None:
    assert partial_record(run({}, status=RunStatus.FAILED)).exit_code is None
    assert partial_record(run({"mlproj.exit_code": "3"}, status=RunStatus.FAILED)).exit_code == 3
