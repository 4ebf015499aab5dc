"""The documentation tells the truth: everything that is there is in it, and what it shows is what happens."""

import dataclasses
import inspect
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import mlproj
from mlproj import errors
from mlproj.cli.app import program
from mlproj.config import SETTINGS
from mlproj.envs.values import Environment
from mlproj.project.model import EnvKind
from mlproj.record.values import EnvironmentRecord, ParameterValue, RunRecord, Source
from mlproj.runner import tags
from mlproj.runner.child_environment import child_environment
from mlproj.runner.supervising import EXIT_CODES, EndReason

REPOSITORY = Path(__file__).parent.parent
DOCS = REPOSITORY / "docs"
PAGES = sorted([REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *DOCS.rglob("*.md")])
REFERENCE = DOCS / "reference"
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
HOME_PAGES = [pytest.param(page, id=str(page.relative_to(REPOSITORY))) for page in PAGES]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    return FENCED.sub("", text_of(page))


def rows_of(page: Path) -> list[list[str]]:
    """The cells of all table rows."""
    lines = [line for line in prose_of(page).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def anchors_of(page: Path) -> set[str]:
    headings = HEADING.findall(prose_of(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(path: str = "mlproj", command: click.Command = program) -> Iterator[tuple[str, click.Command]]:
    if path != "mlproj":
        yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(f"{path} {name}", found)


def options_of(command: click.Command) -> set[str]:
    options = (option for option in command.params if isinstance(option, click.Option) and "--help" not in option.opts)
    return {word for option in options for word in option.opts}


def section_of(path: str) -> str:
    """What the page of commands says of one command."""
    match = re.search(
        rf"^#+ {re.escape(path)}\n(.*?)(?=^#|\Z)", text_of(REFERENCE / "cli.md"), re.MULTILINE | re.DOTALL
    )
    assert match, f"cli.md has no section for {path}"
    return match[1]


# --- everything is documented ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [path for path, _ in commands()])
def test_every_option_and_argument_of_a_command_is_documented(path: str) -> None:
    command = dict(commands())[path]
    section = section_of(path)
    documented = set(re.findall(r"`(--?[\w-]+)`", "".join(re.findall(r"^\| (`-.*?) \|", section, re.MULTILINE))))
    assert documented == options_of(command)
    usage = next(body for _, body in FENCED.findall(section))
    for piece in command.collect_usage_pieces(click.Context(command)):
        assert piece in usage, f"{path}: {piece}"


def test_no_command_is_documented_that_is_not_there() -> None:
    documented = re.findall(r"^#+ (mlproj .+)$", text_of(REFERENCE / "cli.md"), re.MULTILINE)
    assert documented == [path for path, _ in commands()]


def test_every_setting_is_documented() -> None:
    rows = {row[0]: row for row in rows_of(REFERENCE / "configuration.md") if len(row) == 4}
    for setting in SETTINGS:
        row = rows[f"`{setting.key}`"]
        assert row[1] == ", ".join(f"`{variable}`" for variable in setting.variables)
        if setting.default is not None:
            assert row[2] == f"`{setting.default}`"


def test_every_variable_of_the_command_is_documented() -> None:
    given = child_environment(
        {},
        environment=Environment(kind=EnvKind.PYTHON, manager="virtualenv"),
        tracking_uri="http://127.0.0.1:5000",
        run_id="r",
        experiment_id="0",
        env_manager="local",
        secrets={"MLPROJ_SECRET_<NAME>": "x"},
    )
    documented = " ".join(row[0] for row in rows_of(REFERENCE / "configuration.md"))
    assert [name for name in given if f"`{name}`" not in documented] == []


def test_every_error_is_in_the_row_of_its_exit_code() -> None:
    rows = {row[0]: row for row in rows_of(REFERENCE / "exit-codes.md")}
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.MlprojError):
            row = rows[str(error.exit_code)]
            assert any(f"`{kind.__name__}`" in row[2] for kind in error.__mro__), error
    for code in EXIT_CODES.values():
        assert re.search(rf"\b{code}\b", " ".join(rows[str(code)] if str(code) in rows else rows["128 + n"])), code


def test_every_field_of_the_run_record_is_documented() -> None:
    documented = " ".join(row[0] for row in rows_of(REFERENCE / "run-files.md"))
    for kind in (RunRecord, Source, ParameterValue, EnvironmentRecord):
        for field in dataclasses.fields(kind):
            assert f"`{field.name}`" in documented, f"{kind.__name__}.{field.name}"
    for reason in EndReason:
        assert f"`{reason}`" in documented, reason


def test_the_arguments_of_the_python_call_are_documented() -> None:
    rows = {row[0]: row for row in rows_of(REFERENCE / "python.md")}
    for parameter in inspect.signature(mlproj.run).parameters.values():
        row = rows[f"`{parameter.name}`"]
        assert not isinstance(parameter.default, (str, bool)) or row[1] == f"`{json_or_python(parameter.default)}`"
    for name in ("run_id", "wait()", "get_status()", "cancel()"):
        assert f"`{name}`" in rows


def json_or_python(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def assert_tags_are_documented(found: set[str]) -> None:
    documented = set(
        re.findall(r"`((?:mlproj|mlflow)\.[\w.]+)`", " ".join(row[0] for row in rows_of(REFERENCE / "run-files.md")))
    )
    assert found - documented == set()


def test_every_tag_that_the_runner_names_is_documented() -> None:
    assert_tags_are_documented(
        {value for name, value in vars(tags).items() if name.isupper() and str(value).startswith("ml")}
    )


def test_every_tag_that_runs_get_is_documented(tmp_path: Path) -> None:
    (tmp_path / "MLproject").write_text("name: x\nentry_points:\n  main: {command: 'true'}\n")
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "MLproject").write_text("name: y\npython_env: e.yaml\nentry_points:\n  main: {command: 'true'}\n")
    (locked / "e.yaml").write_text("dependencies: [six]\n")
    for words in (["init", "-q", "."], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    ci = {"GITLAB_CI": "true", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": "0" * 40, "CI_JOB_URL": "https://x/1"}
    assert call("mlproj run . --version HEAD --description text", tmp_path, ci)[0] == 0
    assert call("mlproj run . ", tmp_path)[0] == 0
    assert call("mlproj run locked --locked", tmp_path)[0] == 4
    found = tags_of_all_runs(tmp_path)
    assert {"mlproj.exit_code", "mlproj.ci.url", "mlproj.failed_in", "mlproj.source.dirty"} <= found
    assert_tags_are_documented(found)


# --- what is shown works ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", HOME_PAGES)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(prose_of(page)):
        if not target.startswith(("https://", "http://")):
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), target
            assert not anchor or anchor in anchors_of(file), target


@pytest.mark.parametrize("page", HOME_PAGES)
def test_commands_that_are_shown_have_such_options(page: Path) -> None:
    known = dict(commands())
    for _, body in FENCED.findall(text_of(page)):
        for words in shown_commands(body):
            path = next(path for length in (3, 2) if (path := " ".join(words[:length])) in known)
            command = known[path]
            given = words[len(path.split()) :]
            given = given[: given.index("--")] if "--" in given else given
            command.make_parser(click.Context(command)).parse_args(list(given))


def shown_commands(body: str) -> Iterator[list[str]]:
    """The calls of mlproj in a block, also in the lists of a YAML file."""
    for line in body.replace("\\\n", " ").splitlines():
        match = re.match(r"\s*(?:\$ |- |run: |\w+=\S+ )?(mlproj [a-z].*)", line)
        if match and not line.startswith("mlproj:"):
            words = shlex.split(re.sub(r"\s*[>|].*$|\s+#.*$", "", match[1]) if '"' not in line else match[1])
            if "[OPTIONS]" not in words:
                yield words


def test_the_ci_files_are_yaml_with_the_steps_that_matter() -> None:
    blocks = [
        yaml.safe_load(body) for kind, body in FENCED.findall(text_of(DOCS / "how-to" / "ci.md")) if kind == "yaml"
    ]
    github, gitlab = blocks
    steps = github["jobs"]["train"]["steps"]
    assert [step.get("uses") or step["name"] for step in steps if "run" in step] == [
        "Install",
        "Check",
        "Prepare",
        "Train",
        "Fetch the run's files",
    ]
    assert any("mlproj run" in line and "--junit mlproj.xml" in line for line in gitlab["train"]["script"])
    assert gitlab["train"]["artifacts"]["reports"]["junit"] == "mlproj.xml"


def test_the_readme_has_the_two_commands() -> None:
    readme = text_of(REPOSITORY / "README.md")
    assert ".venv/bin/pip install . && .venv/bin/mlproj run example_projects/elasticnet -P alpha=5.1\n" in readme
    assert "\n./scripts/test\n" in readme
    assert os.access(REPOSITORY / "scripts" / "test", os.X_OK)


def test_the_python_that_is_shown_runs(tmp_path: Path) -> None:
    project = tmp_path / "path" / "to" / "project"
    project.mkdir(parents=True)
    (project / "MLproject").write_text("entry_points:\n  main: {command: 'true #'}\n")
    blocks = [body for kind, body in FENCED.findall(text_of(REFERENCE / "python.md")) if kind == "python"]
    for body in blocks:
        subprocess.run([sys.executable, "-c", body], cwd=tmp_path, check=True)
    assert len(json.loads(call("mlproj runs list --json", tmp_path)[1])) == 5


@pytest.mark.parametrize("page", ["tutorial.md", "tutorial-reproduce.md"])
def test_the_tutorials_work_as_they_are_written(tmp_path: Path, page: str) -> None:
    """Its files are written, its commands are called, in order; what they print is compared."""
    ids: dict[str, str] = {}
    saved = re.compile(r"Save this as `([^`]+)`:\n\n$")
    text = text_of(DOCS / page)
    for block in FENCED.finditer(text):
        if name := saved.search(text, 0, block.start()):
            (tmp_path / name[1]).parent.mkdir(exist_ok=True)
            (tmp_path / name[1]).write_text(block[2])
        elif block[1] == "console":
            for shown in re.split(r"^\$ (?=mlproj)", block[2], flags=re.MULTILINE)[1:]:
                line, _, expected = shown.partition("\n")
                _, printed = call(with_real_ids(line, ids), tmp_path)
                compare(line, expected, printed, ids)
    assert_tags_are_documented(tags_of_all_runs(tmp_path))
    assert len(ids) == 3


def with_real_ids(line: str, ids: dict[str, str]) -> str:
    for shown, real in ids.items():
        line = line.replace(shown, real).replace(shown[:8], real[:8])
    return line


def compare(line: str, expected: str, printed: str, ids: dict[str, str]) -> None:
    """`...` stands for anything, on a line of its own for any lines. Ids, names, times and sizes are never the same.

    A row of `runs compare` that says how long the runs took may be missing: now and then they take equally long.
    """
    new = [shown for shown in dict.fromkeys(re.findall(r"\b[0-9a-f]{32}\b", expected)) if shown not in ids]
    pattern = re.escape(with_real_ids(expected, ids))
    for number, shown in enumerate(new):
        pattern = pattern.replace(shown, f"(?P<id{number}>[0-9a-f]{{32}})", 1).replace(shown, f"(?P=id{number})")
    pattern = re.sub(r"(?:^|(?<=\n))\\\.\\\.\\\.\\?\n", r"(?:.*\\n)*", pattern)
    pattern = pattern.replace(r"\.\.\.", ".*")
    pattern = re.sub(r"\d{4}\\-\d\d\\-\d\d(?:\\ )\d\d:\d\d:\d\d", r"[\\d-]+ [\\d:]+", pattern)
    pattern = re.sub(r"\b\d+\\\.\ds\b", r"[\\dhms.]+", pattern)
    pattern = re.sub(r"\b[\d.\\]+\\ k?B\b", r"[\\d.]+ k?B", pattern)
    pattern = re.sub(r"\b[a-z]+\\-[a-z]+\\-\d{3}\b", r"[a-z]+-[a-z]+-\\d{3}", pattern)
    pattern = re.sub(r"(?:\\ )+", " +", pattern)
    pattern = re.sub(r"^(\\\* \+took.*\n)", r"(?:\1)?", pattern, flags=re.MULTILINE)
    match = re.fullmatch(pattern.replace("\\\n", "\n"), printed)
    assert match, f"$ {line}\n--- the tutorial has\n{expected}\n--- it printed\n{printed}"
    ids |= {shown: match[f"id{number}"] for number, shown in enumerate(new)}


def call(line: str, directory: Path, environ: dict[str, str] | None = None) -> tuple[int, str]:
    """Call mlproj; exit code, and all that it printed."""
    words = shlex.split(line)
    assert words[0] == "mlproj"
    done = subprocess.run(
        [str(Path(sys.executable).with_name("mlproj")), *words[1:]],
        cwd=directory,
        env={**os.environ, **(environ or {})},  # noqa: TID251 - the guard has cleaned it
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout


def tags_of_all_runs(directory: Path) -> set[str]:
    runs: list[dict[str, Any]] = json.loads(call("mlproj runs list --json", directory)[1])
    return {name for run in runs for name in run["tags"]}
