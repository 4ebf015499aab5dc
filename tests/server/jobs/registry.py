"""A script that logs, registers, loads and evaluates models, through whichever stock client runs this. Its one argument
is a name for the registered model. It prints what it saw as JSON in its last line."""

from __future__ import annotations

import json
import sys
import warnings
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING, Any

import mlflow  # type: ignore[import-not-found]
import mlflow.pyfunc  # type: ignore[import-not-found]
import mlflow.sklearn  # type: ignore[import-not-found]
from mlflow import MlflowClient
from mlflow.entities import Metric  # type: ignore[import-not-found]
from mlflow.exceptions import MlflowException  # type: ignore[import-not-found]
from mlflow.models import infer_signature  # type: ignore[import-not-found]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Callable

warnings.simplefilter("ignore")
NAME = sys.argv[1]
NEW = mlflow.__version__.startswith("3")
client = MlflowClient()
pandas: Any = import_module("pandas")
random = Random(0)
data = pandas.DataFrame([[random.gauss() for _ in "abc"] for _ in range(60)], columns=list("abc"))
target = (data["a"] > 0).astype(int)
model = LogisticRegression().fit(data, target)
expected = model.predict(data).tolist()


def predictions(uri: str) -> bool:
    loaded = mlflow.pyfunc.load_model(uri)
    return bool([int(value) for value in loaded.predict(data)] == expected)


def code(function: Callable[..., object], *arguments: str) -> str | None:
    try:
        function(*arguments)
    except MlflowException as error:
        return str(error.error_code)
    return None


def log_models(seen: dict[str, Any]) -> None:
    signature = infer_signature(data, model.predict(data))
    options = {"signature": signature, "input_example": data.head(2), "pip_requirements": ["scikit-learn"]}
    path = {"name": "models/final"} if NEW else {"artifact_path": "models/final"}
    with mlflow.start_run() as run:
        mlflow.log_metric("auc", 0.75)
        mlflow.sklearn.log_model(model, **path, **options)
        mlflow.sklearn.log_model(model, **dict.fromkeys(path, "second"), registered_model_name=NAME, **options)
        seen["run_id"] = run.info.run_id
    uri = f"runs:/{seen['run_id']}/models/final"
    seen["from the run"] = predictions(uri)
    info = mlflow.models.get_model_info(uri)
    seen["signature"] = [column.name for column in info.signature.inputs.inputs]
    seen["input example"] = mlflow.pyfunc.load_model(uri).input_example.shape[0]
    seen["registered"] = mlflow.register_model(uri, NAME).version


def load_models(seen: dict[str, Any]) -> None:
    client.transition_model_version_stage(NAME, "1", "Production", archive_existing_versions=True)
    client.set_registered_model_alias(NAME, "best", "2")
    seen["loaded"] = {
        suffix: predictions(f"models:/{NAME}{suffix}") for suffix in ("/1", "/2", "/Production", "/latest", "@best")
    }
    seen["as sklearn"] = mlflow.sklearn.load_model(f"models:/{NAME}@best").predict(data).tolist() == expected
    seen["missing"] = code(mlflow.pyfunc.load_model, f"models:/{NAME}/9")


def use_registry(seen: dict[str, Any]) -> None:
    client.update_registered_model(NAME, description="all of it")
    client.set_registered_model_tag(NAME, "team", "a 'b' ü")
    client.update_model_version(NAME, "1", description="the first")
    client.set_model_version_tag(NAME, "1", "checked", "yes")
    found = client.get_registered_model(NAME)
    seen["model"] = {
        "description": found.description,
        "tags": found.tags,
        "aliases": found.aliases,
        "latest": sorted((version.version, version.current_stage) for version in found.latest_versions),
    }
    version = client.get_model_version(NAME, "1")
    seen["version"] = {
        "description": version.description,
        "tags": version.tags,
        "stage": version.current_stage,
        "status": version.status,
        "run_id": version.run_id,
    }
    seen["by alias"] = client.get_model_version_by_alias(NAME, "best").version
    seen["models found"] = [item.name for item in client.search_registered_models(f"name = '{NAME}'")]
    seen["versions found"] = [
        item.version for item in client.search_model_versions(f"name = '{NAME}'", order_by=["version_number ASC"])
    ]
    seen["taken"] = code(client.create_registered_model, NAME)
    seen["copied"] = client.copy_model_version(f"models:/{NAME}/1", f"{NAME} copy").version
    seen["copy loads"] = predictions(f"models:/{NAME} copy/1")
    client.rename_registered_model(NAME, f"{NAME} new")
    seen["renamed"] = [client.get_registered_model(f"{NAME} new").name, code(client.get_registered_model, NAME)]
    client.delete_registered_model_alias(f"{NAME} new", "best")
    client.delete_registered_model_tag(f"{NAME} new", "team")
    client.delete_model_version_tag(f"{NAME} new", "1", "checked")
    client.delete_model_version(f"{NAME} new", "2")
    seen["deleted version"] = code(client.get_model_version, f"{NAME} new", "2")
    client.delete_registered_model(f"{NAME} new")
    seen["deleted model"] = code(client.get_registered_model, f"{NAME} new")


def evaluate(seen: dict[str, Any]) -> None:
    """By both of its names."""
    for name, function in {"models": mlflow.models.evaluate, "": mlflow.evaluate}.items():
        with mlflow.start_run() as run:
            result = function(
                f"runs:/{seen['run_id']}/models/final",
                data.assign(target=target),
                targets="target",
                model_type="classifier",
                evaluator_config={"log_model_explainability": False},
            )
        accurate = result.metrics["accuracy_score"] > 0.9
        seen[f"evaluated {name}"] = [run.info.run_id, accurate, sorted(result.artifacts)]


def log_by_itself(seen: dict[str, Any]) -> None:
    mlflow.sklearn.autolog(registered_model_name=f"{NAME} by itself")
    dataset = mlflow.data.from_pandas(data.assign(target=target), targets="target", name="points")
    with mlflow.start_run(run_name="by itself") as run:
        mlflow.log_input(dataset, context="training")
        LogisticRegression(C=0.5).fit(data, target)
    mlflow.sklearn.autolog(disable=True)
    found = client.get_run(run.info.run_id)
    seen["by itself"] = {
        "run_id": run.info.run_id,
        "C": found.data.params["C"],
        "score": found.data.metrics["training_score"] > 0.9,
        "inputs": sorted(item.dataset.name for item in found.inputs.dataset_inputs),
        "loads": mlflow.sklearn.load_model(f"models:/{NAME} by itself/1").C,
        "from the run": mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model").C,
    }


def search_frames(seen: dict[str, Any]) -> None:
    frame = mlflow.search_runs(filter_string="metrics.auc > 0.5", order_by=["metrics.auc DESC"])
    seen["frame"] = [len(frame), float(frame["metrics.auc"][0]), frame["run_id"][0] == seen["run_id"]]


def turn_pages(seen: dict[str, Any]) -> None:
    """Everything that comes in pages, in small ones, against all at once."""
    experiment = client.create_experiment(f"pages of {NAME}", tags={"of": NAME})
    client.create_experiment(f"more pages of {NAME}", tags={"of": NAME})
    runs = [client.create_run(experiment, run_name=str(number)).info.run_id for number in range(5)]
    for start in range(0, 26_000, 1000):
        points = [Metric("m", float(step), step, step) for step in range(start, start + 1000)]
        client.log_batch(runs[0], points)
    for name in ("x", "y", "z"):
        client.create_registered_model(f"{name} of {NAME}")
        client.create_model_version(f"x of {NAME}", "s3://bucket/model")
    seen["pages"] = {
        "runs": _paged(lambda size, token: client.search_runs([experiment], "", 1, size, None, token), 2),
        "experiments": _paged(
            lambda size, token: client.search_experiments(1, size, f"tags.of = '{NAME}'", None, token), 1
        ),
        "models": _paged(
            lambda size, token: client.search_registered_models(f"name LIKE '% of {NAME}'", size, None, token), 2
        ),
        "versions": _paged(
            lambda size, token: client.search_model_versions(f"name = 'x of {NAME}'", size, None, token), 1
        ),
    }
    seen["too many"] = [code(lambda: client.search_runs([experiment], max_results=50_001)), "INVALID_PARAMETER_VALUE"]
    seen["history"] = [point.step for point in client.get_metric_history(runs[0], "m")] == list(range(26_000))
    if NEW:
        made = [client.create_logged_model(experiment, f"m{number}").model_id for number in range(3)]
        found = client.search_logged_models([experiment], max_results=2)
        rest = client.search_logged_models([experiment], max_results=2, page_token=found.token)
        seen["pages"]["logged models"] = [len(made), len({model.model_id for model in [*found, *rest]})]


def _paged(search: Callable[[int, str | None], Any], size: int) -> list[int]:
    """How many there are at once, and in pages."""
    ids: list[Any] = []
    token: str | None = None
    while True:
        page = search(size, token)
        ids += [json.dumps(str(dict(item))) for item in page]
        token = page.token
        if not token:
            return [len(search(1000, None)), len(set(ids))]


everything: dict[str, Any] = {}
for step in (log_models, load_models, use_registry, evaluate, log_by_itself, search_frames, turn_pages):
    step(everything)
sys.stdout.write(json.dumps({"seen": everything}) + "\n")
