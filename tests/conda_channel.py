"""Real conda channels in a directory: the running interpreter repackaged, and small packages beside it."""

import asyncio
import hashlib
import io
import json
import os
import sys
import sysconfig
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

VERSION = "{}.{}.{}".format(*sys.version_info[:3])
MINOR = "{}.{}".format(*sys.version_info[:2])
_LEFT_OUT = ("test", "tests", "idlelib", "tkinter", "ensurepip", "turtledemo", "lib2to3", "pydoc_data", "site-packages")


def subdir() -> str:
    from rattler import Subdir

    return str(Subdir.current())


def write_package(
    channel: Path,
    name: str,
    version: str,
    *,
    depends: Sequence[str] = (),
    files: Mapping[str, str | bytes | Path] | None = None,
    build: str = "0",
    noarch: str | None = None,
    entry_points: Sequence[str] = (),
    timestamp: int = 1_700_000_000_000,
) -> Path:
    """One package of a channel; a Path among the files is a file, or a link where it is relative."""
    number = int(build.rpartition("_")[2])
    place = "noarch" if noarch else subdir()
    index: dict[str, object] = {"name": name, "version": version, "build": build, "build_number": number}
    index |= {"depends": list(depends), "subdir": place, "timestamp": timestamp}
    index |= {"noarch": noarch} if noarch else {}
    contents = dict(files or {f"share/{name}.txt": version})
    information = {
        "info/index.json": json.dumps(index),
        "info/files": "".join(f"{file}\n" for file in contents),
        "info/paths.json": json.dumps({"paths": [_path(*item) for item in contents.items()], "paths_version": 1}),
    }
    if noarch == "python":
        link = {"noarch": {"type": "python", "entry_points": list(entry_points)}, "package_metadata_version": 1}
        information["info/link.json"] = json.dumps(link)
    target = channel / place / f"{name}-{version}-{build}.tar.bz2"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(target, "w:bz2", compresslevel=1) as archive:
        for file, content in {**information, **contents}.items():
            _add(archive, file, content)
    return target


def write_python_package(
    channel: Path,
    name: str,
    version: str,
    *,
    body: str = "",
    depends: Sequence[str] = ("python",),
    entry_points: Sequence[str] = (),
    requires: Sequence[str] = (),
) -> Path:
    """A noarch Python package of one module, with the metadata that pip looks for."""
    info = f"site-packages/{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"site-packages/{name}.py": f"VERSION = {version!r}\nORIGIN = 'conda'\n{body}",
        f"{info}/METADATA": metadata + "".join(f"Requires-Dist: {line}\n" for line in requires),
        f"{info}/INSTALLER": "conda\n",
        f"{info}/RECORD": f"{name}.py,,\n{name}-{version}.dist-info/RECORD,,\n",
    }
    return write_package(
        channel, name, version, depends=depends, files=files, noarch="python", entry_points=entry_points
    )


def index(channel: Path) -> None:
    from rattler.index import index_fs

    for place in ("noarch", subdir()):
        (channel / place).mkdir(parents=True, exist_ok=True)
    asyncio.run(index_fs(channel))


def build_channels(root: Path) -> None:
    """`conda-forge` and `other` below the root."""
    forge, other = root / "conda-forge", root / "other"
    write_package(forge, "python", VERSION, files=dict(_interpreter()), build="0_0")
    write_python_package(forge, "pip", "24.0")
    main = "import sys\ndef main():\n    print('greetings from', sys.prefix)\n"
    for version in ("1.0", "2.0"):
        entry_points = ["greet = greet:main"]
        write_python_package(forge, "greet", version, body=main, entry_points=entry_points, depends=["python >=3.8"])
    write_package(forge, "libanswer", "1.0", files=_answer("1.0"))
    write_package(forge, "libanswer", "2.0", files=_answer("2.0"))
    write_package(forge, "wants-old", "1.0", depends=["libanswer <2"], noarch="generic")
    write_package(forge, "wants-new", "1.0", depends=["libanswer >=2"], noarch="generic")
    write_package(forge, "tensors", "1.0", build="cpu_0", timestamp=1_600_000_000_000)
    write_package(forge, "tensors", "1.0", build="cuda_1", depends=["__cuda >=12"])
    write_python_package(other, "greet", "3.0", body=main)
    write_package(other, "only-here", "1.0", depends=["greet >=3"], noarch="generic")
    index(forge)
    index(other)


def _answer(version: str) -> dict[str, str | bytes | Path]:
    script = (
        "echo noise from a script\n"
        'export ANSWER_HOME="$CONDA_PREFIX/share/answer"\n'
        'export ANSWER_PATH="$ANSWER_HOME/lib${ANSWER_PATH:+:$ANSWER_PATH}"\n'
        'export PATH="$ANSWER_HOME/bin:$PATH"\n'
        'export ANSWER_TEXT="it\'s 6 * 7 \\$(rm -rf /)\n42"\n'
        'export ANSWER_LOUD="${DECLARED:-nothing} heard"\n'
    )
    return {
        "etc/conda/activate.d/answer.sh": script,
        "etc/conda/env_vars.d/answer.json": json.dumps({"ANSWER_VERSION": version}),
        "share/answer/bin/the-answer": "#!/bin/sh\necho 42\n",
    }


def _interpreter() -> Iterator[tuple[str, str | bytes | Path]]:
    """The files of the running Python's installation, without what it can do without."""
    base = Path(sys.base_prefix)
    executable = Path(os.path.realpath(sys.executable))
    yield f"bin/python{MINOR}", executable
    for name in ("python", "python3"):
        yield f"bin/{name}", Path(f"python{MINOR}")
    library = Path(sysconfig.get_path("stdlib"))
    for folder, directories, names in os.walk(library):
        directories[:] = [
            name for name in directories if name not in {*_LEFT_OUT, "__pycache__"} and not name.startswith("config-")
        ]
        for name in names:
            path = Path(folder) / name
            if path.is_file() and not name.startswith("EXTERNALLY-MANAGED"):
                yield f"lib/python{MINOR}/{path.relative_to(library).as_posix()}", path.resolve()
    yield f"lib/python{MINOR}/site-packages/README.txt", "packages go here\n"
    for path in (base / "lib").glob(f"libpython{MINOR}*"):
        if not path.is_symlink():
            yield f"lib/{path.name}", path


def _path(name: str, content: str | bytes | Path) -> dict[str, object]:
    if isinstance(content, Path) and not content.is_absolute():
        return {"_path": name, "path_type": "softlink", "sha256": hashlib.sha256(b"").hexdigest(), "size_in_bytes": 0}
    data = _data(content)
    digest = hashlib.sha256(data).hexdigest()
    return {"_path": name, "path_type": "hardlink", "sha256": digest, "size_in_bytes": len(data)}


def _data(content: str | bytes | Path) -> bytes:
    if isinstance(content, Path):
        return content.read_bytes()
    return content.encode() if isinstance(content, str) else content


def _add(archive: tarfile.TarFile, name: str, content: str | bytes | Path) -> None:
    entry = tarfile.TarInfo(name)
    entry.mode = 0o755
    if isinstance(content, Path) and not content.is_absolute():
        entry.type, entry.linkname = tarfile.SYMTYPE, str(content)
        archive.addfile(entry)
        return
    data = _data(content)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))
