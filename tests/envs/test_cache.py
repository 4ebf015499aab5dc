"""The cache of environments: what is there, and getting rid of it."""

import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from mlproj.envs.cache import collect, find_environment, list_environments, remove
from mlproj.envs.quantities import parse_age, parse_size
from mlproj.errors import EnvironmentFailedError, NotFoundError, UsageError

if TYPE_CHECKING:
    from tests.envs.conftest import Bench

    from mlproj.envs.values import Environment


def build(bench: "Bench", dependency: str, *, days: float = 0) -> "Environment":
    """An environment that was used so many days ago."""
    bench.write("python_env.yaml", f"dependencies: ['{dependency}']\n")
    found = bench.build()
    then = time.time() - days * 86400
    assert found.prefix is not None
    os.utime(found.prefix / "mlproj-environment.json", (then, then))
    return found


def keys(bench: "Bench") -> list[str]:
    return [found.key for found in list_environments(bench.settings())]


def test_empty_cache(bench: "Bench") -> None:
    assert list_environments(bench.settings()) == ()
    assert collect(bench.settings()).environments == ()


def test_listed_by_last_use(bench: "Bench") -> None:
    old, new = build(bench, "alpha==1.0", days=3), build(bench, "alpha==2.0", days=1)
    assert keys(bench) == [new.key, old.key]
    bench.write("python_env.yaml", "dependencies: [alpha==1.0]\n")
    bench.build()
    assert keys(bench) == [old.key, new.key]
    found = list_environments(bench.settings())[0]
    assert found.marker is not None
    assert (found.ready, found.marker.root, found.marker.installer) == (True, str(bench.root), "uv")
    assert found.size > 10_000


def test_found_by_the_beginning_of_its_key(bench: "Bench") -> None:
    built = build(bench, "alpha")
    assert built.key is not None
    assert find_environment(built.key[:6], bench.settings()).prefix == built.prefix
    with pytest.raises(NotFoundError, match="env list"):
        find_environment("zzz", bench.settings())
    with pytest.raises(NotFoundError):
        find_environment("", bench.settings())


def test_beginning_that_is_not_unique(bench: "Bench") -> None:
    for name in ("abc1", "abc2"):
        (bench.settings().cache_dir / "envs" / name).mkdir(parents=True)
    with pytest.raises(NotFoundError, match="2 environments begin with 'abc'"):
        find_environment("abc", bench.settings())


def test_removed_and_built_again(bench: "Bench") -> None:
    built = build(bench, "alpha")
    removed = remove(list_environments(bench.settings())[0], bench.settings())
    assert (keys(bench), removed.size > 0) == ([], True)
    assert not any(path.is_dir() for path in (bench.settings().cache_dir / "envs").iterdir())
    again = bench.build()
    assert (again.key, again.reused) == (built.key, False)


def test_gc_by_age(bench: "Bench") -> None:
    build(bench, "alpha==1.0", days=40)
    new = build(bench, "alpha==2.0", days=20)
    planned = collect(bench.settings(), older_than=30 * 86400, dry_run=True)
    assert len(planned.environments) == 1
    assert len(keys(bench)) == 2
    collect(bench.settings(), older_than=30 * 86400)
    assert keys(bench) == [new.key]


def test_gc_by_size_removes_what_was_not_used_for_longest(bench: "Bench") -> None:
    build(bench, "alpha==1.0", days=2)
    new = build(bench, "alpha==2.0", days=1)
    size = list_environments(bench.settings())[0].size
    collect(bench.settings(), max_size=int(size * 1.5))
    assert keys(bench) == [new.key]
    collect(bench.settings(), max_size=0)
    assert keys(bench) == []


def test_gc_without_limits_removes_only_what_is_half_built(bench: "Bench") -> None:
    built = build(bench, "alpha", days=400)
    rubbish = bench.settings().cache_dir / "envs" / "half"
    (rubbish / "bin").mkdir(parents=True)
    assert [found.ready for found in list_environments(bench.settings())].count(False) == 1
    collect(bench.settings())
    assert keys(bench) == [built.key]


def test_environment_in_use_stays(bench: "Bench") -> None:
    built = build(bench, "alpha", days=400)
    environ = {**bench.environ, **built.variables}
    job = subprocess.Popen(["sleep", "60"], env=environ)
    try:
        removed = collect(bench.settings(), older_than=1)
        with pytest.raises(EnvironmentFailedError, match="in use"):
            remove(list_environments(bench.settings())[0], bench.settings())
    finally:
        job.kill()
        job.wait()
    assert (removed.environments, [found.key for found in removed.busy]) == ((), [built.key])
    assert keys(bench) == [built.key]


def test_environment_that_is_being_built_stays(bench: "Bench") -> None:
    from mlproj.system.locks import hold

    half = bench.settings().cache_dir / "envs" / "half"
    half.mkdir(parents=True)
    with hold(half.with_name("half.lock")):
        assert collect(bench.settings()).environments == ()
    assert keys(bench) == ["half"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("30d", 2592000), ("1.5 W", 907200)]
)
def test_ages(text: str, seconds: float) -> None:
    assert parse_age(text, option="--older-than") == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("5", 5), ("5B", 5), ("1.5kB", 1500), ("20GB", 20 * 10**9), ("1GiB", 2**30), ("2 tb", 2 * 10**12)],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text, option="--max-size") == size


@pytest.mark.parametrize("text", ["", "d", "-1d", "1y", "1 000", "1e3"])
def test_no_quantities(text: str) -> None:
    with pytest.raises(UsageError, match="--older-than"):
        parse_age(text, option="--older-than")
    with pytest.raises(UsageError, match="--max-size"):
        parse_size(text, option="--max-size")
