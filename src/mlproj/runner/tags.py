"""The tags of a run: MLflow's, and ours under `mlproj.`. Pure."""

import json
from collections.abc import Mapping

from mlproj.envs.values import Environment
from mlproj.record.values import Source
from mlproj.runner.ci import ci_tags, find_ci_job
from mlproj.runner.values import Prepared
from mlproj.tracking.liveness import END_REASON_TAG, EXIT_CODE_TAG
from mlproj.version import VERSION

EXIT_CODE = EXIT_CODE_TAG
END_REASON = END_REASON_TAG
FAILED_IN = "mlproj.failed_in"
ERROR = "mlproj.error"
JOB = "mlproj.job"
CANCEL = "mlproj.cancel"
OF_THE_END = frozenset({EXIT_CODE, END_REASON, FAILED_IN, ERROR, CANCEL})
PARENT = "mlflow.parentRunId"


def created_tags(prepared: Prepared, *, parent: str | None) -> dict[str, str]:
    """What is known when the run is created; the user's own tags win."""
    request = prepared.request
    tags = {
        "mlflow.user": user_name(prepared.settings.environ),
        "mlflow.source.name": source_name(prepared.checkout.source),
        "mlflow.source.type": "PROJECT",
        "mlflow.project.entryPoint": request.entry_point,
        **source_tags(prepared.checkout.source),
        **ci_tags(find_ci_job(prepared.settings.environ)),
        "mlproj.version": VERSION,
    }
    if parent:
        tags[PARENT] = parent
    if request.description:
        tags["mlflow.note.content"] = request.description
    return {**tags, **request.tags}


def source_tags(source: Source) -> dict[str, str]:
    """Commit, branch, remote and state of the code, as far as they are known."""
    facts = {
        "mlflow.source.git.commit": source.commit,
        "mlflow.source.git.branch": source.branch,
        "mlflow.source.git.repoURL": source.repository,
        "mlproj.source.version": source.version,
        "mlproj.source.subdirectory": source.subdirectory,
        "mlproj.source.dirty": None if source.dirty is None else str(source.dirty).lower(),
    }
    return {key: value for key, value in facts.items() if value}


def source_name(source: Source) -> str:
    """MLflow's name of the source: a local directory in a work tree is `file://TOP#SUBDIRECTORY`."""
    if source.kind != "local" or source.commit is None:
        return source.uri
    path = source.uri.removeprefix("file://")
    if source.subdirectory:
        path = path.removesuffix("/" + source.subdirectory)
    return f"file://{path}" + (f"#{source.subdirectory}" if source.subdirectory else "")


def started_tags(*, backend: str, environment: Environment, job: Mapping[str, str]) -> dict[str, str]:
    """What is known when the job was submitted: enough for any later process to wait, follow and cancel."""
    tags = {"mlflow.project.backend": backend, JOB: json.dumps(dict(job))}
    if environment.manager != "local":
        tags["mlflow.project.env"] = environment.manager
    if environment.key:
        tags["mlproj.env.key"] = environment.key
    return tags


def user_name(environ: Mapping[str, str]) -> str:
    """Who runs us: the login name, as getpass finds it."""
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if environ.get(variable):
            return environ[variable]
    import os
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
