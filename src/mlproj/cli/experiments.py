"""`mlproj experiments`: list, create, delete, restore, rename."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from mlproj.cli.options import json_option, opened_store, tracking_uri_option
from mlproj.cli.output import note, print_json, print_table
from mlproj.errors import UsageError

if TYPE_CHECKING:
    from mlproj.tracking.base import Store
    from mlproj.tracking.entities import Experiment, ViewType

VIEWS = {"active": "ACTIVE_ONLY", "deleted": "DELETED_ONLY", "all": "ALL"}


@click.group()
def command() -> None:
    """List, create, rename, delete and restore experiments. An experiment is named by its name or its id."""


@command.command("list")
@click.option("--view", type=click.Choice(list(VIEWS)), default="active", show_default=True, help="Which ones.")
@click.option("--filter", "filter_string", default="", metavar="TEXT", help="For example: name LIKE 'elastic%'")
@tracking_uri_option
@json_option
def list_experiments(view: str, filter_string: str, tracking_uri: str | None, *, as_json: bool) -> None:
    """List experiments, newest first.

    \b
    Examples:
      mlproj experiments list
      mlproj experiments list --view all --json
    """
    from mlproj.tracking.entities import ViewType

    with opened_store(tracking_uri) as store:
        found = _find_all(store, ViewType(VIEWS[view]), filter_string)
    if as_json:
        print_json([_as_json(experiment) for experiment in found])
        return
    print_table(
        ["ID", "NAME", "STAGE", "ARTIFACTS"],
        [[item.experiment_id, item.name, str(item.lifecycle_stage), item.artifact_location] for item in found],
    )


@command.command()
@click.argument("name")
@click.option("--artifact-location", default="", metavar="URI", help="Where its runs keep files (default: the store).")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag of the experiment; repeatable.")
@tracking_uri_option
@json_option
def create(
    name: str, artifact_location: str, tags: tuple[str, ...], tracking_uri: str | None, *, as_json: bool
) -> None:
    """Create an experiment and print its id.

    \b
    Example:
      mlproj experiments create elasticnet --tag team=vision
    """
    pairs = dict(_pair(tag) for tag in tags)
    with opened_store(tracking_uri) as store:
        number = store.create_experiment(name, artifact_location=artifact_location, tags=pairs)
        experiment = store.get_experiment(number)
    if as_json:
        print_json(_as_json(experiment))
    else:
        click.echo(number)


@command.command()
@click.argument("experiments", nargs=-1, required=True, metavar="EXPERIMENT...")
@tracking_uri_option
@json_option
def delete(experiments: tuple[str, ...], tracking_uri: str | None, *, as_json: bool) -> None:
    """Delete experiments and their runs; `restore` undoes it, `mlproj gc` makes it final.

    \b
    Example:
      mlproj experiments delete elasticnet
    """
    _change(
        experiments, tracking_uri, lambda store, number: store.delete_experiment(number), "deleted", as_json=as_json
    )


@command.command()
@click.argument("experiments", nargs=-1, required=True, metavar="EXPERIMENT...")
@tracking_uri_option
@json_option
def restore(experiments: tuple[str, ...], tracking_uri: str | None, *, as_json: bool) -> None:
    """Bring deleted experiments back, with their runs.

    \b
    Example:
      mlproj experiments restore elasticnet
    """
    _change(
        experiments, tracking_uri, lambda store, number: store.restore_experiment(number), "restored", as_json=as_json
    )


@command.command()
@click.argument("experiment")
@click.argument("new_name")
@tracking_uri_option
@json_option
def rename(experiment: str, new_name: str, tracking_uri: str | None, *, as_json: bool) -> None:
    """Give an experiment another name.

    \b
    Example:
      mlproj experiments rename elasticnet wine
    """

    def change(store: "Store", number: str) -> None:
        store.rename_experiment(number, new_name)

    _change((experiment,), tracking_uri, change, "renamed", as_json=as_json)


def _change(
    named: Sequence[str],
    tracking_uri: str | None,
    change: "Callable[[Store, str], None]",
    verb: str,
    *,
    as_json: bool,
) -> None:
    """Change experiments, all of which must be there before the first is touched."""
    from mlproj.tracking.experiment_names import resolve_experiment

    with opened_store(tracking_uri) as store:
        numbers = list(dict.fromkeys(resolve_experiment(store, text).experiment_id for text in named))
        for number in numbers:
            change(store, number)
        changed = [store.get_experiment(number) for number in numbers]
    if as_json:
        print_json([_as_json(experiment) for experiment in changed])
        return
    for experiment in changed:
        note(f"{verb} experiment {experiment.experiment_id} {experiment.name!r}")


def _find_all(store: "Store", view: "ViewType", filter_string: str) -> "list[Experiment]":
    found: list[Experiment] = []
    token: str | None = None
    while True:
        page = store.search_experiments(view_type=view, filter_string=filter_string, max_results=1000, page_token=token)
        found += page.items
        if (token := page.next_page_token) is None:
            return found


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"--tag {text!r} does not read KEY=VALUE")
    return key, value


def _as_json(experiment: "Experiment") -> dict[str, object]:
    return {
        "experiment_id": experiment.experiment_id,
        "name": experiment.name,
        "artifact_location": experiment.artifact_location,
        "lifecycle_stage": str(experiment.lifecycle_stage),
        "creation_time": experiment.creation_time,
        "last_update_time": experiment.last_update_time,
        "tags": dict(experiment.tags),
    }
