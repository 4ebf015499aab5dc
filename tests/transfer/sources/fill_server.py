"""Fills an MLflow server with all that can be brought over, through its stock client: `python fill_server.py URL`."""

import math
import sys

import mlflow  # type: ignore[import-not-found] # in an environment of its own
from mlflow.entities import (  # type: ignore[import-not-found]
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    RunTag,
)

UGLY = "a 'b' \"c\"\n$(rm -rf /) 💥 ünïcødé %s {0} \\ ;--"
START = 1_700_000_000_000
MANY = 40


def fill(client: "mlflow.MlflowClient") -> None:
    experiment = client.create_experiment("ünï 💥 experiment", tags={"owner": "Ada", "why": UGLY})
    run = _main_run(client, experiment)
    dataset = Dataset("train", "abc123", "code", '{"tags": {}}', '{"s": 1}', '{"rows": 2}')
    context = [InputTag("mlflow.data.context", "training"), InputTag("k", UGLY)]
    client.log_inputs(run.info.run_id, [DatasetInput(dataset, context)])
    client.set_terminated(run.info.run_id, "FINISHED", START + 90_000)
    child = client.create_run(experiment, START + 1, {"mlflow.parentRunId": run.info.run_id}, "child")
    model = _logged_models(client, experiment, run.info.run_id, child.info.run_id)
    client.set_terminated(child.info.run_id, "FAILED", START + 2_000)
    client.log_metric(client.create_run("0", run_name="still running").info.run_id, "m", 1.0, 1, 0)
    client.delete_run(client.create_run("0", run_name="deleted").info.run_id)
    gone = client.create_experiment("gone")
    client.create_run(gone, run_name="in gone")
    client.delete_experiment(gone)
    _many_runs(client)
    _registry(client, run, model)


def _main_run(client: "mlflow.MlflowClient", experiment: str) -> "mlflow.entities.Run":
    run = client.create_run(experiment, START, {"mlflow.user": "ada", "x y/z": UGLY}, "main run")
    run_id = run.info.run_id
    for key, value in {"alpha": "0.5", "a/b c": UGLY, "empty": ""}.items():
        client.log_param(run_id, key, value)
    for first in range(0, 3000, 1000):
        client.log_batch(run_id, [Metric("loss", 1 / (n + 2), START + n, n) for n in range(first, first + 1000)])
    odd = [math.nan, math.inf, -math.inf, -0.0, 1e-300]
    client.log_batch(run_id, [Metric("odd/values", value, START, step) for step, value in enumerate(odd, -2)])
    for name, text in {"notes.txt": "hello", "model/de ep/ü 100%.txt": "deep", "empty": "", "same/same": "x"}.items():
        client.log_text(run_id, text, name)
    return run


def _logged_models(client: "mlflow.MlflowClient", experiment: str, run_id: str, child: str) -> str:
    made = []
    for name in ("net", "unfinished", "deleted"):
        model = client.create_logged_model(experiment, name, run_id, {"t": UGLY}, {"layers": "3"}, "nn")
        client.log_model_artifact(model.model_id, __file__)
        client.log_metric(run_id, "auc", 0.5, START, 1, "train", "abc123", model.model_id)
        made.append(model.model_id)
    client.finalize_logged_model(made[0], "READY")
    client.log_outputs(run_id, [LoggedModelOutput(made[0], 7)])
    client.log_inputs(child, models=[LoggedModelInput(made[0])])
    client.delete_logged_model(made[2])
    return str(made[0])


def _many_runs(client: "mlflow.MlflowClient") -> None:
    experiment = client.create_experiment("many")
    for number in range(MANY):
        run_id = client.create_run(experiment, START + number).info.run_id
        points = [Metric("m", number, 1, 0), Metric("m", number + 1, 2, 1)]
        client.log_batch(run_id, points, [Param("n", str(number))], [RunTag("t", UGLY)])
        client.log_text(run_id, str(number), "n.txt")
        client.set_terminated(run_id)


def _registry(client: "mlflow.MlflowClient", run: "mlflow.entities.Run", model_id: str) -> None:
    run_id = run.info.run_id
    client.create_registered_model("forest", {"team": UGLY}, UGLY)
    client.create_registered_model("has none")
    for source in (f"{run.info.artifact_uri}/model", f"models:/{model_id}", f"runs:/{run_id}/model"):
        logged = model_id if source.startswith("models:") else None
        client.create_model_version("forest", source, run_id, {"from": source}, None, UGLY, model_id=logged)
    client.copy_model_version("models:/forest/2", "copy")
    client.delete_model_version("forest", "3")
    client.transition_model_version_stage("forest", "1", "Production")
    client.set_registered_model_alias("forest", "champion", "2")
    mlflow.genai.register_prompt("greeting", "Hello {{name}}", tags={"a": "b"})
    mlflow.genai.set_prompt_alias("greeting", "live", 1)


mlflow.set_tracking_uri(sys.argv[1])
fill(mlflow.MlflowClient(sys.argv[1]))
