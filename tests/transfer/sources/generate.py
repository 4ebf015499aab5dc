"""Writes the sources of these tests with a genuine MLflow: `python generate.py`, once with each version.

Needs mlflow 2.22 or 3.17 installed. Leaves VERSION.sql (the database, with {ROOT} for the directory that holds it) and
VERSION-files.tar.gz (`mlartifacts`, the artifacts of that database, and `mlruns`, a file store) beside this script.
"""

import os
import sqlite3
import tarfile
import tempfile
from pathlib import Path

import mlflow  # type: ignore[import-not-found] # in an environment of its own
from mlflow.entities import Dataset as DatasetEntity  # type: ignore[import-not-found]
from mlflow.entities import DatasetInput, InputTag, Metric

HERE = Path(__file__).parent
VERSION = ".".join(mlflow.__version__.split(".")[:2])
SKIPPED = (
    "trace",
    "span",
    "assessment",
    "scorer",
    "webhook",
    "endpoint",
    "secret",
    "evaluation",
    "label",
    "job",
    "issue",
    "review",
    "queue",
    "budget",
    "guardrail",
    "workspace",
    "tool",
    "mcp",
    "prompt",
    "gateway",
    "model_definitions",
    "lease",
    "role",
    "user",
    "entity_assoc",
    "online",
)


def fill(uri: str, root: Path) -> None:
    client = mlflow.MlflowClient(uri)
    location = f"file://{root}/mlartifacts/first" if uri.startswith("sqlite") else None
    first = client.create_experiment("ünï 💥 experiment", location, tags={"owner": "Ada", "why": "a\nb"})
    gone = client.create_experiment("gone", f"{root}/mlartifacts/gone" if location else None)
    run = client.create_run(
        first, start_time=1_700_000_000_000, tags={"mlflow.user": "ada", "x y/z": "a\nb; DROP"}, run_name="main run"
    )
    run_id = run.info.run_id
    client.log_param(run_id, "alpha", "0.5")
    client.log_param(run_id, "a/b c", "$(rm) 'x' \"y\"\n💥")
    for step in range(-1, 40):
        client.log_metric(run_id, "loss", 1 / (step + 2), 1_700_000_000_000 + step * 1000, step)
    client.log_batch(
        run_id,
        [
            Metric("odd", value, 1_700_000_000_000, step)
            for step, value in enumerate([float("nan"), float("inf"), -float("inf"), -0.0, 1e-300])
        ],
    )
    client.log_metric(run_id, "val/acc", float("nan"), 5, 3)
    dataset = DatasetEntity("train", "abc123", "code", '{"tags": {}}', '{"s": 1}', '{"rows": 2}')
    client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])
    client.log_text(run_id, "hello\n", "notes.txt")
    client.log_text(run_id, "deep", "model/de ep/ü.txt")
    client.set_terminated(run_id, "FINISHED", 1_700_000_090_000)
    child = client.create_run(
        first, start_time=1_700_000_001_000, tags={"mlflow.parentRunId": run_id}, run_name="child"
    )
    client.log_inputs(child.info.run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "testing")])])
    client.set_terminated(child.info.run_id, "FAILED", 1_700_000_002_000)
    lost = client.create_run("0", start_time=1_700_000_003_000, run_name="still running")
    client.log_metric(lost.info.run_id, "m", 1.0, 1, 0)
    deleted = client.create_run("0", start_time=1_700_000_004_000, run_name="deleted")
    client.log_param(deleted.info.run_id, "p", "")
    client.delete_run(deleted.info.run_id)
    client.create_run(gone, start_time=1, run_name="in gone")
    client.delete_experiment(gone)
    if VERSION.startswith("3") and location:
        model = client.create_logged_model(
            first, "net", source_run_id=run_id, tags={"t": "v"}, params={"layers": "3"}, model_type="nn"
        )
        client.log_metric(run_id, "loss", 0.25, 1_700_000_050_000, 40, model_id=model.model_id)
        client.finalize_logged_model(model.model_id, "READY")
        client.log_outputs(run_id, [mlflow.entities.LoggedModelOutput(model.model_id, 7)])
    client.create_registered_model("forest", tags={"team": "a"}, description="trees")
    source = f"{run.info.artifact_uri}/model"
    for number in (1, 2, 3):
        client.create_model_version("forest", source, run_id, tags={"n": str(number)}, description=f"v{number}")
    client.delete_model_version("forest", "2")
    client.transition_model_version_stage("forest", "1", "Production")
    client.set_registered_model_alias("forest", "champion", "3")


def dump(database: Path, root: Path) -> str:
    with sqlite3.connect(database) as connection:
        tables = [
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
        ]
        for table in tables:
            if any(word in table for word in SKIPPED) and table != "registered_model_aliases":
                connection.execute(f'DROP TABLE "{table}"')
        connection.commit()
        lines = [line for line in connection.iterdump() if not line.startswith("CREATE INDEX")]
    return "\n".join(lines).replace(str(root), "{ROOT}") + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        os.chdir(root)
        fill(f"sqlite:///{root}/mlflow.db", root)
        (HERE / f"mlflow-{VERSION}.sql").write_text(dump(root / "mlflow.db", root))
        os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"  # noqa: TID251 - a script; mlflow 3 asks for it
        fill(str(root / "store" / "mlruns"), root)
        for file in (root / "store" / "mlruns").rglob("meta.yaml"):
            file.write_text(file.read_text().replace(str(root), "/somewhere/else"))
        with tarfile.open(HERE / f"mlflow-{VERSION}-files.tar.gz", "w:gz") as archive:
            archive.add(root / "mlartifacts", "mlartifacts")
            archive.add(root / "store" / "mlruns", "mlruns")


main()
