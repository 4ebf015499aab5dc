"""The group of commands, each imported when it is called, and the one place where errors become exit codes."""

import errno
from collections.abc import Sequence

import click

from mlproj.cli.lazy import LazyGroup
from mlproj.errors import MlprojError, Terminated
from mlproj.system.stderr import say
from mlproj.version import VERSION

COMMANDS = {
    "run": ("mlproj.cli.run", "Run an entry point of a project and record the run."),
    "reproduce": ("mlproj.cli.reproduce", "Run a past run again and say whether it reproduces."),
    "why": ("mlproj.cli.why", "Show what explains the difference of two runs."),
    "runs": ("mlproj.cli.runs", "Look at runs, follow them, end them."),
    "experiments": ("mlproj.cli.experiments", "List, create, rename, delete experiments."),
    "artifacts": ("mlproj.cli.artifacts", "List, download and log the files of a run."),
    "server": ("mlproj.cli.server", "Serve the tracking store to every MLflow client."),
    "ui": ("mlproj.cli.server", "The same as server; opens the browser on a desktop."),
    "users": ("mlproj.cli.users", "Say who may use a server, and what they may do."),
    "import": ("mlproj.cli.import_", "Bring in runs from MLflow, a server or a file."),
    "export": ("mlproj.cli.export", "Write runs to a file."),
    "db": ("mlproj.cli.db", "Look after the store's database."),
    "validate": ("mlproj.cli.validate", "Check a project's MLproject file."),
    "check": ("mlproj.cli.check", "Say what of a project would not reproduce."),
    "show": ("mlproj.cli.show", "Print what a project declares."),
    "lock": ("mlproj.cli.lock", "Write a project's lock file."),
    "prepare": ("mlproj.cli.prepare", "Fetch, lock and build without running."),
    "env": ("mlproj.cli.env", "List, show and remove cached environments."),
    "config": ("mlproj.cli.config", "Print every setting and where it comes from."),
    "doctor": ("mlproj.cli.doctor", "Look at this machine: programs, interpreters, store."),
    "gc": ("mlproj.cli.gc", "Remove what is deleted, left over, or no longer used."),
    "completion": ("mlproj.cli.completion", "Print a shell's completion script."),
}

BUG_EXIT_CODE = 70
OUTPUT_FAULTS = {errno.ENOSPC, errno.EIO, errno.EPIPE}


@click.command(cls=LazyGroup, modules=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="mlproj", message="%(prog)s %(version)s")
def program() -> None:
    """Package machine-learning projects and run them reproducibly.

    \b
    Examples:
      mlproj run . -P alpha=0.5
      mlproj run --version main https://host/team/project.git -e train
      mlproj runs list
    """


def run(argv: Sequence[str]) -> int:  # noqa: PLR0911 - one line for each way to end
    """Run the command line; gives the exit code. Errors are printed here and nowhere else."""
    try:
        code = program.main(list(argv), prog_name="mlproj", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message())
        return 2
    except click.ClickException as error:
        _print_usage_error(error)
        return 2
    except MlprojError as error:
        return _report(error)
    except Terminated as stop:
        return stop.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort):
        say("mlproj: interrupted")
        return 130
    except OSError as error:
        if error.errno not in OUTPUT_FAULTS or error.filename is not None:
            return _report_bug(error)
        say(f"mlproj: error: cannot write the output: {error.strerror}")
        return 2
    except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is a bug of ours
        return _report_bug(error)
    return code if isinstance(code, int) else 0


def _print_usage_error(error: click.ClickException) -> None:
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "mlproj"
    message = " ".join(error.format_message().split())
    say(f"mlproj: error: {message} (see '{command} --help')")


def _report(error: MlprojError) -> int:
    say(f"mlproj: error: {error}")
    for line in (error.detail or "").splitlines():
        say(f"  {line}")
    if error.log is not None:
        say(f"  full log: {error.log}")
    return error.exit_code


def _report_bug(error: Exception) -> int:
    from mlproj.cli.bug import write_log

    log = write_log(error)
    click.echo(
        f"mlproj: error: a bug in mlproj: {type(error).__name__}: {error} (please report it with {log})", err=True
    )
    return BUG_EXIT_CODE
