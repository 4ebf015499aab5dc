"""runs/log-metric and metrics/*"""

from mlproj.server import wire
from mlproj.server.calls import Call, Endpoint
from mlproj.server.requests import Arguments
from mlproj.tracking.entities import Metric


def point(args: Arguments) -> Metric:
    """One point of a metric, alone or out of a batch."""
    return Metric(
        key=args.text("key"),
        value=args.double("value"),
        timestamp=args.integer("timestamp"),
        step=args.integer_or("step", 0),
        model_id=args.text_or("model_id") or None,
        dataset_name=args.text_or("dataset_name") or None,
        dataset_digest=args.text_or("dataset_digest") or None,
    )


def log_metric(call: Call) -> wire.Json:
    call.store.log_batch(call.args.run_id(), metrics=[point(call.args)])
    return {}


def get_history(call: Call) -> wire.Json:
    args = call.args
    found = call.store.metric_history(
        args.run_id(),
        args.text("metric_key"),
        max_results=args.integer("max_results") if args.raw("max_results") is not None else None,
        page_token=args.text_or("page_token") or None,
    )
    return wire.page("metrics", map(wire.metric, found.items), found)


ENDPOINTS = (
    Endpoint("POST", "runs/log-metric", log_metric),
    Endpoint("GET", "metrics/get-history", get_history),
)
