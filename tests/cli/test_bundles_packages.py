"""Bundles that hold the files of their packages, and need neither index nor channel."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conda_channel import index, write_package, write_python_package
from tests.envs.conftest import write_wheel

from mlproj.envs.platforms import this_platform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.conftest import Program, Write

NOTHING = {
    "PIP_NO_INDEX": "1",
    "UV_OFFLINE": "1",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
}
USES_TINY = """
    python_env: {env}
    entry_points:
      main:
        command: "python -c 'import tiny; print(tiny.VERSION)' > out.txt"
        outputs: [out.txt]
"""


def elsewhere(tmp_path: Path, **more: str) -> "Mapping[str, str]":
    """Another machine: nothing is in its caches, and nothing can be reached."""
    fresh = {"MLPROJ_HOME": "home 2", "MLPROJ_CACHE_DIR": "cache 2", "UV_CACHE_DIR": "uv 2"}
    return {**NOTHING, **{name: str(tmp_path / folder) for name, folder in fresh.items()}, **more}


def names(file: Path) -> set[str]:
    with zipfile.ZipFile(file) as opened:
        return set(opened.namelist())


def export(mlproj: "Program", tmp_path: Path, **environ: str) -> str:
    """Run the project, and export it with its packages to full.zip; gives what was said."""
    done = mlproj("run", "project", "--json", environ=environ)
    assert done.code == 0, done.err
    done = mlproj("export", done.json["run_id"], "-o", "full.zip", "--with-packages", environ=environ)
    assert done.code == 0, done.err
    shutil.rmtree(tmp_path / "packages", ignore_errors=True)
    return done.err


@pytest.mark.parametrize("place", ["UV_FIND_LINKS", "requirements.txt", "uv.toml"])
def test_packages_are_found_where_the_run_found_them(
    mlproj: "Program", project: "Write", tmp_path: Path, place: str
) -> None:
    write_wheel(tmp_path / "packages", "tiny", "1.0")
    link = str(tmp_path / "packages")
    files = {"requirements__txt": "tiny\n"}
    environ = {"PIP_NO_INDEX": "1"}
    if place == "requirements.txt":
        files = {"requirements__txt": f"--find-links {link}\ntiny\n"}
    elif place == "uv.toml":
        files["uv__toml"] = f'[pip]\nfind-links = ["{link}"]\n'
    else:
        environ |= {"UV_FIND_LINKS": link}
    project(USES_TINY.format(env="requirements.txt"), **files)
    said = export(mlproj, tmp_path, **environ)
    assert f"packages are for {this_platform()} and Python 3." in said
    assert "mlproj/wheels/tiny-1.0-py3-none-any.whl" in names(tmp_path / "full.zip")
    done = mlproj("reproduce", "full.zip", environ=elsewhere(tmp_path))
    assert done.code == 0, done.out + done.err
    assert "verdict: identical" in done.out


def test_packages_of_a_pylock(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "packages", "tiny", "1.0")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    project(
        USES_TINY.format(env="pylock.toml"),
        pylock__toml=(
            "lock-version = '1.0'\ncreated-by = 'me'\n[[packages]]\nname = 'tiny'\nversion = '1.0'\n"
            f"[[packages.wheels]]\nurl = '{wheel.as_uri()}'\nhashes = {{sha256 = '{digest}'}}\n"
        ),
    )
    export(mlproj, tmp_path, PIP_FIND_LINKS=str(tmp_path / "packages"), PIP_NO_INDEX="1")
    done = mlproj("reproduce", "full.zip", environ=elsewhere(tmp_path))
    assert done.code == 0, done.out + done.err


@pytest.mark.usefixtures("conda_channels")
def test_packages_of_conda_and_of_its_pip_section(mlproj: "Program", tmp_path: Path, project: "Write") -> None:
    mine = tmp_path / "packages"
    write_package(mine, "short-lived", "1.0")
    write_python_package(mine, "pure", "2.0")
    wheel = write_wheel(tmp_path / "wheels", "tiny", "1.0")
    index(mine)
    project(
        """
        name: x
        conda_env: conda.yaml
        entry_points:
          main:
            command: "python -c 'import tiny, pure; print(tiny.VERSION, pure.VERSION)' > out.txt;
              cat \\"$CONDA_PREFIX/share/short-lived.txt\\" >> out.txt"
            outputs: [out.txt]
        """,
        conda__yaml=f"""
        channels: ['{mine.as_uri()}', conda-forge]
        dependencies: [python, pip, short-lived, pure, pip: ['--find-links {wheel.parent.as_uri()}', tiny]]
        """,
    )
    said = export(mlproj, tmp_path, PIP_NO_INDEX="1")
    shutil.rmtree(wheel.parent)
    held = names(tmp_path / "full.zip")
    assert "mlproj/wheels/tiny-1.0-py3-none-any.whl" in held
    assert {Path(name).name.split("-")[0] for name in held if name.startswith("mlproj/conda/")} >= {"pure", "short"}
    assert f"packages are for {this_platform()}" in said
    done = mlproj("reproduce", "full.zip", environ=elsewhere(tmp_path, HOME=str(tmp_path)))
    assert done.code == 0, done.out + done.err
    assert "verdict: identical" in done.out
    done = mlproj("run", "full.zip", environ=elsewhere(tmp_path, HOME=str(tmp_path)))
    assert done.code == 0, done.err


def rewrite(file: Path, target: Path, **changes: tuple[str, str]) -> None:
    """A copy of a bundle with texts of its record replaced; wheels `any` become another machine's."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "mlproj/run.json":
                for before, after in changes.values():
                    assert before in data.decode()
                    data = data.decode().replace(before, after).encode()
            new.writestr(name.replace("py3-none-any", "cp311-cp311-plan9_mips"), data)


def test_a_bundle_of_another_platform_says_what_is_missing(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    write_wheel(tmp_path / "packages", "tiny", "1.0")
    project(USES_TINY.format(env="requirements.txt"), requirements__txt="tiny\n")
    export(mlproj, tmp_path, PIP_NO_INDEX="1", UV_FIND_LINKS=str(tmp_path / "packages"))
    rewrite(tmp_path / "full.zip", tmp_path / "foreign.zip", platform=(f'"{this_platform()}"', '"plan9-mips"'))
    done = mlproj("reproduce", "foreign.zip", environ=elsewhere(tmp_path))
    assert done.code == 4, done.out + done.err
    assert f"packages are for plan9-mips, and this machine is {this_platform()}" in done.out
    assert "missing tiny-1.0-cp311-cp311-plan9_mips.whl" in done.out
    done = mlproj("import", "foreign.zip", environ={"MLPROJ_HOME": str(tmp_path / "home 3")})
    assert done.code == 0, done.err
    done = mlproj("export", "foreign.zip", "-o", "again.zip", "--with-packages")
    assert done.code == 2
    assert "its packages are for plan9-mips" in done.err


def test_an_image_is_named_by_its_digest(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    project("entry_points: {main: {command: 'true'}}\n")
    run_id = mlproj("run", "project", "--json").json["run_id"]
    assert mlproj("export", run_id, "-o", "run.zip").code == 0
    image = {"name": "team/image:1", "id": "sha256:0", "digest": f"team/image@sha256:{'a' * 64}"}
    with zipfile.ZipFile(tmp_path / "run.zip") as old, zipfile.ZipFile(tmp_path / "image.zip", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "mlproj/run.json":
                told = json.loads(data)
                told["environment"] |= {"kind": "docker", "manager": "docker", "image": image}
                data = json.dumps(told).encode()
            new.writestr(name, data)
    done = mlproj("export", "image.zip", "-o", "again.zip", "--with-packages")
    assert done.code == 0, done.err
    assert f"the image is not in the bundle: it is named by its digest ({image['digest']})" in done.err
    assert not [name for name in names(tmp_path / "again.zip") if name.startswith(("mlproj/wheels", "mlproj/conda"))]


@pytest.mark.usefixtures("conda_channels")
def test_a_conda_package_that_was_replaced_is_not_put_in(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    package = write_package(tmp_path / "packages", "short-lived", "1.0")
    index(tmp_path / "packages")
    project(
        "conda_env: conda.yaml\nentry_points: {main: {command: 'true'}}\n",
        conda__yaml=f"channels: ['{package.parent.parent.as_uri()}', nodefaults]\ndependencies: [short-lived]\n",
    )
    run_id = mlproj("run", "project", "--json").json["run_id"]
    package.write_bytes(package.read_bytes() + b"more")
    done = mlproj("export", run_id, "-o", "full.zip", "--with-packages")
    assert (done.code, (tmp_path / "full.zip").exists()) == (4, False)
    assert "has changed since it was locked" in done.err
    package.unlink()
    done = mlproj("export", run_id, "-o", "full.zip", "--with-packages")
    assert done.code == 4
    assert "a conda package cannot be fetched" in done.err


def test_packages_of_a_run_whose_code_is_gone(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    write_wheel(tmp_path / "packages", "tiny", "1.0")
    environ = {"PIP_NO_INDEX": "1", "UV_FIND_LINKS": str(tmp_path / "packages")}
    project(USES_TINY.format(env="requirements.txt"), requirements__txt="tiny\n")
    run_id = mlproj("run", "project", "--json", "--no-capture", environ=environ).json["run_id"]
    done = mlproj("export", run_id, "-o", "full.zip", "--with-packages", environ=environ)
    assert done.code == 0, done.err
    assert "the bundle has only what the record keeps of the code, which cannot be rebuilt" in done.err
    assert "mlproj/wheels/tiny-1.0-py3-none-any.whl" in names(tmp_path / "full.zip")
