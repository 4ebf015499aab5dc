"""`mlproj gc`: remove what is deleted or left over."""

import click

from mlproj.cli.options import json_option, tracking_uri_option
from mlproj.cli.output import note, print_json, print_table, size_text


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go; remove nothing.")
@click.option("--older-than", default="7d", show_default=True, metavar="AGE", help="Age of checkouts: 12h, 30d.")
@tracking_uri_option
@json_option
def command(older_than: str, tracking_uri: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Remove deleted runs and experiments for good, and checkouts and job files that are left over.

    Mirrors of repositories go that were not used for 30 days, and outputs that no run has any more. What a run that
    goes on needs stays.

    Environments are removed by `mlproj env gc`.

    \b
    Examples:
      mlproj gc --dry-run
      mlproj gc --older-than 30d
    """
    from mlproj.config import load_settings
    from mlproj.envs.quantities import parse_age
    from mlproj.runner.collecting import collect

    settings = load_settings(options={"tracking_uri": tracking_uri})
    found = collect(settings, older_than=parse_age(older_than, option="--older-than"), dry_run=dry_run)
    if as_json:
        print_json(
            {
                "removed": not dry_run,
                "items": [
                    {"kind": item.kind, "name": item.name, "path": item.path and str(item.path), "size": item.size}
                    for item in found
                ],
            }
        )
        return
    if found:
        print_table(["KIND", "NAME", "SIZE"], [[item.kind, item.name, size_text(item.size)] for item in found])
    total = size_text(sum(item.size for item in found))
    note(f"{'would remove' if dry_run else 'removed'} {len(found)} item{'' if len(found) == 1 else 's'}, {total}")
