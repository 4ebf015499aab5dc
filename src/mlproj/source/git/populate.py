"""A commit of a mirror -> files in a directory of its own, with a small repository around them."""

from dataclasses import replace
from pathlib import Path

from mlproj.source.git.environ import quoted
from mlproj.source.git.lfs import pull_large_files
from mlproj.source.git.mirrors import Mirror, object_format
from mlproj.source.git.submodules import SubmoduleState, bring_submodule, place_of, read_submodules
from mlproj.system.files import make_directory

_NO_LFS = ("filter.lfs.required=false", "filter.lfs.process=", "filter.lfs.smudge=", "filter.lfs.clean=")


def populate(
    mirror: Mirror,
    commit: str,
    directory: Path,
    *,
    branch: str | None,
    origin: str,
    submodules: SubmoduleState | None = None,
) -> None:
    """Check a commit out into a directory, with its submodules and large files; its objects stay in the mirror.

    `submodules` says which submodules are meant and at which commits, where that is not what the commit says.
    """
    make_directory(directory)
    program = mirror.access.at(directory, options=_NO_LFS)
    program.init("--quiet", "--template=", f"--object-format={object_format(commit)}")
    mirror.mark_used()
    alternates = directory / ".git" / "objects" / "info" / "alternates"
    make_directory(alternates.parent)
    objects = str(mirror.path / "objects")
    # In quotes only where it must be: git-lfs passes over a line that is.
    alternates.write_text(f"{quoted(objects) if chr(10) in objects else objects}\n", errors="surrogateescape")
    (directory / ".git" / "shallow").write_text(f"{commit}\n")
    program.config("remote.origin.url", origin)
    program.config("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    if branch is not None:
        program.symbolic_ref("HEAD", f"refs/heads/{branch}")
        program.update_ref("HEAD", commit)
    else:
        program.update_ref("--no-deref", "HEAD", commit)
    program.reset("--hard", "--quiet")
    pull_large_files(mirror, directory)
    for submodule in read_submodules(mirror.access, directory):
        if submodules is not None and submodule.path not in submodules.commits:
            continue  # it was not there
        wanted = submodule if submodules is None else replace(submodule, commit=submodules.commits[submodule.path])
        inner = bring_submodule(mirror, wanted, None if submodules is None else submodules.bundles.get(wanted.path))
        program.config(f"submodule.{submodule.name}.url", inner.url)
        populate(
            inner,
            wanted.commit,
            place_of(directory, submodule),
            branch=None,
            origin=inner.url,
            submodules=None if submodules is None else submodules.below(wanted.path),
        )
