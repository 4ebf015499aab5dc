"""The tags of a run: MLflow's, and ours under `mlproj.`. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from mlproj.envs.values import Environment
from mlproj.project.resources import read_resources
from mlproj.record.values import ImageRecord, Source
from mlproj.runner.checks.ci import ci_tags, find_ci_job
from mlproj.runner.values import Prepared
from mlproj.tracking.liveness import END_REASON_TAG, EXIT_CODE_TAG
from mlproj.version import VERSION

EXIT_CODE = EXIT_CODE_TAG
END_REASON = END_REASON_TAG
FAILED_IN = "mlproj.failed_in"
ERROR = "mlproj.error"
JOB = "mlproj.job"
RESOURCES = "mlproj.resources"
CANCEL = "mlproj.cancel"
RECORD = "mlproj.record.sha256"
OF_THE_END = frozenset({EXIT_CODE, END_REASON, FAILED_IN, ERROR, CANCEL, RECORD})
PARENT = "mlflow.parentRunId"
REPRODUCES = "mlproj.reproduces"
REPRODUCED_BY = "mlproj.reproduced_by"
VERDICT = "mlproj.verdict"
FROM_RUN = "mlproj.from_run"
TRIAL = "mlproj.trial"
REUSE_KEY = "mlproj.reuse_key"
REUSE_PARTS = "mlproj.reuse_parts"


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
    if resources := asked_resources(prepared):
        tags[RESOURCES] = json.dumps(resources)
    if parent:
        tags[PARENT] = parent
    if request.reproduces:
        tags[REPRODUCES] = request.reproduces
    if request.description:
        tags["mlflow.note.content"] = request.description
    return {**tags, **request.tags}


def asked_resources(prepared: Prepared) -> dict[str, object]:
    """`resources` of the entry point: a container gets them, elsewhere they are on record."""
    asked = read_resources(prepared.binding.entry_point.additions)
    return {name: value for name, value in asdict(asked).items() if value is not None}


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
    if environment.image is not None:
        tags |= image_tags(environment.image)
    if environment.key:
        tags["mlproj.env.key"] = environment.key
    return tags


def image_tags(image: ImageRecord) -> dict[str, str]:
    """MLflow's names for the image and its id; the digest and the platform under ours."""
    facts = {
        "mlflow.docker.image.uri": image.name,
        "mlflow.docker.image.id": image.id,
        "mlproj.image.digest": image.digest,
        "mlproj.image.platform": image.platform,
    }
    return {key: value for key, value in facts.items() if value}


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
