"""`mlproj run --dry-run`: what would run."""

from typing import TYPE_CHECKING, Any

import click

from mlproj.cli.output import print_json

if TYPE_CHECKING:
    from mlproj.runner.values import Prepared


def print_plan(prepared: "Prepared", *, as_json: bool) -> None:
    """Print URI, commit, environment, command and parameters; the checkout is released."""
    from mlproj.source.checkouts import release

    try:
        plan = make_plan(prepared)
    finally:
        release(prepared.checkout, settings=prepared.settings)
    if as_json:
        print_json(plan)
        return
    for key in ("uri", "version", "commit", "entry_point", "env_manager", "environment"):
        click.echo(f"{key + ':':<13} {'-' if plan[key] is None else plan[key]}")
    click.echo("parameters:")
    for parameter in plan["parameters"]:
        click.echo(f"  {parameter['name']} = {parameter['value']}  ({parameter['origin']})")
    click.echo("command:")
    click.echo("\n".join(f"  {line}" for line in plan["command"].splitlines()))


def make_plan(prepared: "Prepared") -> dict[str, Any]:
    """The plan as data; secrets are left out, paths that must be fetched stand as their URIs."""
    from mlproj.envs.building import known_key
    from mlproj.project.rendering import CONTAINER_SHELL, render

    source = prepared.checkout.source
    place, shell = {**prepared.place, **prepared.remote}, prepared.settings.environ.get("SHELL", "bash")
    if prepared.spec.image is not None:
        from mlproj.runner.containers.places import places_in_container

        inside, _ = places_in_container(prepared.place, prepared.project.root)
        place, shell = {**place, **inside}, CONTAINER_SHELL
    rendered = render(prepared.binding, place=place, shell=shell)
    return {
        "uri": source.uri,
        "version": source.version,
        "commit": source.commit,
        "entry_point": prepared.request.entry_point,
        "env_manager": prepared.spec.manager,
        "environment": known_key(prepared.spec, settings=prepared.settings),
        "command": rendered.text,
        "parameters": [
            {
                "name": parameter.name,
                "value": "(secret)" if parameter.secret else parameter.value,
                "type": str(parameter.type),
                "origin": str(parameter.origin),
            }
            for parameter in prepared.binding.parameters
        ],
    }
