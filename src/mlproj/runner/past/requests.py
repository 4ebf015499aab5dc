"""A past run's settings, parameters and lock, as what a new run is asked for."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mlproj.config import Settings
from mlproj.envs.lockfile import payload_hash
from mlproj.envs.platforms import this_platform
from mlproj.envs.python.versions import minor
from mlproj.envs.values import EnvSpec, Lock
from mlproj.errors import EnvironmentFailedError, NotRecordedError, UsageError
from mlproj.project.declarations import is_url
from mlproj.project.loading import load
from mlproj.project.model import EnvKind, Origin, ParameterType
from mlproj.record.values import EnvironmentRecord, ParameterValue, RunRecord
from mlproj.runner.params import MASK
from mlproj.runner.past.runs import PastRun
from mlproj.runner.values import RunRequest


def adopt(
    request: RunRequest,
    past: PastRun,
    root: Path,
    *,
    entry_point: str | None,
    environ: Mapping[str, str],
    moved: Mapping[str, Path] | None = None,
) -> RunRequest:
    """The request with the past run's parameters below those that are given, for its entry point unless one is named.

    `moved` are path parameters whose content is elsewhere now. For another entry point only those parameters are taken
    over that it declares. Raises UsageError for a run in the user's own environment, which no record can rebuild.
    """
    record = past.record
    name = entry_point or record.entry_point
    declared = None if name == record.entry_point else _declared(root, name)
    kept = {
        parameter: value
        for parameter, value in _given(record.parameters).items()
        if parameter not in request.parameters and (declared is None or parameter in declared)
    }
    return replace(
        request,
        entry_point=name,
        parameters={**kept, **request.parameters},
        origins={**{key: Origin(record.parameters[key].origin) for key in kept}, **request.origins},
        arguments=request.arguments or (record.arguments if declared is None else ()),
        caller=_caller(request, record, root, kept),
        known_inputs={
            text: one.sha256
            for text, one in record.inputs.items()
            if one.sha256 is not None and len(one.files) == 1 and is_url(one.files[0].path)
        },
        places={
            parameter: place
            for parameter, place in {**_places(record, root), **(moved or {}), **request.places}.items()
            if parameter not in request.parameters and (declared is None or parameter in declared)
        },
        env_manager=_env_manager(request.env_manager, past),
        docker_args=_container_options(request, past, environ),
    )


def _container_options(request: RunRequest, past: PastRun, environ: Mapping[str, str]) -> Mapping[str, object]:
    """What is given wins over what was, option by option."""
    environment = past.record.environment
    if environment is None or not environment.options:
        return request.docker_args
    from mlproj.backends.docker_arguments import long_name
    from mlproj.runner.containers.options import options_again

    given = {long_name(name) for name in request.docker_args}
    recorded = {name: texts for name, texts in environment.options.items() if name not in given}
    return {**options_again(recorded, environ), **request.docker_args}


def with_variables(settings: Settings, record: RunRecord) -> Settings:
    """The settings with the environment variables that mattered to the run as they were.

    Raises NotRecordedError for one that held a secret and is not set now.
    """
    environ = dict(settings.environ)
    for name, value in {**record.variables, **record.seed_variables}.items():
        if value is None:
            environ.pop(name, None)
        elif MASK not in value and f"variables.{name}" not in record.secret_digests:
            environ[name] = value
        elif name not in environ:
            raise NotRecordedError(
                f"the variable {name} held a secret and is not recorded", hint="set it, and try again"
            )
    return replace(settings, environ=environ)


def recorded_lock(past: PastRun, spec: EnvSpec, *, asked: str | None = None) -> tuple[EnvSpec, Lock | None]:
    """The lock that the run was built from, for a specification; None where the record has none that fits.

    A run in the user's own environment gives the list of its packages as lines without hashes; where the project
    declares no environment they are one if the env manager that is `asked` for builds it.

    Raises EnvironmentFailedError for a lock that is not what its hash says.
    """
    environment = past.record.environment
    if environment is None:
        return spec, None
    if environment.manager == "local":
        return _from_packages(environment, spec, asked, past)
    if environment.lock is None or environment.lock_format is None or environment.manager != spec.manager:
        return spec, None
    digest = payload_hash(environment.lock)
    if environment.lock_hash not in {None, digest}:
        raise EnvironmentFailedError(
            "the record's lock was changed: its sha256 is not the one that the record has",
            where=f"run {past.run_id[:8]}",
        )
    return spec, Lock(
        kind=spec.kind,
        platform=environment.platform or this_platform(),
        python="" if environment.python is None else minor(environment.python),
        format=environment.lock_format,
        payload=environment.lock,
        spec_hash=spec.hash,
        hash=digest,
        origin="record",
    )


def _from_packages(
    environment: EnvironmentRecord, spec: EnvSpec, asked: str | None, past: PastRun
) -> tuple[EnvSpec, Lock | None]:
    if spec.kind is EnvKind.LOCAL and asked in {"virtualenv", "uv"} and environment.python is not None:
        remark = f"the environment is built from the packages that run {past.run_id[:8]} had"
        spec = replace(
            spec, kind=EnvKind.PYTHON, manager="virtualenv", python=minor(environment.python), warnings=(remark,)
        )
    if spec.manager != "virtualenv" or not environment.packages or environment.python is None:
        return spec, None
    payload = "".join(f"{name}=={version}\n" for name, version in sorted(environment.packages.items()))
    lock = Lock(
        kind=spec.kind,
        platform=environment.platform or this_platform(),
        python=minor(environment.python),
        format="requirements",
        payload=payload,
        spec_hash=spec.hash,
        hash=payload_hash(payload),
        origin="record",
    )
    return spec, lock


def _given(parameters: Mapping[str, ParameterValue]) -> dict[str, str]:
    """What was given; defaults come with the code."""
    return {
        name: item.value
        for name, item in parameters.items()
        if item.value is not None and item.origin != Origin.DEFAULT
    }


def _declared(root: Path, name: str) -> set[str]:
    found = load(root).project.entry_points.get(name)
    return set() if found is None else {parameter.name for parameter in found.parameters}


def _places(record: RunRecord, root: Path) -> dict[str, Path]:
    """Where the path parameters were, with the project's directory at `root`."""
    return {name: root / item.path for name, item in record.parameters.items() if item.path is not None}


def _caller(request: RunRequest, record: RunRecord, root: Path, kept: Mapping[str, str]) -> Path:
    """Where relative paths that were given are looked for, of a record that does not say where they were.

    That is the checkout if all are there, else where the run was.
    """
    paths = [
        value
        for name, value in kept.items()
        if record.parameters[name].type == ParameterType.PATH and record.parameters[name].path is None
    ]
    if not paths:
        return request.caller
    if all((root / path).exists() for path in paths):
        return root
    original = Path(record.source.uri.partition("#")[0])
    return original if record.source.kind == "local" and original.is_dir() else request.caller


def _env_manager(asked: str | None, past: PastRun) -> str | None:
    environment = past.record.environment
    if asked is not None or environment is None:
        return asked
    if environment.manager == "local":
        raise UsageError(
            "the run used its user's own environment, which no lock describes",
            where=f"run {past.run_id[:8]}",
            hint="--env-manager virtualenv builds one from its recorded packages, --env-manager local takes yours",
        )
    return None if environment.manager == "docker" else environment.manager
