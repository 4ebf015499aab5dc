"""Records from elsewhere make no program of ours do what they say."""

from dataclasses import replace

import pytest

from mlproj.errors import SourceError
from mlproj.record.values import Capture, NotRecorded, Source
from mlproj.source.capture.recorded_names import check_names

FINE = Source(
    uri="/p#a b",
    kind="local",
    commit="0" * 40,
    branch="feature/é",
    repository="git@host:a/b.git",
    subdirectory="a b/c..d",
    submodules={"lib/x": "f" * 40},
    capture=Capture(
        diff="source/changes.diff",
        submodules={"lib/x": Capture(files="source/submodules/lib/x/files.tar.gz")},
        dropped=(
            NotRecorded(path=".env", reason="secret"),
            NotRecorded(path=". (commits that the remote lacks)", reason="size"),
        ),
    ),
)


def test_what_a_record_of_ours_says_is_taken() -> None:
    check_names(FINE)
    check_names(Source(uri="https://host/x.zip", kind="archive"))


@pytest.mark.parametrize(
    "changes",
    [
        {"commit": "--upload-pack=touch x"},
        {"commit": "main"},
        {"submodules": {"lib": "-x"}},
        {"submodules": {"../lib": "0" * 40}},
        {"uri": "--output=x"},
        {"repository": "-u"},
        {"branch": "--force"},
        {"subdirectory": "../../etc"},
        {"subdirectory": "/etc"},
        {"capture": Capture(diff="../../../etc/passwd")},
        {"capture": Capture(snapshot="/etc/passwd")},
        {"capture": Capture(dropped=(NotRecorded(path="a/../../x", reason="size", sha256="0"),))},
        {"capture": Capture(submodules={"..": Capture()})},
        {"capture": Capture(submodules={"lib": Capture(bundle="../x")})},
    ],
)
def test_what_leads_elsewhere_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(SourceError, match="the record names no "):
        check_names(replace(FINE, **changes))  # type: ignore[arg-type] # fields by name
