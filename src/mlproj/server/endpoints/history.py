"""metrics/get-history-bulk and its kin: one metric of several runs, for charts."""

from mlproj.errors import InvalidValueError
from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.tracking.entities import Metric
from mlproj.tracking.validation import check_max_results

MOST_RUNS = 100
MOST_POINTS = 25_000
MOST_SAMPLED = 2500


def get_history_bulk(call: Call) -> wire.Json:
    run_ids = _runs(call, "run_id")
    size = call.args.integer_or("max_results", MOST_POINTS)
    if size < 1:
        raise call.args.invalid("max_results", size, "It must be positive.")
    found = call.store.metric_histories(run_ids, call.args.text("metric_key"), max_results=min(size, MOST_POINTS))
    return {"metrics": [_point(metric) for metric in found]}


def get_history_bulk_interval(call: Call) -> wire.Json:
    size = check_max_results(call.args.integer_or("max_results", MOST_SAMPLED), MOST_SAMPLED)
    found = call.store.sampled_histories(
        _runs(call, "run_ids"), call.args.text("metric_key"), max_results=size, steps=_steps(call)
    )
    return wire.filled({"metrics": [_point(metric) for metric in found]})


def _runs(call: Call, name: str) -> tuple[str, ...]:
    run_ids = call.args.texts(name)
    if not run_ids:
        call.args.text(name)  # says that it is missing
    if len(run_ids) > MOST_RUNS:
        raise InvalidValueError(f"At most {MOST_RUNS} values for '{name}' are allowed, got {len(run_ids)}.")
    return run_ids


def _steps(call: Call) -> tuple[int, int] | None:
    given = [call.args.raw(name) is not None for name in ("start_step", "end_step")]
    if not any(given):
        return None
    if not all(given):
        raise InvalidValueError("If either start step or end step are specified, both must be specified.")
    first, last = call.args.integer("start_step"), call.args.integer("end_step")
    if first > last:
        raise InvalidValueError(f"end_step must not be less than start_step, got {first} and {last}.")
    return first, last


def _point(metric: Metric) -> wire.Json:
    return {
        "key": metric.key,
        "value": wire.number(metric.value),
        "timestamp": metric.timestamp,
        "step": metric.step,
        "run_id": metric.run_id,
    }


ENDPOINTS = (
    Endpoint("GET", "metrics/get-history-bulk", get_history_bulk),
    Endpoint("GET", "metrics/get-history-bulk-interval", get_history_bulk_interval),
)
