"""From a request to a run that can start: fetch, load, bind, and every check that needs no run."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from mlproj.backends.registry import load_backend
from mlproj.config import Settings
from mlproj.envs.specs import spec_for
from mlproj.envs.values import EnvSpec, Lock, LockPolicy
from mlproj.project.binding import bind, find_entry_point, missing_secrets
from mlproj.project.loading import load
from mlproj.project.model import Binding, EntryPoint, Loaded, ParameterType, Project, Severity
from mlproj.project.paths import RemoteUri, check_uri, is_there, resolve_path
from mlproj.project.secrets import resolve_secret
from mlproj.runner.recording.declared_inputs import check_inputs
from mlproj.runner.recording.declared_paths import declared_outputs
from mlproj.runner.recording.seeding import find_seed
from mlproj.runner.values import Prepared, Reporter, RunRequest
from mlproj.source.checkout import Checkout
from mlproj.source.checkouts import named_by_source, release
from mlproj.source.fetching import fetch


def prepare(
    request: RunRequest,
    *,
    settings: Settings,
    reporter: Reporter,
    ask_secret: Callable[[str], str] | None = None,
) -> Prepared:
    """Fetch the code and check everything; every mistake of the user's ends here, before there is a run.

    `ask_secret` is asked for secrets that were not given. The caller owns `Prepared.checkout` and releases it (`launch`
    does).
    """
    started = time.monotonic()
    load_backend(request.backend)
    with fetched(request, settings=settings, reporter=reporter) as checkout:
        seconds = round(time.monotonic() - started, 6)
        return prepare_checkout(
            checkout, request, settings=settings, reporter=reporter, ask_secret=ask_secret, fetch_seconds=seconds
        )


def prepare_checkout(
    checkout: Checkout,
    request: RunRequest,
    *,
    settings: Settings,
    reporter: Reporter,
    ask_secret: Callable[[str], str] | None = None,
    fetch_seconds: float,
    settle: Callable[[EnvSpec], tuple[EnvSpec, Lock | None]] = lambda spec: (spec, None),
) -> Prepared:
    """As `prepare`, for code that is here already; the checkout is not released where this fails.

    `settle` makes of the project's specification the one to use, and gives its lock where that is settled.
    """
    started = time.monotonic()
    loaded = load(checkout.root)
    entry_point = find_entry_point(loaded, request.entry_point)
    given = with_secrets(entry_point, request.parameters, settings=settings, reporter=reporter, ask=ask_secret)
    binding = bind(entry_point, given, origins=request.origins, arguments=request.arguments)
    place, remote = locate(binding, loaded.project, request)
    find_seed(binding)
    declared_outputs(binding)
    check_inputs(binding, loaded.project.root, {**remote, **place})
    spec, lock = settle(
        spec_for(loaded.project, env_manager=request.env_manager, settings=settings, in_place=not checkout.owned)
    )
    if spec.image is not None:
        spec = with_container_options(spec, request, settings)
    if request.lock_policy.as_of is not None:
        from mlproj.envs.as_of import as_date

        as_date(request.lock_policy.as_of, root=spec.root, environ=settings.environ)
    for text in (
        *ignored_declarations(loaded, entry_point),
        *spec.warnings,
        *unused_options(request, spec),
        *near_misses(binding),
    ):
        reporter.note(text)
    return Prepared(
        request=request,
        settings=settings,
        checkout=checkout,
        project=loaded.project,
        binding=binding,
        spec=spec,
        place=place,
        remote=remote,
        phases={"fetch": fetch_seconds, "check": round(time.monotonic() - started, 6)},
        lock=lock,
    )


def with_secrets(
    entry_point: EntryPoint,
    given: Mapping[str, str],
    *,
    settings: Settings,
    reporter: Reporter,
    ask: Callable[[str], str] | None,
) -> dict[str, str]:
    """The given parameters with those that are secret read from where they are, or asked for."""
    values = dict(given)
    for parameter in entry_point.parameters:
        if parameter.secret and parameter.name in values:
            values[parameter.name], in_plain = resolve_secret(
                parameter.name, values[parameter.name], environ=settings.environ
            )
            if in_plain:
                reporter.note(
                    f"the secret {parameter.name!r} is given in plain text, where others can read it "
                    f"(give -P {parameter.name}=@env:VARIABLE or @file:PATH)"
                )
    if ask is not None:
        for parameter in missing_secrets(entry_point, values):
            values[parameter.name] = ask(parameter.name)
    return values


def with_container_options(spec: EnvSpec, request: RunRequest, settings: Settings) -> EnvSpec:
    """The specification with what was asked for the container. Raises UsageError for an argument that is none."""
    from mlproj.backends.docker_arguments import read_docker_arguments
    from mlproj.envs.images.environments import with_options

    read_docker_arguments(request.docker_args, settings.environ)
    return with_options(spec, bake=request.build_image, auth=dict(request.docker_auth))


def ignored_declarations(loaded: Loaded, entry_point: EntryPoint) -> list[str]:
    """What stands in the file, was meant to be acted on, and is not."""
    found = (one for one in loaded.diagnostics if one.severity is Severity.WARNING and one.at_run)
    return [str(one) for one in found if one.entry_point == entry_point.name]


def unused_options(request: RunRequest, spec: EnvSpec) -> list[str]:
    """What was given and has no effect here."""
    notes = []
    if spec.manager != "docker" and (request.docker_args or request.docker_auth or request.build_image):
        notes.append("the project runs in no container, so docker options have no effect")
    if spec.manager == "local" and request.lock_policy != LockPolicy():
        notes.append("the project runs in your own environment, so --locked, --update and --as-of have no effect")
    if request.backend == "local" and request.backend_config:
        notes.append("the local backend has no settings, so the backend config has no effect")
    return notes


def near_misses(binding: Binding) -> list[str]:
    """Parameters that are not declared, and are spelt much like one that is."""
    from difflib import get_close_matches

    declared = [parameter.name for parameter in binding.entry_point.parameters]
    pairs = [
        (parameter.name, near[0])
        for parameter in binding.parameters
        if not parameter.declared and (near := get_close_matches(parameter.name, declared, n=1, cutoff=0.8))
    ]
    return [f"the parameter {given!r} is not declared: did you mean {near!r}? It is appended" for given, near in pairs]


@contextmanager
def fetched(request: RunRequest, *, settings: Settings, reporter: Reporter) -> Iterator[Checkout]:
    """The code of a request; if anything goes wrong inside, the checkout is released."""
    checkout = fetch(request.uri, request.version, settings=settings, on_progress=reporter.progress)
    try:
        with named_by_source(checkout):
            yield checkout
    except BaseException:
        release(checkout, settings=settings)
        raise


def locate(binding: Binding, project: Project, request: RunRequest) -> tuple[dict[str, str], dict[str, str]]:
    """Where the path parameters are: those on this machine, and those that must be fetched."""
    place: dict[str, str] = {}
    remote: dict[str, str] = {}
    for parameter in binding.parameters:
        if parameter.type is ParameterType.URI:
            check_uri(parameter)
        elif parameter.type is ParameterType.PATH:
            if (known := request.places.get(parameter.name)) is not None and is_there(known):
                place[parameter.name] = str(known)
                continue
            found = resolve_path(parameter, project_root=project.root, caller=request.caller)
            if isinstance(found, RemoteUri):
                remote[parameter.name] = found.uri
            else:
                place[parameter.name] = str(found)
    return place, remote
