"""A run in the making: what is known of it so far, as a record."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from mlproj.envs.values import Environment
from mlproj.record.values import EnvironmentRecord, ParameterValue, RunRecord
from mlproj.runner.params import redacted, secret_values, shown_value
from mlproj.runner.values import Prepared
from mlproj.version import VERSION


class RunProgress:
    """Collects what a run turns out to be; `phase` is the one that it is in, by which a failure is named."""

    def __init__(self, prepared: Prepared, run_id: str) -> None:
        self.phase = "mlproj"
        self.environment: Environment | None = None
        self.command: str | None = None
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
        bound = self._prepared.binding.parameters
        return RunRecord(
            run_id=self._run_id,
            project=self._prepared.project.name,
            entry_point=self._prepared.request.entry_point,
            command=None if self.command is None else redacted(self.command, secret_values(bound)),
            source=self._prepared.checkout.source,
            parameters=parameter_values(self._prepared),
            environment=None if self.environment is None else environment_record(self.environment),
            phases=self._seconds,
            exit_code=exit_code,
            end_reason=end_reason,
            mlproj_version=VERSION,
        )


def parameter_values(prepared: Prepared) -> dict[str, ParameterValue]:
    """All parameters by name; the value of a secret is left out."""
    return {
        parameter.name: ParameterValue(
            value=None if parameter.secret else shown_value(parameter),
            type=str(parameter.type),
            origin=str(parameter.origin),
            declared=parameter.declared,
        )
        for parameter in prepared.binding.parameters
    }


def environment_record(environment: Environment) -> EnvironmentRecord:
    """An environment as `run.json` has it."""
    lock = environment.lock
    return EnvironmentRecord(
        kind=str(environment.kind),
        manager=environment.manager,
        key=environment.key,
        python=environment.python,
        interpreter=None if environment.interpreter is None else str(environment.interpreter),
        lock_format=None if lock is None else lock.format,
        lock_hash=None if lock is None else lock.hash,
        lock=None if lock is None else lock.payload,
        image=environment.image,
    )
