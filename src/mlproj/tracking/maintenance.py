"""Looking after the database of a store: its health, its schema, copies of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mlproj.config import load_settings
from mlproj.errors import UsageError
from mlproj.tracking.opening import DATABASE, SQLITE

MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a check of a database found; each part lists its problems."""

    name: str
    size: int
    schema: int
    integrity: tuple[str, ...]
    references: tuple[str, ...]
    migrations: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not (self.integrity or self.references or self.migrations)


class Maintained(Protocol):
    """A database that can be looked after."""

    @property
    def name(self) -> str:
        """Where it is, without what is secret."""
        ...

    def schema_version(self) -> int:
        """The schema, without changing it; 0 if there is none yet."""
        ...

    def check(self) -> Health:
        """Look whether it is whole. NotFoundError if there is none, TrackingError if it cannot be used."""
        ...

    def back_up(self, target: Path | None) -> Path:
        """Copy it while it may be in use; the copy is whole or not there. Gives the copy."""
        ...


def find_database(tracking_uri: str | None) -> Maintained:
    """The database that the settings choose; it need not exist. UsageError if the store is something else."""
    from mlproj.tracking.sql.postgresql import is_postgresql
    from mlproj.tracking.sql.upkeep import SqliteFile

    settings = load_settings(options={"tracking_uri": tracking_uri})
    uri = settings.tracking_uri or ""
    if not uri:
        return SqliteFile(path=settings.home / DATABASE)
    if uri.lower().startswith(SQLITE) and uri[len(SQLITE) :]:
        return SqliteFile(path=Path(uri[len(SQLITE) :]).absolute())
    if is_postgresql(uri):
        from mlproj.tracking.sql.postgresql.upkeep import PostgresqlDatabase

        return PostgresqlDatabase(uri=uri, environ=settings.environ)
    raise UsageError(
        f"this is for databases, and the store is {uri.partition('://')[0]}://...",
        hint="do it where the database is, or leave --tracking-uri out",
    )
