"""The history of versions of registered models: rows are only ever added."""

from mlproj.tracking.entities import VersionChange
from mlproj.tracking.sql.session import Session


def record(sql: Session, version: tuple[int, int], action: str, detail: str, *, user: str, now_ms: int) -> None:
    """`version` is the key of the model, and the number."""
    sql.execute(
        "INSERT INTO model_version_changes (model, version, timestamp, user_id, action, detail)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (*version, now_ms, user, action, detail),
    )


def history(sql: Session, model: int, version: int) -> tuple[VersionChange, ...]:
    rows = sql.execute(
        "SELECT timestamp, user_id, action, detail FROM model_version_changes WHERE model = ? AND version = ?"
        " ORDER BY id",
        (model, version),
    )
    return tuple(
        VersionChange(timestamp=timestamp, user_id=user, action=action, detail=detail)
        for timestamp, user, action, detail in rows
    )
