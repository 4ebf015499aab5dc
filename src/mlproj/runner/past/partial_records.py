"""What is known of a run that has no record, from the tags that MLflow's runner and clients write. Pure."""

from mlproj.record.values import EnvironmentRecord, MetricRecord, ParameterValue, RunRecord, Source
from mlproj.tracking.entities import Run
from mlproj.tracking.liveness import END_REASON_TAG, EXIT_CODE_TAG

_MANAGERS = {"conda": "conda", "docker": "docker"}


def partial_record(run: Run) -> RunRecord:
    """As much of a record as tags, params and metrics give; the environment is not locked."""
    tags = run.tags
    environment = tags.get("mlflow.project.env")
    exit_code = tags.get(EXIT_CODE_TAG) or ("0" if str(run.status) == "FINISHED" else None)
    return RunRecord(
        run_id=run.run_id,
        project=None,
        entry_point=tags.get("mlflow.project.entryPoint", "main"),
        command=None,
        source=source_of(tags.get("mlflow.source.name", ""), run),
        parameters={
            name: ParameterValue(value=value, type="string", origin="option", declared=True)
            for name, value in run.params.items()
        },
        environment=None
        if environment is None
        else EnvironmentRecord(
            kind=_MANAGERS.get(environment, "python"), manager=_MANAGERS.get(environment, "virtualenv")
        ),
        metrics={key: MetricRecord(value=metric.value) for key, metric in run.metrics.items()},
        started=run.start_time,
        ended=run.end_time,
        exit_code=int(exit_code) if exit_code is not None and exit_code.isdecimal() else None,
        end_reason=tags.get(END_REASON_TAG),
    )


def source_of(name: str, run: Run) -> Source:
    """The source by its name as MLflow writes it: a URL or a path, and `#SUBDIRECTORY`."""
    place, _, subdirectory = name.partition("#")
    local = place.startswith(("file://", "/")) or "://" not in place
    repository = run.tags.get("mlflow.source.git.repoURL")
    if local and not place.startswith("git@"):
        place = place.removeprefix("file://")
        kind = "local"
    else:
        kind = "git"
        repository = repository or place
    return Source(
        uri=f"{place}#{subdirectory}" if subdirectory else place,
        kind=kind,
        version=run.tags.get("mlproj.source.version"),
        commit=run.tags.get("mlflow.source.git.commit"),
        branch=run.tags.get("mlflow.source.git.branch"),
        repository=repository,
        subdirectory=run.tags.get("mlproj.source.subdirectory") or subdirectory or None,
    )
