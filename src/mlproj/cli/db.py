"""`mlproj db`: look after the store's database."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option, opened_store, tracking_uri_option
from mlproj.cli.output import note, print_json, print_table, size_text

if TYPE_CHECKING:
    from mlproj.tracking.maintenance import Health


@click.group()
def command() -> None:
    """Look after the store's database: upgrade, check, back up, move the artifact root."""


@command.command()
@tracking_uri_option
@json_option
def upgrade(tracking_uri: str | None, *, as_json: bool) -> None:
    """Bring the schema up to date. Every command does so when it opens the store; this one does nothing else.

    \b
    Examples:
      mlproj db upgrade
      mlproj db upgrade --tracking-uri sqlite:///team.db
    """
    from mlproj.tracking.maintenance import find_database

    database = find_database(tracking_uri)
    before = database.schema_version()
    with opened_store(tracking_uri):
        after = database.schema_version()
    if as_json:
        print_json({"database": database.name, "before": before, "after": after})
    else:
        note(
            f"{database.name}: schema {after}"
            + (", nothing to do" if before == after else f", it was {before or 'new'}")
        )


@command.command()
@tracking_uri_option
@json_option
def check(tracking_uri: str | None, *, as_json: bool) -> int:
    """Check the database: its integrity, its references, its schema. Ends with 6 if something is wrong.

    \b
    Examples:
      mlproj db check
      mlproj db check --json
    """
    from mlproj.tracking.maintenance import find_database

    health = find_database(tracking_uri).check()
    if as_json:
        print_json({"database": health.name, "schema": health.schema, "size": health.size, **_found(health)})
    else:
        rows = [[name, "ok" if not problems else "; ".join(problems)] for name, problems in _parts(health).items()]
        print_table(["CHECK", "RESULT"], rows)
        note(f"{health.name}: {size_text(health.size)}, schema {health.schema}")
    return 0 if health.ok else 6


@command.command()
@click.option(
    "--to", type=click.Path(path_type=Path), metavar="FILE", help="The file to write (default: beside it, or here)."
)
@tracking_uri_option
@json_option
def backup(to: Path | None, tracking_uri: str | None, *, as_json: bool) -> None:
    """Copy the database while it is in use. Artifacts are files: copy them as files.

    One in PostgreSQL is copied by `pg_dump`; `pg_restore` reads the copy.

    \b
    Examples:
      mlproj db backup
      mlproj db backup --to /backup/mlproj.db
    """
    from mlproj.tracking.maintenance import find_database

    database = find_database(tracking_uri)
    target = database.back_up(to)
    size = target.stat().st_size
    if as_json:
        print_json({"database": database.name, "file": str(target), "size": size})
    else:
        note(f"copied {database.name} to {target}, {size_text(size)}")


@command.command("set-artifact-root")
@click.argument("uri")
@tracking_uri_option
@json_option
def set_artifact_root(uri: str, tracking_uri: str | None, *, as_json: bool) -> None:
    """Keep artifacts in URI from now on: a directory, s3://BUCKET/PREFIX, gs://..., az://...

    Files that are there already are not moved: copy them first, with the tools of the storage.

    \b
    Examples:
      mlproj db set-artifact-root s3://bucket/mlproj
      mlproj db set-artifact-root /data/artifacts
    """
    from mlproj.errors import UsageError

    with opened_store(tracking_uri) as store:
        change = getattr(store, "set_artifact_root", None)
        if change is None:
            raise UsageError("a server's artifact root is changed where its database is", where=store.uri)
        before = store.artifact_root_uri  # type: ignore[attr-defined] # it has the other, so it is ours
        after = change(uri)
    if as_json:
        print_json({"before": before, "after": after})
    else:
        note(f"artifacts are in {after} from now on; those in {before} are not moved")


def _parts(health: "Health") -> dict[str, tuple[str, ...]]:
    return {"integrity": health.integrity, "references": health.references, "migrations": health.migrations}


def _found(health: "Health") -> dict[str, object]:
    return {"ok": health.ok, **_parts(health)}
