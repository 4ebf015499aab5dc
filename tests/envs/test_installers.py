"""One suite for everything that resolves and installs: uv and pip."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlproj.envs.python.installer import installer
from mlproj.errors import BuildError, ResolveError, UsageError
from mlproj.system.files import remove_tree

if TYPE_CHECKING:
    from tests.envs.conftest import Bench

BOTH = pytest.mark.parametrize("name", ["uv", "pip"])
UV = pytest.mark.parametrize("name", ["uv"])
"""What our own code does with either installer's answer: pip takes a second for each question."""

ZERO = "0" * 64


@BOTH
def test_locks_exact_versions_with_hashes_and_installs_them(bench: "Bench", name: str) -> None:
    bench.write("python_env.yaml", "dependencies: [beta, 'alpha<2']\n")

    found = bench.lock(installer=name)
    environment = bench.build(installer=name)

    assert found.payload.startswith("alpha==1.0 \\\n    --hash=sha256:")
    assert found.payload.count("--hash") == 2
    assert bench.python(environment, "import alpha, beta; print(alpha.VERSION)") == "1.0"


@BOTH
def test_source_distributions_local_packages_and_constraints(
    bench: "Bench", name: str, package: Callable[..., Path], sdist: Callable[..., Path], tmp_path: Path
) -> None:
    sdist(bench.wheels, package(tmp_path / "tree", "gamma", requires=("alpha",)), "gamma", "1.0")
    package(bench.root / "my lib", "lib", requires=("gamma",))
    bench.write("limits.txt", "alpha<2\n")
    bench.write("requirements.txt", '"./my lib"\n-c limits.txt\n'.replace('"', ""))

    environment = bench.build("requirements.txt", installer=name)

    code = "import alpha, gamma, lib; print(alpha.VERSION, gamma.VERSION, lib.VERSION)"
    assert bench.python(environment, code) == "1.0 1.0 1.0"
    assert "./my lib" in bench.lock("requirements.txt", installer=name).payload


@BOTH
def test_no_solution(bench: "Bench", name: str, tmp_path: Path) -> None:
    bench.write("python_env.yaml", "dependencies: [alpha==99]\n")
    log = tmp_path / "environment.log"

    with pytest.raises(ResolveError) as caught:
        bench.lock(installer=name, log=log)

    assert "alpha==99" in (caught.value.detail or "")
    assert str(caught.value).startswith(str(bench.root / "python_env.yaml"))
    assert caught.value.log == log
    assert "alpha==99" in log.read_text()


@UV
def test_given_hash_is_the_only_one_that_is_trusted(bench: "Bench", name: str) -> None:
    bench.write("python_env.yaml", "dependencies: ['alpha==1.0']\n")
    true = bench.lock(installer=name).payload.split("--hash=")[1].split()[0]
    bench.write("python_env.yaml", f"dependencies: ['alpha==1.0 --hash=sha256:{ZERO} --hash={true}']\n")

    assert bench.lock(installer=name).payload == f"alpha==1.0 \\\n    --hash={true}\n"


@BOTH
def test_wrong_hash_is_refused(bench: "Bench", name: str) -> None:
    bench.write("python_env.yaml", f"dependencies: ['alpha==1.0 --hash=sha256:{ZERO}']\n")
    with pytest.raises(ResolveError):
        bench.lock(installer=name)


@pytest.mark.parametrize("text", ["beta --hash={hash}", "beta==1.0 --hash={hash}"])
@UV
def test_one_hash_asks_for_all(bench: "Bench", name: str, text: str) -> None:
    bench.write("python_env.yaml", "dependencies: ['beta==1.0']\n")
    true = bench.lock(installer=name).payload.split("beta==1.0")[1].split("--hash=")[1].split()[0]
    bench.write("python_env.yaml", f"dependencies: ['{text.format(hash=true)}']\n")
    with pytest.raises(ResolveError):
        bench.lock(installer=name)


@UV
def test_tampered_lock_is_not_installed(bench: "Bench", name: str) -> None:
    from dataclasses import replace

    from mlproj.envs.building import ensure

    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    spec, found = bench.spec(), bench.lock(installer=name)
    true = found.payload.split("sha256:")[1].split()[0]
    tampered = replace(found, payload=found.payload.replace(true, ZERO), hash="another")

    with pytest.raises(BuildError) as caught:
        ensure(spec, tampered, settings=bench.settings(installer=name), on_progress=bench.lines.append)

    assert "hash" in (caught.value.detail or "").lower()


@UV
def test_pre_releases_only_where_asked_for(bench: "Bench", name: str, wheel: Callable[..., Path]) -> None:
    wheel(bench.wheels, "alpha", "3.0rc1")
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    plain = bench.lock(installer=name).payload
    bench.write("python_env.yaml", "dependencies: [--pre, alpha]\n")
    pre = bench.lock(installer=name).payload
    assert ("alpha==2.0" in plain, "alpha==3.0rc1" in pre) == (True, True)


@UV
def test_only_binary(bench: "Bench", name: str, package: Callable[..., Path], sdist: Callable[..., Path]) -> None:
    tree = package(bench.root / "tree", "alpha", version="5.0")
    sdist(bench.wheels, tree, "alpha", "5.0")
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    source = bench.lock(installer=name).payload
    bench.write("python_env.yaml", "dependencies: ['--only-binary=:all:', alpha]\n")
    binary = bench.lock(installer=name).payload
    assert ("alpha==5.0" in source, "alpha==2.0" in binary) == (True, True)


@BOTH
def test_find_links_of_the_project(bench: "Bench", name: str, wheel: Callable[..., Path]) -> None:
    wheel(bench.root / "my, wheels", "delta", "1.0")
    bench.write("requirements.txt", "-f 'my, wheels'\ndelta\n")
    environment = bench.build("requirements.txt", installer=name)
    assert bench.python(environment, "import delta; print(delta.VERSION)") == "1.0"


@UV
def test_local_wheel(bench: "Bench", name: str, wheel: Callable[..., Path]) -> None:
    path = wheel(bench.root / "dist", "delta", "1.0", requires=("alpha<2",))
    bench.write("python_env.yaml", f"dependencies: [./dist/{path.name}]\n")
    first = bench.build(installer=name)
    wheel(bench.root / "dist", "delta", "1.0", requires=("alpha<2",), body="NEW = True\n")
    second = bench.build(installer=name)
    assert bench.python(first, "import alpha, delta; print(alpha.VERSION)") == "1.0"
    assert first.key != second.key
    assert bench.python(second, "import delta; print(delta.NEW)") == "True"


@BOTH
def test_credentials_are_used_and_not_kept(bench: "Bench", name: str, guarded_index: str, tmp_path: Path) -> None:
    log = tmp_path / "environment.log"
    bench.environ |= {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "WORD": "s3cret-word"}
    url = guarded_index.replace("http://", "http://ada:${WORD}@")
    bench.write("requirements.txt", f"--index-url {url}\nalpha\n")

    found = bench.lock("requirements.txt", installer=name, log=log)
    environment = bench.build("requirements.txt", installer=name, log=log)

    assert bench.python(environment, "import alpha; print(alpha.VERSION)") == "2.0"
    kept = [path for path in bench.settings().cache_dir.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    texts = [found.payload, log.read_text(), *bench.lines]
    texts += [path.read_text(errors="replace") for path in kept if "virtualenv" not in path.parts]
    assert not any("s3cret" in text for text in texts)


@UV
def test_credentials_of_a_direct_url(bench: "Bench", name: str, guarded_index: str) -> None:
    bench.environ |= {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": guarded_index}
    url = guarded_index.replace("http://", "http://ada:s3cret-word@").replace("simple", "alpha-1.0-py3-none-any.whl")
    bench.write("requirements.txt", f"alpha @ {url}\n")

    environment = bench.build("requirements.txt", installer=name)

    assert environment.lock is not None
    assert "s3cret" not in environment.lock.payload
    assert bench.python(environment, "import alpha; print(alpha.VERSION)") == "1.0"


@BOTH
def test_unknown_installer(name: str) -> None:
    with pytest.raises(UsageError, match="no such installer"):
        installer(f"not-{name}")


def test_what_the_package_cache_holds_is_installed_without_an_index(bench: "Bench", dated_index: str) -> None:
    """As a node without network does after `mlproj prepare`, whatever became of the environment."""
    bench.write("python_env.yaml", "dependencies: [alpha]\n")
    del bench.environ["PIP_NO_INDEX"], bench.environ["PIP_FIND_LINKS"]
    bench.environ |= {"PIP_INDEX_URL": dated_index, "UV_CACHE_DIR": str(bench.root.parent / "uv")}
    first = bench.build()
    assert first.prefix is not None
    remove_tree(first.prefix)
    for name in ("NO_PROXY", "no_proxy"):
        bench.environ.pop(name, None)
    bench.environ |= {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}

    second = bench.build()

    assert not second.reused
    assert bench.python(second, "import alpha; print(alpha.VERSION)") == "2.0"
