"""The options of `mlproj server`, and the variables behind them, as the server's plan."""

from collections.abc import Mapping
from typing import Any, TypeVar

from mlproj.errors import SettingError, UsageError
from mlproj.server.plan import LOOPBACK, PORT, ServerPlan

Value = TypeVar("Value")

PROXIED = "mlflow-artifacts:"
YES = {"1": True, "true": True, "0": False, "false": False}

FOREIGN = {
    "--app-name": "use --auth FILE to ask for user names and passwords",
    "--artifacts-only": "a server without a database has nothing to offer",
    "--cors-allowed-origins": "pages of other servers may read nothing and change nothing",
    "--dev": "there is no such mode",
    "--disable-security-middleware": "use --allowed-hosts '*' to answer to every name",
    "--expose-prometheus": "GET /metrics answers without it",
    "--gunicorn-opts": "gunicorn is not used",
    "--uvicorn-opts": "see `mlproj server --help` for what can be set",
    "--waitress-opts": "waitress is not used",
    "--x-frame-options": "pages of other servers cannot frame this one",
}
"""Options of MLflow's server that this one refuses, and what to do instead."""


def read_plan(options: Mapping[str, Any], environ: Mapping[str, str]) -> ServerPlan:
    """An option wins over its variable. UsageError or SettingError for what makes no sense."""
    store = _one_store(options, environ)
    return ServerPlan(
        host=_either(options["host"], environ, "MLFLOW_HOST") or LOOPBACK,
        port=_number(options["port"], environ, "MLFLOW_PORT", PORT, range(65536)),
        store=store,
        artifacts=_artifacts(options, environ),
        serve_artifacts=_flag(options["serve_artifacts"], environ, "MLFLOW_SERVE_ARTIFACTS"),
        static_prefix=_prefix(_either(options["static_prefix"], environ, "MLFLOW_STATIC_PREFIX")),
        allowed_hosts=_names(_either(options["allowed_hosts"], environ, "MLFLOW_SERVER_ALLOWED_HOSTS")),
        auth=options["auth"],
        certfile=options["certfile"],
        keyfile=options["keyfile"],
        access_log=options["access_log"],
        workers=_number(options["workers"], environ, "MLFLOW_WORKERS", 1, range(1, 1025)),
    )


def _either(given: str | None, environ: Mapping[str, str], variable: str) -> str | None:
    return given if given is not None else environ.get(variable) or None


def _one_store(options: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """One database holds runs and models: what names it twice must name it alike."""
    store = _agreed(options, "store", "backend_store_uri") or environ.get("MLFLOW_BACKEND_STORE_URI") or None
    registry = _either(options["registry_store_uri"], environ, "MLFLOW_REGISTRY_STORE_URI")
    if registry is not None and registry != store:
        raise UsageError("one database holds both runs and registered models", hint="leave --registry-store-uri out")
    return store


def _artifacts(options: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """Clients get artifacts through the server, so MLflow's two options name the same place."""
    given = _agreed(options, "artifacts", "artifacts_destination")
    destination = given or environ.get("MLFLOW_ARTIFACTS_DESTINATION") or None
    root = _either(options["default_artifact_root"], environ, "MLFLOW_DEFAULT_ARTIFACT_ROOT")
    if root is None or root.startswith(PROXIED):
        return destination
    if destination is not None and destination != root:
        raise UsageError(
            "--default-artifact-root and --artifacts-destination differ",
            hint="the server keeps all artifacts in one place: give one of them",
        )
    return root


def _agreed(options: Mapping[str, Any], ours: str, theirs: str) -> str | None:
    first, second = options[ours], options[theirs]
    if first is not None and second is not None and first != second:
        raise UsageError(f"--{ours} and --{theirs.replace('_', '-')} differ", hint="they mean the same: give one")
    value: str | None = second if first is None else first
    return value


def _number(given: int | None, environ: Mapping[str, str], variable: str, default: int, allowed: range) -> int:
    if given is not None:
        return given
    text = environ.get(variable, "")
    if text and (not text.isdecimal() or int(text) not in allowed):
        raise SettingError(f"{text!r} is no number from {allowed[0]} to {allowed[-1]}", where=variable)
    return int(text) if text else default


def _flag(given: bool | None, environ: Mapping[str, str], variable: str) -> bool:  # noqa: FBT001 - an option's value
    text = environ.get(variable, "").lower()
    if given is None and text and text not in YES:
        raise SettingError(f"{text!r} must be true or false", where=variable)
    return YES.get(text, True) if given is None else given


def _prefix(text: str | None) -> str:
    if not text:
        return ""
    if not text.startswith("/") or text.endswith("/"):
        raise UsageError("--static-prefix begins with a slash and does not end with one", where=text)
    return text


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())
