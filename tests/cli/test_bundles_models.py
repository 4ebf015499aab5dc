"""Files of logged models go with their run."""

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.config import load_settings
from mlproj.tracking.entities import ModelOutput
from mlproj.tracking.opening import open_store

if TYPE_CHECKING:
    from tests.cli.conftest import Program, Write


def log_model(run_id: str, *, name: str, content: bytes) -> str:
    """A model that a run made, with one file; gives its id."""
    store = open_store(None, settings=load_settings())
    try:
        model = store.create_logged_model("0", name=name, source_run_id=run_id)
        store.log_outputs(run_id, [ModelOutput(model_id=model.model_id, step=0)])
        store.artifacts_at(model.artifact_uri).write("data/weights ü.bin", iter([content]))
        return model.model_id
    finally:
        store.close()


def test_models_come_along_with_their_files(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    project("entry_points: {main: {command: 'true'}}\n")
    run_id = mlproj("run", "project", "--json").json["run_id"]
    kept = log_model(run_id, name="kept", content=b"1234")
    large = log_model(run_id, name="large", content=b"")
    (place,) = Path(mlproj.environ(None)["MLPROJ_HOME"]).rglob(f"{large}/artifacts/data/weights ü.bin")
    with place.open("wb") as file:
        file.truncate(3 << 30)  # it has holes, and takes no room
    done = mlproj("export", run_id, "-o", "run.zip")
    assert done.code == 0, done.err
    assert "of the model large, data/weights ü.bin is not in the bundle: too large" in done.err
    with zipfile.ZipFile(tmp_path / "run.zip") as opened:
        files = {entity["@id"]: entity for entity in json.loads(opened.read("ro-crate-metadata.json"))["@graph"]}
    assert files[f"models/{kept}/data/weights%20%C3%BC.bin"]["contentSize"] == "4"
    place.unlink()
    other = {"MLPROJ_HOME": str(tmp_path / "home two")}
    done = mlproj("import", "run.zip", "--json", environ=other)
    assert (done.code, done.json["agree"], done.json["logged_models"]) == (0, True, 2), done.err
    (found,) = (tmp_path / "home two").rglob("weights ü.bin")
    assert kept in found.parts
    assert found.read_bytes() == b"1234"


def test_a_bundle_reaches_for_no_file_of_this_machine(mlproj: "Program", project: "Write", tmp_path: Path) -> None:
    project("entry_points: {main: {command: 'true'}}\n")
    run_id = mlproj("run", "project", "--json").json["run_id"]
    model = log_model(run_id, name="m", content=b"1234")
    assert mlproj("export", run_id, "-o", "run.zip").code == 0
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "key").write_text("private")
    with zipfile.ZipFile(tmp_path / "run.zip") as good, zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
        for name in (name for name in good.namelist() if not name.startswith("models/")):
            data = good.read(name)
            if name == "runs.jsonl":
                lines = [json.loads(line) for line in data.splitlines()]
                for line in lines:
                    if line["kind"] == "model":
                        line |= {"artifact_uri": (tmp_path / "private").as_uri(), "model_id": model}
                data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
            bad.writestr(name, data)
    done = mlproj("import", "bad.zip", environ={"MLPROJ_HOME": str(tmp_path / "home two")})
    assert done.code == 0, done.err
    assert not list((tmp_path / "home two").rglob("key"))
