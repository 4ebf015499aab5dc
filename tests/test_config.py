from pathlib import Path

import pytest

from mlproj.config import SETTINGS, config_file, load_settings
from mlproj.errors import SettingError


def test_option_beats_variable_beats_file_beats_default(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    assert load_settings(environ).grace == 10.0
    config = config_file(environ)
    config.parent.mkdir(parents=True)
    config.write_text("grace = 1")
    assert load_settings(environ).grace == 1.0
    environ["MLPROJ_GRACE"] = "2"
    assert load_settings(environ).grace == 2.0
    settings = load_settings(environ, {"grace": 3.0, "installer": None})
    assert settings.grace == 3.0
    assert settings.origins["grace"].origin == "option"
    assert settings.origins["installer"].origin == "default"


def test_directories_follow_the_platforms_rules(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": "relative"}
    settings = load_settings(environ)
    assert settings.home == tmp_path / "data" / "mlproj"
    assert settings.cache_dir == tmp_path / ".cache" / "mlproj"
    assert load_settings({**environ, "MLPROJ_HOME": "here"}).home == Path.cwd() / "here"


def test_without_a_home_the_accounts_directory_serves() -> None:
    assert load_settings({}).home.is_absolute()


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("MLPROJ_GRACE", "soon", "number of seconds"),
        ("MLPROJ_GRACE", "-1", "number of seconds"),
        ("MLPROJ_GRACE", "inf", "number of seconds"),
        ("MLPROJ_PYTHON_DOWNLOAD", "maybe", "true or false"),
        ("MLPROJ_ENV_MANAGER", "poetry", "one of local"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_variable(variable: str, text: str, says: str) -> None:
    with pytest.raises(SettingError, match=says) as refused:
        load_settings({variable: text})
    assert str(refused.value).startswith(variable)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("grace = ", "cannot be read"),
        ("gracee = 1", "unknown setting 'gracee'"),
        ("installer = 'conda'", "one of uv, pip"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    environ = {"HOME": str(tmp_path)}
    config_file(environ).parent.mkdir(parents=True)
    config_file(environ).write_text(text)
    with pytest.raises(SettingError, match=says) as refused:
        load_settings(environ)
    assert "config.toml" in str(refused.value)


def test_a_store_that_is_no_server_is_not_taken_from_mlflows_variable() -> None:
    settings = load_settings({"MLFLOW_TRACKING_URI": "./mlruns"})
    assert (settings.tracking_uri, settings.ignored_tracking_uri) == (None, "./mlruns")
    settings = load_settings({"MLFLOW_TRACKING_URI": "https://host"})
    assert (settings.tracking_uri, settings.ignored_tracking_uri) == ("https://host", None)
    settings = load_settings({"MLFLOW_TRACKING_URI": "./mlruns", "MLPROJ_TRACKING_URI": "sqlite:///x.db"})
    assert settings.tracking_uri == "sqlite:///x.db"


def test_every_setting_is_a_field() -> None:
    settings = load_settings({})
    for setting in SETTINGS:
        assert hasattr(settings, setting.key)
        assert setting.help
