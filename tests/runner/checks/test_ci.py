from mlproj.runner.checks.ci import CiJob, ci_tags, find_ci_job


def test_no_ci_no_job() -> None:
    assert find_ci_job({}) is None
    assert ci_tags(None) == {}


def test_github_push() -> None:
    job = find_ci_job(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_REF_NAME": "main",
            "GITHUB_SHA": "a" * 40,
            "GITHUB_REPOSITORY": "team/project",
            "GITHUB_RUN_ID": "17",
        }
    )
    assert job == CiJob(
        provider="github", branch="main", commit="a" * 40, url="https://github.com/team/project/actions/runs/17"
    )


def test_github_pull_request_names_its_own_branch() -> None:
    job = find_ci_job({"GITHUB_ACTIONS": "true", "GITHUB_HEAD_REF": "feature/x", "GITHUB_REF_NAME": "7/merge"})
    assert job is not None
    assert job.branch == "feature/x"


def test_github_tag_has_no_branch() -> None:
    job = find_ci_job({"GITHUB_ACTIONS": "true", "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1"})
    assert job == CiJob(provider="github")
    assert ci_tags(job) == {"mlproj.ci.provider": "github"}


def test_gitlab_merge_request() -> None:
    job = find_ci_job(
        {
            "GITLAB_CI": "true",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "topic",
            "CI_COMMIT_SHA": "b" * 40,
            "CI_JOB_URL": "https://gitlab.example/jobs/5",
        }
    )
    assert ci_tags(job) == {
        "mlproj.ci.provider": "gitlab",
        "mlproj.ci.branch": "topic",
        "mlproj.ci.commit": "b" * 40,
        "mlproj.ci.url": "https://gitlab.example/jobs/5",
    }
