"""What no remote has is kept with a run, and the code comes back from it, byte for byte."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.config import Settings
from mlproj.errors import CodeNotRecordedError, NotRecordedError, SourceError
from mlproj.record.values import Source
from mlproj.source.capture.absent import folded, remove_absent
from mlproj.source.capture.capturing import CaptureLimits, capture, described
from mlproj.source.capture.rebuilding import rebuild
from mlproj.source.checkout import Checkout
from mlproj.source.fetching import fetch
from mlproj.source.tree import read_tree, tree_hash

UGLY = "we ird 'n\" $(rm) \U0001f600\tname.bin"
SECRET = "hunter2-hunter2"


def kept(checkout: Checkout, into: Path, settings: Settings, **options: object) -> Source:
    """The source of a checkout with everything that is kept of it, written below `into`."""
    left_out = options.get("left_out", ())
    tree = read_tree(checkout.top, settings=settings, left_out=left_out)  # type: ignore[arg-type] # names
    found = capture(checkout, into, settings=settings, tree=tree, **options)  # type: ignore[arg-type] # as given
    source = described(checkout.source, tree, left_out)  # type: ignore[arg-type] # names

    return replace(source, capture=found)


def contents(top: Path) -> dict[str, tuple[str, bytes]]:
    found = {}
    for path in sorted(top.rglob("*")):
        if ".git" in path.relative_to(top).parts or (path.is_dir() and not path.is_symlink()):
            continue
        kind = "link" if path.is_symlink() else "executable" if os.access(path, os.X_OK) else "file"
        data = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        found[str(path.relative_to(top))] = (kind, data)
    return found


def make_dirty(top: Path) -> None:
    (top / "MLproject").write_bytes(b"name: changed\r\n\x00\xff\xfe no newline at the end")
    (top / "sub.dir/code.py").unlink()
    (top / UGLY).write_bytes(bytes(range(256)) * 10)
    (top / "new").mkdir()
    (top / "new/script.sh").write_text("#!/bin/sh\n")
    (top / "new/script.sh").chmod(0o755)
    (top / "new/link").symlink_to("../nowhere")


def test_a_clean_and_pushed_tree_needs_nothing(repo: Any, tmp_path: Path, settings: Settings) -> None:
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "clone"))
    source = kept(fetch(str(tmp_path / "clone"), settings=settings), tmp_path / "record", settings)
    assert source.capture is None
    assert not (tmp_path / "record").exists()
    again = rebuild(source, tmp_path / "record", settings=settings)
    assert contents(again.top) == contents(tmp_path / "clone")


def test_changes_untracked_files_and_unpushed_commits_come_back(repo: Any, tmp_path: Path, settings: Settings) -> None:
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "clone"))
    clone = type(repo)(tmp_path / "clone")
    clone.commit({".gitignore": "*.log\n", "more.py": "unpushed\n"})
    make_dirty(clone.path)
    (clone.path / "ignored.log").write_text("no code")
    source = kept(fetch(str(clone.path), settings=settings), tmp_path / "record", settings)
    assert source.capture is not None
    assert (source.capture.diff, source.capture.files, source.capture.bundle) == (
        "source/changes.diff",
        "source/files.tar.gz",
        "source/commits.bundle",
    )
    expected = contents(clone.path)
    del expected["ignored.log"]
    shutil.rmtree(clone.path)
    again = rebuild(source, tmp_path / "record", settings=settings)
    assert contents(again.top) == expected
    assert tree_hash(again.top, settings=settings) == source.tree_hash


def test_a_repository_without_a_remote_comes_back_from_its_bundle(
    repo: Any, tmp_path: Path, settings: Settings
) -> None:
    make_dirty(repo.path)
    source = kept(fetch(str(repo.path), settings=settings), tmp_path / "record", settings)
    expected = contents(repo.path)
    shutil.rmtree(repo.path)
    shutil.rmtree(settings.cache_dir)
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == expected


def test_a_directory_without_a_repository_comes_back_from_its_snapshot(tmp_path: Path, settings: Settings) -> None:
    top = tmp_path / "plain"
    (top / "sub.dir").mkdir(parents=True)
    (top / "sub.dir/code.py").touch()
    make_dirty(top)
    (top / "__pycache__").mkdir()
    (top / "__pycache__/x.pyc").write_text("no code")
    source = kept(fetch(str(top), settings=settings), tmp_path / "record", settings)
    expected = contents(top)
    del expected["__pycache__/x.pyc"]
    shutil.rmtree(top)
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == expected


def test_a_submodule_comes_back_with_its_own_changes(
    repo: Any, new_repo: Callable[[Path], Any], tmp_path: Path, settings: Settings
) -> None:
    inner = new_repo(tmp_path / "inner")
    inner.commit({"lib.py": "one\n"})
    repo.git("submodule", "--quiet", "add", str(inner.path), "libs/inner")
    repo.git("commit", "--quiet", "-m", "with a submodule")
    repo.git("clone", "--quiet", "--recurse-submodules", str(repo.path), str(tmp_path / "clone"))
    place = tmp_path / "clone/libs/inner"
    module = type(repo)(place)
    module.commit({"lib.py": "two\n"})
    (place / "lib.py").write_text("three\n")
    (place / "untracked.py").write_text("four\n")
    source = kept(fetch(str(tmp_path / "clone"), settings=settings), tmp_path / "record", settings)
    assert source.capture is not None
    assert set(source.capture.submodules) == {"libs/inner"}
    expected = contents(tmp_path / "clone")
    shutil.rmtree(tmp_path / "clone")
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == expected


def test_secrets_are_named_and_not_kept(repo: Any, tmp_path: Path, settings: Settings) -> None:
    (repo.path / ".env").write_text("TOKEN=x")
    (repo.path / "config.py").write_text(f"password = '{SECRET}'")
    (repo.path / "sub.dir/code.py").write_text(f"password = '{SECRET}'")
    (repo.path / "fine.py").write_text("x = 1")
    checkout = fetch(str(repo.path), settings=settings)
    source = kept(checkout, tmp_path / "record", settings, secrets=[SECRET])
    assert source.capture is not None
    assert [(file.path, file.reason) for file in source.capture.dropped] == [
        (".env", "secret"),
        ("config.py", "secret"),
        ("sub.dir/code.py", "secret"),
    ]
    assert [file.path for file in source.capture.untracked] == ["fine.py"]
    for path in (tmp_path / "record").rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()
    with pytest.raises(NotRecordedError, match=r"\.env is not recorded \(secret\)"):
        rebuild(source, tmp_path / "record", settings=settings)


def test_what_is_too_large_is_named_and_found_again_where_it_was(tmp_path: Path, settings: Settings) -> None:
    top = tmp_path / "plain"
    top.mkdir()
    (top / "code.py").write_text("x = 1")
    (top / "large.bin").write_bytes(os.urandom(5000))
    source = kept(fetch(str(top), settings=settings), tmp_path / "record", settings, limits=CaptureLimits(size=4000))
    assert source.capture is not None
    assert [(file.path, file.reason) for file in source.capture.dropped] == [("large.bin", "size")]
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == contents(top)
    (top / "large.bin").write_bytes(b"another")
    with pytest.raises(NotRecordedError, match=r"large.bin is not recorded \(size\)"):
        rebuild(source, tmp_path / "record", settings=settings)


def test_a_tree_that_comes_out_differently_is_refused(repo: Any, tmp_path: Path, settings: Settings) -> None:

    source = kept(fetch(str(repo.path), settings=settings), tmp_path / "record", settings)
    with pytest.raises(SourceError, match="its tree hash is another"):
        rebuild(replace(source, tree_hash="0" * 64), tmp_path / "record", settings=settings)


def dropped_of(source: Source) -> list[tuple[str, str]]:
    assert source.capture is not None
    return [(file.path, file.reason) for file in source.capture.dropped]


def test_a_filtered_file_comes_back_as_it_was(repo: Any, tmp_path: Path, settings: Settings) -> None:
    """What git compares is not what is on the disk, as with LFS."""
    repo.git("config", "filter.upper.clean", "tr a-z A-Z")
    repo.commit({".gitattributes": "*.up filter=upper\n", "a.up": "one\n"})
    (repo.path / "a.up").write_text("changed\n")
    source = kept(fetch(str(repo.path), settings=settings), tmp_path / "record", settings)
    expected = contents(repo.path)
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == expected


def test_names_that_are_no_text_come_back(tmp_path: Path, repo: Any, settings: Settings) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    try:
        (repo.path / name).write_text("x = 1\n")
    except OSError:
        pytest.skip("this file system takes no such name")
    source = kept(fetch(str(repo.path), settings=settings), tmp_path / "record", settings)
    expected = contents(repo.path)
    assert name in expected
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == expected


def test_a_repository_that_is_no_submodule_comes_back_as_files(
    repo: Any, new_repo: Callable[[Path], Any], tmp_path: Path, settings: Settings
) -> None:
    inner = new_repo(repo.path / "cloned beside")
    inner.commit({"lib.py": "one\n", ".gitignore": "*.log\n"})
    (inner.path / "lib.py").write_text("two\n")
    (inner.path / "x.log").write_text("ignored")
    source = kept(fetch(str(repo.path), settings=settings), tmp_path / "record", settings)
    expected = contents(repo.path)
    del expected["cloned beside/x.log"]
    shutil.rmtree(repo.path)
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == expected


def test_a_commit_with_a_secret_is_not_bundled(repo: Any, tmp_path: Path, settings: Settings) -> None:
    repo.commit({"settings.py": f"password = '{SECRET}'"})
    repo.commit({"settings.py": "password = None"})
    source = kept(fetch(str(repo.path), settings=settings), tmp_path / "record", settings, secrets=[SECRET])
    assert dropped_of(source) == [(". (commits that the remote lacks)", "secret")]
    assert not (tmp_path / "record").exists()
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == contents(repo.path)
    shutil.rmtree(repo.path)
    shutil.rmtree(settings.cache_dir)
    with pytest.raises(NotRecordedError, match=f"the commit {source.commit} cannot be had"):
        rebuild(source, tmp_path / "record", settings=settings)


def test_a_line_that_was_removed_may_be_a_secret_too(repo: Any, tmp_path: Path, settings: Settings) -> None:
    repo.commit({"settings.py": f"password = '{SECRET}'\n", "other.py": "x = 1\n"})
    repo.git("remote", "add", "origin", str(repo.path))
    repo.git("fetch", "--quiet", "origin")
    (repo.path / "settings.py").write_text("password = None\n")
    (repo.path / "other.py").write_text("x = 2\n")
    source = kept(fetch(str(repo.path), settings=settings), tmp_path / "record", settings, secrets=[SECRET])
    assert dropped_of(source) == [("settings.py", "secret")]
    assert source.capture is not None
    assert source.capture.diff is not None
    diff = (tmp_path / "record" / source.capture.diff).read_text()
    assert "other.py" in diff
    assert SECRET not in diff


def test_the_limits_are_over_all_that_is_kept(repo: Any, tmp_path: Path, settings: Settings) -> None:
    for number in range(4):
        (repo.path / f"{number}.txt").write_text("x" * 10 * number)
    checkout = fetch(str(repo.path), settings=settings)
    source = kept(checkout, tmp_path / "count", settings, limits=CaptureLimits(files=2))
    assert dropped_of(source) == [("2.txt", "count"), ("3.txt", "count")]
    source = kept(checkout, tmp_path / "size", settings, limits=CaptureLimits(size=40))
    reasons = dict(dropped_of(source))
    assert reasons[". (commits that the remote lacks)"] == "size"
    assert reasons["3.txt"] == "size"
    (repo.path / "MLproject").write_text("y" * 10_000)
    source = kept(
        fetch(str(repo.path), settings=settings), tmp_path / "diff", settings, limits=CaptureLimits(size=4000)
    )
    assert ("MLproject", "size") in dropped_of(source)


def test_a_version_of_a_local_repository_keeps_its_unpushed_commits(
    repo: Any, tmp_path: Path, settings: Settings
) -> None:
    checkout = fetch(str(repo.path), "dev", settings=settings)
    source = kept(checkout, tmp_path / "record", settings)
    assert source.capture is not None
    assert source.capture.bundle
    expected = contents(checkout.top)
    shutil.rmtree(repo.path)
    shutil.rmtree(settings.cache_dir)
    again = rebuild(source, tmp_path / "record", settings=settings)
    assert contents(again.top) == expected
    third = capture(again, tmp_path / "third", settings=settings)
    assert third == source.capture
    assert (tmp_path / "third/source/commits.bundle").is_file()


def test_an_archive_must_be_what_it_was(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x/MLproject").write_text("name: x\n")
    archive = shutil.make_archive(str(tmp_path / "project"), "zip", tmp_path / "x")
    source = kept(fetch(archive, settings=settings), tmp_path / "record", settings)
    assert source.digest
    assert source.capture is None
    assert contents(rebuild(source, tmp_path / "record", settings=settings).top) == contents(tmp_path / "x")
    (tmp_path / "x/MLproject").write_text("name: y\n")
    shutil.make_archive(str(tmp_path / "project"), "zip", tmp_path / "x")
    with pytest.raises(SourceError, match="its sha256 is another"):
        rebuild(source, tmp_path / "record", settings=settings)


def test_the_tree_hash_sees_every_change_and_no_other(repo: Any, tmp_path: Path, settings: Settings) -> None:
    repo.commit({".gitignore": "ignored/\n"})

    def now() -> str | None:
        return tree_hash(repo.path, settings=settings, left_out=["out/*.txt"])

    seen = {now()}
    changes: list[Callable[[], object]] = [
        lambda: (repo.path / "MLproject").write_text("changed"),
        (repo.path / "new.py").touch,
        lambda: (repo.path / "MLproject").chmod(0o755),
        lambda: (repo.path / "link").symlink_to("a"),
        lambda: ((repo.path / "link").unlink(), (repo.path / "link").symlink_to("b")),
        lambda: (repo.path / "new.py").rename(repo.path / "renamed.py"),
        (repo.path / "renamed.py").unlink,
    ]
    for change in changes:
        change()
        assert now() not in seen
        seen.add(now())
    last = now()
    for name in ("ignored/x", "out/a.txt", "__pycache__/a.pyc", ".venv/bin/python", "mlruns/0/x", "deep/y.pyc"):
        (repo.path / name).parent.mkdir(parents=True, exist_ok=True)
        (repo.path / name).write_text("nothing")
    repo.git("add", "MLproject")
    repo.git("commit", "--quiet", "-m", "the same files")
    assert now() == last


def test_a_home_in_the_project_is_no_code(tmp_path: Path, settings: Settings) -> None:
    top = tmp_path / "project"
    (top / "home/objects").mkdir(parents=True)
    (top / "home/objects/x").write_text("x")
    (top / "code.py").write_text("x = 1")
    inside = replace(settings, home=top / "home", cache_dir=top / "cache")
    assert [file.path for file in read_tree(top, settings=inside).files] == ["code.py"]


def test_damaged_and_hostile_archives_are_refused(tmp_path: Path, settings: Settings) -> None:
    import io
    import tarfile

    top = tmp_path / "plain"
    top.mkdir()
    (top / "code.py").write_text("x = 1")
    source = kept(fetch(str(top), settings=settings), tmp_path / "record", settings)
    archive = tmp_path / "record/source/snapshot.tar.gz"

    def put(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> None:
        archive.unlink(missing_ok=True)
        with tarfile.open(archive, "w:gz") as tar:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            tar.addfile(info, io.BytesIO(b""))

    for name in ("../evil", "/evil"):
        put(name)
        with pytest.raises(SourceError, match="would leave the checkout"):
            rebuild(source, tmp_path / "record", settings=settings)
    put("device", tarfile.CHRTYPE)
    with pytest.raises(SourceError, match="what is no file"):
        rebuild(source, tmp_path / "record", settings=settings)
    archive.write_bytes(b"\x1f\x8bnothing")
    with pytest.raises(SourceError, match="damaged"):
        rebuild(source, tmp_path / "record", settings=settings)
    archive.unlink()
    with pytest.raises(SourceError, match="the record has lost its snapshot"):
        rebuild(source, tmp_path / "record", settings=settings)


def comes_back(top: Path, into: Path, settings: Settings) -> Source:
    """Keep what a work tree is, lose it, and have it again byte for byte from its record and its remote."""
    source = kept(fetch(str(top), settings=settings), into, settings)
    expected = contents(top)
    shutil.rmtree(top)
    assert contents(rebuild(source, into, settings=settings).top) == expected
    return source


@pytest.mark.parametrize("cone", ["--cone", "--no-cone"])
def test_a_sparse_checkout_comes_back(repo: Any, tmp_path: Path, settings: Settings, cone: str) -> None:
    repo.commit({"a/x.py": "1", "a/deep/y.py": "2", "b/z.py": "3", f"b/{UGLY}": "4", "c.py": "5", "a/gone/w.py": "6"})
    top = tmp_path / "clone"
    repo.git("clone", "--quiet", str(repo.path), str(top))
    clone = type(repo)(top)
    clone.git("sparse-checkout", "set", cone, "a/deep" if cone == "--cone" else "/a/")
    (top / "a/deep/y.py").write_text("changed")
    (top / "new.py").write_text("untracked")
    source = comes_back(top, tmp_path / "record", settings)
    assert source.capture is not None
    assert "b/" in source.capture.absent
    if cone == "--cone":
        assert "a/gone/" in source.capture.absent
        assert not (tmp_path / "record/source/submodules").exists()


def test_a_clean_sparse_checkout_comes_back(repo: Any, tmp_path: Path, settings: Settings) -> None:
    repo.commit({"a/x.py": "1", "b/z.py": "3"})
    top = tmp_path / "clone"
    repo.git("clone", "--quiet", str(repo.path), str(top))
    type(repo)(top).git("sparse-checkout", "set", "a")
    source = comes_back(top, tmp_path / "record", settings)
    assert source.dirty is False


def test_files_that_git_does_not_look_for_come_back(repo: Any, tmp_path: Path, settings: Settings) -> None:
    names = dict.fromkeys(("same", "changed", "deleted", "skipped", "linked"), "one")
    repo.commit(names)
    top = tmp_path / "clone"
    repo.git("clone", "--quiet", str(repo.path), str(top))
    clone = type(repo)(top)
    clone.git("update-index", "--assume-unchanged", "same", "changed", "deleted", "linked")
    clone.git("update-index", "--skip-worktree", "skipped")
    (top / "changed").write_text("two")
    (top / "skipped").write_text("three")
    (top / "deleted").unlink()
    (top / "linked").unlink()
    (top / "linked").symlink_to("same")
    source = comes_back(top, tmp_path / "record", settings)
    assert source.capture is not None
    assert source.capture.absent == ("deleted",)
    assert {file.path for file in source.capture.untracked} == {"changed", "skipped", "linked"}


def test_large_files_that_were_deleted_or_changed_come_back(
    repo: Any, tmp_path: Path, settings: Settings, require: Callable[[object, str], None]
) -> None:
    require(shutil.which("git-lfs"), "git-lfs")
    repo.git("lfs", "install", "--local")
    repo.git("lfs", "track", "*.bin")
    repo.commit({"data/gone.bin": "large\n", "data/kept.bin": "too\n", "changed.bin": "one\n", "turned.bin": "two\n"})
    top = tmp_path / "clone"
    repo.git("clone", "--quiet", str(repo.path), str(top))
    clone = type(repo)(top)
    clone.git("lfs", "install", "--local")
    clone.git("lfs", "pull")
    assert (top / "changed.bin").read_text() == "one\n"
    (top / "data/gone.bin").unlink()
    (top / "changed.bin").write_text("another\n")
    (top / "turned.bin").unlink()
    (top / "turned.bin").mkdir()
    (top / "turned.bin/inside.txt").write_text("now a directory\n")
    source = comes_back(top, tmp_path / "record", settings)
    assert source.capture is not None
    assert source.capture.absent == ("data/gone.bin", "turned.bin")


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "", "link/x", "link/sub/"])
def test_nothing_outside_is_removed(path: str, tmp_path: Path) -> None:
    top, outside = tmp_path / "top", tmp_path / "outside"
    (outside / "sub").mkdir(parents=True)
    (outside / "x").write_text("mine")
    top.mkdir()
    (top / "link").symlink_to(outside)
    with pytest.raises(SourceError, match="would leave the checkout"):
        remove_absent([path], top, where="here")
    assert (outside / "x").exists()


@given(st.sets(st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map("/".join)), st.data())
def test_what_is_folded_is_what_is_absent(names: set[str], data: st.DataObject) -> None:
    files = {name for name in names if not any(other.startswith(f"{name}/") for other in names)}
    present = set(data.draw(st.lists(st.sampled_from(sorted(files)), unique=True))) if files else set()
    found = folded(files - present, present)
    covered = {name for name in files if any(name == one or (one[-1] == "/" and name.startswith(one)) for one in found)}
    assert covered == files - present


@pytest.fixture
def with_submodule(repo: Any, new_repo: Callable[[Path], Any], tmp_path: Path) -> Any:
    """A clone with a submodule at `libs/in ner`."""
    inner = new_repo(tmp_path / "inner")
    inner.commit({"lib.py": "one\n", "other.py": "x\n"})
    repo.git("submodule", "--quiet", "add", str(inner.path), "libs/in ner")
    repo.git("commit", "--quiet", "-m", "with a submodule")
    repo.git("clone", "--quiet", "--recurse-submodules", str(repo.path), str(tmp_path / "clone"))
    return type(repo)(tmp_path / "clone")


def deleted(clone: Any) -> None:
    shutil.rmtree(clone.path / "libs/in ner")


def not_initialised(clone: Any) -> None:
    clone.git("submodule", "--quiet", "deinit", "--force", "--all")


def removed(clone: Any) -> None:
    clone.git("rm", "--quiet", "-r", "libs/in ner")


def staged(clone: Any) -> None:
    module = type(clone)(clone.path / "libs/in ner")
    (module.path / "lib.py").write_text("staged\n")
    (module.path / "new.py").write_text("staged too\n")
    module.git("add", "--all")
    (module.path / "other.py").unlink()


def at_another_commit(clone: Any) -> None:
    module = type(clone)(clone.path / "libs/in ner")
    module.commit({"lib.py": "unpushed\n"})
    clone.git("add", "--all")


def sparse(clone: Any) -> None:
    type(clone)(clone.path / "libs/in ner").git("sparse-checkout", "set", "--no-cone", "/lib.py")


def added(clone: Any) -> None:
    """A second one, which no commit knows."""
    clone.git("submodule", "--quiet", "add", str(clone.path.parent / "inner"), "second")
    (clone.path / "second/lib.py").write_text("changed\n")


def moved(clone: Any) -> None:
    clone.git("mv", "libs/in ner", "elsewhere")


@pytest.mark.parametrize(
    "change",
    [deleted, not_initialised, removed, staged, at_another_commit, sparse, added, moved],
    ids=lambda it: it.__name__,
)
def test_a_submodule_in_any_state_comes_back(
    with_submodule: Any, change: Callable[[Any], None], tmp_path: Path, settings: Settings
) -> None:
    change(with_submodule)
    comes_back(with_submodule.path, tmp_path / "record", settings)


def test_too_many_absent_files_are_said_and_not_rebuilt(repo: Any, tmp_path: Path, settings: Settings) -> None:
    repo.commit({f"a/{number}.py": "x" for number in range(6)})
    top = tmp_path / "clone"
    repo.git("clone", "--quiet", str(repo.path), str(top))
    type(repo)(top).git("sparse-checkout", "set", "--no-cone", "/a/1.py", "/MLproject")
    limits = CaptureLimits(files=2)
    source = kept(fetch(str(top), settings=settings), tmp_path / "record", settings, limits=limits)
    assert dropped_of(source) == [(".", "count")]
    with pytest.raises(CodeNotRecordedError, match="what differed from the commit is not recorded"):
        rebuild(source, tmp_path / "record", settings=settings)


def test_of_a_great_many_secrets_some_are_named(repo: Any, tmp_path: Path, settings: Settings) -> None:
    for number in range(1003):
        (repo.path / f"{number}.pem").touch()
    source = kept(fetch(str(repo.path), settings=settings), tmp_path / "record", settings)
    assert len(dropped_of(source)) == 1001
    assert dropped_of(source)[-1] == ("3 more files", "count")


def test_without_git_the_whole_directory_is_kept(repo: Any, tmp_path: Path, settings: Settings) -> None:
    checkout = fetch(str(repo.path), settings=settings)
    nowhere = replace(settings, environ={**settings.environ, "PATH": str(tmp_path)})
    source = kept(checkout, tmp_path / "record", nowhere)
    assert source.capture is not None
    assert source.capture.snapshot
    expected = contents(repo.path)
    assert contents(rebuild(source, tmp_path / "record", settings=nowhere).top) == expected
