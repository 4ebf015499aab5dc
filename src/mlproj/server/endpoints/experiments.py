"""experiments/*"""

from mlproj.errors import NotFoundError
from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.tracking.entities import ViewType


def create(call: Call) -> wire.Json:
    experiment_id = call.store.create_experiment(
        call.args.text("name"),
        artifact_location=call.args.text_or("artifact_location"),
        tags=dict(call.args.pairs("tags")),
    )
    return {"experiment_id": experiment_id}


def get(call: Call) -> wire.Json:
    return {"experiment": wire.experiment(call.store.get_experiment(call.args.text("experiment_id")))}


def get_by_name(call: Call) -> wire.Json:
    name = call.args.text("experiment_name")
    found = call.store.get_experiment_by_name(name)
    if found is None:
        raise NotFoundError(f"Could not find experiment with name '{name}'")
    return {"experiment": wire.experiment(found)}


def search(call: Call) -> wire.Json:
    found = call.store.search_experiments(
        view_type=call.args.choice("view_type", wire.VIEW_TYPE, ViewType.ACTIVE_ONLY),
        max_results=call.args.integer_or("max_results", 0),
        filter_string=call.args.text_or("filter"),
        order_by=call.args.texts("order_by"),
        page_token=call.args.text_or("page_token") or None,
    )
    return wire.page("experiments", map(wire.experiment, found.items), found)


def delete(call: Call) -> wire.Json:
    call.store.delete_experiment(call.args.text("experiment_id"))
    return {}


def restore(call: Call) -> wire.Json:
    call.store.restore_experiment(call.args.text("experiment_id"))
    return {}


def update(call: Call) -> wire.Json:
    call.store.rename_experiment(call.args.text("experiment_id"), call.args.text("new_name"))
    return {}


def set_tag(call: Call) -> wire.Json:
    args = call.args
    call.store.set_experiment_tag(args.text("experiment_id"), args.text("key"), args.text_or("value"))
    return {}


def delete_tag(call: Call) -> wire.Json:
    call.store.delete_experiment_tag(call.args.text("experiment_id"), call.args.text("key"))
    return {}


ENDPOINTS = (
    Endpoint("POST", "experiments/create", create),
    Endpoint("GET", "experiments/get", get),
    Endpoint("GET", "experiments/get-by-name", get_by_name),
    Endpoint("POST", "experiments/search", search),
    Endpoint("GET", "experiments/search", search),
    Endpoint("POST", "experiments/delete", delete),
    Endpoint("POST", "experiments/restore", restore),
    Endpoint("POST", "experiments/update", update),
    Endpoint("POST", "experiments/set-experiment-tag", set_tag),
    Endpoint("POST", "experiments/delete-experiment-tag", delete_tag),
)
