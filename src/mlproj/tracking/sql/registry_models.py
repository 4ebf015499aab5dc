"""Registered models in SQL."""

from collections.abc import Mapping, Sequence

from mlproj.errors import AlreadyExistsError, InvalidValueError
from mlproj.tracking.entities import RegisteredModel
from mlproj.tracking.registry import check_alias, check_name, check_tags
from mlproj.tracking.sql import registry_changes as changes
from mlproj.tracking.sql import registry_versions as versions
from mlproj.tracking.sql.dialect import any_of, many
from mlproj.tracking.sql.session import Row, Session

COLUMNS = "m.id, m.name, m.description, m.creation_timestamp, m.last_updated_timestamp"


def create(sql: Session, name: str, *, description: str, tags: Mapping[str, str], now_ms: int) -> RegisteredModel:
    _check_free(sql, check_name(name))
    checked = check_tags(tags)
    sql.execute(
        "INSERT INTO registered_models (name, description, creation_timestamp, last_updated_timestamp, last_version)"
        " VALUES (?, ?, ?, ?, 0)",
        (name, description, now_ms, now_ms),
    )
    _write_tags(sql, versions.key_of_model(sql, name), checked)
    return get(sql, name)


def get(sql: Session, name: str) -> RegisteredModel:
    row = sql.execute(f"SELECT {COLUMNS} FROM registered_models m WHERE m.name = ?", (name,)).fetchone()  # noqa: S608
    if row is None:
        raise versions.no_model(name)
    return whole(sql, [row])[0]


def rename(sql: Session, name: str, new_name: str, *, user: str, now_ms: int) -> RegisteredModel:
    model = versions.key_of_model(sql, name)
    check_name(new_name)
    if new_name != name:
        _check_free(sql, new_name)
    sql.execute(
        "UPDATE registered_models SET name = ?, last_updated_timestamp = ? WHERE id = ?", (new_name, now_ms, model)
    )
    sql.execute("UPDATE model_versions SET last_updated_timestamp = ? WHERE model = ?", (now_ms, model))
    for (version,) in sql.execute("SELECT version FROM model_versions WHERE model = ?", (model,)).fetchall():
        changes.record(sql, (model, version), "rename", f"{name} -> {new_name}", user=user, now_ms=now_ms)
    return get(sql, new_name)


def describe(sql: Session, name: str, description: str, *, now_ms: int) -> RegisteredModel:
    model = versions.key_of_model(sql, name)
    sql.execute(
        "UPDATE registered_models SET description = ?, last_updated_timestamp = ? WHERE id = ?",
        (description, now_ms, model),
    )
    return get(sql, name)


def delete(sql: Session, name: str, *, user: str, now_ms: int) -> None:
    model = versions.key_of_model(sql, name)
    for (version,) in sql.execute("SELECT version FROM model_versions WHERE model = ?", (model,)).fetchall():
        changes.record(sql, (model, version), "delete", name, user=user, now_ms=now_ms)
    sql.execute("DELETE FROM registered_models WHERE id = ?", (model,))


def set_tag(sql: Session, name: str, key: str, value: str) -> None:
    model = versions.key_of_model(sql, name)
    _write_tags(sql, model, check_tags({key: value}))


def delete_tag(sql: Session, name: str, key: str) -> None:
    model = versions.key_of_model(sql, name)
    sql.execute("DELETE FROM registered_model_tags WHERE owner = ? AND key = ?", (model, key))


def set_alias(sql: Session, name: str, alias: str, version: int, *, user: str, now_ms: int) -> None:
    check_alias(alias)
    model = versions.key_of(sql, name, version)[0]
    before = _aliased(sql, model, alias)
    if before == version:
        return
    sql.execute(
        "INSERT INTO model_aliases (model, alias, version) VALUES (?, ?, ?)"
        " ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version",
        (model, alias, version),
    )
    if before is not None:
        changes.record(sql, (model, before), "delete-alias", alias, user=user, now_ms=now_ms)
    changes.record(sql, (model, version), "set-alias", alias, user=user, now_ms=now_ms)
    _touch(sql, model, now_ms)


def delete_alias(sql: Session, name: str, alias: str, *, user: str, now_ms: int) -> None:
    model = versions.key_of_model(sql, name)
    before = _aliased(sql, model, alias)
    if before is not None:
        sql.execute("DELETE FROM model_aliases WHERE model = ? AND alias = ?", (model, alias))
        changes.record(sql, (model, before), "delete-alias", alias, user=user, now_ms=now_ms)
        _touch(sql, model, now_ms)


def version_of_alias(sql: Session, name: str, alias: str) -> int:
    version = _aliased(sql, versions.key_of_model(sql, name), alias)
    if version is None:
        raise InvalidValueError(f"Registered model alias {alias} not found.")
    return version


def whole(sql: Session, rows: Sequence[Row]) -> list[RegisteredModel]:
    """Whole models from rows of `COLUMNS`."""
    ids = [row[0] for row in rows]
    tags, aliases = _tags(sql, ids), _aliases(sql, ids)
    latest = versions.latest(sql, ids)
    return [
        RegisteredModel(
            name=name,
            description=description,
            creation_timestamp=created,
            last_updated_timestamp=updated,
            tags=tags.get(model, {}),
            aliases=aliases.get(model, {}),
            latest_versions=tuple(latest.get(model, ())),
        )
        for model, name, description, created, updated in rows
    ]


def _check_free(sql: Session, name: str) -> None:
    if sql.execute("SELECT 1 FROM registered_models WHERE name = ?", (name,)).fetchone() is not None:
        raise AlreadyExistsError(f"Registered Model (name={name}) already exists.")


def _touch(sql: Session, model: int, now_ms: int) -> None:
    sql.execute("UPDATE registered_models SET last_updated_timestamp = ? WHERE id = ?", (now_ms, model))


def _write_tags(sql: Session, model: int, tags: Mapping[str, str]) -> None:
    sql.executemany(
        "INSERT INTO registered_model_tags (owner, key, value) VALUES (?, ?, ?)"
        " ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value",
        [(model, key, value) for key, value in tags.items()],
    )


def _aliased(sql: Session, model: int, alias: str) -> int | None:
    row = sql.execute("SELECT version FROM model_aliases WHERE model = ? AND alias = ?", (model, alias)).fetchone()
    return None if row is None else int(row[0])


def _tags(sql: Session, models: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    statement = f"SELECT owner, key, value FROM registered_model_tags WHERE {any_of('owner')} ORDER BY key"  # noqa: S608
    for model, key, value in sql.execute(statement, (many(models),)):
        found.setdefault(model, {})[key] = value
    return found


def _aliases(sql: Session, models: Sequence[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    statement = f"SELECT model, alias, version FROM model_aliases WHERE {any_of('model')} ORDER BY alias"  # noqa: S608
    for model, alias, version in sql.execute(statement, (many(models),)):
        found.setdefault(model, {})[alias] = version
    return found
