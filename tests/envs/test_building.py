"""Environments that are built: once, whole or not at all, and again when something changed."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.envs.building import ensure, known_key
from mlproj.envs.python.markers import read_marker
from mlproj.envs.python.uv import worth_telling
from mlproj.errors import BuildError, DirectoryError

if TYPE_CHECKING:
    from tests.envs.conftest import Bench

CHILD = """
import sys
from pathlib import Path
from mlproj.config import load_settings
from mlproj.envs.building import ensure
from mlproj.envs.locking import lock
from mlproj.envs.specs import spec_for
from mlproj.envs.values import LockPolicy
from mlproj.project.model import EnvDeclaration, EnvKind, Project
root = Path(sys.argv[1])
declared = EnvDeclaration(kind=EnvKind.PYTHON, file=root / "python_env.yaml")
project = Project(root=root, file=None, name=None, environment=declared, entry_points={})
settings = load_settings()
spec = spec_for(project, env_manager=None, settings=settings)
say = lambda line: print(line, flush=True)
found = lock(spec, policy=LockPolicy(), settings=settings, on_progress=say)
environment = ensure(spec, found, settings=settings, on_progress=say)
print("reused" if environment.reused else "built", environment.prefix)
"""


def start_child(bench: "Bench") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(bench.root)], env=bench.environ, stdout=subprocess.PIPE, text=True
    )


def envs(bench: "Bench") -> list[Path]:
    folder = bench.settings().cache_dir / "envs"
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def test_builds_once_and_is_reused(bench: "Bench") -> None:
    bench.write("python_env.yaml", "python: '3.11'\ndependencies:\n- beta\n")

    first = bench.build()
    second = bench.build()

    assert (first.reused, second.reused) == (False, True)
    assert first.key == second.key == known_key(bench.spec(), settings=bench.settings())
    assert bench.python(first, "import alpha, beta; print(alpha.VERSION, beta.VERSION)") == "2.0 1.0"
    assert bench.python(first, "import sys; print(sys.prefix)") == str(first.prefix)


def test_variables_are_data_and_free_of_other_environments(bench: "Bench") -> None:
    bench.environ |= {"CONDA_PREFIX": "/conda", "PYTHONHOME": "/nowhere", "VIRTUAL_ENV": "/other"}
    bench.write("python_env.yaml", "dependencies: [alpha==1.0]\n")

    found = bench.build()

    assert found.variables["PATH"].split(os.pathsep)[0] == str(found.prefix) + "/bin"
    assert found.variables["VIRTUAL_ENV"] == str(found.prefix)
    assert {"PYTHONHOME", "CONDA_PREFIX"} <= set(found.unset)
    assert bench.python(found, "import alpha; print(alpha.VERSION)") == "1.0"


def test_no_python_in_the_file_means_the_interpreter_that_runs_mlproj(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")

    found = bench.build()

    version = ".".join(map(str, sys.version_info[:3]))
    assert found.python == version
    assert bench.python(found, "import sys; print('.'.join(map(str, sys.version_info[:3])))") == version


def test_no_dependencies_at_all(bench: "Bench") -> None:
    bench.write("python_env.yaml", "")

    found = bench.build()

    assert bench.python(found, "print('runs')") == "runs"


def test_local_needs_nothing_and_changes_nothing(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    spec = bench.spec(env_manager="local")

    found = ensure(spec, bench.lock(), settings=bench.settings(), on_progress=bench.lines.append)

    assert (found.manager, found.key, found.prefix, dict(found.variables), found.unset) == ("local", None, None, {}, ())
    assert known_key(spec, settings=bench.settings()) is None


def test_half_built_environment_is_rubbish(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    first = bench.build()
    assert first.prefix is not None
    (first.prefix / "mlproj-environment.json").unlink()
    (first.prefix / "stray").write_text("left by a build that was killed")

    second = bench.build()

    assert not second.reused
    assert not (first.prefix / "stray").exists()
    assert bench.python(second, "import alpha; print(alpha.VERSION)") == "2.0"


def test_killed_build_leaves_nothing_that_is_used(bench: "Bench", package: Callable[..., Path], tmp_path: Path) -> None:
    started = tmp_path / "started"
    wait = "import time; [time.sleep(0.05) for _ in range(600) if not os.path.exists('go')]"
    slow = f"pathlib.Path({str(started)!r}).touch(); {wait}"
    tree = package(bench.root / "slow", "slow", before_build=slow)
    (tree / "go").touch()
    bench.write("python_env.yaml", "dependencies: [./slow]\n")
    bench.lock()
    (tree / "go").unlink()
    started.unlink(missing_ok=True)

    child = start_child(bench)
    with child:
        deadline = time.monotonic() + 30
        while not started.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        left = [read_marker(prefix) for prefix in envs(bench)]
    threading.Timer(0.5, (tree / "go").touch).start()
    found = bench.build()

    assert left == [None]
    assert not found.reused
    assert bench.python(found, "import slow; print(slow.VERSION)") == "1.0"


def test_interrupted_build_is_cleaned_up(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")

    def interrupt(line: str) -> None:
        if line.startswith("building"):
            raise KeyboardInterrupt

    spec, found = bench.spec(), bench.lock()
    with pytest.raises(KeyboardInterrupt):
        ensure(spec, found, settings=bench.settings(), on_progress=interrupt)

    assert envs(bench) == []


def test_two_first_runs_at_once_build_once(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [beta]\n")
    children = [start_child(bench) for _ in range(3)]

    outputs = [child.communicate(timeout=60)[0].splitlines() for child in children]

    assert [child.returncode for child in children] == [0, 0, 0]
    assert sorted(lines[-1].split()[0] for lines in outputs) == ["built", "reused", "reused"]
    assert len(envs(bench)) == 1


def test_who_waits_is_told(bench: "Bench") -> None:
    from mlproj.system.locks import hold

    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    spec, found = bench.spec(), bench.lock()
    key = known_key(spec, settings=bench.settings())
    settings = bench.settings()
    with hold(settings.cache_dir / "envs" / f"{key}.lock"):
        told = threading.Event()

        def on_progress(line: str) -> None:
            if "waiting for it" in line:
                told.set()

        thread = threading.Thread(
            target=lambda: ensure(spec, found, settings=settings, on_progress=on_progress), daemon=True
        )
        thread.start()
        assert told.wait(20)
    thread.join(30)
    assert len(envs(bench)) == 1


def test_failing_build_says_what_the_installer_said(
    bench: "Bench", package: Callable[..., Path], tmp_path: Path
) -> None:
    package(bench.root / "bad", "bad", before_build="raise SystemExit('the compiler is on strike')")
    (bench.root / "bad" / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: bad\nVersion: 1.0\n")
    bench.write("python_env.yaml", "dependencies: [./bad]\n")
    log = tmp_path / "log" / "environment.log"

    with pytest.raises(BuildError) as caught:
        bench.build(log=log)

    assert "python_env.yaml" in str(caught.value)
    assert "strike" in (caught.value.detail or "")
    assert caught.value.log == log
    assert "strike" in log.read_text()
    assert envs(bench) == []


def test_cache_that_cannot_be_written(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    spec, found = bench.spec(), bench.lock()
    folder = bench.settings().cache_dir
    (folder / "envs").write_text("a file stands in the way")

    with pytest.raises(DirectoryError, match="MLPROJ_CACHE_DIR"):
        ensure(spec, found, settings=bench.settings(), on_progress=bench.lines.append)


@pytest.mark.parametrize("size", ["20k", "300k"])
def test_full_disk(
    bench: "Bench",
    wheel: Callable[..., Path],
    size: str,
    tmp_path: Path,
    require: Callable[[object, str], None],
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], check=False, capture_output=True
    )
    require(mounted.returncode == 0, "the right to mount a small disk")
    try:
        wheel(bench.wheels, "huge", "1.0", body="#" * 1_000_000)
        bench.write("python_env.yaml", "dependencies: [huge]\n")
        bench.environ["MLPROJ_CACHE_DIR"] = str(disk)
        with pytest.raises(BuildError, match="disk") as caught:
            bench.build()
        assert envs(bench) == []
        assert "gc" in str(caught.value)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_cache_is_marked_for_backup_programs(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    bench.build()
    assert (
        (bench.settings().cache_dir / "CACHEDIR.TAG")
        .read_text()
        .startswith("Signature: 8a477f597d28d172789f06886806bc55")
    )


def test_interpreter_that_went_away_means_building_again(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    first = bench.build()
    assert first.interpreter is not None
    first.interpreter.unlink()
    first.interpreter.symlink_to("/no/such/python")

    assert not bench.build().reused


class TestKey:
    """What an environment depends on; MLflow misses each of these."""

    def test_content_of_a_local_package(self, bench: "Bench", package: Callable[..., Path]) -> None:
        tree = package(bench.root / "lib", "lib")
        bench.write("python_env.yaml", "dependencies: [./lib]\n")
        first = bench.build()
        (tree / "lib.py").write_text("VERSION = 'edited'\n")

        second = bench.build()

        assert first.key != second.key
        assert bench.python(second, "import lib; print(lib.VERSION)") == "edited"
        assert bench.build().reused

    def test_editable_package_follows_its_source_and_needs_no_new_build(
        self, bench: "Bench", package: Callable[..., Path]
    ) -> None:
        tree = package(bench.root / "lib", "lib")
        bench.write("python_env.yaml", "dependencies: ['-e ./lib']\n")
        first = bench.build()
        (tree / "lib.py").write_text("VERSION = 'edited'\n")

        second = bench.build()

        assert (second.reused, second.key) == (True, first.key)
        assert bench.python(second, "import lib; print(lib.VERSION)") == "edited"

    def test_metadata_of_an_editable_package(self, bench: "Bench", package: Callable[..., Path]) -> None:
        package(bench.root / "lib", "lib")
        bench.write("python_env.yaml", "dependencies: ['-e ./lib']\n")
        first = bench.build()
        package(bench.root / "lib", "lib", version="1.1", requires=("alpha==1.0",))

        second = bench.build()

        assert first.key != second.key
        assert bench.python(second, "import alpha, lib; print(alpha.VERSION, lib.VERSION)") == "1.0 1.1"

    def test_installer(self, bench: "Bench") -> None:
        bench.write("python_env.yaml", "dependencies: [alpha]\n")
        assert bench.build().key != bench.build(installer="pip").key

    def test_commit_of_a_repository(self, bench: "Bench", package: Callable[..., Path], tmp_path: Path) -> None:
        tree = package(tmp_path / "repo", "lib")

        def git(*words: str) -> None:
            subprocess.run(["git", "-C", str(tree), *words], check=True, capture_output=True, env=bench.environ)

        git("init", "-b", "main")
        git("add", ".")
        git("commit", "-m", "one")
        bench.write("python_env.yaml", f"dependencies: ['lib @ git+file://{tree}@main']\n")
        first = bench.build()
        (tree / "lib.py").write_text("VERSION = 'two'\n")
        git("commit", "-am", "two")

        again = bench.build()
        from mlproj.envs.values import LockPolicy

        renewed = bench.lock(policy=LockPolicy(update=True))
        second = bench.build()

        assert again.reused
        assert renewed.payload != (first.lock.payload if first.lock else "")
        assert second.key != first.key
        assert bench.python(second, "import lib; print(lib.VERSION)") == "two"


def test_progress_says_what_takes_time_and_not_each_package(bench: "Bench", package: Callable[..., Path]) -> None:
    package(bench.root / "lib", "lib", requires=("alpha",))
    bench.write("python_env.yaml", "dependencies: [./lib]\n")
    log = bench.root / "log"
    bench.build(log=log)
    said = [re.sub(r" (in|@) .*", "", line) for line in bench.lines[1:]]
    assert said == [
        "building the environment with uv",
        "installed 1 package",
        "building lib",
        "installed 1 package",
    ]
    assert " + alpha==2.0" in log.read_text()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Using Python 3.11.7 environment at: /x", None),
        ("Resolved 47 packages in 2ms", None),
        ("Downloading numpy (15.9MiB)", "downloading numpy (15.9MiB)"),
        ("   Building lib @ https://ada:pw@host/lib.zip", "building lib @ https://host/lib.zip"),
        ("      Built lib", None),
        ("Prepared 1 package in 3ms", None),
        ("Installed 47 packages in 300ms", "installed 47 packages in 300ms"),
        (" + numpy==2.0", None),
        ("warning: Failed to hardlink files", None),
        ("", None),
    ],
)
def test_lines_of_uv_that_are_worth_telling(line: str, said: str | None) -> None:
    assert worth_telling(line) == said
