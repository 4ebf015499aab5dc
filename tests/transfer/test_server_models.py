"""What a server does not list, and files that are not where it says: found all the same."""

import json
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from mlproj.config import Settings
from mlproj.errors import InvalidValueError, NotFoundError, SettingError
from mlproj.server.embedded import EmbeddedServer
from mlproj.tracking.base import LocalStore
from mlproj.tracking.entities import ModelOutput, ViewType
from mlproj.tracking.opening import open_sqlite
from mlproj.tracking.rest import open_rest
from mlproj.transfer.importing import Import
from mlproj.transfer.opening import open_source
from mlproj.transfer.summary import Summary

Bring = Callable[..., Summary]


def run_named(store: LocalStore, name: str) -> str:
    experiments = [item.experiment_id for item in store.search_experiments(view_type=ViewType.ALL).items]
    (run,) = store.search_runs(experiments, filter_string=f"run_name = '{name}'", view_type=ViewType.ALL).items
    return run.run_id


def test_deleted_models_of_a_server(ours: LocalStore, tmp_path: Path, settings: Settings) -> None:
    """Known by a run that made them or was given them, by a version, or by files alone."""
    elsewhere = ours.create_experiment("elsewhere")
    run_id = ours.create_run("0", start_time=1).run_id
    made, given, registered, filed, lost, kept = (
        ours.create_logged_model(number, name=name, tags={"t": name}).model_id
        for name, number in zip("abcdef", ("0", elsewhere, "0", elsewhere, "0", "0"), strict=True)
    )
    ours.log_outputs(run_id, [ModelOutput(model_id=made, step=1), ModelOutput(model_id=kept, step=1)])
    ours.log_inputs(run_id, models=[given])
    ours.registry.create_model("named")
    ours.registry.create_version("named", f"models:/{registered}", model_id=registered)
    for model_id in (made, filed):
        place = ours.get_logged_model(model_id).artifact_uri
        ours.artifacts_at(place).write("MLmodel", iter([b"x"]))
    ours.artifacts_at(f"mlflow-artifacts:/{elsewhere}/models").write("no model/file", iter([b"x"]))
    for model_id in (made, given, registered, filed, lost):
        ours.delete_logged_model(model_id)
    with (
        EmbeddedServer(ours) as server,
        closing(open_sqlite(tmp_path / "third" / "mlproj.db")) as third,
        closing(open_source(server.url_for(run_id), settings=settings)) as source,
    ):
        summary = Import(source, third).carry_out()
        assert (summary.logged_models, summary.files, summary.notes, summary.disagreements) == (5, 2, [], [])
        assert Import(source, third).carry_out().known_logged_models == 5
        for model_id in (made, given, registered, filed):
            with pytest.raises(NotFoundError):
                third.get_logged_model(model_id)
            here, there = (store.get_logged_model(model_id, allow_deleted=True) for store in (third, ours))
            assert (here.name, here.tags, here.status) == (there.name, there.tags, there.status)
        with pytest.raises(NotFoundError):
            third.get_logged_model(lost, allow_deleted=True)
        assert third.get_logged_model(kept).name == "f"
        uri = third.get_logged_model(filed, allow_deleted=True).artifact_uri
        assert [info.path for info in third.artifacts_at(uri).list()] == ["MLmodel"]


def test_artifacts_of_a_server_that_lie_here(ours: LocalStore, tmp_path: Path, settings: Settings) -> None:
    """A backup, a mount or a copy of what the server has in directories of its own, and of what it serves itself."""
    far = ours.create_experiment("far", artifact_location="file:///nowhere/at all/mlflow")
    run = ours.create_run(far, start_time=1)
    model = ours.create_logged_model(far, name="m")
    served = ours.create_run("0", start_time=1)
    copy = tmp_path / "a copy"
    for place in (f"mlflow/{run.run_id}", f"mlflow/models/{model.model_id}", f"0/{served.run_id}"):
        (copy / place / "artifacts").mkdir(parents=True)
        (copy / place / "artifacts" / "file").write_text(place)
    with EmbeddedServer(ours) as server:
        for link in (False, True):
            with (
                closing(open_sqlite(tmp_path / str(link) / "mlproj.db")) as third,
                closing(open_source(server.url_for(run.run_id), settings=settings, artifacts=str(copy))) as source,
            ):
                summary = Import(source, third, link=link).carry_out()
                assert (summary.files, summary.notes) == (0 if link else 3, [])
                uris = [third.get_run(item.run_id).artifact_uri for item in (run, served)]
                uris.append(third.get_logged_model(model.model_id).artifact_uri)
                assert all(uri.startswith(str(copy)) == link for uri in uris)
                assert [[info.path for info in third.artifacts_at(uri).list()] for uri in uris] == [["file"]] * 3


def test_artifacts_of_another_kind_are_left_out(ours: LocalStore, tmp_path: Path, settings: Settings) -> None:
    far = ours.create_experiment("far", artifact_location="dbfs:/far")
    run = ours.create_run(far, start_time=1)
    with (
        EmbeddedServer(ours) as server,
        closing(open_sqlite(tmp_path / "third" / "mlproj.db")) as third,
        closing(open_source(server.url_for(run.run_id), settings=settings)) as source,
    ):
        summary = Import(source, third).carry_out()
    assert (summary.written, summary.files, summary.disagreements) == (1, 0, [])
    assert summary.notes == [f"{run.artifact_uri} is not in reach of this machine: the files there are left out"]


def test_a_directory_for_artifacts_that_is_not_there(theirs: Path, bring: Bring, tmp_path: Path) -> None:
    for source in (theirs / "mlflow.db", theirs / "mlruns", "http://127.0.0.1:9"):
        with pytest.raises(SettingError, match="no such directory"):
            bring(source, artifacts=str(tmp_path / "nowhere"))


def test_files_that_a_server_shows_are_only_read(ours: LocalStore, settings: Settings) -> None:
    run_id = ours.create_run("0", start_time=1).run_id
    model = ours.create_logged_model("0", name="m")
    for uri in (ours.get_run(run_id).artifact_uri, model.artifact_uri):
        ours.artifacts_at(uri).write("a b/100% ü.txt", iter([b"text"]))
    with (
        EmbeddedServer(ours) as server,
        closing(open_rest(server.url_for(run_id), environ=settings.environ)) as there,
    ):
        for files in (there.served_files(run_id), there.served_model_files(model.model_id)):
            assert [info.path for info in files.list("a b")] == ["a b/100% ü.txt"]
            with files.open("a b/100% ü.txt") as file:
                assert file.read() == b"text"
            with pytest.raises(InvalidValueError, match="on the server's own machine"):
                files.write("x", iter([b""]))
            with pytest.raises(InvalidValueError, match="on the server's own machine"):
                files.delete("a b/100% ü.txt")
        with pytest.raises(NotFoundError):
            there.served_model_files("m-none").list()


class OfVersionTwo(BaseHTTPRequestHandler):
    """One experiment with one run, and no logged models: neither does it know what those are."""

    RUN: ClassVar = {"run_id": "a1", "experiment_id": "5", "status": "FINISHED", "start_time": 1}
    KNOWN: ClassVar[dict[str, object]] = {
        "experiments/search": {"experiments": [{"experiment_id": "5", "name": "old", "lifecycle_stage": "active"}]},
        "runs/search": {"runs": [{"info": RUN, "data": {}}]},
        "registered-models/search": {},
        "model-versions/search": {},
    }

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def do_GET(self) -> None:
        known = self.KNOWN.get(self.path.partition("?")[0].removeprefix("/api/2.0/mlflow/"))
        content = b"<html>not found</html>" if known is None else json.dumps(known).encode()
        self.send_response(404 if known is None else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_server_that_knows_no_logged_models(bring: Bring, ours: LocalStore) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), OfVersionTwo) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            summary = bring(f"http://127.0.0.1:{server.server_port}", files=False)
        finally:
            server.shutdown()
            thread.join()
    assert (summary.written, summary.logged_models, summary.disagreements) == (1, 0, [])
    assert ours.get_run("a1").status == "FINISHED"
