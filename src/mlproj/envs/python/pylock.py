"""pylock.toml, the lock format of PEP 751."""

from pathlib import Path

from mlproj.envs.python.pyproject import read_toml
from mlproj.envs.python.requirements import Kind, Requirement, Scope, relative
from mlproj.envs.python.versions import check_request
from mlproj.envs.texts import read_text
from mlproj.errors import EnvironmentSpecError


def check_pylock(file: Path) -> str | None:
    """See that the file is a lock, and give the Python version that it asks for."""
    if not (file.name == "pylock.toml" or (file.name.startswith("pylock.") and file.name.endswith(".toml"))):
        raise EnvironmentSpecError(
            "is no environment file that mlproj knows",
            where=str(file),
            hint="python_env.yaml, requirements.txt, pyproject.toml or pylock.toml",
        )
    table = read_toml(read_text(file), file)
    version, packages = table.get("lock-version"), table.get("packages")
    if not isinstance(version, str) or not isinstance(packages, list):
        raise EnvironmentSpecError("is no lock: it has no lock-version or no packages", where=str(file))
    if not version.startswith("1."):
        raise EnvironmentSpecError(f"has lock-version {version}, and mlproj reads 1.x", where=str(file))
    python = table.get("requires-python")
    return check_request(python, where=str(file)) if isinstance(python, str) else None


def local_packages(text: str, scope: Scope) -> tuple[Requirement, ...]:
    """The packages of a lock that lie in directories of the project."""
    if "directory" not in text:
        return ()
    import tomllib

    found = []
    for package in tomllib.loads(text).get("packages", []):
        directory = package.get("directory")
        if isinstance(directory, dict) and isinstance(directory.get("path"), str):
            path = (scope.root / directory["path"]).resolve()
            found.append(
                Requirement(
                    text=relative(path, scope.root),
                    kind=Kind.LOCAL,
                    where="pylock",
                    editable=bool(directory.get("editable")),
                    path=path,
                )
            )
    return tuple(found)
