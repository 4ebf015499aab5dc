"""Images among the cached environments: those that mlproj built, pulled or used, as the engine has them now."""

import contextlib
from pathlib import Path
from typing import Any

from mlproj.config import Settings
from mlproj.envs.images.records import ImageUse, all_uses
from mlproj.envs.python.markers import Marker
from mlproj.errors import EnvironmentFailedError, MlprojError
from mlproj.system.container_engine import connected, explained, explanation


def marker_of(use: ImageUse) -> Marker:
    """What stands for a marker in the lists; the installer is how the image came here."""
    return Marker(
        key=use.id.partition(":")[2][:32],
        python="",
        interpreter="",
        installer=use.origin,
        lock_hash=use.id.partition(":")[2],
        lock=f"{use.name}\n{use.id}\n",
        root=use.root,
        created=use.created,
        seconds=0.0,
        manager="docker",
    )


def present(settings: Settings) -> list[tuple[ImageUse, int, Path]]:
    """The images that are still there; if the engine does not answer, those that were there."""
    found = all_uses(settings)
    if not found:
        return []
    try:
        with connected(settings.environ) as client:
            return [entry for entry in found if _is_there(client, entry)]
    except MlprojError:
        return found


def in_use(settings: Settings) -> frozenset[str]:
    """The ids of images that a container stands on, running or not; nothing if the engine does not answer."""
    if not all_uses(settings):
        return frozenset()
    cannot = explained("the containers cannot be listed")
    with contextlib.suppress(MlprojError), connected(settings.environ) as client, cannot:
        return frozenset(str(facts["ImageID"]) for facts in client.containers(all=True))
    return frozenset()


def is_ours(use: ImageUse) -> bool:
    """Whether the image came here because of mlproj; others are somebody else's to remove."""
    return use.origin in {"built", "pulled"}


def remove_image(use: ImageUse, file: Path, settings: Settings) -> bool:
    """Remove the image by its name; false if something uses it. Raises EnvironmentFailedError."""
    import docker

    with connected(settings.environ) as client:
        try:
            client.remove_image(use.name)
        except docker.errors.NotFound:
            pass
        except docker.errors.APIError as error:
            if error.status_code == 409:  # noqa: PLR2004 - conflict: in use
                return False
            raise EnvironmentFailedError(f"the image {use.name} cannot be removed: {explanation(error)}") from error
    file.unlink(missing_ok=True)
    return True


def _is_there(client: Any, entry: tuple[ImageUse, int, Path]) -> bool:
    import docker

    use, _, file = entry
    with explained(f"cannot look for the image {use.name}"):
        try:
            client.inspect_image(use.id)
        except docker.errors.NotFound:
            file.unlink(missing_ok=True)
            return False
    return True
