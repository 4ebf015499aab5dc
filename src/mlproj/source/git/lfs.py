"""Git LFS: the large files of a checkout, where the project has some."""

from pathlib import Path

from mlproj.errors import ProgramFailedError, SourceError
from mlproj.source.git.mirrors import Mirror

_POINTER = "version https://git-lfs.github.com/spec/v1"
_NAMED = 3


def pull_large_files(mirror: Mirror, directory: Path) -> None:
    """Put the real files in place of LFS's pointers; they are kept in the mirror for the next checkout.

    Raises SourceError if there are pointers and git-lfs is not on this machine.
    """
    import shutil

    if not _uses_lfs(mirror, directory) or not (pointers := _pointers(mirror, directory)):
        return
    if shutil.which("git-lfs", path=mirror.access.environ.get("PATH")) is None:
        named = ", ".join(pointers[:_NAMED]) + (", ..." if len(pointers) > _NAMED else "")
        raise SourceError(
            f"{len(pointers)} files are kept in Git LFS ({named}), and git-lfs is not on this machine",
            where=mirror.where,
            hint="install git-lfs",
        )
    program = mirror.access.at(directory)
    program.lfs("install", "--local", "--skip-repo")
    # In the file, not on the command line: git hands that on to the program that reads the repository we copy from.
    program.config("lfs.storage", str(mirror.path / "lfs"))
    if mirror.is_local:
        try:
            mirror.access.showing(directory, options=(f"lfs.url=file://{mirror.url}",)).lfs("pull")
        except ProgramFailedError:
            pass
        else:
            return
    if not _may_leave(mirror):
        raise SourceError(
            "files that are kept in Git LFS are not on this machine, and GIT_ALLOW_PROTOCOL keeps git on it",
            where=mirror.where,
            hint="allow https or ssh",
        )
    mirror.access.showing(directory).lfs("pull")


def _may_leave(mirror: Mirror) -> bool:
    """git-lfs does not look at GIT_ALLOW_PROTOCOL; whoever narrows it for git means its large files too."""
    allowed = mirror.access.environ.get("GIT_ALLOW_PROTOCOL", "https").split(":")
    return not {"https", "http", "ssh"}.isdisjoint(allowed)


def _uses_lfs(mirror: Mirror, directory: Path) -> bool:
    listed = mirror.access.at(directory).ls_files("-z", "--", ":(glob)**/.gitattributes")
    files = [directory / name for name in str(listed).split("\0") if name]
    return any("filter=lfs" in file.read_text(errors="replace") for file in files if file.is_file())


def _pointers(mirror: Mirror, directory: Path) -> list[str]:
    try:
        found = mirror.access.at(directory).grep("-l", "-z", "--fixed-strings", "-e", _POINTER)
    except ProgramFailedError:
        return []
    return [name for name in str(found).split("\0") if name and not name.endswith(".gitattributes")]
