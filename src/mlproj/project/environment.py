"""Which environment a project asks for: the one it names, else what lies beside the file."""

from collections.abc import Mapping
from pathlib import Path

from mlproj.project.docker_checks import check_docker
from mlproj.project.document import Entry, Item
from mlproj.project.findings import Findings
from mlproj.project.model import EnvDeclaration, EnvKind
from mlproj.project.paths import is_plain_file, is_there

KINDS = ("docker_env", "python_env", "conda_env")


def read_environment(project: Item | None, root: Path, findings: Findings) -> EnvDeclaration:
    """The declared environment, or the one that is found. The file of a declared one may turn out to be missing."""
    entries = (project.entries if project else None) or {}
    present = [key for key in entries if key in KINDS]
    if len(present) > 1:
        findings.error(
            entries[present[1]].key,
            f"a project has one environment, and this one declares {' and '.join(present)}",
            hint="keep one",
        )
    if "databricks_spark_job" in entries:
        _check_spark_job(entries, findings)
    if "docker_env" in entries and entries["docker_env"].value.value:
        return check_docker(entries["docker_env"], findings, named="name" in entries)
    for key, kind in (("python_env", EnvKind.PYTHON), ("conda_env", EnvKind.CONDA)):
        if key in entries and entries[key].value.value:
            return _read_file(key, kind, entries[key].value, root, findings)
    return find_environment(root)


def find_environment(root: Path) -> EnvDeclaration:
    """The environment of a project that names none."""
    for name, kind in (("python_env.yaml", EnvKind.PYTHON), ("conda.yaml", EnvKind.CONDA)):
        if (root / name).is_file():
            return EnvDeclaration(kind=kind, file=root / name)
    if _declares_packages(root / "pyproject.toml"):
        return EnvDeclaration(kind=EnvKind.PYTHON, file=root / "pyproject.toml")
    if (root / "requirements.txt").is_file():
        return EnvDeclaration(kind=EnvKind.PYTHON, file=root / "requirements.txt")
    return EnvDeclaration(kind=EnvKind.LOCAL)


def _declares_packages(pyproject: Path) -> bool:
    """Many a pyproject.toml only configures tools and asks for no environment."""
    if not pyproject.is_file():
        return False
    if pyproject.with_name("uv.lock").is_file():
        return True
    import tomllib

    try:
        return "project" in tomllib.loads(pyproject.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True


def _read_file(key: str, kind: EnvKind, item: Item, root: Path, findings: Findings) -> EnvDeclaration:
    if not isinstance(item.value, str):
        findings.error(
            item, f"{key!r} must be the path of a file", hint=f"move what is here to a file and name it: '{key}: FILE'"
        )
        return EnvDeclaration(kind=kind, declared=True)
    file = root / item.value
    if not is_there(file):
        findings.error(item, f"no such environment file: {item.value}", hint=f"create it, or correct {key!r}")
    elif not is_plain_file(file):
        message = f"the environment file {item.value} is a directory"
        findings.error(item, message, hint="name a file in it", at_run=True)
    return EnvDeclaration(kind=kind, file=file, declared=True)


def _check_spark_job(entries: Mapping[str, Entry], findings: Findings) -> None:
    job = entries["databricks_spark_job"]
    if job.value.value is None:
        return
    environment = next((key for key in KINDS if key in entries), None)
    file = (job.value.entries or {}).get("python_file")
    has_entry_points = "entry_points" in entries and bool(entries["entry_points"].value.value)
    if job.value.entries is None:
        findings.error(job.value, "'databricks_spark_job' must be a mapping with 'python_file'")
    elif environment is not None:
        findings.error(entries[environment].key, f"a databricks_spark_job has no {environment}", hint="keep one")
    elif (file is not None and file.value.value is not None) == has_entry_points:
        findings.error(job.key, "a databricks_spark_job has a 'python_file' or the project 'entry_points', one of them")
    else:
        findings.warn(job.key, "'databricks_spark_job' runs on Databricks only and is ignored here")
