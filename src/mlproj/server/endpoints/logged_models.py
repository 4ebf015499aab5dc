"""logged-models/*: what clients of version 3 log a model with."""

from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.server.requests import Arguments
from mlproj.tracking.entities import LoggedModel


def _answer(model: LoggedModel) -> wire.Json:
    return {"model": wire.logged_model(model)}


def _dataset(item: Arguments) -> dict[str, str]:
    return {"dataset_name": item.text("dataset_name"), "dataset_digest": item.text_or("dataset_digest")}


def create(call: Call) -> wire.Json:
    args = call.args
    model = call.store.create_logged_model(
        args.text("experiment_id"),
        name=args.text_or("name") or None,
        source_run_id=args.text_or("source_run_id"),
        model_type=args.text_or("model_type"),
        params=dict(args.pairs("params")),
        tags=dict(args.pairs("tags")),
    )
    return _answer(model)


def get(call: Call) -> wire.Json:
    deleted_too = call.args.flag_or("allow_deleted", False)
    return _answer(call.store.get_logged_model(call.args.text("model_id"), allow_deleted=deleted_too))


def finalize(call: Call) -> wire.Json:
    status = call.args.choice("status", wire.LOGGED_MODEL_STATUS)
    return _answer(call.store.finalize_logged_model(call.args.text("model_id"), status))


def delete(call: Call) -> wire.Json:
    call.store.delete_logged_model(call.args.text("model_id"))
    return {}


def set_tags(call: Call) -> wire.Json:
    return _answer(call.store.set_logged_model_tags(call.args.text("model_id"), dict(call.args.pairs("tags"))))


def delete_tag(call: Call) -> wire.Json:
    call.store.delete_logged_model_tag(call.args.text("model_id"), call.args.text("tag_key"))
    return {}


def log_params(call: Call) -> wire.Json:
    call.store.log_logged_model_params(call.args.text("model_id"), dict(call.args.pairs("params")))
    return {}


def search(call: Call) -> wire.Json:
    args = call.args
    found = call.store.search_logged_models(
        args.texts(args.needed("experiment_ids")),
        filter_string=args.text_or("filter"),
        datasets=[_dataset(item) for item in args.items("datasets")],
        max_results=args.integer_or("max_results", 50),
        order_by=[item.plain() for item in args.items("order_by")],
        page_token=args.text_or("page_token") or None,
    )
    return wire.page("models", map(wire.logged_model, found.items), found)


ENDPOINTS = (
    Endpoint("POST", "logged-models", create),
    Endpoint("POST", "logged-models/search", search),
    Endpoint("GET", "logged-models/{model_id}", get),
    Endpoint("PATCH", "logged-models/{model_id}", finalize),
    Endpoint("DELETE", "logged-models/{model_id}", delete),
    Endpoint("PATCH", "logged-models/{model_id}/tags", set_tags),
    Endpoint("DELETE", "logged-models/{model_id}/tags/{tag_key:path}", delete_tag),
    Endpoint("POST", "logged-models/{model_id}/params", log_params),
)
