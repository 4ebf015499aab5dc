"""What a server may rebuild of a record that anybody may have sent."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlproj.config import load_settings
from mlproj.record.values import Capture, NotRecorded, Source
from mlproj.runner.past.served_differences import is_at_hand, served_diff
from mlproj.tracking.opening import open_sqlite

SOURCE = Source(uri="/p", kind="local", commit="a" * 40)


def test_commits_in_full_and_snapshots_may_be_rebuilt() -> None:
    assert is_at_hand(SOURCE)
    assert is_at_hand(replace(SOURCE, commit="b" * 64))
    assert is_at_hand(Source(uri="/p", kind="local", capture=Capture(snapshot="source/all.tar.gz")))
    assert is_at_hand(replace(SOURCE, capture=Capture(diff="source/a b.diff", submodules={"lib/x": Capture()})))


@pytest.mark.parametrize("commit", [None, "", "HEAD", "main", "a" * 39, "--upload-pack=x", "a" * 40 + "\n"])
def test_names_of_commits_are_not_looked_up(commit: str | None) -> None:
    assert not is_at_hand(replace(SOURCE, commit=commit))


def test_archives_elsewhere_are_not_fetched() -> None:
    assert not is_at_hand(Source(uri="https://example.org/a.zip", kind="archive", commit="a" * 40))


@pytest.mark.parametrize("name", ["/etc/passwd", "../run.json", "source/../../x"])
def test_names_that_lead_outside_are_not_followed(name: str) -> None:
    dropped = (NotRecorded(path=name, reason="size", sha256="0" * 64),)
    for capture in (
        Capture(diff=name),
        Capture(files=name),
        Capture(bundle=name),
        Capture(snapshot=name),
        Capture(dropped=dropped),
        Capture(submodules={name: Capture()}),
        Capture(submodules={"lib": Capture(diff=name)}),
    ):
        assert not is_at_hand(replace(SOURCE, capture=capture))


def test_what_is_not_there_has_no_difference(tmp_path: Path) -> None:
    settings = load_settings(environ={"HOME": str(tmp_path), "MLPROJ_HOME": str(tmp_path / "home")})
    with closing(open_sqlite(tmp_path / "mlproj.db", artifact_root=None, environ={})) as store:
        tags = {"mlflow.source.git.commit": "HEAD", "mlflow.source.name": "/somewhere"}
        first, second = (store.create_run("0", start_time=number, tags=tags).run_id for number in range(2))
        assert served_diff(store, first, "0" * 32, settings=settings) is None
        assert served_diff(store, first, second, settings=settings) is None
