import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlproj.errors import ProjectFileError
from mlproj.project.binding import bind, find_entry_point
from mlproj.project.model import EntryPoint, Loaded, Parameter, RenderedCommand
from mlproj.project.rendering import render, secret_variable
from mlproj.project.templates import template_faults, template_fields

LoadText = Callable[..., Loaded]

PRINT_ARGUMENTS = f"{sys.executable} -SIc 'import sys, json; print(json.dumps(sys.argv[1:]))'"
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
UGLY = [
    "",
    "a b",
    "a'b\"c",
    "$(rm -rf x)",
    "`id`",
    "a\nb",
    "\\",
    "*",
    "~",
    "😀 ü",
    "-x",
    "{alpha}",
    "!",
    "#",
    "\x1b[0m",
]


def render_template(command: str, given: dict[str, str], *declared: str, arguments: tuple[str, ...] = ()) -> str:
    parameters = tuple(Parameter(name=name) for name in declared or given)
    entry_point = EntryPoint(name="main", command=command, parameters=parameters)
    return render(bind(entry_point, given, arguments=arguments), place={}, shell="bash").text


def argv_of(command: RenderedCommand) -> list[str]:
    """What a program that the command starts gets as its arguments."""
    argv = ["bash", "-c", command.text]
    done = subprocess.run(argv, env={**command.variables, "LC_ALL": "C.UTF-8"}, capture_output=True, check=True)
    words: list[str] = json.loads(done.stdout)
    return words


def test_values_are_quoted_for_the_shell() -> None:
    assert render_template("python train.py {alpha}", {"alpha": "x y;z"}) == "python train.py 'x y;z'"
    assert render_template("echo {p}", {"p": ""}) == "echo ''"
    assert render_template("echo {p}", {"p": "friend; echo 'hi'"}) == "echo 'friend; echo '\"'\"'hi'\"'\"''"
    assert render_template("echo {data-path}", {"data-path": "x"}) == "echo x"


def test_the_template_is_python_s_format() -> None:
    assert render_template("awk '{{print $1}}' ${{HOME}} {a}", {"a": "1"}) == "awk '{print $1}' ${HOME} 1"
    assert render_template("[{a:>4}] {a!r} {a:.1}", {"a": "xy"}) == "[  xy] 'xy' x"
    assert render_template("[{a:{w}}]", {"a": "x", "w": "3"}) == "[x  ]"


def test_a_placeholder_in_quotes_gets_quotes_of_its_own_as_in_mlflow() -> None:
    assert render_template('echo "{p}"', {"p": "a b"}) == "echo \"'a b'\""


def test_what_is_not_declared_goes_to_the_end_in_the_order_given() -> None:
    given = {"b": "x y", "name": "n", "a": ""}
    assert render_template("greet {name}", given, "name") == "greet n --b 'x y' --a ''"


def test_odd_names_of_what_is_not_declared_are_quoted() -> None:
    entry_point = EntryPoint(name="main", command="x")
    assert render(bind(entry_point, {"a b": "1"}), place={}, shell="bash").text == "x '--a b' 1"


def test_arguments_come_last_and_quoted() -> None:
    entry_point = EntryPoint(name="main", command="x\n")
    binding = bind(entry_point, {"a": "1"}, arguments=["-v", "two words", "*"])
    assert render(binding, place={}, shell="bash").text == "x --a 1 -v 'two words' '*'"


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("echo a\n", "echo a --x 1"),
        ("echo a  \n\n", "echo a --x 1"),
        ("echo a \\\n", "echo a --x 1"),
        ("echo a \\\n  \\\n", "echo a --x 1"),
        ("echo a\\ ", "echo a\\  --x 1"),
        ("echo a\\\\\n", "echo a\\\\ --x 1"),
        ("echo a \\", "echo a --x 1"),
        ("", " --x 1"),
    ],
)
def test_white_space_at_the_end_is_cut_before_anything_is_appended(command: str, text: str) -> None:
    entry_point = EntryPoint(name="main", command=command)
    assert render(bind(entry_point, {"x": "1"}), place={}, shell="bash").text == text
    assert render(bind(entry_point, {}), place={}, shell="bash").text == command


def test_a_path_is_named_as_it_is_where_the_command_runs() -> None:
    entry_point = EntryPoint(
        name="main", command="cat {data} {other}", parameters=(Parameter(name="data"), Parameter(name="other"))
    )
    binding = bind(entry_point, {"data": "s3://bucket/key", "other": "o"})
    assert render(binding, place={"data": "/tmp/a b"}, shell="bash").text == "cat '/tmp/a b' o"


def test_a_secret_travels_by_variable() -> None:
    entry_point = EntryPoint(
        name="main",
        command=PRINT_ARGUMENTS.replace("{", "{{").replace("}", "}}") + " {token} --key={api-key}",
        parameters=(Parameter(name="token", secret=True), Parameter(name="api-key", secret=True)),
    )
    command = render(bind(entry_point, {"token": "a b'$x", "api-key": "k\n"}), place={}, shell="bash")
    assert '"$MLPROJ_SECRET_TOKEN"' in command.text
    assert command.variables["MLPROJ_SECRET_TOKEN"] == "a b'$x"
    assert "a b" not in command.text
    assert "a b" not in repr(command)
    assert argv_of(command) == ["a b'$x", "--key=k\n"]


@given(
    names=st.sets(st.text(min_size=1, max_size=8) | st.sampled_from(["a-b", "a_b", "A_B", "a.b", "A-B"]), min_size=2)
)
def test_no_two_secrets_share_a_variable(names: set[str]) -> None:
    variables = {secret_variable(name) for name in names}
    assert len(variables) == len(names)
    assert all(variable.isascii() and variable.isidentifier() for variable in variables)


def test_plain_names_give_plain_variables() -> None:
    assert secret_variable("api_key") == "MLPROJ_SECRET_API_KEY"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (None, "has no command"),
        ("echo {}", "names no parameter"),
        ("echo {0}", "names no parameter"),
        ("echo {b}", "not a declared parameter"),
        ("echo {a.real}", "reaches into a value"),
        ("echo {a[0]}", "reaches into a value"),
        ("echo {a", "do not match up"),
        ("echo }", "do not match up"),
        ("echo {a!z}", "do not match up"),
        ("echo {a:d}", "does not fit"),
        ("echo {a:>99999999999}", "more width"),
        ("echo {a:{a}}", "cannot be filled in"),
        ("echo {a:{wide}}", "cannot be filled in"),
    ],
)
def test_a_command_that_cannot_be_filled_in_is_one_line(command: str | None, message: str) -> None:
    parameters = (Parameter(name="a", default="x y"), Parameter(name="wide", default="99999999999"))
    entry_point = EntryPoint(name="main", command=command, parameters=parameters)
    with pytest.raises(ProjectFileError) as caught:
        render(bind(entry_point, {}), place={}, shell="bash")
    assert message in str(caught.value)
    assert "entry point 'main'" in str(caught.value)


@settings(max_examples=30, deadline=None)
@given(value=VALUES, extra=VALUES, argument=VALUES, secret=VALUES)
@example(value="$(touch x)", extra="a\nb", argument="'", secret='"')
def test_every_value_arrives_in_the_program_as_it_was_given(value: str, extra: str, argument: str, secret: str) -> None:
    entry_point = EntryPoint(
        name="main",
        command=PRINT_ARGUMENTS + " {a} {s}\n",
        parameters=(Parameter(name="a"), Parameter(name="s", secret=True)),
    )
    binding = bind(entry_point, {"a": value, "s": secret, "zed": extra}, arguments=[argument])
    assert argv_of(render(binding, place={}, shell="bash")) == [value, secret, "--zed", extra, argument]


@pytest.mark.parametrize("value", UGLY)
def test_ugly_values_arrive_as_they_are(value: str) -> None:
    entry_point = EntryPoint(name="main", command=PRINT_ARGUMENTS + " {a}", parameters=(Parameter(name="a"),))
    assert argv_of(render(bind(entry_point, {"a": value, "b": value}), place={}, shell="bash")) == [value, "--b", value]


@given(command=st.text(st.sampled_from("ab{}:!.[]0 r>\\\n\"'$"), max_size=20))
def test_any_template_is_filled_in_as_python_does_or_refused(command: str) -> None:
    parameters = (Parameter(name="a", default="1"), Parameter(name="b", default="x y"))
    entry_point = EntryPoint(name="main", command=command, parameters=parameters)
    try:
        text = render(bind(entry_point, {}), place={}, shell="bash").text
    except ProjectFileError:
        return
    assert text == command.format(a="1", b="'x y'")


@given(command=st.text(st.sampled_from("ab{}:!r"), max_size=12))
def test_the_fields_are_what_python_s_formatter_sees(command: str) -> None:
    try:
        fields = template_fields(command)
    except ValueError:
        assert list(template_faults(command, {"a"}))
        return
    top = {name for _, name, _, _ in Formatter().parse(command) if name is not None}
    assert top <= set(fields)


def test_fields_are_named_once_and_those_in_a_format_too() -> None:
    assert template_fields("{a} {b:{c}} {a!r} {{d}}") == ("a", "b", "c")


@pytest.mark.parametrize("name", ["it's a {script}.sh", "plain.sh"])
def test_a_shell_script_is_run_by_the_shell_of_the_caller(name: str, load_text: LoadText, project: Path) -> None:
    loaded = load_text("name: x", **{name: 'echo "$0" "$@"\n'})
    command = render(bind(find_entry_point(loaded, name), {"a": "b c"}), place={}, shell="/bin/sh")
    assert command.text == f"/bin/sh {shlex.quote(name)} --a 'b c'"
    done = subprocess.run(["bash", "-c", command.text], cwd=project, capture_output=True, check=True, text=True)
    assert done.stdout == f"{name} --a b c\n"


def test_a_python_script_is_run_by_the_python_of_the_environment(load_text: LoadText) -> None:
    loaded = load_text("name: x", **{"a b.py": ""})
    command = render(bind(find_entry_point(loaded, "a b.py"), {"n": "1"}), place={}, shell="bash")
    assert command.text == "python 'a b.py' --n 1"
