import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlproj.config import Settings
from mlproj.errors import Terminated
from mlproj.source.cache import checkouts, mirrors, old_mirrors, remove_mirror, remove_old
from mlproj.source.checkout import Checkout
from mlproj.source.checkouts import staged, take_over
from mlproj.source.fetching import fetch, release
from mlproj.system.locks import hold

DAY = 24 * 3600.0


@pytest.fixture
def checkout(repo: Any, settings: Settings) -> Checkout:
    return fetch(str(repo.path), "v1", settings=settings, run_id="run1")


def test_a_checkout_with_caches_only_is_removed(checkout: Checkout, settings: Settings) -> None:
    for name in ("__pycache__/a.pyc", "sub.dir/__pycache__/b.pyc", ".pytest_cache/x", "my.egg-info/y", ".DS_Store"):
        path = checkout.top / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    (checkout.top / "empty directory").mkdir()
    assert not release(checkout, settings=settings).kept
    assert checkouts(settings) == ()


def test_what_a_run_left_is_named_and_kept(checkout: Checkout, settings: Settings) -> None:
    (checkout.top / ".gitignore").write_text("*.pt\n")
    (checkout.top / "model 1.pt").write_text("weights")
    (checkout.top / "MLproject").write_text("name: other\n")
    (checkout.top / "sub.dir" / "code.py").unlink()
    (checkout.top / "link").symlink_to("/")
    leftovers = release(checkout, settings=settings)
    assert leftovers.kept
    assert leftovers.new == (".gitignore", "link", "model 1.pt")
    assert leftovers.changed == ("MLproject",)
    assert leftovers.deleted == ("sub.dir/code.py",)
    assert (leftovers.top / "model 1.pt").exists()


def test_what_a_run_committed_is_not_lost(checkout: Checkout, repo: Any, settings: Settings) -> None:
    type(repo)(checkout.top).commit({"result": "1"})
    assert release(checkout, settings=settings).new == ("result",)


def test_a_new_mode_is_a_change(checkout: Checkout, settings: Settings) -> None:
    (checkout.top / "MLproject").chmod(0o755)
    assert release(checkout, settings=settings).changed == ("MLproject",)


def test_releasing_what_is_gone_or_not_ours(checkout: Checkout, settings: Settings, tmp_path: Path) -> None:
    elsewhere = replace(checkout, top=tmp_path / "x" / "y", root=tmp_path / "x" / "y")
    elsewhere.top.mkdir(parents=True)
    assert not release(elsewhere, settings=settings).kept
    assert elsewhere.top.exists()
    shutil.rmtree(checkout.top.parent)
    assert not release(checkout, settings=settings).kept


def test_a_checkout_without_its_manifest_is_kept(checkout: Checkout, settings: Settings) -> None:
    (checkout.top.parent / "manifest.json").write_text("{")
    assert release(checkout, settings=settings).new == ("MLproject", "sub.dir/code.py")


def test_old_checkouts_are_removed(checkout: Checkout, settings: Settings) -> None:
    folder = checkout.top.parent
    now = (folder / "manifest.json").stat().st_mtime
    (listed,) = checkouts(settings)
    assert (listed.name, listed.path, listed.in_use) == ("run1", folder, True)
    assert remove_old(settings, 7 * DAY, now + 8 * DAY) == ()
    (checkout.top / "new").write_text("")
    release(checkout, settings=settings)
    assert not checkouts(settings)[0].in_use
    assert remove_old(settings, 7 * DAY, now + 6 * DAY) == ()
    assert remove_old(settings, 7 * DAY, now + 8 * DAY, dry_run=True) == (folder,)
    assert folder.exists()
    assert remove_old(settings, 7 * DAY, now + 8 * DAY) == (folder,)
    assert not folder.exists()
    assert remove_old(settings) == ()


def test_the_checkout_of_a_run_that_died_is_removed_when_it_is_old(checkout: Checkout, settings: Settings) -> None:
    manifest = checkout.top.parent / "manifest.json"
    table = json.loads(manifest.read_text())
    table["owner"]["pid"] = 2**22 + 1
    manifest.write_text(json.dumps(table))
    (listed,) = checkouts(settings)
    assert not listed.in_use
    assert remove_old(settings, 7 * DAY, listed.last_change + 6 * DAY) == ()
    assert remove_old(settings, 7 * DAY, listed.last_change + 8 * DAY) == (checkout.top.parent,)


def test_what_killed_fetches_left_is_removed_after_a_day(checkout: Checkout, settings: Settings) -> None:
    half = settings.cache_dir / "checkouts" / ".abc"
    half.mkdir()
    mirror = settings.cache_dir / "git" / ".abc"
    mirror.mkdir()
    now = half.stat().st_mtime
    assert remove_old(settings, 7 * DAY, now + 60) == ()
    assert set(remove_old(settings, 7 * DAY, now + 2 * DAY)) == {half, mirror}


def test_mirrors_are_listed(checkout: Checkout, repo: Any, settings: Settings) -> None:
    (mirror,) = mirrors(settings)
    assert mirror.url == f"{repo.path}/.git"
    os.utime(mirror.path / "HEAD", (5, 5))
    (mirror.path / "url.txt").unlink()
    assert (mirrors(settings)[0].last_used, mirrors(settings)[0].url) == (5, mirror.path.name)
    fetch(str(repo.path), "v1", settings=settings)
    assert mirrors(settings)[0].last_used > 5


def test_mirrors_that_nobody_needs_are_removed(checkout: Checkout, repo: Any, settings: Settings) -> None:
    (mirror,) = (settings.cache_dir / "git").iterdir()

    def age() -> None:
        os.utime(mirror / "HEAD", (5, 5))

    age()
    assert old_mirrors(settings, DAY) == ()  # the checkout has its objects there
    release(checkout, settings=settings)
    assert old_mirrors(settings, DAY) == (mirror,)
    assert not remove_mirror(settings, mirror, DAY, now=DAY)
    (lock,) = (settings.cache_dir / "locks").glob("git-*.lock")
    for held in (lock, lock.with_suffix(".fetch")):
        with hold(held):
            assert not remove_mirror(settings, mirror, DAY)
    fetched = fetch(str(repo.path), repo.git("rev-parse", "v1"), settings=settings)
    assert not remove_mirror(settings, mirror, DAY)
    release(fetched, settings=settings)
    age()
    assert remove_mirror(settings, mirror, DAY)
    assert not mirror.exists()
    assert (fetch(str(repo.path), "v1", settings=settings).root / "MLproject").read_text() == "name: one\n"


@pytest.mark.parametrize("committed", [False, True])
def test_a_signal_leaves_neither_staging_nor_a_checkout_that_nobody_knows(
    settings: Settings, *, committed: bool
) -> None:
    def stopped() -> None:
        with staged(settings, "x", "run1") as (tree, commit):
            tree.mkdir()
            if committed:
                assert commit().is_dir()
            raise Terminated(15)

    with pytest.raises(Terminated):
        stopped()
    assert list((settings.cache_dir / "checkouts").iterdir()) == []


def test_a_checkout_is_in_use_by_who_took_it_over(checkout: Checkout, settings: Settings) -> None:
    manifest = checkout.top.parent / "manifest.json"
    before = manifest.read_text()
    table = json.loads(before)
    table["owner"]["pid"] = 2**22 + 1
    manifest.write_text(json.dumps(table))
    assert not checkouts(settings)[0].in_use
    take_over(checkout)
    assert json.loads(manifest.read_text()) == json.loads(before)
    assert checkouts(settings)[0].in_use
    manifest.write_text("{")
    take_over(checkout)
    take_over(replace(checkout, owned=False))
    assert manifest.read_text() == "{"
