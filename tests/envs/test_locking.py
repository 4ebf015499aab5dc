"""Locks: the project's own, the remembered one, a new one; and what makes each of them stale."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.envs.building import known_key
from mlproj.envs.lockfile import read_locks, write_locks
from mlproj.envs.locking import known_lock, lock
from mlproj.envs.platforms import this_platform
from mlproj.envs.project_lock import lock_project
from mlproj.envs.values import LockPolicy
from mlproj.errors import BuildError, EnvironmentSpecError, ResolveError, StaleLockError, UsageError

if TYPE_CHECKING:
    from tests.envs.conftest import Bench

LOCKED = LockPolicy(locked=True)
UPDATE = LockPolicy(update=True)


def write_lock(bench: "Bench", file: str = "python_env.yaml", **options: object) -> Path:
    """What `mlproj lock` does."""
    written = lock_project(
        bench.spec(file),
        settings=bench.settings(),
        on_progress=bench.lines.append,
        **options,  # type: ignore[arg-type] # each test gives what the function takes
    )
    return written.file


def test_resolves_to_exact_versions_and_hashes(bench: "Bench") -> None:
    bench.write("python_env.yaml", "build_dependencies: [alpha<2]\ndependencies: [beta]\n")

    found = bench.lock()

    assert (found.origin, found.format, found.platform) == ("resolved", "requirements", this_platform())
    assert "alpha==1.0" in found.payload
    assert "beta==1.0" in found.payload
    assert found.payload.count("--hash=sha256:") == 2
    assert found.spec_hash == bench.spec().hash


def test_remembers(bench: "Bench", wheel: Callable[..., Path]) -> None:
    """MLflow never refreshes and never pins; here the first resolution stands until somebody asks for another."""
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    first = bench.lock()
    wheel(bench.wheels, "alpha", "3.0")

    second = bench.lock()
    third = bench.lock(policy=UPDATE)
    fourth = bench.lock()

    assert [found.origin for found in (first, second, third, fourth)] == [
        "resolved",
        "remembered",
        "resolved",
        "remembered",
    ]
    assert second.payload == first.payload
    assert "alpha==3.0" in third.payload
    assert fourth.payload == third.payload


def test_changed_requirements_are_resolved_anew(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [-r requirements.txt]\n")
    bench.write("requirements.txt", "alpha<2\n")
    bench.lock()
    bench.write("requirements.txt", "alpha<3\n")

    found = bench.lock()

    assert found.origin == "resolved"
    assert "alpha==2.0" in found.payload


def test_remembered_lock_that_is_damaged_is_forgotten(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    bench.lock()
    for file in (bench.settings().cache_dir / "locks").iterdir():
        file.write_text("version = 1\n[[lock]]\nkind = 7\n")

    assert bench.lock().origin == "resolved"


def test_another_index_is_another_resolution(bench: "Bench", wheel: Callable[..., Path], tmp_path: Path) -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    bench.lock()
    wheel(tmp_path / "more", "alpha", "9.0")
    bench.environ["PIP_FIND_LINKS"] += f" {tmp_path / 'more'}"

    assert "alpha==9.0" in bench.lock().payload


def test_own_lock_wins_while_it_is_fresh(bench: "Bench", wheel: Callable[..., Path]) -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    file = write_lock(bench)
    wheel(bench.wheels, "alpha", "3.0")

    found = bench.lock(policy=LOCKED)

    assert found.origin == "project"
    assert "alpha==2.0" in found.payload
    assert bench.lock() == found
    assert "version = 1\n" in file.read_text()


def test_stale_lock_is_resolved_again_and_announced(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    write_lock(bench)
    bench.write("python_env.yaml", "dependencies: [beta]\n")

    with pytest.raises(StaleLockError) as caught:
        bench.lock(policy=LOCKED)
    found = bench.lock()

    assert caught.value.exit_code == 4
    assert "mlproj lock" in str(caught.value)
    assert "beta==1.0" in found.payload
    assert any("MLproject.lock is stale" in line for line in bench.lines)


def test_lock_for_another_platform_is_none_for_this_one(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    other = "macos-arm64" if this_platform() != "macos-arm64" else "linux-x86_64"
    write_lock(bench, platforms=[other])

    with pytest.raises(StaleLockError, match=this_platform()):
        bench.lock(policy=LOCKED)
    assert bench.lock().origin == "resolved"
    assert any(f"has no lock for {this_platform()}" in line for line in bench.lines)


def test_locked_without_any_lock(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    with pytest.raises(StaleLockError):
        bench.lock(policy=LOCKED)


def test_several_platforms_in_one_file(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: ['alpha; sys_platform == \"darwin\"', beta]\n")
    write_lock(bench, platforms=["linux-x86_64"])
    file = write_lock(bench, platforms=["aarch64-apple-darwin"])

    found = {entry.platform: entry.payload for entry in read_locks(file, origin="project")}

    assert set(found) == {"linux-x86_64", "macos-arm64"}
    bench.write("python_env.yaml", "dependencies: [alpha==1.0]\n")
    write_lock(bench)
    renewed = read_locks(file, origin="project")
    assert {entry.platform for entry in renewed} == {"linux-x86_64", "macos-arm64", this_platform()}
    assert all("alpha==1.0" in entry.payload for entry in renewed)


def test_platform_markers_decide(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: ['alpha==1.0; sys_platform == \"darwin\"', beta]\n")
    file = write_lock(bench, platforms=["linux-x86_64", "macos-arm64"])
    found = {entry.platform: entry.payload for entry in read_locks(file, origin="project")}
    assert "alpha==2.0" in found["linux-x86_64"]
    assert "alpha==1.0" in found["macos-arm64"]


def test_lock_for_another_python(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [\"alpha==1.0; python_version < '3.13'\", beta]\n")
    file = write_lock(bench, python="3.13")
    (entry,) = read_locks(file, origin="project")
    assert entry.python == "3.13"
    assert "alpha==2.0" in entry.payload


@pytest.mark.parametrize(("python", "text"), [("soon", "not a Python version"), (">=3.1", "not a version")])
def test_lock_for_no_python(bench: "Bench", python: str, text: str) -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    with pytest.raises((UsageError, EnvironmentSpecError), match=text):
        write_lock(bench, python=python)


def test_lock_for_a_python_that_the_project_excludes(bench: "Bench") -> None:
    bench.write("python_env.yaml", "python: '>=3.11'\ndependencies: [alpha]\n")
    with pytest.raises(UsageError, match=r">=3\.11"):
        write_lock(bench, python="3.9")


def test_nothing_to_lock(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    with pytest.raises(EnvironmentSpecError, match="nothing to lock"):
        lock_project(bench.spec(env_manager="local"), settings=bench.settings(), on_progress=bench.lines.append)


def test_no_solution_leaves_no_lock_file(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha==99]\n")

    with pytest.raises(ResolveError) as caught:
        write_lock(bench)

    assert "alpha==99" in (caught.value.detail or "")
    assert caught.value.exit_code == 4
    assert not (bench.root / "MLproject.lock").exists()


def test_build_dependencies_give_way(bench: "Bench") -> None:
    bench.write("python_env.yaml", "build_dependencies: [alpha==1.0]\ndependencies: [alpha>1]\n")
    assert "alpha==2.0" in bench.lock().payload
    assert "build_dependencies contradict" in bench.lines[-1]
    bench.write("python_env.yaml", "build_dependencies: [alpha==1.0]\ndependencies: [alpha>9]\n")
    with pytest.raises(ResolveError):
        bench.lock()


def test_local_needs_no_lock(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    spec = bench.spec(env_manager="local")
    found = lock(spec, policy=LOCKED, settings=bench.settings(), on_progress=bench.lines.append)
    assert (found.payload, known_lock(spec, settings=bench.settings())) == ("", found)


def test_known_lock_resolves_nothing(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    before = (known_lock(bench.spec(), settings=bench.settings()), known_key(bench.spec(), settings=bench.settings()))
    resolved = bench.lock()
    after = known_lock(bench.spec(), settings=bench.settings())
    assert before == (None, None)
    assert after is not None
    assert after.payload == resolved.payload


def test_known_lock_fetches_no_python(bench: "Bench") -> None:
    bench.write("python_env.yaml", "python: '3.99'\ndependencies: [alpha]\n")
    assert known_lock(bench.spec(), settings=bench.settings()) is None


def test_metadata_of_a_local_package_belongs_to_the_specification(bench: "Bench", package: Callable[..., Path]) -> None:
    package(bench.root / "lib", "lib")
    bench.write("python_env.yaml", "dependencies: [./lib]\n")
    first = bench.lock()
    package(bench.root / "lib", "lib", requires=("alpha==1.0",))

    second = bench.lock()

    assert first.spec_hash != second.spec_hash
    assert "alpha==1.0" in second.payload


def test_lock_does_not_know_where_the_project_lies(
    bench: "Bench", package: Callable[..., Path], tmp_path: Path
) -> None:
    package(bench.root / "lib", "lib")
    bench.write("python_env.yaml", "dependencies: [./lib, '-e lib', alpha]\n")
    first = bench.lock()
    moved = tmp_path / "elsewhere"
    bench.root = bench.root.rename(moved)

    second = bench.lock()

    assert second.origin == "remembered"
    assert str(tmp_path) not in first.payload
    assert second.payload == first.payload


def test_credentials_stay_out_of_the_lock(bench: "Bench") -> None:
    bench.write(
        "python_env.yaml", "dependencies: ['--extra-index-url https://ada:s3cret-token@localhost:1/simple', alpha]\n"
    )
    file = write_lock(bench)
    bench.lock(policy=UPDATE)
    texts = [file.read_text(), *(path.read_text() for path in (bench.settings().cache_dir / "locks").iterdir())]
    assert not any("s3cret" in text for text in texts)
    assert "s3cret" not in repr(bench.spec())


class TestAsOf:
    """Old projects that pin nothing run again with what the index had then."""

    def test_date(self, bench: "Bench", dated_index: str) -> None:
        bench.environ |= {"PIP_INDEX_URL": dated_index, "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": ""}
        bench.write("python_env.yaml", "dependencies: [alpha]\n")

        old = bench.lock(policy=LockPolicy(as_of="2021-06-01"))
        again = bench.lock(policy=LockPolicy(as_of="2021-06-01"))
        new = bench.lock()

        assert "alpha==1.0" in old.payload
        assert (again.origin, again.payload) == ("remembered", old.payload)
        assert "alpha==2.0" in new.payload

    def test_with_pip(self, bench: "Bench", dated_index: str) -> None:
        bench.environ |= {"PIP_INDEX_URL": dated_index, "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": ""}
        bench.write("python_env.yaml", "dependencies: [alpha]\n")
        old = bench.lock(policy=LockPolicy(as_of="2021-06-01"), installer="pip")
        assert "alpha==1.0" in old.payload

    def test_commit(self, bench: "Bench", dated_index: str) -> None:
        bench.environ |= {"PIP_INDEX_URL": dated_index, "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": ""}
        bench.write("python_env.yaml", "dependencies: [alpha]\n")
        dates = {"GIT_COMMITTER_DATE": "2021-07-01T12:00:00+02:00", "GIT_AUTHOR_DATE": "2021-07-01T12:00:00+02:00"}
        for words in (["init", "-b", "main"], ["add", "."], ["commit", "-m", "one"]):
            subprocess.run(
                ["git", *words], cwd=bench.root, env={**bench.environ, **dates}, check=True, capture_output=True
            )

        assert "alpha==1.0" in bench.lock(policy=LockPolicy(as_of="HEAD")).payload

    @pytest.mark.parametrize("text", ["yesterday", "2021-02-30", "", "--all", "2021-01-01T99:00:00"])
    def test_no_date(self, bench: "Bench", text: str) -> None:
        bench.write("python_env.yaml", "dependencies: [alpha]\n")
        with pytest.raises(UsageError, match="--as-of"):
            bench.lock(policy=LockPolicy(as_of=text or " "))


class TestUvLock:
    """pyproject.toml with a uv.lock."""

    def make(self, bench: "Bench", dependencies: str = '["alpha<2"]', rest: str = "") -> None:
        find = f'[tool.uv]\nno-index = true\nfind-links = ["{bench.wheels}"]\n'
        project = (
            f'[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = {dependencies}\n'
        )
        bench.write("pyproject.toml", project + find + rest)

    def uv_lock(self, bench: "Bench") -> None:
        subprocess.run(["uv", "lock", "-q"], cwd=bench.root, env=bench.environ, check=True)

    def test_wins_while_it_is_fresh(self, bench: "Bench", wheel: Callable[..., Path]) -> None:
        self.make(bench, '["alpha"]')
        self.uv_lock(bench)
        wheel(bench.wheels, "alpha", "3.0")

        found = bench.lock("pyproject.toml", policy=LOCKED)

        assert found.origin == "project"
        assert "alpha==2.0" in found.payload
        environment = bench.build("pyproject.toml")
        assert bench.python(environment, "import alpha; print(alpha.VERSION)") == "2.0"

    def test_index_of_pip_makes_it_no_older(self, bench: "Bench", dated_index: str) -> None:
        project = '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["alpha"]\n'
        bench.write("pyproject.toml", f'{project}[[tool.uv.index]]\nurl = "{dated_index}"\ndefault = true\n')
        self.uv_lock(bench)
        bench.environ |= {"PIP_INDEX_URL": "https://localhost:1/simple", "PIP_EXTRA_INDEX_URL": "https://localhost:2/"}
        assert bench.lock("pyproject.toml", policy=LOCKED).origin == "project"

    def test_stale(self, bench: "Bench") -> None:
        self.make(bench)
        self.uv_lock(bench)
        before = (bench.root / "uv.lock").read_text()
        self.make(bench, '["beta"]')

        with pytest.raises(StaleLockError):
            bench.lock("pyproject.toml", policy=LOCKED)
        found = bench.lock("pyproject.toml")

        assert "beta==1.0" in found.payload
        assert any("uv.lock is stale" in line for line in bench.lines)
        assert (bench.root / "uv.lock").read_text() == before

    def test_changed_lock_is_another_environment(self, bench: "Bench", wheel: Callable[..., Path]) -> None:
        self.make(bench, '["alpha"]')
        self.uv_lock(bench)
        first = bench.build("pyproject.toml")
        wheel(bench.wheels, "alpha", "3.0")
        subprocess.run(["uv", "lock", "-q", "--upgrade"], cwd=bench.root, env=bench.environ, check=True)

        second = bench.build("pyproject.toml")

        assert first.key != second.key
        assert bench.python(second, "import alpha; print(alpha.VERSION)") == "3.0"

    def test_damaged(self, bench: "Bench") -> None:
        self.make(bench)
        bench.write("uv.lock", "this is no lock")
        with pytest.raises(EnvironmentSpecError, match=r"uv\.lock"):
            bench.lock("pyproject.toml")

    def test_named_by_itself(self, bench: "Bench") -> None:
        self.make(bench)
        self.uv_lock(bench)
        assert "alpha==1.0" in bench.lock("uv.lock").payload

    def test_second_run_asks_uv_for_nothing(self, bench: "Bench") -> None:
        self.make(bench)
        self.uv_lock(bench)
        first = bench.lock("pyproject.toml")
        bench.environ["PIP_FIND_LINKS"] = "/gone"
        for file in bench.wheels.iterdir():
            file.unlink()
        assert bench.lock("pyproject.toml").payload == first.payload


class TestPyproject:
    """pyproject.toml without a lock: what `uv sync` would install."""

    def test_dependencies_of_what_is_no_package(self, bench: "Bench") -> None:
        bench.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1"\ndependencies = ["alpha<2"]\n')
        environment = bench.build("pyproject.toml")
        assert bench.python(environment, "import alpha; print(alpha.VERSION)") == "1.0"

    def test_package_is_installed_editable_with_its_default_groups(
        self, bench: "Bench", package: Callable[..., Path]
    ) -> None:
        package(bench.root, "lib", requires=("beta",))
        file = bench.root / "pyproject.toml"
        file.write_text(
            file.read_text() + '[dependency-groups]\ndev = [{include-group = "base"}]\nbase = ["alpha<2"]\n'
        )

        environment = bench.build("pyproject.toml")
        (bench.root / "lib.py").write_text("VERSION = 'edited'\n")

        code = (
            "import sys; sys.path.remove(''); import alpha, beta, lib; print(alpha.VERSION, beta.VERSION, lib.VERSION)"
        )
        assert bench.python(environment, code) == "1.0 1.0 edited"


class TestPylock:
    """pylock.toml, the standard lock."""

    def make(self, bench: "Bench", name: str = "pylock.toml") -> None:
        bench.write("in.txt", "beta\n")
        source = ["in.txt", "--no-index", "--find-links", str(bench.wheels)]
        subprocess.run(
            ["uv", "pip", "compile", "-q", *source, "--format", "pylock.toml", "-o", name],
            cwd=bench.root,
            env=bench.environ,
            check=True,
            capture_output=True,
        )

    @pytest.mark.parametrize("name", ["pylock.toml", "pylock.train.toml"])
    def test_is_installed_as_it_is(self, bench: "Bench", name: str) -> None:
        self.make(bench, name)

        found = bench.lock(name, policy=LOCKED)
        environment = bench.build(name)

        assert (found.format, found.origin) == ("pylock", "project")
        assert bench.python(environment, "import alpha, beta; print(alpha.VERSION)") == "2.0"

    def test_content_of_a_directory_in_it_counts(self, bench: "Bench", package: Callable[..., Path]) -> None:
        tree = package(bench.root / "lib", "lib")
        entry = '[[packages]]\nname = "lib"\ndirectory = {path = "lib"}\n'
        bench.write("pylock.toml", f'lock-version = "1.0"\ncreated-by = "test"\n{entry}')
        first = bench.build("pylock.toml")
        (tree / "lib.py").write_text("VERSION = 'edited'\n")

        second = bench.build("pylock.toml")

        assert first.key != second.key
        assert bench.python(second, "import lib; print(lib.VERSION)") == "edited"

    def test_package_with_another_hash_is_refused(self, bench: "Bench") -> None:
        self.make(bench)
        file = bench.root / "pylock.toml"
        file.write_text(re.sub(r'sha256 = "\w+"', f'sha256 = "{"0" * 64}"', file.read_text()))

        with pytest.raises(BuildError) as caught:
            bench.build("pylock.toml")

        assert "hash mismatch" in (caught.value.detail or "").lower()

    def test_pip_says_that_it_cannot(self, bench: "Bench") -> None:
        self.make(bench)
        with pytest.raises(EnvironmentSpecError, match="--installer uv"):
            bench.build("pylock.toml", installer="pip")


def test_lock_from_a_newer_mlproj(bench: "Bench") -> None:
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    bench.write("MLproject.lock", "version = 2\n")
    with pytest.raises(EnvironmentSpecError, match="newer mlproj"):
        bench.lock()


def test_own_lock_decides_which_python(bench: "Bench") -> None:
    """A lock made for one minor version is used with that version, where the specification leaves the choice."""
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    file = write_lock(bench)
    (entry,) = read_locks(file, origin="project")
    from dataclasses import replace

    write_locks(file, [replace(entry, python="3.98"), entry])
    assert bench.lock(policy=LOCKED).python == entry.python
