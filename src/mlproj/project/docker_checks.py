"""What is wrong with a `docker_env`, each thing at its place."""

from collections.abc import Callable

from mlproj.project import keys
from mlproj.project.document import Entry, Item
from mlproj.project.findings import Findings
from mlproj.project.model import EnvDeclaration, EnvKind
from mlproj.project.quantities import as_gpus, as_memory


def check_docker(entry: Entry, findings: Findings, *, named: bool) -> EnvDeclaration:
    """The declaration, with every finding about it; what MLflow ignores is never more than an error at run time."""
    item = entry.value
    if item.entries is None or not isinstance(item.value, dict):
        findings.error(item, "'docker_env' must be a mapping with 'image'", hint="write 'image: NAME' below it")
        return EnvDeclaration(kind=EnvKind.DOCKER, declared=True)
    keys.report_unknown(item, keys.DOCKER, findings, owner="docker_env")
    keys.report_repeated(item, findings, owner="docker_env")
    fields = {key: part.value for key, part in item.entries.items()}
    _check_image(entry, fields, findings)
    _check_volumes(fields.get("volumes"), findings)
    _check_environment(fields.get("environment"), findings)
    _check_build(fields.get("build"), findings)
    for key, (fits, hint) in _SHAPES.items():
        part = fields.get(key)
        if part is not None and part.value is not None and not fits(part):
            findings.error(part, f"{key!r} in docker_env has a value that it cannot have", hint=hint, at_run=True)
    if not named:
        findings.warn(entry.key, "MLflow does not run a Docker project without a name", hint="write 'name: ...'")
    return EnvDeclaration(kind=EnvKind.DOCKER, declared=True, docker={str(key): v for key, v in item.value.items()})


def _check_image(entry: Entry, fields: dict[str, Item], findings: Findings) -> None:
    image = fields.get("image")
    if image is None or not image.value:
        if "build" in fields and fields["build"].value:
            findings.warn(entry.key, "MLflow does not run a Docker project without an 'image'", hint="name one")
            return
        findings.error(entry.key, "'docker_env' has no 'image'", hint="write 'image: NAME'")
    elif not isinstance(image.value, str):
        findings.error(image, "'image' must be text", hint="quote it", at_run=True)


def _check_volumes(item: Item | None, findings: Findings) -> None:
    if item is None or not item.value:
        return
    if item.items is None or not all(isinstance(part.value, str) for part in item.items):
        findings.error(item, "'volumes' must be a list of text", hint="write 'volumes: [\"/host/path:/path\"]'")


def _check_environment(item: Item | None, findings: Findings) -> None:
    if item is None or not item.value:
        return
    hint = 'write \'environment: [NAME, ["NAME", "value"]]\''
    if item.items is None:
        findings.error(item, "'environment' must be a list", hint=hint)
        return
    for part in item.items:
        if isinstance(part.value, str):
            continue
        if part.items is None or len(part.items) != 2:  # noqa: PLR2004 - a pair
            message = "each part of 'environment' must be a name, or a pair of name and value"
            findings.error(part, message, hint=hint, at_run=part.items is not None)


def _check_build(item: Item | None, findings: Findings) -> None:
    if item is None or item.value is None or isinstance(item.value, str):
        return
    hint = "write 'build: .' or 'build: {context: ., dockerfile: Dockerfile}'"
    if item.entries is None:
        findings.error(item, "'build' must be a directory, or a mapping", hint=hint, at_run=True)
        return
    keys.report_unknown(item, keys.DOCKER_BUILD, findings, owner="build")
    for key in ("dockerfile", "context", "target"):
        part = item.entries.get(key)
        if part is not None and part.value.value is not None and not isinstance(part.value.value, str):
            findings.error(part.value, f"{key!r} must be text", hint="quote it", at_run=True)
    args = item.entries.get("args")
    if args is not None and args.value.value is not None and args.value.entries is None:
        message = "'args' must be a mapping of names to values"
        findings.error(args.value, message, hint="write 'args: {NAME: value}'", at_run=True)


def _is_word(item: Item) -> bool:
    return isinstance(item.value, str) and bool(item.value.strip())


def _is_user(item: Item) -> bool:
    return _is_word(item) or (isinstance(item.value, int) and not isinstance(item.value, bool) and item.value >= 0)


_SHAPES: dict[str, tuple[Callable[[Item], bool], str]] = {
    "gpus": (lambda item: as_gpus(item.value) is not None, "write 'all', a number, or 'device=0,1'"),
    "shm_size": (lambda item: as_memory(item.value) is not None, "write a size such as 2g"),
    "network": (_is_word, "write bridge, host, none or the name of a network"),
    "user": (_is_user, "write a name, or UID:GID in quotes"),
    "platform": (_is_word, "write linux/amd64 or linux/arm64"),
}
