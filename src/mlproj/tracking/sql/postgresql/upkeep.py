"""Looking after a database in PostgreSQL: what its own checks do not say, and a copy by `pg_dump`."""

import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.errors import NotFoundError, ProgramFailedError, ProgramMissingError, TrackingError
from mlproj.tracking.maintenance import MOST_PROBLEMS, Health
from mlproj.tracking.sql import migrations
from mlproj.tracking.sql.postgresql.opening import conninfo_of, shown

if TYPE_CHECKING:
    from mlproj.tracking.sql.postgresql.database import Connection

SCHEMA = "SELECT coalesce(max(version), 0) FROM migrations"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
BROKEN = """
SELECT format('the index %s is not valid', indexrelid::regclass)
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace
UNION ALL
SELECT format('the constraint %s of %s was never checked', conname, conrelid::regclass)
    FROM pg_constraint WHERE NOT convalidated AND connamespace = current_schema()::regnamespace
UNION ALL
SELECT format('the references of %s are not enforced: a trigger is switched off', tgrelid::regclass)
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgenabled = 'D' AND relnamespace = current_schema()::regnamespace
    GROUP BY tgrelid
"""
REFERENCES = """
SELECT conrelid::regclass::text, confrelid::regclass::text,
    (SELECT string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND ')
        FROM unnest(conkey, confkey) AS pair(child, parent)
        JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = child
        JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = parent)
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2
"""
_MADE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)")
_DROPPED = re.compile(r"DROP TABLE (?:IF EXISTS )?(\w+)|ALTER TABLE (\w+) RENAME TO (\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlDatabase:
    """`uri` may hold a password, `name` does not."""

    uri: str = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        return shown(self.uri)

    def schema_version(self) -> int:
        with self._connected() as connection:
            return _schema(connection)

    def check(self) -> Health:
        with self._connected() as connection:
            schema = _schema(connection)
            if not schema:
                raise NotFoundError("there is no store yet", where=self.name, hint="`mlproj db upgrade` makes one")
            size = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
            behind = f"schema {schema}, this mlproj has {migrations.CURRENT}"
            return Health(
                name=self.name,
                size=size[0],
                schema=schema,
                integrity=tuple(_broken(connection, schema)),
                references=tuple(_orphans(connection)),
                migrations=() if schema == migrations.CURRENT else (behind,),
            )

    def back_up(self, target: Path | None) -> Path:
        """Raises ProgramMissingError, which says what to call where `pg_dump` is."""
        name = self.name.rpartition("/")[2] or "postgresql"
        chosen = (target or Path(f"{name}-{time.strftime('%Y%m%dT%H%M%S')}.dump")).absolute()
        if chosen.is_dir():
            chosen /= f"{name}.dump"
        if chosen.exists():
            raise TrackingError("the file is there already", where=str(chosen), hint="name another with --to")
        if not chosen.parent.is_dir():
            raise TrackingError("there is no such directory", where=str(chosen.parent), hint="make it first")
        program = shutil.which("pg_dump", path=self.environ.get("PATH"))
        if program is None:
            raise ProgramMissingError(
                "a copy of a database in PostgreSQL is made by pg_dump, which is not on this machine",
                hint=f"where it is: pg_dump --format=custom --file={chosen.name} --dbname={self.name}",
            )
        staging = chosen.with_name(f".{chosen.name}.{secrets.token_hex(4)}")
        try:
            self._dump(program, staging)
            staging.replace(chosen)
        finally:
            staging.unlink(missing_ok=True)
        return chosen

    def _dump(self, program: str, file: Path) -> None:
        """The password goes by variable: every user of the machine sees what programs are called with."""
        from psycopg.conninfo import conninfo_to_dict, make_conninfo

        from mlproj.system.processes import run_program

        parts = conninfo_to_dict(conninfo_of(self.uri, self.name))
        password = parts.pop("password", None)
        environ = {**self.environ, **({"PGPASSWORD": str(password)} if password else {})}
        target = make_conninfo("", **parts)
        words = ["--format=custom", "--no-password", f"--file={file}", f"--dbname={target}"]
        try:
            run_program([program, *words], environ=environ)
        except ProgramFailedError as error:
            said = (error.detail or "").splitlines() or ["it says nothing"]
            raise TrackingError(f"pg_dump ended with {error.code}: {said[0]}", where=self.name) from None

    @contextmanager
    def _connected(self) -> "Iterator[Connection]":
        from mlproj.tracking.sql.postgresql.database import PostgresDatabase

        conninfo = conninfo_of(self.uri, self.name)
        with closing(PostgresDatabase(conninfo, where=self.name)) as database, database.alone() as connection:
            yield connection


def _schema(connection: "Connection") -> int:
    there = connection.execute("SELECT to_regclass('migrations') IS NOT NULL").fetchone()
    row = connection.execute(SCHEMA).fetchone() if there and there[0] else None
    return int(row[0]) if row else 0


def _broken(connection: "Connection", schema: int) -> Iterator[str]:
    there = {
        row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    }
    if schema == migrations.CURRENT:
        yield from (f"the table {name} is gone" for name in sorted(_tables() - there))
    yield from (row[0] for row in connection.execute(BROKEN).fetchmany(MOST_PROBLEMS))


def _orphans(connection: "Connection") -> Iterator[str]:
    """Rows whose parents are gone, which can be where somebody has switched the references off."""
    for child, parent, same in connection.execute(REFERENCES).fetchall():
        query = f"SELECT count(*) FROM {child} c WHERE NOT EXISTS (SELECT 1 FROM {parent} p WHERE {same})"  # noqa: S608 - names from the catalogue, quoted by it
        count = connection.execute(query.encode()).fetchone()
        if count and count[0]:
            yield f"{child}: of {count[0]} row{'' if count[0] == 1 else 's'} the {parent} are gone"


def _tables() -> set[str]:
    """The tables of the current schema."""
    found: set[str] = set()
    for statement in (statement for step in migrations.MIGRATIONS for statement in step):
        found |= set(_MADE.findall(statement))
        for dropped, renamed, name in _DROPPED.findall(statement):
            found -= {dropped, renamed}
            found |= {name} - {""}
    return found
