"""From an address to a store in PostgreSQL: its schema is made, or brought up to date, under a lock."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from mlproj.errors import SettingError, StoreTooNewError, TrackingError
from mlproj.system.clock import now_ms
from mlproj.tracking.artifact_uris import read_root
from mlproj.tracking.base import LocalStore
from mlproj.tracking.sql import migrations
from mlproj.tracking.sql.experiments import create_default

if TYPE_CHECKING:
    from mlproj.tracking.sql.postgresql.database import Connection, PostgresDatabase

SCHEMES = ("postgresql", "postgres")
LOCK = 0x6D6C70726F6A  # `mlproj` in ASCII


def is_postgresql(uri: str) -> bool:
    """Whether a URI names a PostgreSQL database, as libpq or as MLflow writes it (`postgresql+psycopg2://`)."""
    scheme, found, _ = uri.partition("://")
    return bool(found) and scheme.lower().partition("+")[0] in SCHEMES


def open_postgresql(
    uri: str, *, artifact_root: str | None, default_root: str, environ: Mapping[str, str]
) -> LocalStore:
    """Open a database, creating its tables or bringing them up to date as needed.

    The artifact root counts when the tables are created; later the database knows it, and another `artifact_root` is a
    SettingError, as is an address that cannot be read. `environ` has the credentials of object stores. Raises
    StoreTooNewError, StoreUnavailableError, or TrackingError if the database cannot be used.
    """
    where = shown(uri)
    wanted = None if artifact_root is None else read_root(artifact_root, environ=environ)
    conninfo = conninfo_of(uri, where)
    from mlproj.tracking.sql.postgresql.database import PostgresDatabase
    from mlproj.tracking.sql.postgresql.repeating import Repeating, repeatedly
    from mlproj.tracking.sql.store import SqlStore

    database = PostgresDatabase(conninfo, where=where)
    try:
        root = repeatedly(database, lambda: _prepared(database, wanted or default_root))
        _refuse_other_root(root, wanted, where)
    except BaseException:
        database.close()
        raise
    store = SqlStore(database, uri=where, artifact_root=root, environ=environ)
    return cast("LocalStore", Repeating(store, database))


def shown(uri: str) -> str:
    """An address without user, password and options."""
    rest = uri.partition("://")[2].partition("?")[0]
    place, slash, name = rest.rpartition("@")[2].partition("/")
    return f"postgresql://{place}{slash}{name}"


def conninfo_of(uri: str, where: str) -> str:
    """How psycopg connects, password and all. SettingError if the address cannot be read or packages are missing."""
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict, make_conninfo
    except ImportError as error:
        raise SettingError(
            "a store in PostgreSQL needs more packages", where=where, hint="pip install 'mlproj[postgresql]'"
        ) from error
    try:
        given = conninfo_to_dict(f"postgresql{uri[uri.index('://') :]}")
    except psycopg.ProgrammingError:  # which quotes the address, password and all
        raise SettingError(
            "the address of the database cannot be read",
            where=where,
            hint="postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for an @ in the password",
        ) from None
    return make_conninfo(
        "", **{"application_name": "mlproj", "connect_timeout": "10", **given, "client_encoding": "UTF8"}
    )


def _prepared(database: "PostgresDatabase", artifact_root: str) -> str:
    """The artifact root, when the schema is current."""
    with database.alone() as connection:
        state = _state(database, connection)
        if state is None or state[0] < migrations.CURRENT:
            _bring_up_to_date(database, connection, artifact_root)
            state = _state(database, connection)
    if state is None:
        raise TrackingError("the store's schema is not there", where=database.where)
    if state[0] > migrations.CURRENT:
        raise StoreTooNewError(
            f"the store was written by a newer mlproj (schema {state[0]}, this one knows {migrations.CURRENT})",
            where=database.where,
            hint="upgrade mlproj, or name another database",
        )
    return state[1]


def _refuse_other_root(root: str, wanted: str | None, where: str) -> None:
    if wanted not in {None, root}:
        raise SettingError(
            f"the store keeps its artifacts in {root}, not in {wanted}",
            where=where,
            hint="leave the other out, or change it with `mlproj db set-artifact-root`",
        )


def _state(database: "PostgresDatabase", connection: "Connection") -> tuple[int, str] | None:
    """Schema version and artifact root, or None if there is no schema of ours yet."""
    encoding, ours, foreign = connection.execute(
        "SELECT current_setting('server_encoding'), to_regclass('meta') IS NOT NULL,"
        " to_regclass('alembic_version') IS NOT NULL"
    ).fetchone() or ("", False, False)
    if encoding != "UTF8":
        raise TrackingError(
            f"the database is encoded in {encoding}", where=database.where, hint="createdb -E UTF8 -T template0 NAME"
        )
    if not ours:
        if foreign:
            raise TrackingError(
                "this is a database of another program",
                where=database.where,
                hint="name an empty one, and bring the runs of MLflow's into it with `mlproj import`",
            )
        return None
    with database.on(connection) as sql:
        version, root = sql.execute(migrations.STATE).fetchone() or (0, "")
    return (version or 0, root or "")


def _bring_up_to_date(database: "PostgresDatabase", connection: "Connection", root: str) -> None:
    """Take the steps that are missing, all or none."""
    with database.on(connection) as sql:
        sql.execute("SELECT pg_advisory_xact_lock(?)", (LOCK,))
        migrations.prepare(sql)
        now = now_ms()
        for number in range(migrations.version(sql) + 1, migrations.CURRENT + 1):
            migrations.apply(sql, number, now_ms=now)
            if number == 1:
                sql.execute("INSERT INTO meta (key, value) VALUES ('artifact_root', ?)", (root,))
                create_default(sql, now_ms=now)
