"""registered-models/*"""

from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.server.endpoints.registry_wire import model_version, registered_model
from mlproj.tracking.entities import RegisteredModel
from mlproj.tracking.registry import parse_version


def _answer(model: RegisteredModel) -> wire.Json:
    return {"registered_model": registered_model(model)}


def create(call: Call) -> wire.Json:
    args = call.args
    tags = dict(args.pairs("tags"))
    model = call.store.registry.create_model(
        args.text("name"), description=args.text_or("description"), tags=tags, user=call.user or ""
    )
    return _answer(model)


def get(call: Call) -> wire.Json:
    return _answer(call.store.registry.get_model(call.args.text("name")))


def rename(call: Call) -> wire.Json:
    name, new_name = call.args.text("name"), call.args.text("new_name")
    return _answer(call.store.registry.rename_model(name, new_name, user=call.user or ""))


def update(call: Call) -> wire.Json:
    name, description = call.args.text("name"), call.args.raw("description")
    if description is None:
        return _answer(call.store.registry.get_model(name))
    return _answer(call.store.registry.describe_model(name, call.args.text_or("description")))


def delete(call: Call) -> wire.Json:
    call.store.registry.delete_model(call.args.text("name"), user=call.user or "")
    return {}


def search(call: Call) -> wire.Json:
    args = call.args
    found = call.store.registry.search_models(
        filter_string=args.text_or("filter"),
        max_results=args.integer_or("max_results", 100),
        order_by=args.texts("order_by"),
        page_token=args.text_or("page_token") or None,
    )
    return wire.page("registered_models", map(registered_model, found.items), found)


def latest_versions(call: Call) -> wire.Json:
    found = call.store.registry.latest_versions(call.args.text("name"), call.args.texts("stages"))
    return wire.filled({"model_versions": [model_version(version) for version in found]})


def set_tag(call: Call) -> wire.Json:
    args = call.args
    call.store.registry.set_model_tag(args.text("name"), args.text("key"), args.text_or("value"))
    return {}


def delete_tag(call: Call) -> wire.Json:
    call.store.registry.delete_model_tag(call.args.text("name"), call.args.text("key"))
    return {}


def set_alias(call: Call) -> wire.Json:
    args = call.args
    version = parse_version(args.text("version"))
    call.store.registry.set_alias(args.text("name"), args.text("alias"), version, user=call.user or "")
    return {}


def delete_alias(call: Call) -> wire.Json:
    call.store.registry.delete_alias(call.args.text("name"), call.args.text("alias"), user=call.user or "")
    return {}


def get_alias(call: Call) -> wire.Json:
    found = call.store.registry.get_version_by_alias(call.args.text("name"), call.args.text("alias"))
    return {"model_version": model_version(found)}


ENDPOINTS = (
    Endpoint("POST", "registered-models/create", create),
    Endpoint("GET", "registered-models/get", get),
    Endpoint("POST", "registered-models/rename", rename),
    Endpoint("PATCH", "registered-models/update", update),
    Endpoint("DELETE", "registered-models/delete", delete),
    Endpoint("GET", "registered-models/search", search),
    Endpoint("POST", "registered-models/get-latest-versions", latest_versions),
    Endpoint("GET", "registered-models/get-latest-versions", latest_versions),
    Endpoint("POST", "registered-models/set-tag", set_tag),
    Endpoint("DELETE", "registered-models/delete-tag", delete_tag),
    Endpoint("POST", "registered-models/alias", set_alias),
    Endpoint("DELETE", "registered-models/alias", delete_alias),
    Endpoint("GET", "registered-models/alias", get_alias),
)
