"""What activating a conda environment would set: found out once, when it is built, and kept as data."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlproj.envs.transcripts import append
from mlproj.errors import BuildError, ProgramFailedError
from mlproj.system.processes import run_program

NAME = "mlproj-activation.json"
_CALLER = "/mlproj-what-the-caller-has"
"""Stands for the caller's value while scripts run; where it comes out again they have added to that value."""
_TOOLS = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
_SHELLS_OWN = frozenset({"_", "SHLVL", "PWD", "OLDPWD", "PATH"})
_SCRIPT = (
    'out=$1 python=$2; shift 2; for file in "$@"; do . "$file"; done >/dev/null; exec "$python" -I -c "$DUMP" "$out"'
)
_DUMP = "import json,os,sys;json.dump(dict(os.environ),open(sys.argv[1],'w'))"


def compute_activation(prefix: Path, variables: Mapping[str, str], *, log: Path | None) -> None:
    """Run the activation scripts in an environment of nothing, and keep what they set. Raises BuildError.

    `variables` are those of the conda.yaml. A second run shows which variables the scripts only add to.
    """
    base = {**_base(prefix), **_declared(prefix), **variables}
    scripts = sorted((prefix / "etc" / "conda" / "activate.d").glob("*.sh"))
    path, plain, added = f"{prefix / 'bin'}{os.pathsep}{_CALLER}", dict(base), {}
    if scripts:
        first = _sourced(prefix, scripts, base, log)
        plain = {name: text for name, text in first.items() if name not in _SHELLS_OWN}
        path = first.get("PATH", "").replace(f"{_TOOLS}{os.pathsep}{_CALLER}", _CALLER)
        own = {name for name, text in plain.items() if base.get(name) != text}
        second = _sourced(prefix, scripts, {**dict.fromkeys(own, _CALLER), **base}, log) if own else {}
        added = {name: second[name] for name in sorted(own) if _CALLER in second.get(name, "")}
    data = {"path": path, "plain": plain, "added": added}
    (prefix / NAME).write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")


def activation(prefix: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """What activation would set for a caller with these variables. Raises OSError and ValueError."""
    data = json.loads((prefix / NAME).read_text(encoding="utf-8"))
    plain: dict[str, str] = data["plain"]
    added = {name: text.replace(_CALLER, environ[name]) for name, text in data["added"].items() if name in environ}
    path = data["path"].replace(_CALLER, environ.get("PATH", os.defpath))
    return {**plain, **added, "PATH": path}


def _base(prefix: Path) -> dict[str, str]:
    return {"CONDA_PREFIX": str(prefix), "CONDA_DEFAULT_ENV": str(prefix), "CONDA_SHLVL": "1"}


def _declared(prefix: Path) -> dict[str, str]:
    """Variables that packages declare as data."""
    found: dict[str, str] = {}
    for file in sorted((prefix / "etc" / "conda" / "env_vars.d").glob("*.json")):
        try:
            table = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(table, dict):
            found |= {str(name): str(value) for name, value in table.items()}
    return found


def _sourced(prefix: Path, scripts: Sequence[Path], base: Mapping[str, str], log: Path | None) -> dict[str, str]:
    import sys

    with tempfile.TemporaryDirectory(prefix="mlproj-") as scratch:
        out = Path(scratch) / "variables.json"
        path = os.pathsep.join([str(prefix / "bin"), _TOOLS, _CALLER])
        environ = {"HOME": scratch, "TMPDIR": scratch, **base, "PATH": path, "DUMP": _DUMP}
        argv = ["bash", "--norc", "--noprofile", "-c", _SCRIPT, "bash", str(out), sys.executable, *map(str, scripts)]
        try:
            done = run_program(argv, environ=environ, cwd=Path(scratch))
            append(log, ["activate", str(prefix)], done.stderr)
            found: dict[str, str] = json.loads(out.read_text(encoding="utf-8"))
        except (ProgramFailedError, OSError, ValueError) as error:
            said = error.stderr.strip() if isinstance(error, ProgramFailedError) else str(error)
            names = ", ".join(script.name for script in scripts)
            raise BuildError(
                "the packages' activation scripts do not run", where=names, detail=said or None, log=log
            ) from error
    scaffold = {"HOME": scratch, "TMPDIR": scratch, "DUMP": _DUMP}
    return {name: text for name, text in found.items() if scaffold.get(name) != text}
