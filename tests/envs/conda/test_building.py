"""conda environments for real: solved, locked and installed from a channel of files, with no conda on the machine."""

import asyncio
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conda_channel import MINOR, VERSION, index, write_package

from mlproj.envs.building import ensure, known_key
from mlproj.envs.locking import known_lock, lock
from mlproj.envs.python.markers import read_marker
from mlproj.envs.values import LockPolicy
from mlproj.errors import BuildError, EnvironmentSpecError, ResolveError
from mlproj.project.model import EnvKind
from mlproj.system.processes import run_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.envs.conftest import Bench

    from mlproj.envs.values import Environment


def said(bench: "Bench", environment: "Environment", *argv: str) -> str:
    """What a program prints in the environment, with its variables and nothing sourced."""
    kept = {key: value for key, value in bench.environ.items() if key not in environment.unset}
    return run_program(argv, environ={**kept, **environment.variables}, cwd=bench.root).stdout.rstrip("\n")


def test_python_entry_points_scripts_variables_and_pip(conda: "Bench", package: "Callable[..., Path]") -> None:
    package(conda.root / "own_pkg", "own", requires=("alpha",))
    conda.write("reqs.txt", "beta\n")
    conda.write(
        "conda.yaml",
        "name: demo\nchannels: [conda-forge]\n"
        "dependencies:\n- python\n- greet=1.0\n- libanswer\n- pip\n"
        "- pip:\n  - -r reqs.txt\n  - -e ./own_pkg\n  - alpha<2\n"
        'variables: {DECLARED: "it\'s $(x)"}\n',
    )
    environment = conda.build("conda.yaml")

    assert (environment.kind, environment.manager, environment.python) == (EnvKind.CONDA, "conda", VERSION)
    assert said(conda, environment, "greet") == f"greetings from {environment.prefix}"
    assert said(conda, environment, "the-answer") == "42"
    code = "import alpha, beta, greet, own; print(alpha.VERSION, beta.VERSION, greet.VERSION, own.__file__)"
    own = (conda.root / "own_pkg" / "own.py").resolve()
    assert conda.python(environment, code) == f"1.0 1.0 1.0 {own}"
    share = f"{environment.prefix}/share/answer"
    variables = environment.variables
    assert variables["ANSWER_TEXT"] == "it's 6 * 7 $(rm -rf /)\n42"
    assert (variables["ANSWER_HOME"], variables["ANSWER_PATH"]) == (share, f"{share}/lib")
    assert (variables["ANSWER_VERSION"], variables["ANSWER_LOUD"]) == ("2.0", "it's $(x) heard")
    assert (variables["CONDA_PREFIX"], variables["DECLARED"]) == (str(environment.prefix), "it's $(x)")
    assert variables["PATH"] == f"{share}/bin:{environment.prefix}/bin:{conda.environ['PATH']}"
    assert {"HOME", "TMPDIR", "DUMP", "PWD", "_"}.isdisjoint(variables)

    lock = environment.lock
    assert lock is not None
    assert (lock.kind, lock.format, lock.python) == (EnvKind.CONDA, "pixi", MINOR)
    for name in ("python", "greet-1.0", "libanswer-2.0", "pip-24.0", "alpha-1.0", "beta-1.0", '"./own_pkg"'):
        assert name in lock.payload
    assert lock.payload.count("sha256: ") == 6
    assert conda.root.name not in lock.payload


def test_scripts_add_to_what_the_caller_has(conda: "Bench") -> None:
    conda.write("conda.yaml", "dependencies: [libanswer]\n")
    conda.environ["ANSWER_PATH"] = "/mine: and more"
    conda.environ["ANSWER_HOME"] = "/not mine"
    environment = conda.build("conda.yaml")
    share = f"{environment.prefix}/share/answer"
    assert environment.variables["ANSWER_PATH"] == f"{share}/lib:/mine: and more"
    assert environment.variables["ANSWER_HOME"] == share
    assert (environment.python, environment.interpreter) == (None, None)


def test_nothing_is_run_or_solved_the_second_time(conda: "Bench", conda_channels: Path, tmp_path: Path) -> None:
    conda.write("conda.yaml", "dependencies: [libanswer]\n")
    first = conda.build("conda.yaml")
    conda.lines.clear()
    (conda.root / ".condarc").write_text("")
    second = conda.build("conda.yaml")
    assert (first.reused, second.reused) == (False, True)
    assert (second.key, second.variables) == (first.key, first.variables)
    assert conda.lines == []


def test_installs_from_the_lock_where_the_channel_is_gone(conda: "Bench", tmp_path: Path) -> None:
    """No solve, and no network for packages that are in the cache."""
    channel = tmp_path / "gone"
    write_package(channel, "lib-a", "1.0", noarch="generic")
    index(channel)
    conda.write("conda.yaml", f"channels: ['{channel.as_uri()}']\ndependencies: [lib-a]\n")
    first = conda.build("conda.yaml")
    assert first.prefix is not None
    shutil.rmtree(first.prefix)
    shutil.rmtree(channel)
    again = conda.build("conda.yaml")
    assert (again.key, again.reused) == (first.key, False)
    assert (first.prefix / "share" / "lib-a.txt").read_text() == "1.0"


def test_a_changed_package_is_not_installed(conda: "Bench", tmp_path: Path) -> None:
    channel = tmp_path / "channel"
    package = write_package(channel, "lib-b", "1.0", noarch="generic")
    index(channel)
    conda.write("conda.yaml", f"channels: ['{channel.as_uri()}']\ndependencies: [lib-b]\n")
    found = conda.lock("conda.yaml")
    write_package(channel, "lib-b", "1.0", noarch="generic", files={"share/evil.txt": "evil"})
    assert package.exists()
    settings = conda.settings()
    with pytest.raises(BuildError, match="has changed since it was locked"):
        ensure(conda.spec("conda.yaml"), found, settings=settings, on_progress=conda.lines.append)
    assert [path for path in (settings.cache_dir / "envs").iterdir() if path.is_dir()] == []


def test_half_built_is_rubbish(conda: "Bench") -> None:
    conda.write("conda.yaml", "dependencies: [libanswer]\n")
    prefix = conda.build("conda.yaml").prefix
    assert prefix is not None
    (prefix / "mlproj-environment.json").unlink()
    (prefix / "left over").touch()
    assert conda.build("conda.yaml").reused is False
    assert not (prefix / "left over").exists()
    marker = read_marker(prefix)
    assert marker is not None
    assert (marker.manager, marker.installer, marker.root) == ("conda", "rattler", str(conda.root))


def test_an_activation_script_that_fails_is_named(conda: "Bench", tmp_path: Path) -> None:
    channel = tmp_path / "channel"
    script = "echo 'this does not work' >&2; exit 3\n"
    write_package(channel, "bad", "1.0", files={"etc/conda/activate.d/bad script.sh": script})
    index(channel)
    conda.write("conda.yaml", f"channels: ['{channel.as_uri()}']\ndependencies: [bad]\n")
    with pytest.raises(BuildError, match="activation scripts do not run") as caught:
        conda.build("conda.yaml")
    assert caught.value.where == "bad script.sh"
    assert caught.value.detail == "this does not work"


def test_two_threads_build_once_and_a_notebook_s_loop_is_no_obstacle(conda: "Bench") -> None:
    conda.write("conda.yaml", "dependencies: [libanswer]\n")
    found = conda.lock("conda.yaml")
    built: list[Environment] = []

    def build() -> None:
        async def inside() -> None:
            environment = ensure(
                conda.spec("conda.yaml"), found, settings=conda.settings(), on_progress=conda.lines.append
            )
            built.append(environment)

        asyncio.run(inside())

    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(environment.reused for environment in built) == [False, True]


def test_conda_s_packages_are_left_alone_by_pip(conda: "Bench", wheel: "Callable[..., Path]") -> None:
    """The pip section may need what conda brings; it is not installed again, though pip has a newer one."""
    wheel(conda.wheels, "greet", "9.0")
    wheel(conda.wheels, "needs_greet", "1.0", requires=("greet",))
    conda.write("conda.yaml", "dependencies: [python, greet=1.0, {pip: [needs_greet]}]\n")
    environment = conda.build("conda.yaml")
    assert environment.lock is not None
    assert "greet-9" not in environment.lock.payload
    assert conda.python(environment, "import greet, needs_greet; print(greet.VERSION, greet.ORIGIN)") == "1.0 conda"


def test_pip_replaces_what_contradicts_it_and_says_so(conda: "Bench", wheel: "Callable[..., Path]") -> None:
    wheel(conda.wheels, "greet", "9.0")
    conda.write("conda.yaml", "dependencies: [python, greet=1.0, {pip: [greet>=9]}]\n")
    environment = conda.build("conda.yaml")
    assert conda.python(environment, "import greet; print(greet.VERSION)") == "9.0"
    assert any("pip replaces what conda brings: greet" in line for line in conda.lines)


def test_a_pip_section_brings_a_python(conda: "Bench") -> None:
    conda.write("conda.yaml", "dependencies: [{pip: [alpha]}]\n")
    assert conda.python(conda.build("conda.yaml"), "import alpha; print(alpha.VERSION)") == "2.0"


def test_a_checkout_of_the_run_s_own_is_copied(conda: "Bench", package: "Callable[..., Path]") -> None:
    from dataclasses import replace

    package(conda.root, "own")
    conda.write("conda.yaml", "dependencies: [python, {pip: [-e .]}]\n")
    spec = replace(conda.spec("conda.yaml"), in_place=False)
    settings = conda.settings()
    found = lock(spec, policy=LockPolicy(), settings=settings, on_progress=conda.lines.append)
    environment = ensure(spec, found, settings=settings, on_progress=conda.lines.append)
    file = conda.python(environment, "import sys; sys.path.remove(''); import own; print(own.__file__)")
    assert file.startswith(str(environment.prefix))
    (conda.root / "own.py").write_text("VERSION = 'changed'\n")
    assert known_key(replace(conda.spec("conda.yaml"), in_place=False), settings=settings) != environment.key


def test_repositories_and_files_in_the_pip_section(
    conda: "Bench", package: "Callable[..., Path]", wheel: "Callable[..., Path]", tmp_path: Path
) -> None:
    repository = package(tmp_path / "repository" / "below", "kept").parent
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "first"]):
        run_program(["git", *words], environ=conda.environ, cwd=repository)
    commit = run_program(["git", "rev-parse", "HEAD"], environ=conda.environ, cwd=repository).stdout.strip()
    name = wheel(conda.root / "wheels", "gamma", "1.0").name
    lines = f"['kept @ git+{repository.as_uri()}#subdirectory=below', './wheels/{name}']"
    conda.write("conda.yaml", f"dependencies: [python, {{pip: {lines}}}]\n")
    environment = conda.build("conda.yaml")
    assert environment.lock is not None
    assert f"{repository.as_uri()}?subdirectory=below#{commit}" in environment.lock.payload
    assert f'"./wheels/{name}"' in environment.lock.payload
    assert conda.python(environment, "import gamma, kept; print(gamma.VERSION, kept.VERSION)") == "1.0 1.0"


@pytest.mark.parametrize("good", [1, 0])
def test_hashes_of_the_pip_section(conda: "Bench", good: int) -> None:
    import hashlib

    data = (conda.wheels / "alpha-1.0-py3-none-any.whl").read_bytes() if good else b"something else"
    digest = hashlib.sha256(data).hexdigest()
    conda.write("conda.yaml", f"dependencies: [python, {{pip: ['alpha==1.0 --hash=sha256:{digest}']}}]\n")
    if good:
        assert digest in conda.lock("conda.yaml").payload
        return
    with pytest.raises(ResolveError):
        conda.lock("conda.yaml")


def test_virtualenv_for_a_conda_yaml(conda: "Bench") -> None:
    conda.write("conda.yaml", f"dependencies: [python={MINOR}, {{pip: [alpha<2]}}]\nvariables: {{A: b}}\n")
    spec = conda.spec("conda.yaml", env_manager="virtualenv")
    settings = conda.settings()
    found = lock(spec, policy=LockPolicy(), settings=settings, on_progress=conda.lines.append)
    environment = ensure(spec, found, settings=settings, on_progress=conda.lines.append)
    assert (environment.manager, environment.variables["A"]) == ("virtualenv", "b")
    assert conda.python(environment, "import alpha; print(alpha.VERSION)") == "1.0"


def test_nothing_is_known_before_the_first_lock(conda: "Bench") -> None:
    conda.write("conda.yaml", "dependencies: [libanswer]\n")
    spec, settings = conda.spec("conda.yaml"), conda.settings()
    assert known_lock(spec, settings=settings) is None
    assert known_key(spec, settings=settings) is None
    environment = conda.build("conda.yaml")
    assert known_key(spec, settings=settings) == environment.key


def test_an_empty_environment(conda: "Bench") -> None:
    conda.write("conda.yaml", "name: nothing\n")
    environment = conda.build("conda.yaml")
    assert environment.variables["CONDA_PREFIX"] == str(environment.prefix)


def test_a_lock_that_is_none(conda: "Bench") -> None:
    from dataclasses import replace

    conda.write("conda.yaml", "dependencies: [libanswer]\n")
    found = replace(conda.lock("conda.yaml"), payload="version: [", hash="x")
    with pytest.raises(EnvironmentSpecError, match="is no lock of conda packages"):
        ensure(conda.spec("conda.yaml"), found, settings=conda.settings(), on_progress=conda.lines.append)
