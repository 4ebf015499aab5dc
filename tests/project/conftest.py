"""Projects in a directory, from the text of their MLproject file."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from mlproj.project.loading import load
from mlproj.project.model import Loaded

LoadText = Callable[..., Loaded]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty directory for a project, its name full of what breaks unquoted commands."""
    root = tmp_path / "a project's $(dir) ü"
    root.mkdir()
    return root


@pytest.fixture
def load_text(project: Path) -> LoadText:
    """Write an MLproject file, and files beside it, and load the project."""

    def load_it(text: str | bytes, **beside: str) -> Loaded:
        data = dedent(text).encode() if isinstance(text, str) else text
        (project / "MLproject").write_bytes(data)
        for name, content in beside.items():
            (project / name).write_text(content)
        return load(project)

    return load_it
