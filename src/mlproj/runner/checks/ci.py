"""What CI services tell a job, and what they want to hear back."""

from collections.abc import Mapping
from dataclasses import dataclass

from mlproj.source.credentials import strip_credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class CiJob:
    """The CI job that we run in; any of its facts may be missing."""

    provider: str
    branch: str | None = None
    commit: str | None = None
    url: str | None = None


def find_ci_job(environ: Mapping[str, str]) -> CiJob | None:
    """The CI job that the variables describe, or None. The variables are GitHub's and GitLab's documented ones."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return _github(environ)
    if environ.get("GITLAB_CI") == "true":
        return CiJob(
            provider="gitlab",
            branch=environ.get("CI_COMMIT_BRANCH") or environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") or None,
            commit=environ.get("CI_COMMIT_SHA") or None,
            url=strip_credentials(environ.get("CI_JOB_URL", "")) or None,
        )
    return None


def ci_tags(job: CiJob | None) -> dict[str, str]:
    """The tags that record a CI job."""
    if job is None:
        return {}
    facts = {"provider": job.provider, "branch": job.branch, "commit": job.commit, "url": job.url}
    return {f"mlproj.ci.{name}": value for name, value in facts.items() if value}


def _github(environ: Mapping[str, str]) -> CiJob:
    repository, run = environ.get("GITHUB_REPOSITORY"), environ.get("GITHUB_RUN_ID")
    server = environ.get("GITHUB_SERVER_URL", "https://github.com")
    is_branch = environ.get("GITHUB_REF_TYPE", "branch") == "branch"
    return CiJob(
        provider="github",
        branch=environ.get("GITHUB_HEAD_REF") or (environ.get("GITHUB_REF_NAME") if is_branch else None) or None,
        commit=environ.get("GITHUB_SHA") or None,
        url=f"{server}/{repository}/actions/runs/{run}" if repository and run else None,
    )
