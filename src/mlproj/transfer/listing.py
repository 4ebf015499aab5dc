"""All that a store's searches find, page by page."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from mlproj.errors import ServerRefusedError
from mlproj.tracking.base import Store
from mlproj.tracking.entities import LoggedModel, ModelVersion, Page
from mlproj.tracking.registry import PROMPT_TAG

PAGE = 1000
MODELS = 50
MODELS_DIRECTORY = "models"
"""Below an experiment's artifact location: a directory for each logged model, named by its id."""
PROMPTS = f"tags.`{PROMPT_TAG}` = 'true'"
NO_SUCH_ENDPOINT = 404
Item = TypeVar("Item")


def every(page: "Callable[[str | None], Page[Item]]") -> Iterator[Item]:
    """The items of all pages; `page` gives the one of a token."""
    token: str | None = None
    while True:
        found = page(token)
        yield from found.items
        if (token := found.next_page_token) is None:
            return


def find_models(store: Store, experiment_id: str, filter_string: str = "") -> Iterator[LoggedModel]:
    """Logged models of an experiment that are not deleted; a server of version 2 knows of none."""
    try:
        yield from every(
            lambda token: store.search_logged_models(
                [experiment_id], filter_string=filter_string, max_results=MODELS, page_token=token
            )
        )
    except ServerRefusedError as error:
        if error.status != NO_SUCH_ENDPOINT:
            raise


def knows_models(store: Store, experiment_id: str) -> bool:
    """Whether a server has logged models at all: those of version 2 do not."""
    try:
        store.search_logged_models([experiment_id], max_results=1)
    except ServerRefusedError as error:
        if error.status != NO_SUCH_ENDPOINT:
            raise
        return False
    return True


def find_versions(store: Store, filter_string: str = "") -> Iterator[ModelVersion]:
    """Versions of registered models; those of prompts only if `filter_string` asks for them."""
    search = store.registry.search_versions
    return every(lambda token: search(filter_string=filter_string, max_results=PAGE, page_token=token))
