import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlproj.errors import MlprojError, ProjectFileError
from mlproj.project.loading import load
from mlproj.project.model import EnvKind, Loaded, Parameter, ParameterType, Severity

LoadText = Callable[..., Loaded]

TRAIN = """
    name: wine quality
    entry_points:
      main:
        parameters:
          alpha: {type: float, default: 0.5}
          data: path
        command: "python train.py {alpha} {data}"
"""


def messages(loaded: Loaded, severity: Severity | None = None) -> list[str]:
    found = [one for one in loaded.diagnostics if severity in {None, one.severity}]
    return [f"{one.line}:{one.column}: {one.message}" + (f" ({one.hint})" if one.hint else "") for one in found]


def parameter(loaded: Loaded, name: str, entry_point: str = "main") -> Parameter:
    return next(one for one in loaded.project.entry_points[entry_point].parameters if one.name == name)


def declare(load_text: LoadText, declaration: str) -> tuple[Parameter, list[str]]:
    """The parameter `p` with that declaration, and what was said about it."""
    loaded = load_text(f"entry_points: {{main: {{parameters: {{p: {declaration}}}, command: 'echo {{p}}'}}}}")
    return parameter(loaded, "p"), [one.message for one in loaded.diagnostics]


# --- the file -------------------------------------------------------------------------------------------------------


def test_a_project_is_read(load_text: LoadText, project: Path) -> None:
    loaded = load_text(TRAIN)
    assert loaded.diagnostics == ()
    assert loaded.project.name == "wine quality"
    assert loaded.project.root == project
    assert loaded.project.file == project / "MLproject"
    main = loaded.project.entry_points["main"]
    assert (main.name, main.command) == ("main", "python train.py {alpha} {data}")
    assert main.parameters == (
        Parameter(name="alpha", type=ParameterType.FLOAT, type_text="float", default="0.5"),
        Parameter(name="data", type=ParameterType.PATH, type_text="path"),
    )


@pytest.mark.parametrize("name", ["mlproject", "MLProject", "MLPROJECT", "Mlproject"])
def test_the_file_may_be_in_any_case(name: str, project: Path) -> None:
    (project / name).write_text("name: x")
    assert load(project).project.name == "x"
    assert load(project).project.file == project / name


def test_of_several_spellings_the_usual_one_is_read(project: Path) -> None:
    (project / "MLPROJECT").write_text("name: loud")
    (project / "MLproject").write_text("name: usual")
    if len(list(project.iterdir())) == 1:
        pytest.skip("this file system knows no case")
    loaded = load(project)
    assert loaded.project.name == "usual"
    assert messages(loaded) == ["0:0: beside MLproject there is MLPROJECT, which is never read (keep one)"]


def test_no_file_is_legal(project: Path) -> None:
    loaded = load(project)
    assert loaded.diagnostics == ()
    assert (loaded.project.file, loaded.project.name, loaded.project.entry_points) == (None, None, {})


@pytest.mark.parametrize("name", ["MLproject.yaml", "mlproject.yml"])
def test_a_file_that_nothing_will_find_is_pointed_out(name: str, project: Path) -> None:
    (project / name).write_text("name: x")
    loaded = load(project)
    assert messages(loaded) == ["0:0: this file is never read (rename it to MLproject)"]
    assert loaded.diagnostics[0].file == project / name
    assert loaded.project.name is None
    (project / "MLproject").write_text("name: y")
    assert messages(load(project)) == ["0:0: this file is never read (MLproject is what is read: remove one)"]


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectFileError, match="no such directory"):
        load(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(ProjectFileError, match=r"file: cannot be listed: Not a directory"):
        load(tmp_path / "file")


def test_a_directory_in_place_of_the_file_is_refused(project: Path) -> None:
    (project / "MLproject").mkdir()
    with pytest.raises(ProjectFileError, match=r"MLproject: is a directory \(an MLproject is a file\)"):
        load(project)


def test_what_is_no_file_at_all_is_refused(project: Path) -> None:
    os.mkfifo(project / "MLproject")
    with pytest.raises(ProjectFileError, match=r"MLproject: is no plain file"):
        load(project)


def test_a_file_that_cannot_be_read_is_refused(project: Path) -> None:
    (project / "MLproject").symlink_to("nowhere")
    with pytest.raises(ProjectFileError, match="MLproject: cannot be read: No such file"):
        load(project)
    if os.geteuid() != 0:
        (project / "MLproject").unlink()
        (project / "MLproject").touch(mode=0o000)
        with pytest.raises(ProjectFileError, match="MLproject: cannot be read: Permission denied"):
            load(project)


def test_what_is_not_yaml_is_one_line_with_its_place(load_text: LoadText) -> None:
    with pytest.raises(ProjectFileError) as caught:
        load_text("name: x\nentry_points: {{ cookiecutter.x }}\n")
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("(this looks like a template that was never rendered)")
    assert (caught.value.where or "").endswith("MLproject:2:16")


@pytest.mark.parametrize("text", ["", "5", "- a", "text", "null"])
def test_a_file_that_is_no_mapping_is_refused(text: str, load_text: LoadText) -> None:
    with pytest.raises(ProjectFileError, match=r"MLproject.*(is empty|must be a mapping)"):
        load_text(text)


def test_windows_line_ends_are_read(load_text: LoadText) -> None:
    loaded = load_text(b"name: x\r\nentry_points:\r\n  main:\r\n    command: |\r\n      a\r\n      b\r\n")
    assert loaded.project.entry_points["main"].command == "a\nb\n"


@settings(deadline=None)
@given(data=st.binary(max_size=100) | st.text(max_size=100).map(lambda text: text.encode(errors="replace")))
def test_any_file_is_loaded_or_refused(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("any")
    (root / "MLproject").write_bytes(data)
    try:
        load(root)
    except MlprojError as error:
        assert "MLproject" in str(error)  # noqa: PT017 - it need not be raised


# --- entry points -----------------------------------------------------------------------------------------------------


def test_a_malformed_entry_point_leaves_the_others_usable(load_text: LoadText) -> None:
    loaded = load_text("""
        entry_points:
          bad: echo hi
          main: {command: echo}
    """)
    (diagnostic,) = loaded.diagnostics
    assert diagnostic.severity is Severity.ERROR
    assert (diagnostic.entry_point, diagnostic.at_run, diagnostic.line) == ("bad", False, 3)
    assert loaded.project.entry_points["main"].command == "echo"
    assert loaded.project.entry_points["bad"].command is None


def test_a_command_that_only_fails_when_run_is_an_error_of_the_run(load_text: LoadText) -> None:
    loaded = load_text("entry_points: {main: {command: 'echo {x}'}, other: {parameters: {}}, third: {command: [x]}}")
    assert [(one.severity, one.entry_point, one.at_run) for one in loaded.diagnostics] == [
        (Severity.ERROR, name, True) for name in ("main", "other", "third")
    ]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("1.5h", 5400), ("0.5", 0.5)]
)
def test_a_timeout_is_seconds_or_has_a_unit(text: str, seconds: float, load_text: LoadText) -> None:
    loaded = load_text(f"entry_points: {{main: {{command: x, timeout: {text}}}}}")
    assert loaded.project.entry_points["main"].timeout == seconds
    assert loaded.diagnostics == ()


@pytest.mark.parametrize("text", ["soon", "0", "-5", "5d", ".inf", "[5]", "true"])
def test_a_timeout_that_is_none_is_ignored_with_a_warning(text: str, load_text: LoadText) -> None:
    loaded = load_text(f"entry_points: {{main: {{command: x, timeout: {text}}}}}")
    assert loaded.project.entry_points["main"].timeout is None
    assert [one.message for one in loaded.diagnostics] == ["'timeout' is not a time; it is ignored"]


def test_additions_are_kept_as_they_are(load_text: LoadText) -> None:
    loaded = load_text("""
        entry_points:
          main:
            command: x
            description: Train.
            inputs: [a.csv, {path: b.csv}]
            outputs: [m.pkl]
            metrics: {rmse: {rtol: 0.1}, mae: }
            seed: 42
            resources: {gpus: 1}
            variables: [A, B]
            timeout:
    """)
    assert loaded.diagnostics == ()
    assert loaded.project.entry_points["main"].description == "Train."
    assert loaded.project.entry_points["main"].additions == {
        "inputs": ["a.csv", {"path": "b.csv"}],
        "outputs": ["m.pkl"],
        "metrics": {"rmse": {"rtol": 0.1}, "mae": None},
        "seed": 42,
        "resources": {"gpus": 1},
        "variables": ["A", "B"],
    }


@pytest.mark.parametrize(
    "addition",
    [
        "inputs: x",
        "inputs: [1]",
        "outputs: [{file: x}]",
        "metrics: 1",
        "metrics: [1]",
        "metrics: {a: 1}",
        "seed: true",
        "seed: 1.5",
        "resources: [x]",
        "variables: {A: [x]}",
        "variables: {1: x}",
        "variables: x",
    ],
)
def test_additions_of_another_shape_are_ignored_with_a_warning(addition: str, load_text: LoadText) -> None:
    loaded = load_text(f"entry_points: {{main: {{command: x, {addition}}}}}")
    assert loaded.project.entry_points["main"].additions == {}
    assert [one.severity for one in loaded.diagnostics] == [Severity.WARNING]


# --- parameters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "type_"),
    [
        ("string", ParameterType.STRING),
        ("str", ParameterType.STRING),
        ("int", ParameterType.INT),
        ("integer", ParameterType.INT),
        ("float", ParameterType.FLOAT),
        ("number", ParameterType.FLOAT),
        ("double", ParameterType.FLOAT),
        ("bool", ParameterType.BOOL),
        ("boolean", ParameterType.BOOL),
        ("path", ParameterType.PATH),
        ("uri", ParameterType.URI),
        ("list", ParameterType.LIST),
        ('"list[int]"', ParameterType.LIST),
    ],
)
def test_the_words_for_types(word: str, type_: ParameterType, load_text: LoadText) -> None:
    for declaration in (word, f"{{type: {word}}}"):
        parameter, said = declare(load_text, declaration)
        assert (parameter.type, parameter.type_text, parameter.default) == (type_, word.strip('"'), None)
        assert said == []


@pytest.mark.parametrize("word", ["action", "Float", "dict", "5", "[int]"])
def test_an_unknown_type_is_text_with_a_warning(word: str, load_text: LoadText) -> None:
    parameter, said = declare(load_text, f"{{type: {word}}}")
    assert parameter.type is ParameterType.STRING
    assert len(said) == 1
    assert "is unknown and read as string" in said[0]


@pytest.mark.parametrize(
    ("default", "text"),
    [
        ("true", "True"),
        ("off", "False"),
        ("0.10", "0.1"),
        (".5", "0.5"),
        ("1e-3", "1e-3"),
        ("1.0e+3", "1000.0"),
        ("0x10", "16"),
        ("12:30", "750"),
        ("[1, 2]", "[1, 2]"),
        ("['a b']", "['a b']"),
        ("2020-01-02", "2020-01-02"),
        ("''", ""),
        ("None", "None"),
        ("null", None),
        ("", None),
        ("a: b", "{'a': 'b'}"),
    ],
)
def test_defaults_become_the_text_that_mlflow_makes_of_them(
    default: str, text: str | None, load_text: LoadText
) -> None:
    value = f"{{{default}}}" if default == "a: b" else default
    parameter, said = declare(load_text, f"{{default: {value}}}")
    assert parameter.default == text
    assert said == []


def test_limits_are_read(load_text: LoadText) -> None:
    parameter, said = declare(
        load_text, "{type: float, min: 0, max: 1e3, choices: [0.1, 1], description: Rate., log: no}"
    )
    assert (parameter.minimum, parameter.maximum, parameter.choices) == (0, 1000, ("0.1", "1"))
    assert (parameter.description, parameter.log, parameter.secret) == ("Rate.", False, False)
    assert said == []
    parameter, said = declare(load_text, "{pattern: 'v[0-9]+', secret: true}")
    assert (parameter.pattern, parameter.secret, said) == ("v[0-9]+", True, [])


@pytest.mark.parametrize(
    "declaration",
    [
        "{choices: x}",
        "{choices: []}",
        "{choices: [[a]]}",
        "{choices: [~]}",
        "{type: int, min: low}",
        "{type: int, max: true}",
        "{type: int, min: .nan}",
        "{min: 1}",
        "{pattern: '['}",
        "{pattern: 5}",
        "{log: 5}",
        "{description: [x]}",
    ],
)
def test_limits_of_another_shape_are_ignored_with_a_warning(declaration: str, load_text: LoadText) -> None:
    parameter, said = declare(load_text, declaration)
    assert (parameter.choices, parameter.minimum, parameter.maximum, parameter.pattern) == ((), None, None, None)
    assert len(said) == 1


def test_choices_are_what_a_user_types(load_text: LoadText) -> None:
    parameter, said = declare(load_text, "{choices: [yes, no, 0.10, 2020-01-02], default: yes}")
    assert parameter.choices == ("yes", "no", "0.10", "2020-01-02")
    assert said == ["the default 'True' of parameter 'p' is not one of yes, no, 0.10, 2020-01-02"]
    parameter, said = declare(load_text, "{type: bool, choices: [yes], default: yes}")
    assert said == []
    parameter, said = declare(load_text, "{type: int, choices: [0x10], default: 0x10}")
    assert (parameter.choices, said) == (("16",), [])


def test_in_doubt_a_value_is_secret_and_not_logged(load_text: LoadText) -> None:
    parameter, _ = declare(load_text, "{secret: 'yes please', log: never}")
    assert (parameter.secret, parameter.log) == (True, False)


def test_a_default_that_breaks_its_type_turns_the_check_off(load_text: LoadText) -> None:
    parameter, said = declare(load_text, "{type: int, default: auto}")
    assert (parameter.default, parameter.checked) == ("auto", False)
    assert said == ["the default 'auto' of parameter 'p' is not an int; its values will not be checked"]
    assert declare(load_text, "{type: int, default: 5}")[0].checked


@pytest.mark.parametrize(
    ("declaration", "said"),
    [
        ("{type: int, default: 7, max: 5}", "the default '7' of parameter 'p' is more than 5"),
        ("{default: c, choices: [a, b]}", "the default 'c' of parameter 'p' is not one of a, b"),
        ("{default: c, pattern: '[ab]'}", "the default 'c' of parameter 'p' does not match the pattern [ab]"),
        ("{default: c, choices: [a], secret: true}", "its default of parameter 'p' is not one of a"),
        (
            "{type: uri, default: here}",
            "the default 'here' of parameter 'p' is not a uri; its values will not be checked",
        ),
    ],
)
def test_a_default_outside_of_its_limits_is_pointed_out(declaration: str, said: str, load_text: LoadText) -> None:
    assert said in declare(load_text, declaration)[1]


def test_names_that_yaml_does_not_read_as_text_are_taken_by_their_spelling(load_text: LoadText) -> None:
    loaded = load_text("entry_points: {1: {parameters: {on: int}, command: 'echo {on}'}}")
    assert list(loaded.project.entry_points) == ["1"]
    assert parameter(loaded, "on", "1").type is ParameterType.INT
    assert messages(loaded) == [
        "1:33: the parameter name on is not text to YAML; MLflow fails on it (quote it)",
    ]


# --- environments -----------------------------------------------------------------------------------------------------

PROJECT_TABLE = '[project]\nname = "x"\n'


@pytest.mark.parametrize(
    ("files", "kind", "file"),
    [
        ({}, EnvKind.LOCAL, None),
        ({"python_env.yaml": "", "conda.yaml": "", "requirements.txt": ""}, EnvKind.PYTHON, "python_env.yaml"),
        ({"conda.yaml": "", "pyproject.toml": PROJECT_TABLE}, EnvKind.CONDA, "conda.yaml"),
        ({"pyproject.toml": PROJECT_TABLE, "requirements.txt": ""}, EnvKind.PYTHON, "pyproject.toml"),
        ({"pyproject.toml": "[tool.ruff]", "requirements.txt": ""}, EnvKind.PYTHON, "requirements.txt"),
        ({"pyproject.toml": "[tool.ruff]"}, EnvKind.LOCAL, None),
        ({"pyproject.toml": "[tool.uv.workspace]", "uv.lock": ""}, EnvKind.PYTHON, "pyproject.toml"),
        ({"pyproject.toml": "not toml"}, EnvKind.PYTHON, "pyproject.toml"),
        ({"uv.lock": ""}, EnvKind.LOCAL, None),
        ({"requirements.txt": ""}, EnvKind.PYTHON, "requirements.txt"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_an_environment_is_found_beside_the_file(
    files: dict[str, str], kind: EnvKind, file: str | None, load_text: LoadText, project: Path
) -> None:
    for environment in (
        load_text("name: x", **files).project.environment,
        load_text("python_env:", **files).project.environment,
        load_text("docker_env: {}", **files).project.environment,
    ):
        assert (environment.kind, environment.declared) == (kind, False)
        assert environment.file == (project / file if file else None)


@pytest.mark.parametrize(
    ("key", "kind"), [("python_env", EnvKind.PYTHON), ("conda_env", EnvKind.CONDA)], ids=["python", "conda"]
)
def test_a_declared_environment_wins(key: str, kind: EnvKind, load_text: LoadText, project: Path) -> None:
    loaded = load_text(f"{key}: my env.yml", **{"my env.yml": "", "conda.yaml": "", "python_env.yaml": ""})
    environment = loaded.project.environment
    assert (environment.kind, environment.file, environment.declared) == (kind, project / "my env.yml", True)
    assert loaded.diagnostics == ()


def test_an_environment_file_may_lie_outside(load_text: LoadText, project: Path, tmp_path: Path) -> None:
    (tmp_path / "shared.yaml").touch()
    assert load_text("python_env: ../shared.yaml").diagnostics == ()
    assert load_text(f"python_env: {tmp_path}/shared.yaml").project.environment.file == tmp_path / "shared.yaml"


@pytest.mark.parametrize(
    ("text", "said", "at_run"),
    [
        (
            "python_env: gone.yaml",
            "1:13: no such environment file: gone.yaml (create it, or correct 'python_env')",
            False,
        ),
        ('conda_env: "a\\0b"', "1:12: no such environment file: a\0b (create it, or correct 'conda_env')", False),
        ("conda_env: .", "1:12: the environment file . is a directory (name a file in it)", True),
    ],
)
def test_an_environment_file_must_be_there(text: str, said: str, at_run: bool, load_text: LoadText) -> None:  # noqa: FBT001 - a case
    loaded = load_text(text)
    assert messages(loaded, Severity.ERROR) == [said]
    assert (loaded.diagnostics[0].entry_point, loaded.diagnostics[0].at_run) == (None, at_run)


def test_docker_is_kept_as_it_is(load_text: LoadText) -> None:
    loaded = load_text("name: x\ndocker_env: {image: 'python:3', volumes: ['/a:/a'], environment: [HOME, [A, b]]}")
    assert loaded.diagnostics == ()
    environment = loaded.project.environment
    assert (environment.kind, environment.declared, environment.file) == (EnvKind.DOCKER, True, None)
    assert environment.docker == {"image": "python:3", "volumes": ["/a:/a"], "environment": ["HOME", ["A", "b"]]}


def test_docker_wants_a_name(load_text: LoadText) -> None:
    loaded = load_text("docker_env: {image: x}")
    assert messages(loaded) == ["1:1: MLflow does not run a Docker project without a name (write 'name: ...')"]


def test_a_spark_job_is_ignored_with_a_warning(load_text: LoadText) -> None:
    loaded = load_text("databricks_spark_job: {python_file: x.py}")
    assert messages(loaded) == ["1:1: 'databricks_spark_job' runs on Databricks only and is ignored here"]


# --- what is hardly meant ---------------------------------------------------------------------------------------------


def test_misspelt_keys_come_with_what_was_meant(load_text: LoadText) -> None:
    loaded = load_text("""
        nmae: x
        adapters: y
        entry_points:
          main:
            comand: z
            command: echo {a} {b} {c}
            parameters:
              a: {type str, default: x}
              b: {type:int, default:10, typ int}
              c: {type: int, descripton: see, hint: x}
    """)
    assert messages(loaded) == [
        "2:1: unknown key 'nmae' in the project is ignored (did you mean 'name'?)",
        (
            "3:1: unknown key 'adapters' in the project is ignored (known: name, entry_points, python_env, conda_env,"
            " docker_env, databricks_spark_job)"
        ),
        "6:5: unknown key 'comand' in entry point 'main' is ignored (did you mean 'command'?)",
        "9:11: misspelt key 'type str' in parameter 'a' is ignored (write 'type: str')",
        "10:11: misspelt key 'type:int' in parameter 'b' is ignored (write 'type: int')",
        "10:21: misspelt key 'default:10' in parameter 'b' is ignored (write 'default: 10')",
        "10:33: misspelt key 'typ int' in parameter 'b' is ignored (write 'type: int')",
        "11:22: unknown key 'descripton' in parameter 'c' is ignored (did you mean 'description'?)",
        (
            "11:39: unknown key 'hint' in parameter 'c' is ignored"
            " (known: type, default, description, choices, min, max, pattern, secret, log)"
        ),
    ]
    assert {one.severity for one in loaded.diagnostics} == {Severity.WARNING}
    assert (parameter(loaded, "a").default, parameter(loaded, "b").default) == ("x", None)


def test_repeated_keys_are_pointed_out_at_every_level(load_text: LoadText) -> None:
    loaded = load_text("""
        name: a
        entry_points:
          main:
            parameters:
              p: {type: int, type: float}
              p: {type: int, type: float}
            command: echo
            command: echo {p}
          main2: {command: x}
          main2: {command: y}
        docker_env: {image: a, image: b}
        name: b
    """)
    assert messages(loaded) == [
        "7:7: the key 'p' is in parameters more than once; only the last counts (remove one)",
        "7:22: the key 'type' is in parameter 'p' more than once; only the last counts (remove one)",
        "9:5: the key 'command' is in entry point 'main' more than once; only the last counts (remove one)",
        "11:3: the key 'main2' is in entry_points more than once; only the last counts (remove one)",
        "12:24: the key 'image' is in docker_env more than once; only the last counts (remove one)",
        "13:1: the key 'name' is in the project more than once; only the last counts (remove one)",
    ]


def test_unused_parameters_are_pointed_out(load_text: LoadText) -> None:
    loaded = load_text("entry_points: {main: {parameters: {a: int, b: int}, command: 'echo {a!r:>{a}} {{b}}'}}")
    assert messages(loaded) == [
        "1:44: parameter 'b' is not used in the command (put {b} where its value belongs, or remove it)"
    ]


@pytest.mark.parametrize(
    ("command", "quoted"),
    [
        ("echo '{a}'", "a"),
        ('echo "x {a} y"', "a"),
        ('echo "it\'s {a}"', "a"),
        ("echo '\\' {a}", None),
        ("echo \\' {a}", None),
        ("awk '{{print $1}}' {a}", None),
        ('echo "$(cat {a})"', None),
        ("echo \"$(cat '{a}')\"", "a"),
        ("echo $(cat x) '' \"\" {a}) '", None),
    ],
)
def test_placeholders_in_quotes_are_pointed_out(command: str, quoted: str | None, load_text: LoadText) -> None:
    loaded = load_text(json.dumps({"entry_points": {"main": {"parameters": {"a": "int"}, "command": command}}}))
    assert [one.message for one in loaded.diagnostics] == (
        [f"the placeholder {{{quoted}}} stands in quotes, and its value gets its own"] if quoted else []
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("echo {alfa}", "the command uses {alfa}, which is not a declared parameter (did you mean {alpha}?)"),
        (
            "echo ${HOME}",
            (
                "the command uses {HOME}, which is not a declared parameter"
                " (declare it, or write {{HOME}} if the braces are meant)"
            ),
        ),
        (
            "echo }",
            (
                "the command's braces do not match up: Single '}' encountered in format string"
                " (write {{ and }} for braces that are meant)"
            ),
        ),
        ("echo {}", "the placeholder {} names no parameter (name one, or write {{}} for braces that are meant)"),
        (
            "echo {alpha.real}",
            (
                "the placeholder {alpha.real} reaches into a value"
                " (name a declared parameter; names with '.' or '[' cannot be substituted)"
            ),
        ),
    ],
)
def test_commands_that_cannot_be_filled_in_are_errors(command: str, said: str, load_text: LoadText) -> None:
    loaded = load_text(f"entry_points: {{main: {{parameters: {{alpha: int}}, command: '{command}'}}}}")
    assert messages(loaded) == [f"1:58: {said}"]
    assert loaded.diagnostics[0].at_run


def test_a_flood_of_mistakes_is_told_in_short_order(load_text: LoadText) -> None:
    fields = " ".join(f"{{x{number}}}" for number in range(3_000))
    declared = ", ".join(f"y{number}: int" for number in range(3_000))
    loaded = load_text(f"entry_points: {{main: {{command: '{fields}', parameters: {{{declared}}}}}}}")
    assert len(loaded.diagnostics) == 20


def test_placeholders_of_a_template_are_pointed_out(load_text: LoadText) -> None:
    loaded = load_text("name: '{{ cookiecutter.x }}'\nentry_points: {'{{cookiecutter.y}}': {command: '{{x}}'}}")
    assert messages(loaded) == [
        f"{place}: this looks like a template that was never rendered"
        " (create the project with cookiecutter, or fill the braces in)"
        for place in ("1:7", "2:16")
    ]


@pytest.mark.parametrize(
    ("name", "default", "suspect"),
    [
        ("password", "hunter2", True),
        ("db-passwd", "hunter2", True),
        ("API_KEY", "abcdef123", True),
        ("hf_token", "0123456789", True),
        ("aws_secret_access_key", "abcdef123", True),
        ("anything", "AKIAABCDEFGHIJKLMNOP", True),
        ("anything", "postgres://ada:pw@host/db", True),
        ("anything", "ghp_0123456789abcdefghij0123456789abcdef", True),
        ("password", "", False),
        ("password", "None", False),
        ("password", "$PASSWORD", False),
        ("token_file", "/run/secrets/token", False),
        ("max_tokens", "1024 tokens", False),
        ("tokenizer", "bert-base", False),
        ("mask_token", "[MASK]", False),
        ("key", "column_name", False),
        ("url", "https://host/path", False),
    ],
)
def test_likely_secrets_are_pointed_out(name: str, default: str, suspect: bool, load_text: LoadText) -> None:  # noqa: FBT001 - a case
    text = f"entry_points: {{main: {{parameters: {{{name}: {{default: '{default}'}}}}, command: 'echo {{{name}}}'}}}}"
    loaded = load_text(text)
    assert bool(loaded.diagnostics) == suspect
    if suspect:
        assert "looks like a secret written into the file" in loaded.diagnostics[0].message
        assert loaded.diagnostics[0].entry_point == "main"
        assert default not in str(loaded.diagnostics[0])
    docker = load_text(f"name: x\ndocker_env: {{image: x, environment: [[{name}, '{default}'], HOME]}}")
    assert bool(docker.diagnostics) == suspect


def test_a_secret_with_a_default_and_a_command_with_a_token_are_pointed_out(load_text: LoadText) -> None:
    loaded = load_text("""
        entry_points:
          main:
            parameters: {p: {secret: true, default: x}}
            command: curl https://ada:pw@host {p}
    """)
    assert messages(loaded) == [
        (
            "4:45: the default of 'p' looks like a secret written into the file"
            " (declare 'secret: true' without a default, and give -P p=@env:VARIABLE)"
        ),
        (
            "5:14: the command holds what looks like a secret"
            " (take it from a variable of the environment, or from a secret parameter)"
        ),
    ]


def test_a_name_that_is_not_text_is_pointed_out(load_text: LoadText) -> None:
    loaded = load_text("name: 5")
    assert loaded.project.name == "5"
    assert messages(loaded) == ["1:7: 'name' should be text (quote it)"]
    assert load_text("name:").project.name is None
