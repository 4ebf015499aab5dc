"""runs/log-metric and metrics/*"""

from operator import itemgetter

from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.server.requests import Arguments
from mlproj.tracking.entities import Metric

_FIELDS = ("key", "value", "timestamp", "step")
_READ = itemgetter(*_FIELDS)


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


def points(args: Arguments) -> list[Metric]:
    """Those of a batch. A batch may have a thousand, so the usual four fields are read without further ado."""
    given = args.listed("metrics")
    return [_plain(item) or point(args.item_of("metrics", index, item)) for index, item in enumerate(given)]


def _plain(item: object) -> Metric | None:
    """None: the fields are others, or not all of the types that they should be."""
    if not isinstance(item, dict) or len(item) != len(_FIELDS):
        return None
    try:
        key, value, timestamp, step = _READ(item)
    except KeyError:
        return None
    if key and type(key) is str and type(value) is float and type(timestamp) is type(step) is int:
        return Metric(key=key, value=value, timestamp=timestamp, step=step)
    return None


def log_metric(call: Call) -> wire.Json:
    call.store.log_batch(call.args.run_id(), metrics=[point(call.args)])
    return {}


def get_history(call: Call) -> wire.Json:
    args = call.args
    found = call.store.metric_series(
        args.run_id(),
        args.text("metric_key"),
        max_results=args.integer("max_results") if args.raw("max_results") is not None else None,
        page_token=args.text_or("page_token") or None,
    )
    return wire.filled({"metrics": wire.series(found), "next_page_token": found.next_page_token})


ENDPOINTS = (
    Endpoint("POST", "runs/log-metric", log_metric),
    Endpoint("GET", "metrics/get-history", get_history),
)
