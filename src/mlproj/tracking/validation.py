"""What keys, values and names a store takes, and the limits of the wire. Pure."""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence, Sized

from mlproj.errors import InvalidValueError
from mlproj.tracking.entities import Metric

MAX_KEY = 250
MAX_PARAM = 6000
MAX_TAG = 8000
MAX_EXPERIMENT_NAME = 500
MAX_EXPERIMENT_TAG = 20000
MAX_METRICS_IN_BATCH = 1000
MAX_PARAMS_IN_BATCH = 100
MAX_TAGS_IN_BATCH = 100
MAX_ITEMS_IN_BATCH = 1000
MAX_DATASETS_IN_BATCH = 1000
MAX_DATASET_NAME = 500
MAX_DATASET_DIGEST = 36
MAX_INPUT_TAG_KEY = 255
MAX_INPUT_TAG = 500
MAX_DATASET_SOURCE = 65535
MAX_DATASET_SCHEMA = 1048575
MAX_DATASET_PROFILE = 16777215
LARGEST = 1.7976931348623157e308

_KEY = re.compile(r"[/\w.\- :]*")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w-]{0,255}")
_MODEL_NAME_REFUSED = frozenset(":.%\"'")
_INT64 = range(-(2**63), 2**63)
_NATURAL = range(2**63)
_WEB_SERVER = re.compile(r"\s*(https?:|mlflow-artifacts://[^/])", re.IGNORECASE)


def check_key(key: object, kind: str) -> str:
    """The key of a metric, param or tag, or InvalidValueError."""
    if not isinstance(key, str) or not key:
        raise InvalidValueError(f"a {kind} needs a name")
    check_length(key, MAX_KEY, f"the {kind} name")
    if not _KEY.fullmatch(key):
        raise InvalidValueError(
            f"invalid {kind} name {key!r}",
            hint="letters, digits, underscores, dashes, periods, spaces, colons and slashes are allowed",
        )
    if posixpath.normpath(key) != key or key == "." or key.startswith(("..", "/")):
        raise InvalidValueError(f"invalid {kind} name {key!r}", hint="it must read as a clean relative path")
    return key


def check_length(text: str, limit: int, what: str) -> str:
    if len(text) > limit:
        raise InvalidValueError(f"{what} has {len(text)} characters, at most {limit} are allowed: {text[:40]!r}...")
    return text


def check_text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise InvalidValueError(f"{what} must be text, not {type(value).__name__}")
    return value


def check_experiment_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise InvalidValueError("an experiment needs a name")
    return check_length(name, MAX_EXPERIMENT_NAME, "the experiment name")


def check_location(location: str) -> str:
    """Where an experiment's artifacts are to be: what follows a `#` would be lost in the URIs of its runs.

    To a web server that it names, clients would send their passwords.
    """
    if "#" in location:
        raise InvalidValueError(f"an artifact location must not hold a '#': {location[:200]!r}")
    if _WEB_SERVER.match(location):
        raise InvalidValueError(f"an artifact location must not name a web server: {location[:200]!r}")
    return location


def parse_experiment_id(text: object) -> int:
    """Experiment ids are whole numbers, written as text."""
    try:
        number = int(str(text)) if str(text).isascii() else None
    except ValueError:
        number = None
    if number is None or number not in _INT64:
        raise InvalidValueError(f"invalid experiment id {text!r}", hint="experiment ids are whole numbers")
    return number


def check_run_id(text: object) -> str:
    if not isinstance(text, str) or not _RUN_ID.fullmatch(text):
        raise InvalidValueError(f"invalid run id {text!r}")
    return text


def check_model_name(name: str) -> str:
    """A slash is fine: scripts of MLflow 2 log a model to a path."""
    if not name or _MODEL_NAME_REFUSED & set(name):
        raise InvalidValueError(f"invalid model name {name!r}", hint="""it must not be empty or hold : . % " or '""")
    return name


def check_metric(metric: Metric) -> Metric:
    check_key(metric.key, "metric")
    if isinstance(metric.value, bool) or not isinstance(metric.value, int | float):
        raise InvalidValueError(f"the value of metric {metric.key!r} must be a number")
    check_integer(metric.step, f"the step of metric {metric.key!r}")
    if check_integer(metric.timestamp, f"the timestamp of metric {metric.key!r}") < 0:
        raise InvalidValueError(f"the timestamp of metric {metric.key!r} must not be negative")
    return metric


def check_metrics(metrics: Iterable[Metric]) -> None:
    """What `check_metric` checks, of many points at once: those of a batch share few keys."""
    known: set[str] = set()
    for metric in metrics:
        if (
            type(metric.key) is str
            and metric.key in known
            and type(metric.value) is float
            and type(metric.step) is type(metric.timestamp) is int
            and metric.step in _INT64
            and metric.timestamp in _NATURAL
        ):
            continue
        known.add(check_metric(metric).key)


def check_integer(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in _INT64:
        raise InvalidValueError(f"{what} must be a whole number of 64 bits")
    return value


def check_params(params: Mapping[str, str]) -> dict[str, str]:
    """Params as they are stored: long values are cut."""
    return {
        check_key(key, "param"): check_text(value, f"the value of param {key!r}")[:MAX_PARAM]
        for key, value in params.items()
    }


def check_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags as they are stored: long values are cut."""
    return {
        check_key(key, "tag"): check_text(value, f"the value of tag {key!r}")[:MAX_TAG] for key, value in tags.items()
    }


def check_experiment_tags(tags: Mapping[str, str]) -> dict[str, str]:
    for key, value in tags.items():
        check_key(key, "tag")
        check_length(check_text(value, f"the value of tag {key!r}"), MAX_EXPERIMENT_TAG, f"the value of tag {key!r}")
    return dict(tags)


def check_batch(metrics: Sequence[Metric], params: Sized, tags: Sized) -> None:
    """The limits of one log-batch request on the wire; a store itself takes any number."""
    for items, limit, what in (
        (metrics, MAX_METRICS_IN_BATCH, "metrics"),
        (params, MAX_PARAMS_IN_BATCH, "params"),
        (tags, MAX_TAGS_IN_BATCH, "tags"),
    ):
        if len(items) > limit:
            raise InvalidValueError(f"a batch may hold at most {limit} {what}, got {len(items)}")
    if (total := len(metrics) + len(params) + len(tags)) > MAX_ITEMS_IN_BATCH:
        raise InvalidValueError(f"a batch may hold at most {MAX_ITEMS_IN_BATCH} metrics, params and tags, got {total}")


def storable(value: float) -> tuple[float, bool]:
    """A metric's value as a database keeps it: (finite number, whether it is NaN)."""
    number = _as_float(value)
    if number != number:  # noqa: PLR0124 - only NaN differs from itself
        return 0.0, True
    return min(max(number, -LARGEST), LARGEST), False


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return LARGEST if value > 0 else -LARGEST


def check_max_results(value: object, largest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= largest:
        raise InvalidValueError(f"max_results must be between 1 and {largest}, got {value!r}")
    return value


def check_input_tags(tags: Mapping[str, str]) -> None:
    """The tags of a data set as a run used it."""
    for key, value in tags.items():
        check_length(check_text(key, "the tag name"), MAX_INPUT_TAG_KEY, "the tag name of a data set")
        check_length(check_text(value, f"the value of tag {key!r}"), MAX_INPUT_TAG, f"the value of tag {key!r}")
