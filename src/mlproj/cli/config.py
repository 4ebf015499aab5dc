"""`mlproj config`: every setting, its value and where it comes from."""

import click

from mlproj.cli.options import json_option
from mlproj.cli.output import print_json, print_table


@click.command()
@json_option
def command(*, as_json: bool) -> None:
    """Print every setting and where it comes from.

    \b
    Examples:
      mlproj config
      MLPROJ_HOME=/data/runs mlproj config --json
    """
    from mlproj.config import SETTINGS, load_settings

    settings = load_settings()
    rows = [
        {
            "setting": setting.key,
            "value": settings.origins[setting.key].value,
            "origin": settings.origins[setting.key].origin,
            "variables": list(setting.variables),
            "help": setting.help,
        }
        for setting in SETTINGS
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ["SETTING", "VALUE", "FROM"],
        [[str(row["setting"]), "-" if row["value"] is None else str(row["value"]), str(row["origin"])] for row in rows],
    )
