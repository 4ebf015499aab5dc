"""runs/causes: why two runs may differ, from what was recorded of them."""

from dataclasses import asdict
from difflib import unified_diff

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.record.causes import CauseKind, causes
from mlproj.record.document import from_json
from mlproj.record.values import RunRecord
from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.server.paths import place_of_run
from mlproj.tracking.base import LocalStore

FOLDER = "mlproj"
LARGEST = 16 * 1024 * 1024


def why(call: Call) -> wire.Json:
    """The differences from a run to another, the likeliest cause of another result first"""
    first, second = call.args.text("run_id"), call.args.text("other_run_id")
    rebuilds = call.args.flag_or("code", default=False)
    before, after = (_record(call.store, run_id) for run_id in (first, second))
    code = None
    if rebuilds and call.code_diff is not None and any(cause.kind == CauseKind.CODE for cause in causes(before, after)):
        code = call.code_diff(call.store, first, second)
    if code is None:
        code = _code(_changes(call.store, first, before), _changes(call.store, second, after), before, after)
    found = [wire.filled(asdict(cause)) for cause in causes(before, after, code=code)]
    return wire.filled({"causes": found})


def _record(store: LocalStore, run_id: str) -> RunRecord:
    try:
        return from_json(_text(store, run_id, "run.json"))
    except NotFoundError as error:
        store.get_run(run_id)  # says so if it is the run that is not there
        raise NotFoundError(f"run {run_id} has no record: something else than mlproj made it") from error


def _changes(store: LocalStore, run_id: str, record: RunRecord) -> str:
    """What no commit has of a run's code."""
    capture = record.source.capture
    if capture is None or capture.diff is None:
        return ""
    try:
        return _text(store, run_id, capture.diff.removeprefix(f"{FOLDER}/"))
    except (NotFoundError, InvalidValueError):
        return ""


def _code(old: str, new: str, before: RunRecord, after: RunRecord) -> str | None:
    """What is known here of the difference of the code: only its changes since one commit."""
    if before.source.commit != after.source.commit or old == new:
        return None
    if not old:
        return new
    return "".join(unified_diff(old.splitlines(True), new.splitlines(True), "changes before", "changes after"))


def _text(store: LocalStore, run_id: str, path: str) -> str:
    place = place_of_run(store, store.get_run(run_id), f"{FOLDER}/{path}")
    with place.artifacts(store).open(place.path) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise InvalidValueError(f"{path} of run {run_id} is too large to compare")
    return content.decode(errors="replace")


ENDPOINTS = (Endpoint("GET", "runs/causes", why),)
