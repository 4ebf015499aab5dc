"""`run --detach`: a supervisor in a session of its own, and the run's id before we leave."""

import json
import os
import sys
from typing import Any, NoReturn

from mlproj.errors import MlprojError, RelayedError
from mlproj.runner.launching import launch
from mlproj.runner.reporting import Silence
from mlproj.runner.values import Prepared
from mlproj.source.checkouts import take_over
from mlproj.tracking.entities import Run

NO_ANSWER = '{"error": "the supervisor died before there was a run", "exit_code": 70}'


def launch_detached(prepared: Prepared) -> tuple[str, str]:
    """Fork a supervisor and give the ids of the run and its experiment as soon as the run is there.

    Only for a process with a single thread. Raises what kept the run from being created.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _leave_session()
        _supervise(prepared, writing)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading, encoding="utf-8") as pipe:  # noqa: PTH123 - a file descriptor
        text = pipe.read()
    message: dict[str, Any] = json.loads(text or NO_ANSWER)
    if "error" in message:
        raise RelayedError(str(message["error"]), exit_code=int(message["exit_code"]))
    return str(message["run_id"]), str(message["experiment_id"])


def _leave_session() -> None:
    """A session of our own, adopted by init, with no terminal on any stream."""
    os.setsid()
    if os.fork():
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)


def _supervise(prepared: Prepared, writing: int) -> NoReturn:
    """Launch, tell the waiting parent of it, and end without going back into its code."""
    pipe = os.fdopen(writing, "w", encoding="utf-8")

    def tell(message: dict[str, object]) -> None:
        if not pipe.closed:
            with pipe:
                json.dump(message, pipe)

    def created(run: Run) -> None:
        tell({"run_id": run.run_id, "experiment_id": run.experiment_id})

    code = 70
    try:
        take_over(prepared.checkout)
        code = launch(prepared, reporter=Silence(), on_created=created).exit_code
    except MlprojError as error:
        tell({"error": str(error), "exit_code": error.exit_code})
    except BaseException as error:  # noqa: BLE001 - the boundary of this process
        tell({"error": f"a bug in mlproj: {type(error).__name__}: {error}", "exit_code": 70})
    os._exit(code)
