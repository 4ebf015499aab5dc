"""runs/*: the life of a run, its params, tags, inputs and outputs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from time import time

import orjson

from mlproj.errors import InvalidValueError
from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.server.endpoints.metrics import points
from mlproj.server.requests import Arguments
from mlproj.tracking.entities import Dataset, DatasetInput, ModelOutput, Run, ViewType
from mlproj.tracking.validation import check_batch, check_run_id

USER_TAG = "mlflow.user"
MODELS_TAG = "mlflow.log-model.history"
MODEL_FIELDS = frozenset({"run_id", "artifact_path", "utc_time_created", "flavors"})


def create(call: Call) -> wire.Json:
    run = call.store.create_run(
        call.args.text("experiment_id"),
        start_time=call.args.integer_or("start_time", round(time() * 1000)),
        run_name=call.args.text_or("run_name"),
        user_id=call.user or call.args.text_or("user_id"),
        tags={**dict(call.args.pairs("tags")), **({USER_TAG: call.user} if call.user else {})},
    )
    return {"run": wire.run(_readable(call, run))}


def get(call: Call) -> wire.Json:
    return {"run": wire.run(_readable(call, call.store.get_run(call.args.run_id())))}


def update(call: Call) -> wire.Json:
    args = call.args
    run = call.store.update_run(
        args.run_id(),
        status=args.choice("status", wire.RUN_STATUS) if args.raw("status") is not None else None,
        end_time=args.integer("end_time") if args.raw("end_time") is not None else None,
        run_name=args.text_or("run_name") or None,
    )
    return {"run_info": wire.run_info(_readable(call, run))}


def delete(call: Call) -> wire.Json:
    call.store.delete_run(call.args.run_id())
    return {}


def restore(call: Call) -> wire.Json:
    call.store.restore_run(call.args.run_id())
    return {}


def search(call: Call) -> wire.Json:
    found = call.store.search_runs(
        call.args.texts("experiment_ids"),
        filter_string=call.args.text_or("filter"),
        view_type=call.args.choice("run_view_type", wire.VIEW_TYPE, ViewType.ACTIVE_ONLY),
        max_results=call.args.integer_or("max_results", 1000),
        order_by=call.args.texts("order_by"),
        page_token=call.args.text_or("page_token") or None,
    )
    return wire.page("runs", (wire.run(_readable(call, run)) for run in found.items), found)


def log_parameter(call: Call) -> wire.Json:
    call.store.log_batch(call.args.run_id(), params={call.args.text("key"): call.args.text_or("value")})
    return {}


def log_batch(call: Call) -> wire.Json:
    run_id = check_run_id(call.args.text("run_id"))
    metrics = points(call.args)
    params, tags = call.args.pairs("params"), call.args.pairs("tags")
    check_batch(metrics, params, tags)
    _check_unique(key for key, _ in params)
    call.store.log_batch(run_id, metrics=metrics, params=dict(params), tags=_theirs(call, tags))
    return {}


def set_tag(call: Call) -> wire.Json:
    key, value = call.args.text("key"), call.args.text_or("value")
    call.store.set_tags(call.args.run_id(), _theirs(call, [(key, value)]))
    return {}


def delete_tag(call: Call) -> wire.Json:
    key = call.args.text("key")
    if call.user and key == USER_TAG:
        raise InvalidValueError(f"the tag {USER_TAG} says who made the run, and stays")
    call.store.delete_tag(call.args.run_id(), key)
    return {}


def log_inputs(call: Call) -> wire.Json:
    datasets = [_dataset_input(item) for item in call.args.items("datasets")]
    models = [item.text("model_id") for item in call.args.items("models")]
    call.store.log_inputs(call.args.run_id(), datasets=datasets, models=models)
    return {}


def log_outputs(call: Call) -> wire.Json:
    models = [
        ModelOutput(model_id=item.text("model_id"), step=item.integer_or("step", 0))
        for item in call.args.items(call.args.needed("models"))
    ]
    call.store.log_outputs(call.args.run_id(), models)
    return {}


def log_model(call: Call) -> wire.Json:
    """Clients of version 2 append what they know of a model to a list that is kept in a tag."""
    run_id, text = call.args.run_id(), call.args.text("model_json")
    try:
        model = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidValueError(f"Malformed model info: it is no JSON ({error})") from error
    if not isinstance(model, dict):
        raise InvalidValueError("Malformed model info: it is no JSON object")
    if missing := MODEL_FIELDS - model.keys():
        raise InvalidValueError(f"Model json is missing mandatory fields: {', '.join(sorted(missing))}")
    with call.store.transaction():
        models = _models_so_far(call.store.get_run(run_id))
        call.store.set_tags(run_id, {MODELS_TAG: orjson.dumps([*models, model]).decode()})
    return {}


def _theirs(call: Call, tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The tags that clients may write: whose run it is, a server that knows its users says itself."""
    return {key: value for key, value in tags if not (call.user and key == USER_TAG)}


def _models_so_far(run: Run) -> list[object]:
    try:
        models = orjson.loads(run.tags.get(MODELS_TAG, "[]"))
    except orjson.JSONDecodeError:
        return []  # the tag was cut at its longest; nobody can read it any more
    return models if isinstance(models, list) else []


def _readable(call: Call, run: Run) -> Run:
    """The run with an artifact URI that its client can use."""
    if call.proxied_artifacts:
        return run
    directory = call.store.artifacts(run.run_id).local_directory()
    return run if directory is None else replace(run, artifact_uri=str(directory))


def _dataset_input(item: Arguments) -> DatasetInput:
    dataset = item.item("dataset")
    return DatasetInput(
        tags=dict(item.pairs("tags")),
        dataset=Dataset(
            name=dataset.text("name"),
            digest=dataset.text("digest"),
            source_type=dataset.text_or("source_type"),
            source=dataset.text_or("source"),
            schema=dataset.text_or("schema") or None,
            profile=dataset.text_or("profile") or None,
        ),
    )


def _check_unique(keys: Iterable[str]) -> None:
    if twice := sorted(key for key, count in Counter(keys).items() if count > 1):
        raise InvalidValueError(f"Duplicate parameter keys have been submitted: {twice}.")


ENDPOINTS = (
    Endpoint("POST", "runs/create", create),
    Endpoint("GET", "runs/get", get),
    Endpoint("POST", "runs/update", update),
    Endpoint("POST", "runs/delete", delete),
    Endpoint("POST", "runs/restore", restore),
    Endpoint("POST", "runs/search", search),
    Endpoint("POST", "runs/log-parameter", log_parameter),
    Endpoint("POST", "runs/log-batch", log_batch),
    Endpoint("POST", "runs/set-tag", set_tag),
    Endpoint("POST", "runs/delete-tag", delete_tag),
    Endpoint("POST", "runs/log-inputs", log_inputs),
    Endpoint("POST", "runs/outputs", log_outputs),
    Endpoint("POST", "runs/log-model", log_model),
)
