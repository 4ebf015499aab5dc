import os
import sys
from pathlib import Path

from mlproj.envs.values import Environment
from mlproj.project.model import EnvKind
from mlproj.runner.child_environment import child_environment, executable, without_proxy

LOCAL = Environment(kind=EnvKind.LOCAL, manager="local")


def make(caller: dict[str, str], environment: Environment = LOCAL, **more: str) -> dict[str, str]:
    return child_environment(
        caller,
        environment=environment,
        tracking_uri="http://127.0.0.1:5/token",
        run_id="r1",
        experiment_id="7",
        env_manager=more.pop("env_manager", None),
        secrets=more,
    )


def test_both_spellings_say_where_to_log() -> None:
    made = make({"PATH": "/bin", "MLFLOW_EXPERIMENT_NAME": "x", "MLPROJ_EXPERIMENT_NAME": "y", "KEPT": " a\nb "})
    for twin in ("MLFLOW", "MLPROJ"):
        assert made[f"{twin}_TRACKING_URI"] == "http://127.0.0.1:5/token"
        assert made[f"{twin}_RUN_ID"] == "r1"
        assert made[f"{twin}_EXPERIMENT_ID"] == "7"
        assert f"{twin}_EXPERIMENT_NAME" not in made
    assert made["KEPT"] == " a\nb "
    assert made["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] == "true"
    assert made["MLPROJ_PYTHON"] == sys.executable


def test_the_environment_takes_away_first_and_then_adds() -> None:
    environment = Environment(
        kind=EnvKind.PYTHON, manager="virtualenv", variables={"PATH": "/env/bin:/bin"}, unset=("PYTHONHOME", "PATH")
    )
    made = make({"PATH": "/bin", "PYTHONHOME": "/x"}, environment)
    assert made["PATH"] == "/env/bin:/bin"
    assert "PYTHONHOME" not in made


def test_loopback_goes_round_the_proxy_and_what_was_there_stays() -> None:
    assert without_proxy({}) == {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    assert without_proxy({"NO_PROXY": "corp, localhost"})["no_proxy"] == "corp,localhost,127.0.0.1"
    assert without_proxy({"no_proxy": "a", "NO_PROXY": "b"})["NO_PROXY"] == "a,127.0.0.1,localhost"


def test_a_chosen_env_manager_is_handed_on() -> None:
    assert make({}, env_manager="local")["MLPROJ_ENV_MANAGER"] == "local"
    assert "MLPROJ_ENV_MANAGER" not in make({})


def test_secrets_travel_as_variables() -> None:
    assert make({}, MLPROJ_SECRET_KEY="hush")["MLPROJ_SECRET_KEY"] == "hush"


def test_the_program_is_the_one_beside_our_interpreter() -> None:
    beside = Path(sys.executable).parent / "mlproj"
    assert executable({"PATH": ""}) == (str(beside) if os.access(beside, os.X_OK) else "mlproj")
