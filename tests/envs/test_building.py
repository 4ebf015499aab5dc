"""Environments that are built."""

from pathlib import Path


def test_builds_once_and_is_reused(bench):
    bench.write("python_env.yaml", "python: '3.11'\ndependencies:\n- beta\n")

    first = bench.build()
    second = bench.build()

    assert (first.reused, second.reused) == (False, True)
    assert first.key == second.key
    assert bench.python(first, "import alpha, beta; print(alpha.VERSION, beta.VERSION)") == "2.0 1.0"
