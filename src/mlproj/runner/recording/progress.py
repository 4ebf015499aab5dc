"""A run in the making: what is known of it so far, as a record."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from mlproj.envs.platforms import image_platform, this_platform
from mlproj.envs.values import Environment
from mlproj.record.values import (
    EnvironmentRecord,
    Hardware,
    MetricRecord,
    OutputRecord,
    ParameterValue,
    RunRecord,
    System,
)
from mlproj.runner.params import redacted, secret_values, shown_value, shown_variable
from mlproj.runner.recording.secret_digests import secret_digests
from mlproj.runner.recording.seeding import find_seed, seed_variables
from mlproj.runner.recording.surroundings import Surroundings
from mlproj.runner.values import Prepared
from mlproj.source.capture.secret_files import secrets_of
from mlproj.system.clock import now_ms
from mlproj.version import VERSION


class RunProgress:
    """Collects what a run turns out to be; `phase` is the one that it is in, by which a failure is named."""

    def __init__(self, prepared: Prepared, run_id: str) -> None:
        self.phase = "mlproj"
        self.environment: Environment | None = None
        self.command: str | None = None
        self.source = prepared.checkout.source
        self.place: Mapping[str, str] = prepared.place
        self.variables: Mapping[str, str] | None = None
        self.outputs: Mapping[str, OutputRecord] = {}
        self.metrics: Mapping[str, MetricRecord] = {}
        self.peaks: Mapping[str, float] = {}
        self.surroundings: Surroundings | None = None
        self.started = now_ms()
        self._prepared = prepared
        self._run_id = run_id
        self._seconds = dict(prepared.phases)

    @contextmanager
    def during(self, phase: str) -> Iterator[None]:
        """Time a phase. After a failure `phase` still names it."""
        self.phase = phase
        started = time.monotonic()
        try:
            yield
        finally:
            self._seconds[phase] = round(time.monotonic() - started, 6)

    def record(self, *, exit_code: int | None, end_reason: str | None) -> RunRecord:
        """Everything known by now."""
        prepared, variables = self._prepared, self.variables or {}
        entry_point = prepared.binding.entry_point
        secrets = (*secret_values(prepared.binding.parameters), *secrets_of(prepared.settings.environ))
        seed = find_seed(prepared.binding)
        around = self.surroundings
        return RunRecord(
            run_id=self._run_id,
            project=prepared.project.name,
            entry_point=prepared.request.entry_point,
            command=None if self.command is None else redacted(self.command, secrets),
            source=self.source,
            parameters=parameter_values(prepared),
            environment=self._environment_record(secrets),
            arguments=tuple(redacted(word, secrets) for word in prepared.binding.arguments),
            inputs={} if prepared.facts is None else prepared.facts.inputs,
            outputs=self.outputs,
            metrics=self.metrics,
            seed=seed,
            seed_variables={name: variables[name] for name in seed_variables(seed, {}) if name in variables},
            variables={name: shown_variable(name, variables.get(name), secrets) for name in entry_point.variables},
            secret_digests=secret_digests(
                prepared.binding.parameters,
                {name: variables.get(name) for name in entry_point.variables},
                secrets=secrets,
                home=prepared.settings.home,
            ),
            hardware=Hardware() if around is None else around.hardware,
            system=System() if around is None else around.system,
            peaks=dict(self.peaks),
            started=self.started,
            ended=None if end_reason is None else now_ms(),
            reproduces=prepared.request.reproduces,
            phases=self._seconds,
            exit_code=exit_code,
            end_reason=end_reason,
            mlproj_version=VERSION,
        )

    def _environment_record(self, secrets: tuple[str, ...]) -> EnvironmentRecord | None:
        if self.environment is None:
            return None
        found = environment_record(self.environment, self.surroundings)
        given = self._prepared.request.docker_args
        if found.image is None or not given:
            return found
        from mlproj.runner.containers.options import recorded_options

        environ = self._prepared.settings.environ
        return replace(found, options=recorded_options(given, environ=environ, secrets=secrets))


def parameter_values(prepared: Prepared) -> dict[str, ParameterValue]:
    """All parameters by name; the value of a secret is left out."""
    paths = {} if prepared.facts is None else prepared.facts.paths
    return {
        parameter.name: ParameterValue(
            value=None if parameter.secret else shown_value(parameter),
            type=str(parameter.type),
            origin=str(parameter.origin),
            declared=parameter.declared,
            path=None if parameter.secret else paths.get(parameter.name),
        )
        for parameter in prepared.binding.parameters
    }


def environment_record(environment: Environment, around: Surroundings | None = None) -> EnvironmentRecord:
    """An environment as `run.json` has it; what is not locked is described by what was found in it."""
    lock = environment.lock
    own = None if around is None else around.python
    interpreter = environment.interpreter or (None if own is None else own.interpreter)
    return EnvironmentRecord(
        kind=str(environment.kind),
        manager=environment.manager,
        key=environment.key,
        platform=_platform(environment),
        python=environment.python or (None if own is None else own.python),
        interpreter=None if interpreter is None else str(interpreter),
        lock_format=None if lock is None else lock.format,
        lock_hash=None if lock is None else lock.hash,
        lock=None if lock is None else lock.payload,
        image=environment.image,
        packages={} if around is None else around.packages,
    )


def _platform(environment: Environment) -> str | None:
    image = environment.image
    if image is None:
        return this_platform()
    return None if image.platform is None else image_platform(image.platform)
