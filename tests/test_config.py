import os
from pathlib import Path

import pytest

from mlproj.config import SETTINGS, config_file, load_settings, user_home
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


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("grace", "nan", "number of seconds"),
        ("grace", -1, "number of seconds"),
        ("grace", float("nan"), "number of seconds"),
        ("installer", "foo", "one of uv, pip"),
        ("env_manager", "poetry", "one of local"),
        ("storage_dir", "", "is empty"),
        ("tracking_uri", " ", "is empty"),
    ],
)
def test_an_option_is_read_as_a_variable_is(option: str, value: object, says: str) -> None:
    with pytest.raises(SettingError, match=says) as refused:
        load_settings({}, {option: value})
    assert str(refused.value).startswith(f"--{option.replace('_', '-')}: ")


def test_options_of_other_types() -> None:
    settings = load_settings({}, {"grace": "2", "python_download": False, "storage_dir": Path("/a b")})
    assert (settings.grace, settings.python_download, settings.storage_dir) == (2.0, False, Path("/a b"))


@pytest.mark.parametrize("text", ["home = ''", "cache_dir = ' '", "tracking_uri = ''", "experiment_name = ''"])
def test_an_empty_value_in_the_file_is_refused(tmp_path: Path, text: str) -> None:
    environ = {"HOME": str(tmp_path)}
    config_file(environ).parent.mkdir(parents=True)
    config_file(environ).write_text(text)
    with pytest.raises(SettingError, match="is empty") as refused:
        load_settings(environ)
    assert f"{config_file(environ)}: {text.partition(' ')[0]}" in str(refused.value)


def test_a_list_in_the_file_is_refused(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    config_file(environ).parent.mkdir(parents=True)
    config_file(environ).write_text("home = ['a', 'b']")
    with pytest.raises(SettingError, match="must be a text"):
        load_settings(environ)


def test_home_of_somebody_who_is_not_known(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "MLPROJ_HOME": "~nobody-of-that-name/x"}
    with pytest.raises(SettingError, match="home directory that is not known"):
        load_settings(environ)


def test_the_conda_channel_is_a_setting() -> None:
    assert load_settings({}).conda_channel.endswith("/conda-forge")
    assert load_settings({"MLPROJ_CONDA_CHANNEL": "https://host/c"}).conda_channel == "https://host/c"


class TestNoHome:
    """Users whose home directory is not there and cannot be made: nobody, and most users of containers."""

    def environ(self, tmp_path: Path) -> dict[str, str]:
        (tmp_path / "file").write_text("")
        return {"HOME": str(tmp_path / "file" / "home"), "TMPDIR": str(tmp_path)}

    def test_a_private_directory_below_the_temporary_one_serves(self, tmp_path: Path) -> None:
        settings = load_settings(self.environ(tmp_path))
        folder = tmp_path / f"mlproj-{os.getuid()}"
        assert settings.home.is_relative_to(folder)
        assert settings.cache_dir.is_relative_to(folder)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert user_home(self.environ(tmp_path)) is None

    def test_one_that_is_open_to_others_is_closed(self, tmp_path: Path) -> None:
        folder = tmp_path / f"mlproj-{os.getuid()}"
        folder.mkdir()
        folder.chmod(0o777)
        load_settings(self.environ(tmp_path))
        assert folder.stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize("kind", ["link", "file"])
    def test_what_somebody_else_may_have_put_there_is_refused(self, tmp_path: Path, kind: str) -> None:
        folder = tmp_path / f"mlproj-{os.getuid()}"
        folder.symlink_to(tmp_path) if kind == "link" else folder.write_text("")
        with pytest.raises(SettingError, match="not a directory of yours"):
            load_settings(self.environ(tmp_path))

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
    def test_somebody_elses_directory_is_refused(self, tmp_path: Path) -> None:
        folder = tmp_path / f"mlproj-{os.getuid()}"
        folder.mkdir()
        os.chown(folder, 12345, 12345)
        with pytest.raises(SettingError, match="not a directory of yours"):
            load_settings(self.environ(tmp_path))

    def test_a_directory_that_cannot_be_made_is_left_to_who_writes(self, tmp_path: Path) -> None:
        environ = {**self.environ(tmp_path), "TMPDIR": str(tmp_path / "none")}
        assert load_settings(environ).home.is_relative_to(tmp_path / "none")

    def test_a_home_that_can_be_made_is_one(self, tmp_path: Path) -> None:
        assert user_home({"HOME": str(tmp_path / "a" / "b")}) == tmp_path / "a" / "b"


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
