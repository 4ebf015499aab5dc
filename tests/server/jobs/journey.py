"""What training scripts do, through whichever stock client runs this. Its one argument is a JSON file: the name, the
tracking URI, the run id and the experiment id of each case. It prints what it saw as JSON in its last line."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow  # type: ignore[import-not-found]
from mlflow.tracking import MlflowClient, fluent  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
UGLY = "a 'b' \"c\" $(rm)\nü 🎉"


def plain() -> dict[str, Any]:
    """As a script is written that knows nothing of us: the environment tells the client all."""
    mlflow.set_experiment("made by the script")
    with mlflow.start_run() as run:
        mlflow.log_param("alpha", 0.5)
        mlflow.log_params({"ugly": UGLY, "empty": "", "layer/width": 3})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"nan": float("nan"), "inf": float("inf"), "big": 1e300}, step=-1)
        mlflow.set_tag("ugly", UGLY)
        mlflow.set_tags({"a": 1, "b.c": "d"})
        mlflow.log_artifact(__file__, "code/of the job")
        mlflow.log_text("text", "notes/ü 100%.txt")
        mlflow.log_dict({"k": [1, 2]}, "data.json")
        directory = Path(tempfile.mkdtemp())
        (directory / "deep" / "er").mkdir(parents=True)
        (directory / "deep" / "er" / "x.bin").write_bytes(bytes(range(256)) * 5000)
        (directory / "empty.bin").write_bytes(b"")
        mlflow.log_artifacts(str(directory), "tree")
        with mlflow.start_run(nested=True, run_name="inner") as inner:
            mlflow.log_param("inner", True)
    client = MlflowClient()
    fetched = Path(client.download_artifacts(run.info.run_id, "tree", tempfile.mkdtemp()))
    return {
        "inner": inner.info.run_id,
        "top": sorted(file.path for file in client.list_artifacts(run.info.run_id)),
        "code": [(file.path, file.is_dir) for file in client.list_artifacts(run.info.run_id, "code/of the job")],
        "bytes": (fetched / "deep" / "er" / "x.bin").read_bytes() == bytes(range(256)) * 5000,
        "empty": (fetched / "empty.bin").read_bytes() == b"",
        "steps": [point.step for point in client.get_metric_history(run.info.run_id, "loss")],
    }


def through_client(run_id: str, experiment_id: str) -> dict[str, Any]:
    """MlflowClient alone; no run is active."""
    from mlflow.entities import Metric, Param, RunTag  # type: ignore[import-not-found]

    client = MlflowClient()
    child = client.create_run(experiment_id).info.run_id
    points = [Metric("m", value, 1000 + value, value) for value in range(3)]
    client.log_batch(child, metrics=points, params=[Param("p", "1")], tags=[RunTag("t", "1")])
    client.log_batch(child, metrics=points, params=[Param("p", "1")], tags=[RunTag("t", "2")])
    client.delete_tag(child, "t")
    client.set_terminated(child, "KILLED")
    found = client.search_runs([experiment_id], "metrics.m >= 2 and params.p = '1'", order_by=["metrics.m DESC"])
    client.delete_run(child)
    hidden = client.search_runs([experiment_id], "params.p = '1'")
    client.restore_run(child)
    refused = {}
    calls: dict[str, Callable[[], Any]] = {
        "changed param": lambda: client.log_param(child, "p", "2"),
        "no such run": lambda: client.log_metric("0" * 32, "m", 1),
        "bad filter": lambda: client.search_runs([experiment_id], "nonsense"),
        "taken name": lambda: client.create_experiment("Default"),
    }
    for name, call in calls.items():
        try:
            call()
        except mlflow.exceptions.MlflowException as error:
            refused[name] = error.error_code
    return {
        "child": child,
        "found": [run.info.run_id for run in found],
        "hidden": len(hidden),
        "refused": refused,
        "missing": client.get_experiment_by_name("no such experiment") is None,
        "history": [(point.step, point.value) for point in client.get_metric_history(child, "m")],
    }


def existing_experiment(run_id: str, experiment_id: str) -> None:
    mlflow.set_experiment("baseline")
    mlflow.log_metric("m", 1)
    mlflow.end_run()


def experiment_by_id(run_id: str, experiment_id: str) -> None:
    other = MlflowClient().get_experiment_by_name("baseline").experiment_id
    mlflow.set_experiment(experiment_id=other)
    with mlflow.start_run():
        pass


def merely_looked_up(run_id: str, experiment_id: str) -> int:
    other = MlflowClient().get_experiment_by_name("baseline")
    runs = MlflowClient().search_runs([other.experiment_id])
    with mlflow.start_run():
        mlflow.log_metric("m", len(runs))
    return len(runs)


def merely_created(run_id: str, experiment_id: str) -> None:
    MlflowClient().create_experiment(f"for later {run_id}")
    with mlflow.start_run():
        pass


def merely_read(run_id: str, experiment_id: str) -> None:
    client = MlflowClient()
    client.get_experiment_by_name("baseline")
    client.get_run(run_id)
    client.set_tag(run_id, "read", "yes")
    with mlflow.start_run():
        pass


def set_while_active(run_id: str, experiment_id: str) -> Any:
    with mlflow.start_run():
        mlflow.set_experiment("baseline")
        mlflow.log_text("text", "a.txt")
    with mlflow.start_run() as after:
        pass
    return after.info.run_id


def _fail() -> None:
    raise ZeroDivisionError


def failing(run_id: str, experiment_id: str) -> None:
    try:
        with mlflow.start_run():
            _fail()
    except ZeroDivisionError:
        pass


def autologged(run_id: str, experiment_id: str) -> dict[str, Any]:
    import mlflow.sklearn  # type: ignore[import-not-found]
    from sklearn.datasets import load_iris  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found,import-untyped,unused-ignore]

    mlflow.sklearn.autolog()
    frame, target = load_iris(return_X_y=True, as_frame=True)
    with mlflow.start_run():
        model = LogisticRegression(C=0.5, max_iter=300).fit(frame, target)
    mlflow.sklearn.autolog(disable=True)
    loaded = mlflow.sklearn.load_model(f"runs:/{run_id}/model")
    return {"same": bool((loaded.predict(frame) == model.predict(frame)).all())}


def main() -> None:
    seen = {"plain": plain()}
    for case, facts in CASES.items():
        os.environ.update(  # noqa: TID251 - a job of its own, played in the same process
            {"MLFLOW_RUN_ID": facts["run_id"], "MLFLOW_EXPERIMENT_ID": facts["experiment_id"]}
        )
        mlflow.set_tracking_uri(facts["uri"])
        fluent._active_experiment_id = None  # as in a process of its own
        seen[case] = globals()[case](facts["run_id"], facts["experiment_id"])
    print(json.dumps({"version": mlflow.__version__, "seen": seen}))  # noqa: T201 - a script


main()
