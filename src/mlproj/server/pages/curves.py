"""metrics/curves: one metric of several runs, thinned out to what a chart can show."""

from mlproj.errors import InvalidValueError
from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.tracking.entities import Curve
from mlproj.tracking.validation import check_max_results

MOST_RUNS = 100
FEWEST_POINTS, POINTS, MOST_POINTS = 2, 1000, 20_000
AXES = ("step", "timestamp")
_EVERYTHING = (-(2**63), 2**63 - 1)


def curves(call: Call) -> wire.Json:
    """One metric of several runs to draw: all points where they are few, else what they span"""
    args = call.args
    run_ids = args.texts("run_id")
    if not run_ids:
        args.text("run_id")  # says that it is missing
    if len(run_ids) > MOST_RUNS:
        raise InvalidValueError(f"At most {MOST_RUNS} values for 'run_id' are allowed, got {len(run_ids)}.")
    axis = args.text_or("axis") or AXES[0]
    if axis not in AXES:
        raise args.invalid("axis", axis, f"It is one of {', '.join(AXES)}.")
    points = check_max_results(args.integer_or("points", POINTS), MOST_POINTS)
    found = call.store.metric_curves(
        run_ids,
        args.text("metric_key"),
        points=max(points, FEWEST_POINTS),
        axis=axis,
        between=_between(call),
        glimpse=check_max_results(args.integer_or("glimpse", 1), MOST_POINTS) if args.raw("glimpse") else 0,
    )
    return wire.filled({"curves": [_curve(curve) for curve in found]})


def _between(call: Call) -> tuple[int, int] | None:
    first, last = (
        call.args.integer_or(name, default) for name, default in zip(("start", "end"), _EVERYTHING, strict=True)
    )
    return None if (first, last) == _EVERYTHING else (first, last)


def _curve(curve: Curve) -> wire.Json:
    return {
        "run_id": curve.run_id,
        "at": list(curve.at),
        "values": [wire.number(value) for value in curve.values],
        "exact": curve.exact,
    }


ENDPOINTS = (Endpoint("GET", "metrics/curves", curves),)
