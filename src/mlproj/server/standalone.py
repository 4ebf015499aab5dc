"""`mlproj server`: the REST API on an address of its own, until a signal ends it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mlproj.config import Settings
from mlproj.errors import SettingError, UsageError
from mlproj.server.faults import Faults
from mlproj.server.listening import is_loopback, listen, shown
from mlproj.server.stores import check_store, open_served

if TYPE_CHECKING:
    from socket import socket

    from starlette.types import ASGIApp

    from mlproj.server.access.credentials import Registrar
    from mlproj.server.calls import CodeDiff
    from mlproj.server.numbers import Family, Numbers
    from mlproj.server.peers import Peers
    from mlproj.server.plan import ServerPlan
    from mlproj.server.service import Service


def run_server(
    plan: "ServerPlan",
    settings: Settings,
    *,
    on_ready: Callable[[str], None],
    on_note: Callable[[str], None],
    code_diff: "CodeDiff | None" = None,
) -> int:
    """Serve until a signal; gives it. `on_ready` gets the address once requests are answered, `on_note` remarks.

    `code_diff` is for whoever can reach only what the owner of this machine can: a server for one.

    Raises UserError for what was asked for, and what opening the store raises, before anything is served.
    """
    certificate = checked_certificate(plan)
    registrar = None if plan.auth is None else open_registrar(plan.auth, on_note)
    check_store(plan, settings)
    scheme = "http" if certificate is None else "https"
    with ExitStack() as opened:
        log = None if plan.access_log is None else opened.enter_context(open_log(plan.access_log))
        listening = opened.enter_context(listen(plan.host, plan.port))
        address = f"{scheme}://{shown(plan.host, listening.getsockname()[1])}{plan.static_prefix}"

        def serve(tell: Callable[[], None], peers: "Peers | None" = None) -> int:
            from mlproj.server.lost_runs import ending_lost_runs
            from mlproj.server.numbers import Numbers
            from mlproj.server.service import Service
            from mlproj.server.serving import serve_until_signal
            from mlproj.tracking.sql.grouping import database_of

            compare = code_diff if is_for_one(plan, listening) else None
            with closing(open_served(plan, settings)) as store:
                for text in store.notes:
                    on_note(text)
                faults = Faults(on_note, "a request failed")
                database = database_of(store)
                with (
                    Service(store, faults, database=database, code_diff=compare) as service,
                    ending_lost_runs(store, faults),
                ):
                    numbers = Numbers(service.tally)
                    if peers is not None:
                        opened.enter_context(peers.telling(numbers.families))
                    return serve_until_signal(
                        build_standalone(plan, service, registrar, log, numbers=numbers, peers=peers),
                        listening,
                        on_ready=tell,
                        grace=plan.grace,
                        certificate=certificate,
                    )

        if registrar is None and not is_loopback(listening):
            on_note("no authentication: whoever reaches this address can read and change everything (see --auth)")
        if plan.workers == 1:
            return serve(lambda: on_ready(address))
        from tempfile import TemporaryDirectory

        from mlproj.server.peers import Peers
        from mlproj.server.workers import serve_in_workers

        open_served(plan, settings).close()  # what is wrong with the store is said once, and here
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="mlproj-")))
        return serve_in_workers(
            plan.workers,
            lambda tell, number: serve(tell, Peers(folder, number)),
            on_ready=lambda: on_ready(address),
        )


def is_for_one(plan: "ServerPlan", listening: "socket") -> bool:
    """Whether only people at this machine come in, and not through a proxy."""
    return is_loopback(listening) and plan.auth is None and not plan.static_prefix and not plan.allowed_hosts


def build_standalone(
    plan: "ServerPlan",
    service: "Service",
    registrar: "Registrar | None",
    log: TextIO | None,
    *,
    numbers: "Numbers",
    peers: "Peers | None" = None,
) -> "ASGIApp":
    """The API behind all that stands between it and the network; the last is the first to hear of a request."""
    from starlette.routing import Route

    from mlproj.server.access.auth import AuthGate
    from mlproj.server.access.guard import Guard
    from mlproj.server.access.hosts import KnownHosts, own_names
    from mlproj.server.app import build_app
    from mlproj.server.pages.built import asset, front_page
    from mlproj.server.prefix import Prefixed
    from mlproj.server.watching import Watched, answering, writing_to

    def families() -> "list[Family]":
        own = numbers.families()
        return own if peers is None else peers.all(own)

    more = (Route("/", front_page), Route("/page/{name}", asset), Route("/metrics", answering(families)))
    app: ASGIApp = build_app(service, serve_artifacts=plan.serve_artifacts, more=more)
    if registrar is not None:
        app = AuthGate(app, registrar)
    if plan.static_prefix:
        app = Prefixed(app, plan.static_prefix)
    app = Guard(app, hosts=KnownHosts(plan.allowed_hosts, own=own_names), on_error=service.on_error)
    return Watched(app, numbers, None if log is None else writing_to(log))


@contextmanager
def open_log(name: str) -> Iterator[TextIO]:
    """The file that requests are logged to; `-` is standard error."""
    if name == "-":
        yield sys.stderr
        return
    try:
        file = Path(name).open("a", encoding="utf-8")  # noqa: SIM115 - closed below
    except OSError as error:
        raise UsageError(f"the access log cannot be written: {error.strerror}", where=name) from error
    with file:
        yield file


def open_registrar(path: Path, on_note: Callable[[str], None]) -> "Registrar":
    """The users of a file; SettingError if there is none, or nobody in it."""
    from mlproj.server.access.credentials import Registrar

    registrar = Registrar(path, on_note)
    if not registrar.names():
        raise SettingError("there are no users", where=str(path), hint=f"add one with `mlproj users add {path} NAME`")
    if path.stat().st_mode & 0o077:
        on_note(f"others may read {path}: chmod 600 keeps them out")
    return registrar


def checked_certificate(plan: "ServerPlan") -> tuple[Path, Path] | None:
    """The certificate and its key, None without TLS; UsageError if they cannot be used."""
    if plan.certfile is None and plan.keyfile is None:
        return None
    if plan.certfile is None or plan.keyfile is None:
        raise UsageError("--certfile and --keyfile go together", hint="give both")
    import ssl

    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(plan.certfile, plan.keyfile, password="")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the certificate cannot be used with this key: {error}",
            where=str(plan.certfile),
            hint="both are PEM files",
        ) from error
    return plan.certfile, plan.keyfile
