"""A commit of a mirror -> files in a directory of its own, with a small repository around them."""

from pathlib import Path

from mlproj.source.mirrors import Mirror
from mlproj.system.files import make_directory

_NO_LFS = ("filter.lfs.required=false", "filter.lfs.process=", "filter.lfs.smudge=", "filter.lfs.clean=")


def populate(mirror: Mirror, commit: str, directory: Path, *, branch: str | None, origin: str | None) -> None:
    """Check a commit out into a new directory; its objects stay in the mirror."""
    make_directory(directory)
    program = mirror.access.at(directory, options=_NO_LFS)
    program.init("--quiet", "--template=", f"--object-format={_object_format(commit)}")
    (directory / ".git" / "objects" / "info" / "alternates").write_text(f"{mirror.path / 'objects'}\n")
    (directory / ".git" / "shallow").write_text(f"{commit}\n")
    if origin is not None:
        program.config("remote.origin.url", origin)
        program.config("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    if branch is not None:
        program.symbolic_ref("HEAD", f"refs/heads/{branch}")
        program.update_ref("HEAD", commit)
    else:
        program.update_ref("--no-deref", "HEAD", commit)
    program.reset("--hard", "--quiet")


def _object_format(commit: str) -> str:
    return "sha256" if len(commit) == 64 else "sha1"  # noqa: PLR2004 - the digits of a sha256
