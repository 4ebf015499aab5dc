"""`mlproj server`: the REST API on an address of its own, until a signal ends it."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from mlproj.config import Settings
from mlproj.errors import UsageError
from mlproj.server.faults import Faults
from mlproj.server.listening import is_loopback, listen, shown
from mlproj.server.stores import check_store, open_served

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from mlproj.server.plan import ServerPlan
    from mlproj.server.service import Service


def run_server(
    plan: "ServerPlan", settings: Settings, *, on_ready: Callable[[str], None], on_note: Callable[[str], None]
) -> int:
    """Serve until a signal; gives it. `on_ready` gets the address once requests are answered, `on_note` remarks.

    Raises UserError for what was asked for, and what opening the store raises, before anything is served.
    """
    certificate = checked_certificate(plan)
    check_store(plan, settings)
    with ExitStack() as opened:
        listening = opened.enter_context(listen(plan.host, plan.port))
        store = opened.enter_context(closing(open_served(plan, settings)))
        for text in store.notes:
            on_note(text)
        if plan.auth is None and not is_loopback(listening):
            on_note("no authentication: whoever reaches this address can read and change everything (see --auth)")
        from mlproj.server.service import Service
        from mlproj.server.serving import serve_until_signal
        from mlproj.tracking.sql.grouping import database_of

        service = opened.enter_context(Service(store, Faults(on_note, "a request failed"), database=database_of(store)))
        scheme = "http" if certificate is None else "https"
        address = f"{scheme}://{shown(plan.host, listening.getsockname()[1])}{plan.static_prefix}"
        return serve_until_signal(
            build_standalone(plan, service),
            listening,
            on_ready=lambda: on_ready(address),
            grace=plan.grace,
            certificate=certificate,
        )


def build_standalone(plan: "ServerPlan", service: "Service") -> "ASGIApp":
    """The API behind all that stands between it and the network, the outermost first to hear a request."""
    from mlproj.server.app import build_app
    from mlproj.server.guard import Guard
    from mlproj.server.hosts import KnownHosts, own_names
    from mlproj.server.prefix import Prefixed

    app: ASGIApp = build_app(service, serve_artifacts=plan.serve_artifacts, front_page=True)
    if plan.static_prefix:
        app = Prefixed(app, plan.static_prefix)
    return Guard(app, hosts=KnownHosts(plan.allowed_hosts, own=own_names), on_error=service.on_error)


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
