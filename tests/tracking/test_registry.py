"""The model registry: models, versions, stages, aliases, tags."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from mlproj.errors import AlreadyExistsError, InvalidValueError, NotFoundError
from mlproj.tracking.base import LocalRegistry, LocalStore, Registry, Store
from mlproj.tracking.entities import Metric, ModelVersion, Stage

UGLY = "a 'b' \"c\" $(rm)\nü 🎉; DROP TABLE runs"
REMOTE = "s3://bucket/model"


@pytest.fixture
def registry(store: Store) -> Registry:
    return store.registry


@pytest.fixture(params=["sqlite_store", "postgres_store"])
def local(request: pytest.FixtureRequest) -> LocalRegistry:
    """What only this machine's own databases can tell."""
    return cast("LocalStore", request.getfixturevalue(request.param)).registry


def _versions(registry: Registry, name: str, count: int) -> list[ModelVersion]:
    registry.create_model(name)
    return [registry.create_version(name, REMOTE) for _ in range(count)]


def test_the_life_of_a_model(registry: Registry) -> None:
    made = registry.create_model(UGLY, description=UGLY, tags={"a": UGLY})
    assert (made.name, made.description, dict(made.tags)) == (UGLY, UGLY, {"a": UGLY})
    assert made.creation_timestamp == made.last_updated_timestamp > 0
    assert registry.get_model(UGLY) == made
    assert registry.describe_model(UGLY, "other").description == "other"
    registry.set_model_tag(UGLY, "a", "2")
    registry.set_model_tag(UGLY, "b", "3")
    assert dict(registry.get_model(UGLY).tags) == {"a": "2", "b": "3"}
    registry.delete_model_tag(UGLY, "a")
    registry.delete_model_tag(UGLY, "a")
    assert dict(registry.get_model(UGLY).tags) == {"b": "3"}
    with pytest.raises(AlreadyExistsError):
        registry.create_model(UGLY)
    registry.delete_model(UGLY)
    with pytest.raises(NotFoundError):
        registry.get_model(UGLY)
    with pytest.raises(NotFoundError):
        registry.delete_model(UGLY)


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a:b", ".", "..", "x" * 257, "a\0/b"])
def test_names_that_cannot_be(registry: Registry, name: str) -> None:
    with pytest.raises(InvalidValueError):
        registry.create_model(name)
    registry.create_model("other")
    with pytest.raises(InvalidValueError):
        registry.rename_model("other", name)
    assert registry.get_model("other").name == "other"


def test_a_new_name_carries_everything(registry: Registry) -> None:
    _versions(registry, "old", 2)
    registry.set_model_tag("old", "t", "1")
    registry.set_alias("old", "best", 2)
    registry.set_version_tag("old", 1, "k", "v")
    registry.create_model("taken")
    with pytest.raises(AlreadyExistsError):
        registry.rename_model("old", "taken")
    renamed = registry.rename_model("old", "new")
    assert (renamed.name, dict(renamed.tags), dict(renamed.aliases)) == ("new", {"t": "1"}, {"best": 2})
    assert dict(registry.get_version("new", 1).tags) == {"k": "v"}
    assert registry.get_version_by_alias("new", "best").name == "new"
    with pytest.raises(NotFoundError):
        registry.get_version("old", 1)
    assert registry.rename_model("new", "new").name == "new"


def test_numbers_of_versions_are_never_used_twice(registry: Registry) -> None:
    assert [version.version for version in _versions(registry, "m", 3)] == [1, 2, 3]
    registry.delete_version("m", 3)
    registry.delete_version("m", 1)
    with pytest.raises(NotFoundError):
        registry.get_version("m", 3)
    with pytest.raises(NotFoundError):
        registry.delete_version("m", 3)
    assert registry.create_version("m", REMOTE).version == 4
    registry.delete_model("m")
    assert _versions(registry, "m", 1)[0].version == 1


def test_a_version_as_it_is_made(registry: Registry, store: Store) -> None:
    run = store.create_run("0", start_time=1)
    registry.create_model("m")
    version = registry.create_version(
        "m",
        f"runs:/{run.run_id}/model",
        run_id=run.run_id,
        run_link="https://example.org",
        description=UGLY,
        tags={"t": UGLY},
    )
    assert (version.stage, version.description, dict(version.tags)) == (Stage.NONE, UGLY, {"t": UGLY})
    assert (version.run_id, version.run_link) == (run.run_id, "https://example.org")
    assert registry.get_version("m", 1) == version
    assert registry.describe_version("m", 1, "new").description == "new"
    registry.set_version_tag("m", 1, "t", "2")
    registry.delete_version_tag("m", 1, "none")
    assert dict(registry.get_version("m", 1).tags) == {"t": "2"}
    registry.delete_version_tag("m", 1, "t")
    assert dict(registry.get_version("m", 1).tags) == {}
    assert registry.get_model("m").last_updated_timestamp >= version.last_updated_timestamp


def test_stages(registry: Registry) -> None:
    _versions(registry, "m", 4)
    assert registry.move_version("m", 1, "PRODUCTION").stage is Stage.PRODUCTION
    registry.move_version("m", 2, "production")
    registry.move_version("m", 3, "staging")
    assert [(v.version, v.stage) for v in registry.latest_versions("m")] == [
        (2, Stage.PRODUCTION),
        (3, Stage.STAGING),
        (4, Stage.NONE),
    ]
    assert registry.get_model("m").latest_versions == registry.latest_versions("m")
    assert [v.version for v in registry.latest_versions("m", ["Production"])] == [2]
    assert registry.latest_versions("m", ["Archived"]) == ()
    registry.move_version("m", 3, "Production", archive_existing=True)
    stages = [registry.get_version("m", number).stage for number in (1, 2, 3, 4)]
    assert stages == [Stage.ARCHIVED, Stage.ARCHIVED, Stage.PRODUCTION, Stage.NONE]
    registry.move_version("m", 3, "Production", archive_existing=True)
    assert registry.get_version("m", 3).stage is Stage.PRODUCTION


def test_stages_that_cannot_be(registry: Registry) -> None:
    _versions(registry, "m", 1)
    with pytest.raises(InvalidValueError, match="Production"):
        registry.move_version("m", 1, "Live")
    with pytest.raises(NotFoundError):
        registry.move_version("m", 2, "Staging")
    with pytest.raises(InvalidValueError):
        registry.latest_versions("m", ["Live"])
    with pytest.raises(NotFoundError):
        registry.latest_versions("none")


def test_only_an_active_stage_archives_the_others(registry: Registry) -> None:
    _versions(registry, "m", 1)
    with pytest.raises(InvalidValueError, match="archive"):
        registry.move_version("m", 1, "Archived", archive_existing=True)


def test_aliases(registry: Registry) -> None:
    _versions(registry, "m", 2)
    registry.set_alias("m", "best", 1)
    registry.set_alias("m", "best", 1)
    registry.set_alias("m", "prod-ü_1", 1)
    assert registry.get_version("m", 1).aliases == ("best", "prod-ü_1")
    registry.set_alias("m", "best", 2)
    assert dict(registry.get_model("m").aliases) == {"best": 2, "prod-ü_1": 1}
    assert registry.get_version_by_alias("m", "best").version == 2
    registry.delete_alias("m", "best")
    registry.delete_alias("m", "best")
    with pytest.raises(InvalidValueError, match="not found"):
        registry.get_version_by_alias("m", "best")
    registry.delete_version("m", 1)
    assert dict(registry.get_model("m").aliases) == {}


@pytest.mark.parametrize("alias", ["", "latest", "LaTest", "v1", "V22", "a b", "a/b", "x" * 256, "a\n"])
def test_aliases_that_cannot_be(registry: Registry, alias: str) -> None:
    _versions(registry, "m", 1)
    with pytest.raises(InvalidValueError):
        registry.set_alias("m", alias, 1)
    with pytest.raises(NotFoundError):
        registry.set_alias("m", "fine", 2)


def test_a_version_of_a_logged_model(registry: Registry, store: Store) -> None:
    run = store.create_run("0", start_time=1)
    model = store.create_logged_model("0", name="ab", source_run_id=run.run_id, params={"depth": "3"})
    store.log_batch(run.run_id, metrics=[Metric(key="auc", value=0.5, timestamp=1, model_id=model.model_id)])
    registry.create_model("m")
    uri = f"models:/{model.model_id}"
    version = registry.create_version("m", uri, model_id=model.model_id)
    assert (version.source, version.location) == (uri, model.artifact_uri)
    assert version.run_id == run.run_id
    registry.create_version("m", uri, model_id=model.model_id)
    tag = store.get_logged_model(model.model_id).tags["mlflow.modelVersions"]
    assert json.loads(tag) == [{"name": "m", "version": 1}, {"name": "m", "version": 2}]
    whole = registry.get_version("m", 1)
    assert whole.model_id == model.model_id
    store.delete_logged_model(model.model_id)
    assert registry.get_version("m", 1).location == model.artifact_uri


def test_a_version_shows_what_its_logged_model_was_made_with(registry: Registry, store: Store) -> None:
    run = store.create_run("0", start_time=1)
    model = store.create_logged_model("0", name="ab", source_run_id=run.run_id, params={"depth": "3"})
    store.log_batch(run.run_id, metrics=[Metric(key="auc", value=0.5, timestamp=1, model_id=model.model_id)])
    registry.create_model("m")
    registry.create_version("m", f"models:/{model.model_id}", model_id=model.model_id)
    whole = registry.get_version("m", 1)
    assert (dict(whole.params), [point.key for point in whole.metrics]) == ({"depth": "3"}, ["auc"])


def test_a_damaged_note_on_a_logged_model_is_begun_anew(registry: Registry, store: Store) -> None:
    model = store.create_logged_model("0", name="a")
    registry.create_model("m")
    for text in ("{", '{"a": 1}'):
        store.set_logged_model_tags(model.model_id, {"mlflow.modelVersions": text})
        version = registry.create_version("m", f"models:/{model.model_id}", model_id=model.model_id)
        noted = store.get_logged_model(model.model_id).tags["mlflow.modelVersions"]
        assert json.loads(noted) == [{"name": "m", "version": version.version}]


def test_a_version_made_from_another(registry: Registry) -> None:
    _versions(registry, "a b", 2)
    registry.set_alias("a b", "best", 2)
    registry.move_version("a b", 1, "Staging")
    registry.create_model("copy")
    for source in ("models:/a b/1", "models:/a%20b/1", "models:/a b@best", "models:/a b/Staging", "models:/a b/latest"):
        version = registry.create_version("copy", source)
        assert (version.source, version.location) == (source, REMOTE)
    with pytest.raises(NotFoundError):
        registry.create_version("copy", "models:/a b/9")
    with pytest.raises(NotFoundError):
        registry.create_version("copy", "models:/a b/Production")
    with pytest.raises(InvalidValueError):
        registry.create_version("copy", "models:/a b@none")
    assert registry.get_version("copy", 5).version == 5


def test_a_copy_has_the_files_of_the_original(registry: Registry) -> None:
    _versions(registry, "m", 1)
    registry.create_model("copy")
    version = registry.create_version("copy", "models:/m/1")
    assert (version.source, version.location, version.version) == ("models:/m/1", REMOTE, 1)


def test_the_history_of_a_version(local: LocalRegistry) -> None:
    local.create_model("m")
    assert local.create_version("m", REMOTE, user="ann").user_id == "ann"
    local.create_version("m", REMOTE)
    local.describe_version("m", 1, "fine", user="ben")
    local.move_version("m", 1, "Staging", user="ann")
    local.move_version("m", 2, "Staging", archive_existing=True, user="ben")
    local.set_alias("m", "best", 1, user="ann")
    local.set_alias("m", "best", 2, user="ben")
    local.set_version_tag("m", 1, "k", "v", user="ann")
    local.delete_version_tag("m", 1, "k", user="ann")
    local.rename_model("m", "n", user="ben")
    local.delete_version("n", 1, user="ann")
    history = local.version_history("n", 1)
    assert [(change.user_id, change.action, change.detail) for change in history] == [
        ("ann", "create", REMOTE),
        ("ben", "describe", "fine"),
        ("ann", "move", "None -> Staging"),
        ("ben", "move", "Staging -> Archived"),
        ("ann", "set-alias", "best"),
        ("ben", "delete-alias", "best"),
        ("ann", "set-tag", "k=v"),
        ("ann", "delete-tag", "k"),
        ("ben", "rename", "m -> n"),
        ("ann", "delete", ""),
    ]
    assert [change.timestamp for change in history] == sorted(change.timestamp for change in history)
    with pytest.raises(NotFoundError):
        local.version_history("n", 3)


def test_what_is_not_there(registry: Registry) -> None:
    registry.create_model("m")
    for ask in (
        lambda: registry.create_version("none", REMOTE),
        lambda: registry.get_version("m", 1),
        lambda: registry.describe_version("m", 1, ""),
        lambda: registry.set_version_tag("m", 1, "k", "v"),
        lambda: registry.set_model_tag("none", "k", "v"),
        lambda: registry.delete_alias("none", "a"),
    ):
        with pytest.raises(NotFoundError):
            ask()


def test_origins_that_are_not_there(registry: Registry) -> None:
    registry.create_model("m")
    with pytest.raises(NotFoundError):
        registry.create_version("m", "runs:/nothing/x", run_id="nothing")
    with pytest.raises(NotFoundError):
        registry.create_version("m", "models:/m-nothing", model_id="m-nothing")


def test_tags_that_cannot_be(registry: Registry) -> None:
    _versions(registry, "m", 1)
    registry.set_model_tag("m", "k", "x" * 100_000)
    for key, value in (("", "v"), ("../k", "v"), ("k" * 251, "v"), ("k", "x" * 100_001)):
        with pytest.raises(InvalidValueError):
            registry.set_model_tag("m", key, value)
        with pytest.raises(InvalidValueError):
            registry.set_version_tag("m", 1, key, value)
        with pytest.raises(InvalidValueError):
            registry.create_model("other", tags={key: value})
    with pytest.raises(NotFoundError):
        registry.get_model("other")


def test_a_long_note_on_a_logged_model_stays_whole(registry: Registry, store: Store) -> None:
    model = store.create_logged_model("0", name="a")
    registry.create_model("m" * 256)
    for _ in range(40):
        registry.create_version("m" * 256, f"models:/{model.model_id}", model_id=model.model_id)
    noted = json.loads(store.get_logged_model(model.model_id).tags["mlflow.modelVersions"])
    assert 20 < len(noted) < 40
    assert [item["version"] for item in noted] == list(range(41 - len(noted), 41))


def test_a_run_whose_files_are_elsewhere(registry: Registry, store: Store) -> None:
    experiment = store.create_experiment("elsewhere", artifact_location="ftp://host/files")
    run = store.create_run(experiment, start_time=1)
    registry.create_model("m")
    assert registry.create_version("m", f"runs:/{run.run_id}/x", run_id=run.run_id).version == 1
    with pytest.raises(InvalidValueError):
        registry.create_version("m", "/etc", run_id=run.run_id)


def test_versions_made_at_the_same_time_have_numbers_of_their_own(registry: Registry) -> None:
    registry.create_model("m")
    with ThreadPoolExecutor(4) as threads:
        made = [threads.submit(registry.create_version, "m", REMOTE) for _ in range(12)]
        assert sorted(version.result().version for version in made) == list(range(1, 13))
