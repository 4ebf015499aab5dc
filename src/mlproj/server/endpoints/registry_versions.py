"""model-versions/*"""

from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.server.endpoints.registry_wire import model_version, version_change
from mlproj.server.paths import SCHEME
from mlproj.tracking.entities import ModelVersion
from mlproj.tracking.registry import parse_version


def _answer(version: ModelVersion) -> wire.Json:
    return {"model_version": model_version(version)}


def _named(call: Call) -> tuple[str, int]:
    return call.args.text("name"), parse_version(call.args.text("version"))


def create(call: Call) -> wire.Json:
    args = call.args
    version = call.store.registry.create_version(
        args.text("name"),
        args.text("source"),
        run_id=args.text_or("run_id"),
        run_link=args.text_or("run_link"),
        description=args.text_or("description"),
        model_id=args.text_or("model_id"),
        tags=dict(args.pairs("tags")),
        user=call.user or "",
    )
    return _answer(version)


def get(call: Call) -> wire.Json:
    return _answer(call.store.registry.get_version(*_named(call)))


def update(call: Call) -> wire.Json:
    name, version = _named(call)
    if call.args.raw("description") is None:
        return _answer(call.store.registry.get_version(name, version))
    description = call.args.text_or("description")
    return _answer(call.store.registry.describe_version(name, version, description, user=call.user or ""))


def transition_stage(call: Call) -> wire.Json:
    name, version = _named(call)
    archive = call.args.flag_or("archive_existing_versions", False)
    moved = call.store.registry.move_version(
        name, version, call.args.text("stage"), archive_existing=archive, user=call.user or ""
    )
    return _answer(moved)


def delete(call: Call) -> wire.Json:
    call.store.registry.delete_version(*_named(call), user=call.user or "")
    return {}


def search(call: Call) -> wire.Json:
    args = call.args
    found = call.store.registry.search_versions(
        filter_string=args.text_or("filter"),
        max_results=args.integer_or("max_results", 200_000),
        order_by=args.texts("order_by"),
        page_token=args.text_or("page_token") or None,
    )
    return wire.page("model_versions", map(model_version, found.items), found)


def download_uri(call: Call) -> wire.Json:
    """Where the files of a version are: for a client that cannot ask for them here, their directory."""
    location = call.store.registry.get_version(*_named(call)).location
    if not call.proxied_artifacts and location.startswith(SCHEME):
        directory = call.store.artifacts_at(location).local_directory()
        location = location if directory is None else str(directory)
    return {"artifact_uri": location}


def set_tag(call: Call) -> wire.Json:
    args = call.args
    call.store.registry.set_version_tag(*_named(call), args.text("key"), args.text_or("value"), user=call.user or "")
    return {}


def delete_tag(call: Call) -> wire.Json:
    call.store.registry.delete_version_tag(*_named(call), call.args.text("key"), user=call.user or "")
    return {}


def history(call: Call) -> wire.Json:
    """What was done to a version, and by whom."""
    changes = call.store.registry.version_history(*_named(call))
    return wire.filled({"changes": [version_change(change) for change in changes]})


ENDPOINTS = (
    Endpoint("POST", "model-versions/create", create),
    Endpoint("GET", "model-versions/get", get),
    Endpoint("PATCH", "model-versions/update", update),
    Endpoint("POST", "model-versions/transition-stage", transition_stage),
    Endpoint("DELETE", "model-versions/delete", delete),
    Endpoint("GET", "model-versions/search", search),
    Endpoint("GET", "model-versions/get-download-uri", download_uri),
    Endpoint("POST", "model-versions/set-tag", set_tag),
    Endpoint("DELETE", "model-versions/delete-tag", delete_tag),
)
OWN = (Endpoint("GET", "model-versions/history", history),)
