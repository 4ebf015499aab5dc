"""Images that are on the engine, and those that are pulled from a registry."""

from collections.abc import Mapping
from typing import Any

from mlproj.envs.values import ImageRequest, Progress
from mlproj.errors import EngineError
from mlproj.record.values import ImageRecord
from mlproj.system.container_engine import explained

MEGABYTE = 1_000_000


def find_image(client: Any, name: str) -> Mapping[str, Any] | None:
    """What the engine says of an image by name, id or digest; None if it has none such."""
    import docker

    with explained(f"cannot look for the image {name}"):
        try:
            found: Mapping[str, Any] = client.inspect_image(name)
        except docker.errors.NotFound:
            return None
        return found


def digests_of(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The digests that repositories know an image by; none for one that was built here."""
    return tuple(text.partition("@")[2] for text in facts.get("RepoDigests") or ())


def platform_of(facts: Mapping[str, Any]) -> str:
    """As `linux/amd64`, with the variant where there is one."""
    return "/".join(filter(None, (facts.get("Os"), facts.get("Architecture"), facts.get("Variant"))))


def fits(facts: Mapping[str, Any], platform: str | None) -> bool:
    """Whether an image is for a platform; one that is not asked for fits all."""
    if platform is None:
        return True
    asked = platform.lower().split("/")
    return asked == platform_of(facts).lower().split("/")[: len(asked)]


def record_of(facts: Mapping[str, Any], name: str) -> ImageRecord:
    """An image as a run records it; the digest is that of the repository it was asked from, if there are several."""
    own = [text for text in facts.get("RepoDigests") or () if text.partition("@")[0] == repository_of(name)]
    digests = digests_of({"RepoDigests": own}) or digests_of(facts)
    return ImageRecord(name=name, id=facts["Id"], digest=next(iter(digests), None), platform=platform_of(facts) or None)


def repository_of(name: str) -> str:
    """A name without its tag and digest."""
    plain = name.partition("@")[0]
    head, colon, tag = plain.rpartition(":")
    return head if colon and "/" not in tag else plain


def pull(client: Any, name: str, *, request: ImageRequest, on_progress: Progress) -> Mapping[str, Any]:
    """Fetch an image. Raises EngineError."""
    repository, tag = repository_of(name), "latest"
    if "@" in name:
        tag = name.partition("@")[2]
    elif repository != name:
        tag = name.rpartition(":")[2]
    on_progress(f"pulling {name}")
    try:
        _pull(client, (repository, tag), name, request=request, on_progress=on_progress)
    except EngineError as error:
        raise _advised(error, name, private=bool(request.auth)) from error
    found = find_image(client, name)
    if found is None:
        raise EngineError(f"the image {name} was pulled and is not there")
    return found


def registry_digest(client: Any, name: str, *, request: ImageRequest) -> str | None:
    """What a name means in its registry just now; None where that cannot be told."""
    digest: str | None = (_ask_registry(client, name, request).get("Descriptor") or {}).get("digest")
    return digest


def registry_platforms(client: Any, name: str, *, request: ImageRequest) -> tuple[str, ...]:
    """The platforms that a registry has an image for, as `linux/amd64`; none where that cannot be told."""
    found = _ask_registry(client, name, request).get("Platforms") or ()
    names = ("os", "architecture", "variant")
    return tuple("/".join(filter(None, (one.get(part) for part in names))) for one in found if one.get("architecture"))


def _ask_registry(client: Any, name: str, request: ImageRequest) -> Mapping[str, Any]:
    import docker

    try:
        with explained(f"cannot ask for {name}"):
            found: Mapping[str, Any] = client.inspect_distribution(name, auth_config=dict(request.auth) or None)
    except (EngineError, docker.errors.DockerException):
        return {}
    return found


def _pull(client: Any, parts: tuple[str, str], name: str, *, request: ImageRequest, on_progress: Progress) -> None:
    layers: dict[str, tuple[int, int]] = {}
    with explained(f"cannot pull the image {name}"):
        events = client.pull(
            parts[0],
            tag=parts[1],
            stream=True,
            decode=True,
            auth_config=dict(request.auth) or None,
            platform=request.env.platform,
        )
        for event in events:
            if "error" in event:
                raise EngineError(f"cannot pull the image {name}: {' '.join(str(event['error']).split())}")
            detail = event.get("progressDetail") or {}
            if event.get("status") == "Downloading" and detail.get("total"):
                layers[event.get("id", "")] = (detail.get("current", 0), detail["total"])
                done, total = (sum(part[number] for part in layers.values()) / MEGABYTE for number in (0, 1))
                on_progress(f"pulling {name}: {done:.1f} of {total:.1f} MB")


def _advised(error: EngineError, name: str, *, private: bool) -> EngineError:
    text = error.message.lower()
    if "no matching manifest" in text or "does not match the specified platform" in text:
        hint = "the image has no such platform: correct 'platform', or leave it out"
    elif "not found" in text or "manifest unknown" in text or "invalid reference" in text or "no such image" in text:
        hint = "correct its name, or build it first (docker build, or 'build' in docker_env)"
    elif "denied" in text or "unauthorized" in text or "authentication" in text:
        login = "the given login was refused" if private else f"run: docker login {_registry(name)}".rstrip()
        hint = f"correct its name, or build it first; if it is private, {login}"
    else:
        hint = "is the registry reachable from here? An image that is there already needs none"
    return EngineError(error.message, hint=hint)


def _registry(name: str) -> str:
    first, slash, _ = name.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else ""
