"""The image that container tests run in: this machine's own Debian packages, made once and kept."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from mlproj.errors import EngineError
from mlproj.system.container_engine import check

IMAGE = "mlproj-test/base:bookworm"


def engine() -> Any:
    """The engine's client, None if there is none that answers."""
    import docker

    try:
        check(os.environ)  # noqa: TID251 - where the engine of the tests listens; the library leaks a refused socket
        return docker.from_env(version="auto")
    except (EngineError, docker.errors.DockerException):
        return None


def base_image(cache: Path) -> str | None:
    """The image's name; None if there is no engine, or the image is not there and cannot be made."""
    client = engine()
    if client is None:
        return None
    cache.mkdir(exist_ok=True)
    try:
        with FileLock(cache / "container-image.lock"):
            if _is_there(client) or _make(client, cache / "container-image"):
                return IMAGE
    finally:
        client.close()
    return None


def tiny(files: Mapping[str, str]) -> bytes:
    """The archive of an image with this machine's `sh` and `cat`, and some files at its root."""
    programs = {"bin/sh": _real("sh"), "bin/cat": _real("cat")}
    for program in tuple(programs.values()):
        said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        programs |= {path.lstrip("/"): path for path in re.findall(r"(/\S+) \(0x", said)}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", dereference=True) as tar:
        for name, path in programs.items():
            tar.add(path, arcname=name)
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return archive.getvalue()


def for_platform(layer: bytes, name: str, architecture: str) -> bytes:
    """The archive of an image, for an engine to load, that says it is for an architecture."""
    facts = {
        "architecture": architecture,
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for file, data in {
            "layer.tar": layer,
            "config.json": json.dumps(facts).encode(),
            "manifest.json": json.dumps(manifest).encode(),
        }.items():
            info = tarfile.TarInfo(file)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return archive.getvalue()


def _real(program: str) -> str:
    return str(Path(shutil.which(program) or program).resolve())


def _is_there(client: Any) -> bool:
    import docker

    try:
        client.images.get(IMAGE)
    except docker.errors.ImageNotFound:
        return False
    return True


def _make(client: Any, tree: Path) -> bool:
    """Debian, minimal, with Python. The tree is kept for the next engine."""
    if shutil.which("debootstrap") is None or os.getuid() != 0:
        return False
    if not (tree / "usr/bin/python3").exists():
        shutil.rmtree(tree, ignore_errors=True)
        words = ["debootstrap", "--variant=minbase", "--include=python3", "bookworm", str(tree)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryFile() as file:
        words = ["tar", "-C", str(tree), "--exclude=./var/cache/apt/archives/*", "-c", "."]
        subprocess.run(words, stdout=file, check=True)
        file.seek(0)
        repository, _, tag = IMAGE.partition(":")
        client.api.import_image_from_data(file, repository=repository, tag=tag)
    return True
