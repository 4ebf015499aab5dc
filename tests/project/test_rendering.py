import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from mlproj.project.binding import bind
from mlproj.project.model import EntryPoint, Parameter, RenderedCommand
from mlproj.project.rendering import render

SHOW = f"{sys.executable} -S -c 'import sys, json; print(json.dumps(sys.argv[1:]))'"
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def render_template(command: str, *names: str, **values: str) -> str:
    parameters = tuple(Parameter(name=name) for name in names or values)
    entry_point = EntryPoint(name="main", command=command, parameters=parameters)
    return render(bind(entry_point, values), place={}, shell="bash").text


def argv_of(command: RenderedCommand) -> list[str]:
    import json

    done = subprocess.run(
        ["bash", "-c", command.text], env=dict(command.variables), capture_output=True, check=True, text=True
    )
    words: list[str] = json.loads(done.stdout)
    return words


def test_values_are_quoted_for_the_shell() -> None:
    assert render_template("python train.py {alpha}", alpha="x y;z") == "python train.py 'x y;z'"
    assert render_template("echo {p}", p="") == "echo ''"
    assert render_template("echo {p}", p="friend; echo 'hi'") == "echo 'friend; echo '\"'\"'hi'\"'\"''"


@settings(max_examples=25, deadline=None)
@given(value=VALUES, extra=VALUES, argument=VALUES)
def test_every_value_arrives_in_the_program_as_it_was_given(value: str, extra: str, argument: str) -> None:
    entry_point = EntryPoint(name="main", command=SHOW.replace("{", "{{") + " {a}\n", parameters=(Parameter(name="a"),))
    binding = bind(entry_point, {"a": value, "zed": extra}, arguments=[argument])
    assert argv_of(render(binding, place={}, shell="bash")) == [value, "--zed", extra, argument]
