"""Runs as a file, there and back."""

import json
import math
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlproj.config import Settings
from mlproj.errors import UserError
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import Dataset, DatasetInput, LoggedModelStatus, Metric, ModelOutput, Run, RunStatus
from mlproj.tracking.opening import open_sqlite
from mlproj.transfer.importing import Import
from mlproj.transfer.lines import write_lines
from mlproj.transfer.opening import open_source
from mlproj.transfer.summary import Summary

Everything = Callable[[Path], Mapping[str, list[tuple[object, ...]]]]
NUMBERS = count()
KEYS = st.text(alphabet="abc XYZ_-.:09ü", min_size=1, max_size=8).map(lambda text: f"k{text}k")
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
TIMES = st.integers(0, 2**53)
POINTS = st.lists(st.tuples(KEYS, st.floats(), TIMES, st.integers(-(2**53), 2**53)), max_size=30)
DATASETS = st.lists(
    st.builds(
        DatasetInput,
        dataset=st.builds(
            Dataset, name=KEYS, digest=KEYS, source_type=TEXTS, source=TEXTS, schema=st.none() | TEXTS, profile=TEXTS
        ),
        tags=st.dictionaries(KEYS, TEXTS, max_size=2),
    ),
    max_size=2,
    unique_by=lambda item: (item.dataset.name, item.dataset.digest),
)


def bring(path: Path, store: LocalStore, options: Settings) -> Summary:
    with closing(open_source(str(path), settings=options)) as source:
        return Import(source, store).carry_out()


def of(run: Run) -> object:
    """What has to be the same on both sides: ids of experiments are each store's own."""
    return (
        run.run_id,
        run.run_name,
        run.user_id,
        run.status,
        (run.start_time, run.end_time),
        run.lifecycle_stage,
        run.params,
        run.tags,
        repr(run.metrics),
        run.dataset_inputs,
        run.model_inputs,
        run.model_outputs,
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=TEXTS.map(lambda text: f"x{text}"),
    params=st.dictionaries(KEYS, TEXTS, max_size=4),
    tags=st.dictionaries(KEYS, TEXTS, max_size=4),
    points=POINTS,
    datasets=DATASETS,
    status=st.sampled_from(RunStatus),
    deleted=st.booleans(),
)
def test_there_and_back(  # noqa: PLR0917 - what a run is made of
    ours: LocalStore,
    tmp_path: Path,
    settings: Settings,
    name: str,
    params: dict[str, str],
    tags: dict[str, str],
    points: list[tuple[str, float, int, int]],
    datasets: list[DatasetInput],
    status: RunStatus,
    deleted: bool,  # noqa: FBT001 - drawn
) -> None:
    number = next(NUMBERS)
    experiment = ours.create_experiment(f"{number} {name}", tags=tags)
    run_id = ours.create_run(experiment, start_time=number, run_name=name, user_id=name, tags=tags).run_id
    metrics = [Metric(key=key, value=value, timestamp=time, step=step) for key, value, time, step in points]
    ours.log_batch(run_id, params=params, metrics=metrics)
    ours.log_inputs(run_id, datasets=datasets, models=["m-1"])
    ours.log_outputs(run_id, [ModelOutput(model_id="m-2", step=3)])
    ours.update_run(run_id, status=status, end_time=5)
    if deleted:
        ours.delete_run(run_id)
    file = tmp_path / f"{number}.jsonl"
    file.write_bytes(b"".join(write_lines(ours, [run_id])))
    with closing(open_sqlite(tmp_path / "other" / "mlproj.db")) as other:
        assert bring(file, other, settings).disagreements == []
        assert of(other.get_run(run_id)) == of(ours.get_run(run_id))
        for key in {key for key, *_ in points}:
            assert repr(other.metric_history(run_id, key)) == repr(ours.metric_history(run_id, key))
        found = other.get_experiment_by_name(f"{number} {name}")
        assert found is not None
        assert found.tags == tags
        assert bring(file, other, settings).written == 0
        again = b"".join(write_lines(other, [run_id])).splitlines()[2:]
    theirs = file.read_bytes().splitlines()[2:]
    assert again[1:] == theirs[1:]


def test_long_histories_go_in_pieces(ours: LocalStore, tmp_path: Path, settings: Settings) -> None:
    run_id = ours.create_run("0", start_time=1).run_id
    ours.log_batch(run_id, metrics=[Metric(key="m", value=step / 3, timestamp=step, step=step) for step in range(2500)])
    lines = b"".join(write_lines(ours, [run_id])).splitlines()
    assert len(lines) == 3 + 3 + 1
    (tmp_path / "x.jsonl").write_bytes(b"\n".join(lines))
    with closing(open_sqlite(tmp_path / "other.db")) as other:
        assert bring(tmp_path / "x.jsonl", other, settings).points == 2500


def test_files_come_along_if_they_can_be_reached(ours: LocalStore, tmp_path: Path, settings: Settings) -> None:
    number = ours.create_experiment("files", artifact_location=str(tmp_path / "files"))
    run_id = ours.create_run(number, start_time=1).run_id
    ours.artifacts(run_id).write("a/b", iter([b"1"]))
    (tmp_path / "x.jsonl").write_bytes(b"".join(write_lines(ours, [run_id])))
    with closing(open_sqlite(tmp_path / "other.db")) as other:
        assert bring(tmp_path / "x.jsonl", other, settings).files == 1
        with other.artifacts(run_id).open("a/b") as file:
            assert file.read() == b"1"


HEAD = {"kind": "mlproj-runs", "schema_version": 1}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([{**HEAD, "schema_version": 2}], "newer mlproj"),
        ([HEAD, {"kind": "run", "run_id": "x"}], ":2: no run of mlproj"),
        ([HEAD, {"kind": "experiment", "name": 1}], ":2: no experiment of mlproj"),
        ([HEAD, []], ":2: no line of JSON"),
        ([HEAD, {}], ":2: no line of mlproj"),
    ],
)
def test_files_that_are_wrong(tmp_path: Path, settings: Settings, lines: list[object], says: str) -> None:
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(UserError, match=says):
        open_source(str(tmp_path / "x.jsonl"), settings=settings)


def test_unknown_keys_and_lines_are_passed_over(ours: LocalStore, tmp_path: Path, settings: Settings) -> None:
    run_id = ours.create_run("0", start_time=1).run_id
    lines = [json.loads(line) for line in b"".join(write_lines(ours, [run_id])).splitlines()]
    changed = [*({**line, "later": 1} for line in lines[:-1]), {"kind": "later"}, {"kind": "end", "lines": len(lines)}]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, changed)))
    with closing(open_sqlite(tmp_path / "other.db")) as other:
        assert bring(tmp_path / "x.jsonl", other, settings).written == 1


def test_logged_models_come_along(ours: LocalStore, tmp_path: Path, settings: Settings) -> None:
    ugly = "a 'b' \"c\"\n$(rm) 💥"
    experiment = ours.create_experiment("of the run")
    run_id = ours.create_run(experiment, start_time=1).run_id
    made = ours.create_logged_model(
        experiment, name="a/b", source_run_id=run_id, model_type="nn", params={"p": ugly}, tags={"t": ugly}
    )
    given = ours.create_logged_model("0", name="given")
    ours.finalize_logged_model(made.model_id, LoggedModelStatus.READY)
    points = [
        Metric(key="m", value=value, timestamp=5, step=step, model_id=made.model_id, dataset_name=ugly)
        for step, value in enumerate((0.5, math.nan, math.inf))
    ]
    ours.log_batch(run_id, metrics=points)
    ours.log_inputs(run_id, models=[given.model_id, "m-gone"])
    ours.log_outputs(run_id, [ModelOutput(model_id=made.model_id, step=2)])
    (tmp_path / "x.jsonl").write_bytes(b"".join(write_lines(ours, [run_id])))
    with closing(open_sqlite(tmp_path / "other.db")) as other:
        summary = bring(tmp_path / "x.jsonl", other, settings)
        assert (summary.disagreements, summary.logged_models) == ([], 2)
        for model_id, name in ((made.model_id, "of the run"), (given.model_id, "Default")):
            here, there = other.get_logged_model(model_id), ours.get_logged_model(model_id)
            home = other.get_experiment_by_name(name)
            assert home is not None
            assert here.experiment_id == home.experiment_id
            place = f"mlflow-artifacts:/{home.experiment_id}/models/{model_id}/artifacts"
            same = replace(there, experiment_id=home.experiment_id, artifact_uri=place)
            assert repr(here) == repr(same)
        assert of(other.get_run(run_id)) == of(ours.get_run(run_id))
        assert bring(tmp_path / "x.jsonl", other, settings).known_logged_models == 2


@pytest.mark.parametrize("kept", [2, 3, 4])
def test_a_file_whose_last_lines_are_missing(ours: LocalStore, tmp_path: Path, settings: Settings, kept: int) -> None:
    run_id = ours.create_run("0", start_time=1).run_id
    ours.log_batch(run_id, metrics=[Metric(key=key, value=1, timestamp=1) for key in "ab"])
    lines = list(write_lines(ours, [run_id]))
    (tmp_path / "x.jsonl").write_bytes(b"".join(lines[:kept]))
    with pytest.raises(UserError, match="end of the file is missing"):
        open_source(str(tmp_path / "x.jsonl"), settings=settings)
    (tmp_path / "x.jsonl").write_bytes(b"".join([*lines[:3], *lines[4:]]))
    with pytest.raises(UserError, match="end of the file is missing"):
        open_source(str(tmp_path / "x.jsonl"), settings=settings)


def test_a_file_that_was_cut(ours: LocalStore, tmp_path: Path, settings: Settings) -> None:
    run_id = ours.create_run("0", start_time=1).run_id
    (tmp_path / "x.jsonl").write_bytes(b"".join(write_lines(ours, [run_id]))[:-20])
    with pytest.raises(UserError, match=":4: no line of JSON"):
        open_source(str(tmp_path / "x.jsonl"), settings=settings)
