from pathlib import Path

import pytest

from mlproj.system.mounts import is_on_network

TABLE = """\
/dev/sda1 / ext4 rw 0 0
server:/export /home nfs4 rw 0 0
tmpfs /home/ada/tmp tmpfs rw 0 0
//pc/share /mnt/a\\040b\\134c cifs rw 0 0
user@host:/ /mnt/ssh fuse.sshfs rw 0 0
junk
/dev/sdb1 /mnt/over nfs rw 0 0
/dev/sdb1 /mnt/over ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/x", False),
        ("/home", True),
        ("/home/ada/not yet/there", True),
        ("/home/ada/tmp/x", False),
        ("/homestead", False),
        ("/mnt/a b\\c/x", True),
        ("/mnt/ssh/x", True),
        ("/mnt/over/x", False),
    ],
)
def test_the_deepest_mount_decides(tmp_path: Path, path: str, expected: bool) -> None:  # noqa: FBT001 - a table
    table = tmp_path / "mounts"
    table.write_text(TABLE)
    assert is_on_network(Path(path), table=table) is expected


def test_without_a_table_the_answer_is_no(tmp_path: Path) -> None:
    assert not is_on_network(tmp_path, table=tmp_path / "none")
    (tmp_path / "empty").write_text("")
    assert not is_on_network(tmp_path, table=tmp_path / "empty")


def test_this_machine_can_be_asked(tmp_path: Path) -> None:
    assert is_on_network(tmp_path) in {True, False}


def test_a_link_into_a_network_mount_is_followed(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "share")
    table = tmp_path / "mounts"
    table.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path}/share nfs rw 0 0\n")
    assert is_on_network(tmp_path / "link" / "file", table=table)
