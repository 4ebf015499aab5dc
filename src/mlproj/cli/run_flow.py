"""What `mlproj run` does with its options: the request, the run, and what is said of it."""

import sys
from typing import TYPE_CHECKING, Any

import click

from mlproj.cli.output import note, print_json
from mlproj.cli.reporter import make_reporter
from mlproj.cli.run_request import read_request, read_settings
from mlproj.errors import MlprojError, Terminated
from mlproj.runner.interrupts import termination_raised

if TYPE_CHECKING:
    from mlproj.config import Settings
    from mlproj.runner.values import Outcome, Prepared, Reporter, RunRequest


def run(uri: str, options: dict[str, Any], arguments: tuple[str, ...]) -> int:
    """Run a project; gives the exit code. Raises what kept the run from being created."""
    reporter = make_reporter()
    try:
        with termination_raised():
            result = _carry_out(uri, options, arguments, reporter)
    except (MlprojError, KeyboardInterrupt, Terminated) as error:
        _report_no_run(options, error)
        raise
    finally:
        reporter.clear()
    return result if isinstance(result, int) else _conclude(result, options)


def _carry_out(uri: str, options: dict[str, Any], arguments: tuple[str, ...], reporter: "Reporter") -> "Outcome | int":
    """The outcome of a run, or an exit code where there was none to wait for."""
    settings = read_settings(options)
    _say_where(settings, reporter)
    if options["junit"]:
        from mlproj.cli.ci_report import check_writable

        check_writable(options["junit"])
    request = read_request(uri, options, arguments, settings=settings)
    from mlproj.runner.launching import launch  # before there is a checkout that an interruption would leave

    prepared = _prepare(request, options, settings, reporter)
    if options["dry_run"]:
        from mlproj.cli.dry_run import print_plan

        print_plan(prepared, as_json=options["as_json"])
        return 0
    if options["detach"]:
        return _detach(prepared, options, reporter)
    return launch(prepared, reporter=reporter, on_created=lambda run: reporter.note(f"run {run.run_id}"))


def _prepare(request: "RunRequest", options: dict[str, Any], settings: "Settings", reporter: "Reporter") -> "Prepared":
    """The run that is asked for: of a project, or made from a past run."""
    ask = _ask if _is_terminal() else None
    if request.uri.startswith("runs:/") or request.uri.endswith(".zip"):
        from mlproj.runner.past.from_past import names_past_run, prepare_from_past

        if names_past_run(request.uri):
            return prepare_from_past(
                request,
                settings=settings,
                reporter=reporter,
                entry_point=options.get("given_entry_point"),
                ask_secret=ask,
            )
    from mlproj.runner.preparing import prepare

    return prepare(request, settings=settings, reporter=reporter, ask_secret=ask)


def _say_where(settings: "Settings", reporter: "Reporter") -> None:
    if settings.ignored_tracking_uri:
        from mlproj.source.credentials import strip_credentials

        where = settings.tracking_uri or settings.home
        ignored = strip_credentials(settings.ignored_tracking_uri)
        reporter.note(
            f"MLFLOW_TRACKING_URI={ignored} names no server: this run goes to {where}"
            f" (`mlproj import {ignored}` brings in the runs that are there)"
        )


def _detach(prepared: "Prepared", options: dict[str, Any], reporter: "Reporter") -> int:
    from mlproj.runner.detaching import launch_detached

    reporter.clear()
    run_id, experiment_id = launch_detached(prepared)
    _ci(options, run_id=run_id, status="RUNNING")
    if options["as_json"]:
        print_json({"run_id": run_id, "experiment_id": experiment_id})
    else:
        click.echo(run_id)
    return 0


def _conclude(outcome: "Outcome", options: dict[str, Any]) -> int:
    failure = outcome_text(outcome)
    _ci(options, run_id=outcome.run_id, status=outcome.status, exit_code=outcome.exit_code, failure=failure)
    if options["as_json"]:
        print_json(
            {
                "run_id": outcome.run_id,
                "experiment_id": outcome.experiment_id,
                "status": outcome.status,
                "exit_code": outcome.exit_code,
                "end_reason": outcome.end_reason,
                "reused": outcome.reused,
                "failed_in": outcome.failed_in,
                "error": None if outcome.error is None else str(outcome.error),
            }
        )
    if outcome.error is not None:
        raise outcome.error
    if not outcome.reused:
        note(
            f"run {outcome.run_id} {outcome.status}"
            + (f" (exit code {outcome.exit_code})" if outcome.exit_code else "")
        )
    return outcome.exit_code


def outcome_text(outcome: "Outcome") -> str | None:
    """What went wrong, in a line; None if nothing did."""
    if outcome.error is not None:
        return str(outcome.error)
    if not outcome.exit_code:
        return None
    return f"run {outcome.run_id} ended {outcome.status} with exit code {outcome.exit_code} ({outcome.end_reason})"


def _report_no_run(options: dict[str, Any], error: BaseException) -> None:
    """Tell programs that there is no run, and why."""
    text = str(error) or "interrupted"
    code = error.exit_code if isinstance(error, MlprojError | Terminated) else 130
    _ci(options, failure=text)
    if options["as_json"]:
        print_json({"run_id": None, "status": None, "exit_code": code, "failed_in": "request", "error": text})


def _ci(options: dict[str, Any], **result: Any) -> None:
    from mlproj.config import process_environment

    environ = process_environment()
    if options["junit"] or environ.get("GITHUB_ACTIONS") == "true":
        from mlproj.cli.ci_report import report

        report(environ, uri=options["uri"], entry_point=options["entry_point"], options=options, **result)


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _ask(name: str) -> str:
    value: str = click.prompt(f"{name} (secret)", hide_input=True, err=True)
    return value
