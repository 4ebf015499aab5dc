from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.errors import EntryPointError, MlprojError, ParameterError, ProjectFileError
from mlproj.project.binding import bind, find_entry_point, missing_secrets
from mlproj.project.model import Binding, EntryPoint, Loaded, Origin, Parameter, ParameterType
from mlproj.project.parameter_types import is_of_type, parse_type, same_value

LoadText = Callable[..., Loaded]

SEVERAL = """
    entry_points:
      main: {command: echo}
      train: {parameters: {alpha: {type: float, default: 0.5}}, command: "python train.py {alpha}"}
      broken: {command: "echo {alpha}"}
      worse: echo
"""


def declare(*parameters: Parameter) -> EntryPoint:
    return EntryPoint(name="main", command="echo", parameters=parameters)


def values(binding: Binding) -> dict[str, str]:
    return {parameter.name: parameter.value for parameter in binding.parameters}


# --- entry points -----------------------------------------------------------------------------------------------------


def test_a_declared_entry_point_is_found(load_text: LoadText) -> None:
    entry_point = find_entry_point(load_text(SEVERAL), "train")
    assert (entry_point.name, entry_point.command) == ("train", "python train.py {alpha}")
    assert [(one.name, one.default) for one in entry_point.parameters] == [("alpha", "0.5")]


@pytest.mark.parametrize("name", ["broken", "worse"])
def test_errors_of_the_entry_point_asked_for_are_raised_with_their_place(name: str, load_text: LoadText) -> None:
    with pytest.raises(ProjectFileError, match=r"MLproject:[56]:\d+: "):
        find_entry_point(load_text(SEVERAL), name)


def test_an_error_of_the_whole_file_stops_every_entry_point(load_text: LoadText) -> None:
    loaded = load_text("python_env: gone.yaml\nentry_points: {main: {command: echo}}")
    with pytest.raises(ProjectFileError, match=r"MLproject:1:13: no such environment file"):
        find_entry_point(loaded, "main")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("tarin", "did you mean 'train'?"),
        ("Train", "did you mean 'train'?"),
        ("trane", "did you mean 'train'?"),
        ("zzz", "there are: main, train, broken, worse"),
        ("prepare", "did you mean 'prepare.py'?"),
        ("", "there are: main, train, broken, worse"),
        ("train.scala", "did you mean 'train'?"),
    ],
)
def test_no_such_entry_point_names_the_nearest(name: str, hint: str, load_text: LoadText) -> None:
    with pytest.raises(EntryPointError) as caught:
        find_entry_point(load_text(SEVERAL, **{"prepare.py": ""}), name)
    assert caught.value.message == f"no such entry point: {name}"
    assert caught.value.hint == hint


def test_without_entry_points_scripts_are_offered(load_text: LoadText, project: Path) -> None:
    with pytest.raises(EntryPointError, match="it declares none"):
        find_entry_point(load_text("name: x"), "main")
    with pytest.raises(EntryPointError, match=r"it declares none; name a script: a\.sh, z\.py"):
        find_entry_point(load_text("name: x", **{"z.py": "", "a.sh": ""}), "main")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("train.py", "python train.py"),
        ("my train.py", "python 'my train.py'"),
        ("{x}.py", "python '{{x}}.py'"),
        ("train.sh", "bash train.sh"),
        ("train.R", "Rscript -e \"mlflow::mlflow_source('train.R')\" --args"),
        ("it's.R", "Rscript -e 'mlflow::mlflow_source(\"it'\"'\"'s.R\")' --args"),
    ],
)
def test_a_script_is_an_entry_point_by_its_name(name: str, command: str, load_text: LoadText) -> None:
    entry_point = find_entry_point(load_text("name: x", **{name: ""}), name)
    assert (entry_point.name, entry_point.command, entry_point.script) == (name, command, name)
    assert entry_point.parameters == ()


def test_a_script_must_be_there(load_text: LoadText, project: Path) -> None:
    (project / "dir.py").mkdir()
    for name in ("trian.py", "dir.py", "../train.sh", f"{'x' * 5000}.py"):
        with pytest.raises(EntryPointError, match=f"no such script: {name}"):
            find_entry_point(load_text("name: x", **{"train.py": ""}), name)
    with pytest.raises(EntryPointError, match=r"did you mean 'train\.py'"):
        find_entry_point(load_text("name: x"), "trian.py")


def test_a_declared_entry_point_wins_over_a_script_of_that_name(load_text: LoadText) -> None:
    loaded = load_text("entry_points: {'train.py': {command: echo}}", **{"train.py": ""})
    assert find_entry_point(loaded, "train.py").command == "echo"


# --- values -----------------------------------------------------------------------------------------------------------


def test_given_values_and_defaults_are_bound_in_the_order_of_the_file() -> None:
    entry_point = declare(
        Parameter(name="a", default="1"), Parameter(name="b"), Parameter(name="c", default="", log=False)
    )
    binding = bind(entry_point, {"zed": "z", "b": "x y"}, arguments=["--flag"])
    assert values(binding) == {"a": "1", "b": "x y", "c": "", "zed": "z"}
    assert [(one.declared, one.origin, one.log) for one in binding.parameters] == [
        (True, Origin.DEFAULT, True),
        (True, Origin.OPTION, True),
        (True, Origin.DEFAULT, False),
        (False, Origin.OPTION, True),
    ]
    assert binding.arguments == ("--flag",)
    assert binding.entry_point is entry_point


def test_the_origin_of_a_given_value_is_kept() -> None:
    binding = bind(declare(Parameter(name="a")), {"a": "1", "b": "2"}, origins={"a": Origin.FILE, "b": Origin.FILE})
    assert [one.origin for one in binding.parameters] == [Origin.FILE, Origin.FILE]


def test_names_are_case_sensitive() -> None:
    assert values(bind(declare(Parameter(name="alpha", default="1")), {"ALPHA": "2"})) == {"alpha": "1", "ALPHA": "2"}


def test_a_given_value_wins_over_a_default_even_if_empty() -> None:
    assert values(bind(declare(Parameter(name="a", default="1")), {"a": ""})) == {"a": ""}


def test_all_missing_parameters_are_named_at_once() -> None:
    entry_point = declare(Parameter(name="a"), Parameter(name="b", default="1"), Parameter(name="c-d"))
    with pytest.raises(ParameterError) as caught:
        bind(entry_point, {})
    assert str(caught.value) == (
        "no value given for parameters 'a', 'c-d' of entry point 'main' (give -P a=... -P c-d=...)"
    )
    with pytest.raises(ParameterError, match=r"for parameter 'a' of"):
        bind(entry_point, {"c-d": ""})


def test_a_mistyped_name_is_suspected_where_one_is_missing() -> None:
    with pytest.raises(ParameterError, match=r"did you mistype 'alhpa' for 'alpha'\?"):
        bind(declare(Parameter(name="alpha"), Parameter(name="zz")), {"alhpa": "1"})


GOOD = {
    ParameterType.INT: ["5", "-5", "+5", "1_000", "007"],
    ParameterType.FLOAT: ["5", "5.", ".5", "1e-3", "-1E5", "inf", "nan", "1_0.5"],
    ParameterType.BOOL: ["true", "False", "1", "0", "YES", "off", "T"],
    ParameterType.URI: ["s3://b/k", "runs:/1/m", "file:///x", "http://h"],
    ParameterType.STRING: ["", "x y", "5"],
    ParameterType.PATH: ["a b"],
    ParameterType.LIST: ["[1, 2]", "1 2"],
}
BAD = {
    ParameterType.INT: ["5.0", "abc", "", "1e3", "0x10", "٣", "1__0", "5\n"],
    ParameterType.FLOAT: ["abc", "", "1,5", "1e", "--1"],
    ParameterType.BOOL: ["maybe", "", "2", "None"],
    ParameterType.URI: ["here", "", "./a", "/a:b", "3s://x"],
}


@pytest.mark.parametrize(("type_", "text"), [(type_, text) for type_, texts in GOOD.items() for text in texts])
def test_a_value_of_its_type_is_passed_on_exactly_as_typed(type_: ParameterType, text: str) -> None:
    assert values(bind(declare(Parameter(name="p", type=type_)), {"p": text})) == {"p": text}


@pytest.mark.parametrize(("type_", "text"), [(type_, text) for type_, texts in BAD.items() for text in texts])
def test_a_value_that_is_not_of_its_type_is_refused(type_: ParameterType, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        bind(declare(Parameter(name="p", type=type_, default="1")), {"p": text})
    assert "parameter 'p': " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_error_says_what_was_expected() -> None:
    with pytest.raises(ParameterError, match=r"^parameter 'alpha': 'abc' is not a float$"):
        bind(declare(Parameter(name="alpha", type=ParameterType.FLOAT)), {"alpha": "abc"})
    with pytest.raises(ParameterError, match=r"is not an int$"):
        bind(declare(Parameter(name="n", type=ParameterType.INT)), {"n": "abc"})
    with pytest.raises(ParameterError, match=r"'x{60}…' is not an int$"):
        bind(declare(Parameter(name="n", type=ParameterType.INT)), {"n": "x" * 5000})


def test_the_check_is_off_where_the_default_breaks_the_type() -> None:
    parameter = Parameter(name="n", type=ParameterType.INT, default="auto", checked=False)
    assert values(bind(declare(parameter), {"n": "also text"})) == {"n": "also text"}
    assert values(bind(declare(parameter), {})) == {"n": "auto"}


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (Parameter(name="p", choices=("a", "b")), ["a", "b"], ["c", "A", ""]),
        (Parameter(name="p", type=ParameterType.FLOAT, choices=("0.1",)), ["0.1", "0.10", "1e-1"], ["0.2", "nan"]),
        (Parameter(name="p", type=ParameterType.BOOL, choices=("True",)), ["true", "1"], ["false"]),
        (Parameter(name="p", type=ParameterType.INT, minimum=0, maximum=5), ["0", "5"], ["-1", "6"]),
        (Parameter(name="p", type=ParameterType.FLOAT, minimum=0), ["0", "inf"], ["-0.1", "nan", "-inf"]),
        (Parameter(name="p", type=ParameterType.FLOAT, maximum=1), ["-inf"], ["nan", "1.01"]),
        (Parameter(name="p", pattern="v[0-9]+"), ["v1", "v22"], ["v", "xv1", "v1\n", ""]),
        (Parameter(name="p", type=ParameterType.INT, default="auto", checked=False, minimum=0), ["x", "1"], ["-1"]),
    ],
)
def test_limits_hold_for_what_is_given(parameter: Parameter, good: list[str], bad: list[str]) -> None:
    for text in good:
        bind(declare(parameter), {"p": text})
    for text in bad:
        with pytest.raises(ParameterError, match="parameter 'p': "):
            bind(declare(parameter), {"p": text})


def test_limits_do_not_hold_for_a_default() -> None:
    assert values(bind(declare(Parameter(name="p", choices=("a",), default="b")), {})) == {"p": "b"}


def test_a_uri_needs_a_scheme_even_as_a_default() -> None:
    parameter = Parameter(name="u", type=ParameterType.URI, default="here", checked=False)
    with pytest.raises(ParameterError, match=r"parameter 'u': 'here' has no scheme such as s3:"):
        bind(declare(parameter), {})


def test_a_secret_is_never_in_the_error() -> None:
    parameter = Parameter(name="p", type=ParameterType.INT, secret=True)
    with pytest.raises(ParameterError) as caught:
        bind(declare(parameter), {"p": "hunter2"})
    assert str(caught.value) == "parameter 'p': its value is not an int"
    secret_uri = Parameter(name="u", type=ParameterType.URI, default="hunter2", checked=False, secret=True)
    with pytest.raises(ParameterError) as caught:
        bind(declare(secret_uri), {})
    assert "hunter2" not in str(caught.value)
    binding = bind(declare(Parameter(name="p", secret=True)), {"p": "hunter2"})
    assert binding.parameters[0].secret
    assert "hunter2" not in repr(binding)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"": "x"}, "has no name"),
        ({"a": "x\0y"}, "holds a NUL character"),
        ({"a\0": "x"}, "holds a NUL character"),
        ({"a": "\udce9"}, "is not UTF-8 text"),
    ],
)
def test_what_no_command_can_be_given_is_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        bind(declare(), given)


def test_arguments_that_no_command_can_be_given_are_refused() -> None:
    with pytest.raises(ParameterError, match="NUL"):
        bind(declare(), {}, arguments=["a", "b\0"])


def test_secrets_without_a_value_are_told() -> None:
    entry_point = declare(
        Parameter(name="token", secret=True),
        Parameter(name="other", secret=True),
        Parameter(name="given", secret=True, default="x"),
        Parameter(name="plain"),
    )
    assert [one.name for one in missing_secrets(entry_point, {"other": ""})] == ["token"]


@given(text=st.text(), type_=st.sampled_from(ParameterType))
def test_any_text_is_of_a_type_or_not(text: str, type_: ParameterType) -> None:
    assert is_of_type(text, type_) in {True, False}
    assert same_value(text, text, type_)


@given(number=st.floats(allow_nan=False) | st.integers())
def test_numbers_are_numbers_in_every_spelling_of_python(number: float) -> None:
    assert is_of_type(repr(number), ParameterType.FLOAT)
    assert same_value(repr(number), f"{number}", ParameterType.FLOAT)


@given(word=st.text())
def test_any_word_is_a_type_or_not(word: str) -> None:
    assert parse_type(word) in {None, *ParameterType}


@given(given_values=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), minimum=st.floats())
def test_any_values_are_bound_or_refused(given_values: dict[str, str], minimum: float) -> None:
    entry_point = declare(
        Parameter(name="a", type=ParameterType.FLOAT, minimum=minimum), Parameter(name="b", choices=("x",), default="x")
    )
    try:
        assert set(values(bind(entry_point, given_values))) >= {"a", "b"}
    except MlprojError as error:
        assert isinstance(error, ParameterError)  # noqa: PT017 - it need not be raised
