"""Which file system a path lies on, from the mount table."""

from pathlib import Path

NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse.ceph", "fuse.glusterfs", "fuse.gvfsd-fuse", "fuse.sshfs", "gpfs"}
    | {"lustre", "ncpfs", "nfs", "nfs4", "panfs", "smb3", "smbfs", "virtiofs", "wekafs"}
)


def is_on_network(path: Path, *, table: Path = Path("/proc/self/mounts")) -> bool:
    """Whether `path` (which need not exist yet) lies on a file system that other machines share.

    Where there is no mount table (macOS) the answer is no.
    """
    try:
        lines = table.read_text(errors="replace").splitlines()
    except OSError:
        return False
    mounts = [(Path(_unescape(fields[1])), fields[2]) for fields in map(str.split, lines) if len(fields) > 2]  # noqa: PLR2004 - device, point, type
    real = path.resolve()
    # Of several mounts on one point the last one is what is seen.
    points = [(point, kind) for point, kind in reversed(mounts) if real.is_relative_to(point)]
    deepest = max(points, key=lambda mount: len(mount[0].parts), default=(Path("/"), ""))
    return deepest[1] in NETWORK


def _unescape(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text
