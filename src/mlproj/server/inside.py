"""What the embedded server does for the run that calls it.

A run that is created without a parent becomes a child of the caller.

`mlflow.set_experiment(NAME)` followed by `mlflow.start_run()` makes the client raise inside a run, because the run that
it is told to resume belongs to another experiment. On the wire, in all versions of the client:

    experiments/get-by-name (or experiments/create and experiments/get, or experiments/get alone)
    runs/get of the caller
    runs/update of the caller with the status RUNNING       not sent if the client raised

So: where the request just before `runs/get` of the caller looked up an active experiment, and no client has resumed the
caller yet, the answer shows the caller as being in that experiment; and when `runs/update` with RUNNING follows, the
run is moved there. A script that looks experiments up through MlflowClient moves nothing if it does anything with what
it found before it resumes the run, if it reads its run but does not resume it, if it creates an experiment without
reading it back, or if the run was resumed before. Only a lookup immediately before `mlflow.start_run()` looks exactly
like `mlflow.set_experiment`, and counts as one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.tracking.entities import LifecycleStage, RunStatus

PARENT_TAG = "mlflow.parentRunId"


@dataclass(slots=True)
class _Caller:
    """How far the clients of one run are: the experiment looked up last, the one that the run was shown to be in."""

    resumed: bool = False
    looked_up: str | None = None
    promised: str | None = None


class Inside:
    """Stands between the calls of runs and the endpoints; `on_note` hears, once, that a run was moved."""

    def __init__(self, on_note: Callable[[str], None]) -> None:
        self._on_note = on_note
        self._callers: dict[str, _Caller] = {}
        self._lock = Lock()

    def answer(self, run_id: str | None, endpoint: Endpoint, call: Call) -> wire.Json:
        if run_id is None:
            return endpoint.answer(call)
        match endpoint.path:
            case "runs/create":
                return endpoint.answer(_as_child(call, run_id))
            case "experiments/get" | "experiments/get-by-name":
                return self._look_up(run_id, endpoint, call)
            case "runs/get" if call.args.run_id() == run_id:
                return self._show(run_id, endpoint, call)
            case "runs/update" if call.args.run_id() == run_id:
                return self._update(run_id, endpoint, call)
            case _:
                self._forget(run_id)
                return endpoint.answer(call)

    def _caller(self, run_id: str) -> _Caller:
        return self._callers.setdefault(run_id, _Caller())

    def _forget(self, run_id: str) -> None:
        with self._lock:
            caller = self._caller(run_id)
            caller.looked_up = caller.promised = None

    def _look_up(self, run_id: str, endpoint: Endpoint, call: Call) -> wire.Json:
        answer = endpoint.answer(call)
        found = answer["experiment"]
        with self._lock:
            active = found["lifecycle_stage"] == LifecycleStage.ACTIVE
            self._caller(run_id).looked_up = found["experiment_id"] if active else None
        return answer

    def _show(self, run_id: str, endpoint: Endpoint, call: Call) -> wire.Json:
        answer = endpoint.answer(call)
        with self._lock:
            caller = self._caller(run_id)
            wanted = caller.looked_up or caller.promised
            caller.looked_up = None
            if wanted and not caller.resumed and wanted != answer["run"]["info"]["experiment_id"]:
                caller.promised = answer["run"]["info"]["experiment_id"] = wanted
        return answer

    def _update(self, run_id: str, endpoint: Endpoint, call: Call) -> wire.Json:
        given = call.args.raw("status")
        status = None if given is None else call.args.choice("status", wire.RUN_STATUS)
        with self._lock:
            caller = self._caller(run_id)
            wanted = caller.promised if status is RunStatus.RUNNING else None
            caller.looked_up = caller.promised = None
            if status is not None:
                caller.resumed = not status.is_final
        if wanted is not None:
            self._move(run_id, wanted, call)
        return endpoint.answer(call)

    def _move(self, run_id: str, experiment_id: str, call: Call) -> None:
        if call.store.get_run(run_id).experiment_id == experiment_id:
            return  # another process of the job was faster
        call.store.move_run(run_id, experiment_id)
        name = call.store.get_experiment(experiment_id).name
        self._on_note(f"run {run_id} moved to the experiment {name!r}: its code calls mlflow.set_experiment")


def _as_child(call: Call, run_id: str) -> Call:
    tags = call.args.raw("tags") or []
    if not isinstance(tags, list) or any(isinstance(tag, dict) and tag.get("key") == PARENT_TAG for tag in tags):
        return call
    args = call.args.adding({"tags": [*tags, {"key": PARENT_TAG, "value": run_id}]})
    return replace(call, args=args)
