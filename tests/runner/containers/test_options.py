"""Options of a container, recorded without secrets and given again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.backends.docker_arguments import read_docker_arguments
from mlproj.errors import NotRecordedError
from mlproj.runner.containers.options import options_again, recorded_options

SECRET = "hunter2hunter2"
values = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20)


@given(st.dictionaries(st.from_regex(r"\A[A-Z]{3,8}\Z"), values, max_size=3), st.sampled_from(["m", "memory"]))
def test_what_is_recorded_is_given_again(variables: dict[str, str], memory: str) -> None:
    options = {"e": [f"{name}={value}" for name, value in variables.items()], memory: "64m", "privileged": True}
    recorded = recorded_options(options, environ={}, secrets=())
    again = options_again(recorded, {})
    if not any("[secret]" in text for texts in recorded.values() for text in texts):
        assert read_docker_arguments(again, {}) == read_docker_arguments(options, {})


def test_names_are_long_and_what_is_off_is_left_out() -> None:
    options = {"--gpus": "all", "e": "A=1", "env": ["B=2", "MODE", "NONE"], "init": False, "read-only": None}
    assert recorded_options(options, environ={"MODE": "x y"}, secrets=()) == {
        "gpus": ("all",),
        "env": ("A=1", "B=2", "MODE=x y", "NONE"),
    }


def test_secrets_are_masked_and_asked_for_again() -> None:
    options = {"e": ["API_TOKEN=abc", "PLAIN=1", f"URL=https://u:{SECRET}@h/", "HF_TOKEN"]}
    environ = {"HF_TOKEN": SECRET}
    recorded = recorded_options(options, environ=environ, secrets=[SECRET])
    assert SECRET not in str(recorded)
    assert "abc" not in str(recorded)
    assert recorded["env"][1] == "PLAIN=1"
    with pytest.raises(NotRecordedError, match="the container's variable API_TOKEN held a secret"):
        options_again(recorded, {"HF_TOKEN": "x"})
    again = options_again(recorded, {"API_TOKEN": "abc", "HF_TOKEN": "x"})
    assert again["env"] == ["API_TOKEN", "PLAIN=1", "URL=https://h/", "HF_TOKEN"]
    with pytest.raises(NotRecordedError, match="the container option -A label held a secret"):
        options_again(recorded_options({"label": f"a={SECRET}"}, environ={}, secrets=[SECRET]), {})
