"""What of this machine's files is part of the hash of the code. Reads directories, and no file."""

import os
from collections.abc import Mapping
from pathlib import Path

from mlproj.source.capture.leaving_out import leaving_out
from mlproj.source.checkout import Checkout
from mlproj.source.tree import Tree

LINK = "link"


def modes_of(tree: Tree) -> dict[str, str]:
    """The modes of the code's files, by where they are."""
    return {f"{tree.top}/{file.path}": file.mode for file in tree.files}


def is_covered(place: str, modes: Mapping[str, str], checkout: Checkout) -> bool:
    """Whether all that is at a place of this machine is part of the code's hash; `modes` are those of its files."""
    if place in modes:
        return modes[place] != LINK
    top = checkout.top
    leave_out = leaving_out(checkout.source.left_out)
    if not any(file.startswith(f"{place}/") for file in modes):
        return False
    for folder, inner, files in os.walk(place):
        links = [name for name in inner if Path(folder, name).is_symlink()]
        inner[:] = [name for name in inner if not leave_out(os.path.relpath(f"{folder}/{name}", top))]
        for name in [*files, *links]:
            file = f"{folder}/{name}"
            if file not in modes and not leave_out(os.path.relpath(file, top)):
                return False
    return True
