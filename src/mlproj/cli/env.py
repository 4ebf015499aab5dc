"""`mlproj env`: the cache of environments."""

from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option
from mlproj.cli.output import print_json, print_table, size_text

if TYPE_CHECKING:
    from mlproj.envs.cache import CachedEnvironment, Removed


@click.group()
def command() -> None:
    """List, show and remove cached environments.

    \b
    Examples:
      mlproj env list
      mlproj env gc --older-than 30d --max-size 20GB
    """


@command.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the environments and images, the one used last first."""
    from mlproj.config import load_settings
    from mlproj.envs.cache import list_environments

    found = list_environments(load_settings())
    if as_json:
        print_json([_facts(environment) for environment in found])
        return
    rows = [
        [
            environment.key[:12],
            environment.kind or "half built",
            _contents(environment),
            size_text(environment.size),
            "now" if environment.busy else _when(environment.used),
            ", ".join(environment.projects) or "-",
        ]
        for environment in found
    ]
    print_table(["KEY", "KIND", "CONTENTS", "SIZE", "LAST USED", "USED BY"], rows)


@command.command()
@click.argument("key")
@json_option
def show(key: str, *, as_json: bool) -> None:
    """Show one environment and its lock. KEY may be abbreviated."""
    from mlproj.config import load_settings
    from mlproj.envs.cache import find_environment

    environment = find_environment(key, load_settings())
    facts = {**_facts(environment), "lock": environment.marker.lock if environment.marker else None}
    if as_json:
        print_json(facts)
        return
    texts = {"size": size_text(environment.size), "used": _when(environment.used)}
    if environment.marker:
        texts["created"] = _when(environment.marker.created)
    for name, value in facts.items():
        if name != "lock":
            text = ", ".join(value) if isinstance(value, list) else value
            click.echo(f"{name + ':':<13}{'-' if value is None else texts.get(name, text)}")
    click.echo(f"lock:\n{facts['lock'] or '-'}")


@command.command()
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@json_option
def remove(keys: tuple[str, ...], *, as_json: bool) -> None:
    """Remove environments. A run that needs one builds it again."""
    from mlproj.config import load_settings
    from mlproj.envs import cache

    settings = load_settings()
    found = {environment.key: environment for environment in (cache.find_environment(key, settings) for key in keys)}
    removed = [cache.remove(environment, settings) for environment in found.values()]
    _print_removed(removed, as_json=as_json, dry_run=False)


@command.command()
@click.option("--older-than", metavar="AGE", help="Remove what was not used for so long: 90s, 15m, 2h, 30d.")
@click.option("--max-size", metavar="SIZE", help="Then remove what was not used for longest: 500MB, 20GB.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@json_option
def gc(older_than: str | None, max_size: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Remove half-built and unused environments and images. What a process or a container uses stays."""
    from mlproj.config import load_settings
    from mlproj.envs.cache import collect
    from mlproj.envs.quantities import parse_age, parse_size

    removed = collect(
        load_settings(),
        older_than=None if older_than is None else parse_age(older_than, option="--older-than"),
        max_size=None if max_size is None else parse_size(max_size, option="--max-size"),
        dry_run=dry_run,
    )
    _print_removed([removed], as_json=as_json, dry_run=dry_run)


def _print_removed(removed: "list[Removed]", *, as_json: bool, dry_run: bool) -> None:
    gone = [environment for part in removed for environment in part.environments]
    busy = [environment for part in removed for environment in part.busy]
    if as_json:
        print_json(
            {
                "removed": [_facts(environment) for environment in gone],
                "in_use": [_facts(environment) for environment in busy],
                "size": sum(environment.size for environment in gone),
                "dry_run": dry_run,
            }
        )
        return
    for environment in gone:
        click.echo(f"{'would remove' if dry_run else 'removed'} {environment.key[:12]} ({size_text(environment.size)})")
    for environment in busy:
        click.echo(f"in use, kept {environment.key[:12]}")
    if not gone and not busy:
        click.echo("nothing to remove")


def _facts(environment: "CachedEnvironment") -> dict[str, object]:
    marker = environment.marker
    return {
        "key": environment.key,
        "kind": environment.kind,
        "image": environment.image.name if environment.image else None,
        "ready": environment.ready,
        "python": (marker.python or None) if marker else None,
        "interpreter": (marker.interpreter or None) if marker else None,
        "installer": marker.installer if marker else None,
        "project": marker.root if marker else None,
        "projects": list(environment.projects),
        "in_use": environment.busy,
        "size": environment.size,
        "created": marker.created if marker else None,
        "used": environment.used,
        "prefix": str(environment.prefix),
        "lock_hash": marker.lock_hash if marker else None,
    }


def _contents(environment: "CachedEnvironment") -> str:
    if environment.image is not None:
        return environment.image.name
    return (environment.marker.python or "-") if environment.marker else "-"


def _when(milliseconds: int) -> str:
    import time

    return time.strftime("%Y-%m-%d %H:%M", time.localtime(milliseconds / 1000))
