from pathlib import Path

import pytest

from mlproj.errors import UsageError
from mlproj.runner.backend_config import read_backend_config


def test_nothing_given() -> None:
    assert read_backend_config(None) == {}


def test_inline_and_file(tmp_path: Path) -> None:
    file = tmp_path / "my config.json"
    file.write_text('{"a": 1}')
    assert read_backend_config('  {"a": 1}') == read_backend_config(str(file)) == read_backend_config(file) == {"a": 1}


@pytest.mark.parametrize(("text", "says"), [("{", "not JSON"), ("no/such.json", "No such file"), ('{"a"}', "not JSON")])
def test_mistakes(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_backend_config(text)


def test_a_list_is_no_object(tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    file.write_text("[1]")
    with pytest.raises(UsageError, match="not a JSON object"):
        read_backend_config(file)
