"""registered-models/* and model-versions/* over HTTP."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from mlproj.server.calls import Call
from mlproj.server.endpoints import registry, registry_versions
from mlproj.server.requests import Arguments
from mlproj.tracking.base import LocalStore

if TYPE_CHECKING:
    from tests.server.conftest import Answer, Api

NUMBERS = count(1)
REMOTE = "s3://bucket/model"


@pytest.fixture
def name(api: "Api") -> Iterator[str]:
    chosen = f"model {next(NUMBERS)} 'ü'"
    assert api.post("registered-models/create", name=chosen).status == 200
    yield chosen
    api.post("registered-models/delete", "DELETE", name=chosen)


def _version(api: "Api", name: str, **more: Any) -> dict[str, Any]:
    answer = api.post("model-versions/create", name=name, **{"source": REMOTE, **more})
    assert answer.status == 200, answer.content
    version: dict[str, Any] = answer.json["model_version"]
    return version


def _refused(answer: "Answer") -> tuple[int, str]:
    return answer.status, answer.code


def test_registered_models(api: "Api", name: str) -> None:
    taken = api.post("registered-models/create", name=name)
    assert _refused(taken) == (400, "RESOURCE_ALREADY_EXISTS")
    updated = api.post("registered-models/update", "PATCH", name=name, description="text").json["registered_model"]
    assert updated["description"] == "text"
    untouched = api.post("registered-models/update", "PATCH", name=name).json["registered_model"]
    assert untouched == updated
    assert api.post("registered-models/set-tag", name=name, key="k", value="v").content == b"{}"
    model = api.get("registered-models/get", name=name).json["registered_model"]
    assert model["tags"] == [{"key": "k", "value": "v"}]
    assert "latest_versions" not in model
    assert api.post("registered-models/delete-tag", "DELETE", name=name, key="k").content == b"{}"
    new = f"{name}!"
    assert api.post("registered-models/rename", name=name, new_name=new).json["registered_model"]["name"] == new
    assert _refused(api.get("registered-models/get", name=name)) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert api.post("registered-models/delete", "DELETE", name=new).content == b"{}"
    assert _refused(api.post("registered-models/delete", "DELETE", name=new)) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_versions(api: "Api", name: str) -> None:
    version = _version(api, name, description="d", tags=[{"key": "a", "value": "b"}])
    assert (
        version.items()
        >= {
            "name": name,
            "version": "1",
            "current_stage": "None",
            "status": "READY",
            "source": REMOTE,
            "description": "d",
            "run_link": "",
            "tags": [{"key": "a", "value": "b"}],
        }.items()
    )
    assert isinstance(version["creation_timestamp"], int)
    read = api.get("model-versions/get", name=name, version="1").json["model_version"]
    assert read == version
    changed = api.post("model-versions/update", "PATCH", name=name, version="1", description="e").json
    assert changed["model_version"]["description"] == "e"
    assert api.post("model-versions/update", "PATCH", name=name, version="1").json == changed
    assert api.get("model-versions/get-download-uri", name=name, version="1").json == {"artifact_uri": REMOTE}
    assert api.post("model-versions/set-tag", name=name, version="1", key="k", value="v").content == b"{}"
    assert api.post("model-versions/delete-tag", "DELETE", name=name, version="1", key="k").content == b"{}"
    assert api.post("model-versions/delete", "DELETE", name=name, version="1").content == b"{}"
    assert _refused(api.get("model-versions/get", name=name, version="1")) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_stages_and_the_latest_versions(api: "Api", name: str) -> None:
    for _ in range(3):
        _version(api, name)
    for number in ("1", "2"):
        moved = api.post(
            "model-versions/transition-stage",
            name=name,
            version=number,
            stage="production",
            archive_existing_versions=True,
        )
        assert moved.json["model_version"]["current_stage"] == "Production"
    latest = {"1": "Archived", "2": "Production", "3": "None"}
    for answer in (
        api.post("registered-models/get-latest-versions", name=name),
        api.get("registered-models/get-latest-versions", name=name),
    ):
        assert {item["version"]: item["current_stage"] for item in answer.json["model_versions"]} == latest
    chosen = api.get("registered-models/get-latest-versions", name=name, stages=["Production", "Staging"]).json
    assert [item["version"] for item in chosen["model_versions"]] == ["2"]
    assert api.post("registered-models/get-latest-versions", name=name, stages=["Staging"]).content == b"{}"
    wrong = api.post(
        "model-versions/transition-stage", name=name, version="1", stage="None", archive_existing_versions=True
    )
    assert _refused(wrong) == (400, "INVALID_PARAMETER_VALUE")


def test_aliases(api: "Api", name: str) -> None:
    _version(api, name)
    assert api.post("registered-models/alias", name=name, alias="best", version="1").content == b"{}"
    read = api.get("registered-models/alias", name=name, alias="best").json["model_version"]
    assert (read["version"], read["aliases"]) == ("1", ["best"])
    model = api.get("registered-models/get", name=name).json["registered_model"]
    assert model["aliases"] == [{"alias": "best", "version": "1"}]
    for _ in range(2):
        assert api.post("registered-models/alias", "DELETE", name=name, alias="best").content == b"{}"
    assert _refused(api.get("registered-models/alias", name=name, alias="best")) == (400, "INVALID_PARAMETER_VALUE")
    missing = api.post("registered-models/alias", name=name, alias="best", version="9")
    assert _refused(missing) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_searches(api: "Api", name: str) -> None:
    _version(api, name)
    quoted = name.replace("'", "''")
    found = api.get("registered-models/search", filter=f"name = '{quoted}'").json
    assert [model["name"] for model in found["registered_models"]] == [name]
    assert [version["version"] for version in found["registered_models"][0]["latest_versions"]] == ["1"]
    versions = api.get("model-versions/search", filter=f"name = '{quoted}'", order_by=["name ASC"], max_results="1")
    assert [version["name"] for version in versions.json["model_versions"]] == [name]
    assert api.get("model-versions/search", filter="name = 'none'").content == b"{}"
    for path in ("registered-models/search", "model-versions/search"):
        for query in ({"filter": "a b"}, {"max_results": "0"}, {"order_by": "x"}, {"page_token": "?"}):
            assert _refused(api.get(path, **query)) == (400, "INVALID_PARAMETER_VALUE")


def test_files_of_a_version(api: "Api", name: str) -> None:
    root = api.run().artifact_uri
    version = _version(api, name, source=f"{root}/model", run_id=api.run_id)
    assert version["run_id"] == api.run_id
    query = f"/api/2.0/mlflow/model-versions/get-download-uri?name={name}&version=1"
    assert api.send("GET", query.replace(" ", "%20")).json == {"artifact_uri": f"{root}/model"}
    old = api.send("GET", query.replace(" ", "%20"), headers={"User-Agent": "mlflow-python-client/1.20.0"})
    directory = api.store.artifacts(api.run_id).local_directory()
    assert old.json == {"artifact_uri": f"{directory}/model"}
    assert _version(api, name, source=f"{directory}/my model", run_id=api.run_id)["version"] == "2"
    second = query.replace(" ", "%20").replace("version=1", "version=2")
    assert api.send("GET", second).json == {"artifact_uri": f"{root}/my model"}
    old = api.send("GET", second, headers={"User-Agent": "mlflow-python-client/1.20.0"})
    assert old.json == {"artifact_uri": f"{directory}/my model"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("registered-models/create", {}),
        ("registered-models/create", {"name": "a/b"}),
        ("registered-models/create", {"name": 5}),
        ("registered-models/create", {"name": "a", "tags": "x"}),
        ("registered-models/create", {"name": "a", "tags": [{"key": "../b", "value": "c"}]}),
        ("model-versions/create", {"name": "a"}),
        ("model-versions/create", {"name": "a", "source": 5}),
        ("model-versions/transition-stage", {"name": "a", "version": 1, "stage": "None"}),
        ("model-versions/transition-stage", {"name": "a", "version": "x", "stage": "None"}),
        ("model-versions/transition-stage", {"name": "a", "version": "1", "stage": "Live"}),
        ("model-versions/set-tag", {"name": "a", "version": "0.5", "key": "k", "value": "v"}),
        ("registered-models/alias", {"name": "a", "alias": "latest", "version": "1"}),
    ],
)
def test_requests_that_make_no_sense(api: "Api", path: str, body: dict[str, Any]) -> None:
    assert _refused(api.post(path, **body)) == (400, "INVALID_PARAMETER_VALUE")


def test_sources_outside_of_the_run(api: "Api", name: str) -> None:
    for source in ("/etc/passwd", "file:///etc", "runs:/other/model", f"{api.run().artifact_uri}/../x", "models:/m-1"):
        answer = api.post("model-versions/create", name=name, source=source, run_id=api.run_id)
        assert _refused(answer) == (400, "INVALID_PARAMETER_VALUE"), source
    assert _version(api, name)["version"] == "1"


def test_who_asked_is_kept_with_every_change_of_a_version(store: LocalStore) -> None:
    def ask(answer: Callable[[Call], Any], user: str | None, **args: Any) -> None:
        answer(Call(store=store, args=Arguments({"name": "kept", "version": "1", **args}), user=user))

    ask(registry.create, "ada")
    ask(registry_versions.create, "ada", source=REMOTE)
    ask(registry_versions.update, "ben", description="fine")
    ask(registry_versions.transition_stage, "ben", stage="Staging")
    ask(registry.set_alias, "cyd", alias="best")
    ask(registry.delete_alias, "cyd", alias="best")
    ask(registry_versions.set_tag, "dan", key="k", value="v")
    ask(registry_versions.delete_tag, None, key="k")
    ask(registry.rename, "eve", new_name="kept on")
    call = Call(store=store, args=Arguments({"name": "kept on", "version": "1"}))
    changes = registry_versions.history(call)["changes"]
    assert [(change.get("user_id"), change["action"]) for change in changes] == [
        ("ada", "create"),
        ("ben", "describe"),
        ("ben", "move"),
        ("cyd", "set-alias"),
        ("cyd", "delete-alias"),
        ("dan", "set-tag"),
        (None, "delete-tag"),
        ("eve", "rename"),
    ]
    assert registry_versions.get(call)["model_version"]["user_id"] == "ada"


def test_numbers_that_no_version_has(api: "Api") -> None:
    name = f"model of {api.run_id}"
    api.store.registry.create_model(name)
    for number, status in (("0", 404), ("-1", 404), ("9" * 18, 404), ("9" * 19, 400), ("1.0", 400), ("--1", 400)):
        assert api.get("model-versions/get", name=name, version=number).status == status
