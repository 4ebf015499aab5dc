"""What `mlproj reproduce` does with its options."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from mlproj.cli.output import print_json
from mlproj.cli.reporter import make_reporter
from mlproj.cli.run_request import split_pairs
from mlproj.cli.verdicts import junit_report, print_reproduction, print_times, reproduction_as_json, unread_as_json
from mlproj.config import ENV_MANAGERS, Settings, load_settings
from mlproj.errors import MlprojError, UsageError
from mlproj.project.model import ParameterType
from mlproj.project.paths import is_there
from mlproj.record.comparing import Verdict
from mlproj.runner.interrupts import termination_raised
from mlproj.runner.past.judging import ReproduceOptions, Reproduction
from mlproj.runner.past.reproducing import build_only, reproduce
from mlproj.runner.past.runs import PastRun, opened_past
from mlproj.runner.values import Reporter, RunRequest, caller_directory
from mlproj.tracking.opening import open_store

if TYPE_CHECKING:
    from mlproj.envs.values import Environment


def run(options: dict[str, Any]) -> int:
    """Reproduce a run, print what came of it; gives the exit code."""
    if options["env_manager"] not in {None, *ENV_MANAGERS}:
        raise UsageError(f"no such env manager: {options['env_manager']!r}", hint=f"one of {', '.join(ENV_MANAGERS)}")
    if options["rtol"] is not None and not isfinite(options["rtol"]):
        raise UsageError(f"--rtol {options['rtol']}: not a finite number", hint="such as 1e-6")
    if options["junit"]:
        from mlproj.cli.ci_report import check_writable

        check_writable(options["junit"])
    settings = load_settings(options={"tracking_uri": options["tracking_uri"]})
    reporter = make_reporter()
    try:
        with termination_raised(), ExitStack() as stack:
            return _with_past(_opened(stack, options, settings, reporter), options, settings, reporter)
    finally:
        reporter.clear()


def _opened(stack: ExitStack, options: dict[str, Any], settings: Settings, reporter: Reporter) -> PastRun:
    """The run that is named, as long as the stack goes; programs are told too if it cannot be read."""
    try:
        store = stack.enter_context(closing(open_store(settings.tracking_uri, settings=settings)))
        past = opened_past(options["run"], store=store, settings=settings, on_progress=reporter.progress)
        return stack.enter_context(past)
    except MlprojError as error:
        if options["as_json"]:
            print_json(unread_as_json(error))
        if options["junit"]:
            _write_junit(options, options["run"], [Reproduction(verdict=Verdict.CANNOT, error=error)])
        raise


def _with_past(past: PastRun, options: dict[str, Any], settings: Settings, reporter: Reporter) -> int:
    request = read_request(past, options)
    if options["env_only"]:
        return _say_environment(build_only(past, request, settings=settings, reporter=reporter), options)
    found: list[Reproduction] = []
    plan = ReproduceOptions(times=options["times"], rtol=options["rtol"], history=options["history"])
    for one in reproduce(past, request, settings=settings, reporter=reporter, options=plan):
        found.append(one)
        reporter.clear()
        if not options["as_json"]:
            print_reproduction(past, one)
    if options["as_json"]:
        print_json(reproduction_as_json(past, found))
    elif len(found) > 1:
        print_times(found)
    if options["junit"]:
        _write_junit(options, past.run_id[:8], found)
    return exit_code(found)


def read_request(past: PastRun, options: dict[str, Any]) -> RunRequest:
    """The request; only what no record has can be given: secrets, and where data is now. Raises UsageError."""
    given = split_pairs(options["parameters"], "-P")
    caller = caller_directory()
    places = {name: caller / value for name, value in given.items() if _is_path(name, past)}
    for name in given:
        recorded = past.record.parameters.get(name)
        if name in places and not is_there(places[name]):
            raise UsageError(f"-P {name}: no such file or directory: {given[name]}", hint=f"looked for below {caller}")
        if name not in places and (recorded is None or recorded.value is not None):
            raise UsageError(
                f"-P {name}: a reproduction keeps the run's parameters, only secrets and new places are given",
                hint=f"mlproj run runs:/{past.run_id[:8]} -P {name}=... makes a new run with another value",
            )
    return RunRequest(
        uri=past.record.source.uri,
        caller=caller,
        parameters={name: value for name, value in given.items() if name not in places},
        places=places,
        env_manager=options["env_manager"],
        to_stderr=options["as_json"],
    )


def _is_path(name: str, past: PastRun) -> bool:
    recorded = past.record.parameters.get(name)
    return recorded is not None and recorded.value is not None and recorded.type == ParameterType.PATH


def exit_code(found: Sequence[Reproduction]) -> int:
    """The worst that happened: an interruption, then what could not be, then what differs."""
    for one in found:
        if (one.interrupted, one.error, one.not_kept) != (None, None, None):
            return one.exit_code
    return max((one.exit_code for one in found), default=0)


def _say_environment(environment: "Environment", options: dict[str, Any]) -> int:
    prefix = None if environment.prefix is None else str(environment.prefix)
    if options["as_json"]:
        print_json({"manager": environment.manager, "key": environment.key, "prefix": prefix})
    else:
        image = None if environment.image is None else environment.image.id
        click.echo(prefix or image or "the environment is your own")
    return 0


def _write_junit(options: dict[str, Any], run: str, found: Sequence[Reproduction]) -> None:
    try:
        options["junit"].write_text(junit_report(run, found), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=f"--junit {options['junit']}") from error
