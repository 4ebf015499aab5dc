"""Images of past runs that are for another platform than the engine's."""

from typing import Any

from mlproj.envs.images.pins import Pin
from mlproj.envs.images.registries import registry_platforms
from mlproj.envs.platforms import image_platform
from mlproj.envs.values import ImageRequest, Lock
from mlproj.errors import ForeignPlatformError
from mlproj.system.container_engine import explained


def check_engine(client: Any, name: str, pin: Pin, lock: Lock, *, request: ImageRequest) -> None:
    """Raise ForeignPlatformError if the image that a run used is another platform's, and its name has none for ours.

    `name` is the image by its digest or id, `lock.platform` what the run's image was for.
    """
    with explained("cannot ask the engine what it is"):
        facts = client.version()
    ours = image_platform(f"{facts.get('Os', '')}/{facts.get('Arch', '')}")
    if lock.platform == ours:
        return
    offered = registry_platforms(client, name, request=request) if pin.digest else ()
    if ours in {image_platform(one) for one in offered}:
        return
    if pin.digest and not offered:
        return  # the registry does not say: pulling tells what is the matter
    hint = f"where the engine emulates it: docker pull --platform {offered[0]} {name}" if offered else None
    raise ForeignPlatformError(
        f"the image {pin.image} is for {lock.platform}, and this engine runs {ours}",
        hint=hint or f"try it on {lock.platform}",
    )
