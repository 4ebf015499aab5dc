"""The options of `mlproj run` as the runner's values."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlproj.cli.building_options import building_settings, read_lock_policy
from mlproj.config import Settings, load_settings
from mlproj.errors import UsageError
from mlproj.project.model import Origin
from mlproj.runner.backend_config import read_backend_config
from mlproj.runner.values import RunRequest, caller_directory

SETTINGS_OPTIONS = ("tracking_uri", "grace", "storage_dir", "experiment_name", "experiment_id")


def read_settings(options: Mapping[str, Any]) -> Settings:
    """The settings with the options of the command line over them."""
    given = {name: options[name] for name in SETTINGS_OPTIONS} | building_settings(options)
    if options["no_conda"]:
        given["env_manager"] = "local"
    if options["no_capture"]:
        given["capture"] = False
    if options["no_system_metrics"]:
        given["system_metrics"] = False
    if options["storage_dir"]:
        given["storage_dir"] = options["storage_dir"].absolute()
    return load_settings(options=given)


def read_request(uri: str, options: Mapping[str, Any], arguments: tuple[str, ...], *, settings: Settings) -> RunRequest:
    """The request; UsageError for options that make no sense together."""
    if options["detach"] and options["junit"]:
        raise UsageError("--junit needs the end of the run, and --detach does not wait for it", hint="leave one out")
    if options["reuse"] and (options["detach"] or options["run_id"]):
        raise UsageError("--reuse may need no run, so --detach and --run-id cannot go with it", hint="leave one out")
    given = split_pairs(options["parameters"], "-P")
    from_file = {} if options["params_file"] is None else read_params_file(options["params_file"])
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty() and not options["as_json"]
    return RunRequest(
        uri=uri,
        caller=caller_directory(),
        entry_point=options["entry_point"],
        version=options["version"],
        parameters=from_file | given,
        origins={name: Origin.FILE for name in from_file if name not in given},
        arguments=arguments,
        env_manager=settings.env_manager,
        backend=options["backend"],
        backend_config=read_backend_config(options["backend_config"]),
        docker_args=read_docker_args(options["docker_args"]),
        build_image=options["build_image"],
        lock_policy=read_lock_policy(options),
        run_id=options["run_id"],
        run_name=options["run_name"],
        tags=read_tags(options["tags"]),
        description=options["description"],
        terminal=at_terminal and not options["detach"],
        echo=not options["detach"],
        to_stderr=options["as_json"],
        reuse=options["reuse"],
    )


def read_tags(texts: tuple[str, ...]) -> dict[str, str]:
    """The user's own tags; those by which runs are supervised are not for them."""
    given = split_pairs(texts, "--tag")
    for name in given:
        if name.startswith("mlproj."):
            raise UsageError(f"--tag {name}: tags that begin with mlproj. are mlproj's own", hint="choose another name")
    return given


def read_params_file(path: Path) -> dict[str, str]:
    """The parameters of a YAML or JSON file: a mapping of names to plain values, as text like a default's."""
    import yaml

    from mlproj.project.parameters import render_default

    try:
        data = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except FileNotFoundError as error:
        raise UsageError("no such file", where=str(path)) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"cannot be read: {' '.join(str(error).split())}", where=str(path)) from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise UsageError("not a mapping of parameter names to values", where=str(path))
    return {str(name): render_default(value) or "" for name, value in data.items() if value is not None}


def read_docker_args(texts: tuple[str, ...]) -> dict[str, object]:
    """`-A` texts as MLflow takes them: `NAME=VALUE`, or `NAME` for a flag; a name that comes again adds to its list."""
    found: dict[str, list[object]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        found.setdefault(name, []).append(value if equals else True)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def split_pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """`NAME=VALUE` texts as a mapping; UsageError for one without `=`, and for a name that comes twice."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} {text!r} has no value", hint=f"write {option} {name or 'NAME'}=VALUE")
        if name in pairs:
            raise UsageError(f"{option} {name} is given twice", hint="give it once")
        pairs[name] = value
    return pairs
