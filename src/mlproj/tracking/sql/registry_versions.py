"""Versions of registered models in SQL."""

from collections.abc import Mapping, Sequence

from mlproj.errors import InvalidValueError, NotFoundError
from mlproj.tracking.entities import ModelVersion, Stage
from mlproj.tracking.registry import ARCHIVING, check_tags
from mlproj.tracking.sql import registry_changes as changes
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Row, Session

COLUMNS = (
    "v.id, v.model, m.name, v.version, v.creation_timestamp, v.last_updated_timestamp, v.user_id, v.stage,"
    " v.description, v.source, v.location, v.run_id, v.run_link, v.model_id"
)
TABLES = "model_versions v JOIN registered_models m ON m.id = v.model"


def key_of_model(sql: Session, name: str) -> int:
    row = sql.execute("SELECT id FROM registered_models WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise no_model(name)
    return int(row[0])


def key_of(sql: Session, name: str, version: int) -> tuple[int, int]:
    """The keys of a model and of one of its versions."""
    model = key_of_model(sql, name)
    row = sql.execute("SELECT id FROM model_versions WHERE model = ? AND version = ?", (model, version)).fetchone()
    if row is None:
        raise NotFoundError(f"Model Version (name={name}, version={version}) not found")
    return model, int(row[0])


def no_model(name: str) -> NotFoundError:
    return NotFoundError(f"Registered Model with name={name} not found")


def create(
    sql: Session,
    name: str,
    *,
    source: str,
    location: str,
    run_id: str,
    run_link: str,
    description: str,
    model_id: str,
    tags: Mapping[str, str],
    user: str,
    now_ms: int,
) -> ModelVersion:
    """A version with a number that the model never had before."""
    model, checked = key_of_model(sql, name), check_tags(tags)
    sql.execute(
        "UPDATE registered_models SET last_version = last_version + 1, last_updated_timestamp = ? WHERE id = ?",
        (now_ms, model),
    )
    version = sql.execute("SELECT last_version FROM registered_models WHERE id = ?", (model,)).fetchone()[0]
    sql.execute(
        "INSERT INTO model_versions (model, version, creation_timestamp, last_updated_timestamp, user_id, stage,"
        " description, source, location, run_id, run_link, model_id) VALUES (?, ?, ?, ?, ?, 'None', ?, ?, ?, ?, ?, ?)",
        (model, version, now_ms, now_ms, user, description, source, location, run_id, run_link, model_id),
    )
    _write_tags(sql, key_of(sql, name, version)[1], checked)
    changes.record(sql, (model, version), "create", source, user=user, now_ms=now_ms)
    return get(sql, name, version)


def get(sql: Session, name: str, version: int) -> ModelVersion:
    key = key_of(sql, name, version)[1]
    row = sql.execute(f"SELECT {COLUMNS} FROM {TABLES} WHERE v.id = ?", (key,)).fetchone()  # noqa: S608
    return whole(sql, [row])[0]


def describe(sql: Session, name: str, version: int, description: str, *, user: str, now_ms: int) -> ModelVersion:
    model, key = key_of(sql, name, version)
    sql.execute("UPDATE model_versions SET description = ? WHERE id = ?", (description, key))
    changes.record(sql, (model, version), "describe", description, user=user, now_ms=now_ms)
    return _touched(sql, name, version, now_ms)


def move(
    sql: Session, name: str, version: int, stage: Stage, *, archive_existing: bool, user: str, now_ms: int
) -> ModelVersion:
    if archive_existing and stage not in ARCHIVING:
        raise InvalidValueError(
            f"Model version transition cannot archive existing model versions because {stage.value!r} is not an Active"
            " stage. Valid stages are Staging and Production."
        )
    key_of(sql, name, version)
    if archive_existing:
        others = [other for other in _at(sql, name, stage) if other != version]
        for other in others:
            _put(sql, name, other, Stage.ARCHIVED, user=user, now_ms=now_ms)
    _put(sql, name, version, stage, user=user, now_ms=now_ms)
    return get(sql, name, version)


def delete(sql: Session, name: str, version: int, *, user: str, now_ms: int) -> None:
    model, key = key_of(sql, name, version)
    _touched(sql, name, version, now_ms)
    changes.record(sql, (model, version), "delete", "", user=user, now_ms=now_ms)
    sql.execute("DELETE FROM model_versions WHERE id = ?", (key,))


def set_tag(sql: Session, name: str, version: int, key: str, value: str, *, user: str, now_ms: int) -> None:
    model, owner = key_of(sql, name, version)
    _write_tags(sql, owner, check_tags({key: value}))
    changes.record(sql, (model, version), "set-tag", f"{key}={value}", user=user, now_ms=now_ms)


def delete_tag(sql: Session, name: str, version: int, key: str, *, user: str, now_ms: int) -> None:
    model, owner = key_of(sql, name, version)
    done = sql.execute("DELETE FROM model_version_tags WHERE owner = ? AND key = ?", (owner, key))
    if done.rowcount:
        changes.record(sql, (model, version), "delete-tag", key, user=user, now_ms=now_ms)


def latest(
    sql: Session, models: Sequence[int], stages: Sequence[Stage] = tuple(Stage)
) -> dict[int, list[ModelVersion]]:
    """The highest version of each stage, for each model."""
    rows = sql.execute(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE (v.model, v.stage, v.version) IN ("  # noqa: S608
        f"SELECT model, stage, max(version) FROM model_versions WHERE {any_of('model')} AND {any_of('stage')}"
        " GROUP BY model, stage) ORDER BY v.version",
        (many(models), many(stage.value for stage in stages)),
    ).fetchall()
    found: dict[int, list[ModelVersion]] = {}
    for row, version in zip(rows, whole(sql, rows), strict=True):
        found.setdefault(row[1], []).append(version)
    return found


def whole(sql: Session, rows: Sequence[Row]) -> list[ModelVersion]:
    """Whole versions from rows of `COLUMNS`."""
    tags = _tags(sql, [row[0] for row in rows])
    aliases = _aliases(sql, {row[1] for row in rows})
    return [
        ModelVersion(
            name=name,
            version=version,
            creation_timestamp=created,
            last_updated_timestamp=updated,
            user_id=user,
            stage=Stage(stage),
            description=description,
            source=source,
            location=location,
            run_id=run_id,
            run_link=link,
            model_id=model_id,
            tags=tags.get(key, {}),
            aliases=tuple(aliases.get((model, version), ())),
        )
        for (
            key,
            model,
            name,
            version,
            created,
            updated,
            user,
            stage,
            description,
            source,
            location,
            run_id,
            link,
            model_id,
        ) in rows
    ]


def _at(sql: Session, name: str, stage: Stage) -> list[int]:
    rows = sql.execute(f"SELECT v.version FROM {TABLES} WHERE m.name = ? AND v.stage = ?", (name, stage.value))  # noqa: S608
    return [row[0] for row in rows.fetchall()]


def _put(sql: Session, name: str, version: int, stage: Stage, *, user: str, now_ms: int) -> None:
    model, key = key_of(sql, name, version)
    before = sql.execute("SELECT stage FROM model_versions WHERE id = ?", (key,)).fetchone()[0]
    sql.execute("UPDATE model_versions SET stage = ? WHERE id = ?", (stage.value, key))
    changes.record(sql, (model, version), "move", f"{before} -> {stage.value}", user=user, now_ms=now_ms)
    _touched(sql, name, version, now_ms)


def _touched(sql: Session, name: str, version: int, now_ms: int) -> ModelVersion:
    model, key = key_of(sql, name, version)
    sql.execute("UPDATE model_versions SET last_updated_timestamp = ? WHERE id = ?", (now_ms, key))
    sql.execute("UPDATE registered_models SET last_updated_timestamp = ? WHERE id = ?", (now_ms, model))
    return get(sql, name, version)


def _write_tags(sql: Session, owner: int, tags: Mapping[str, str]) -> None:
    sql.executemany(
        "INSERT INTO model_version_tags (owner, key, value) VALUES (?, ?, ?)"
        " ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value",
        [(owner, key, value) for key, value in tags.items()],
    )


def _tags(sql: Session, owners: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    statement = f"SELECT owner, key, value FROM model_version_tags WHERE {any_of('owner')} ORDER BY key"  # noqa: S608
    for owner, key, value in sql.execute(statement, (many(owners),)):
        found.setdefault(owner, {})[key] = value
    return found


def _aliases(sql: Session, models: set[int]) -> dict[tuple[int, int], list[str]]:
    found: dict[tuple[int, int], list[str]] = {}
    statement = f"SELECT model, version, alias FROM model_aliases WHERE {any_of('model')} ORDER BY alias"  # noqa: S608
    for model, version, alias in sql.execute(statement, (many(models),)):
        found.setdefault((model, version), []).append(alias)
    return found
