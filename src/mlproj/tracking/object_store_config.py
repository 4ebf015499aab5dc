"""An artifact URI and the variables around it, as what a client of an object store needs. Pure but for files named."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from mlproj.errors import SettingError
from mlproj.tracking.artifacts import check_path

S3 = frozenset({"s3", "s3a"})
GCS = frozenset({"gs", "gcs"})
AZURE = frozenset({"az", "azure", "wasb", "wasbs", "abfs", "abfss"})
SCHEMES = S3 | GCS | AZURE
Options = Mapping[str, str | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where artifacts are: `kind` is s3, gs or az; `uri` may be shown, `config` may not."""

    kind: str
    uri: str
    bucket: str
    prefix: str
    config: Options = field(default_factory=dict, repr=False)
    client: Options = field(default_factory=dict, repr=False)


def is_object_store(uri: str) -> bool:
    return urlsplit(uri).scheme.lower() in SCHEMES if "://" in uri else False


def read_location(uri: str, environ: Mapping[str, str]) -> Location:
    """Read an artifact URI of an object store; SettingError if it is malformed or has credentials in it."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError as error:
        raise SettingError("the artifact URI is malformed", hint="it reads s3://BUCKET/PREFIX") from error
    scheme = parts.scheme.lower()
    if parts.password is not None or (parts.username is not None and scheme not in AZURE) or parts.query:
        raise SettingError(
            f"an artifact URI takes no credentials: {scheme}://...",
            hint="give them by variables, as the provider has it",
        )
    bucket = (parts.username if scheme in AZURE else None) or parts.netloc
    if not bucket:
        raise SettingError(f"the artifact URI {uri!r} names no bucket", hint="it reads s3://BUCKET/PREFIX")
    kind, read = _kind(scheme)
    return Location(
        kind=kind,
        uri=f"{scheme}://{parts.netloc}",
        bucket=bucket,
        prefix=check_path(uri.partition("://")[2].partition("/")[2].rstrip("/")),
        config=read(parts, environ),
        client=_client(environ),
    )


def _kind(scheme: str) -> tuple[str, Callable[[SplitResult, Mapping[str, str]], Options]]:
    if scheme in S3:
        return "s3", _s3
    return ("gs", _gcs) if scheme in GCS else ("az", _azure)


def _s3(_: SplitResult, environ: Mapping[str, str]) -> Options:
    shared = {} if environ.get("AWS_ACCESS_KEY_ID") else _profile(environ)
    values = {
        "access_key_id": environ.get("AWS_ACCESS_KEY_ID") or shared.get("aws_access_key_id"),
        "secret_access_key": environ.get("AWS_SECRET_ACCESS_KEY") or shared.get("aws_secret_access_key"),
        "session_token": environ.get("AWS_SESSION_TOKEN") or shared.get("aws_session_token"),
        "region": environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or shared.get("region"),
        "endpoint": next((environ[name] for name in _ENDPOINTS if environ.get(name)), None),
    }
    return {key: value for key, value in values.items() if value}


_ENDPOINTS = ("MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


def _profile(environ: Mapping[str, str]) -> dict[str, str]:
    """The chosen profile of the files that the provider's own tools write."""
    from configparser import ConfigParser
    from configparser import Error as MalformedError

    home = Path(environ.get("HOME") or "/") / ".aws"
    name = environ.get("AWS_PROFILE") or "default"
    found: dict[str, str] = {}
    for variable, file, section in (
        ("AWS_CONFIG_FILE", "config", name if name == "default" else f"profile {name}"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials", name),
    ):
        path = Path(environ.get(variable) or home / file)
        parser = ConfigParser(interpolation=None)
        try:
            parser.read(path, encoding="utf-8")
        except (MalformedError, UnicodeDecodeError) as error:
            raise SettingError("the file of AWS profiles cannot be read", where=str(path)) from error
        if parser.has_section(section):
            found |= dict(parser[section])
    return found


def _gcs(_: SplitResult, environ: Mapping[str, str]) -> Options:
    """An access token, as Google's tools take it, wins over a file; an emulator asks for neither."""
    emulator = environ.get("STORAGE_EMULATOR_HOST", "")
    token = environ.get("CLOUDSDK_AUTH_ACCESS_TOKEN") or ("emulator" if emulator else None)
    values = {
        "base_url": emulator if "://" in emulator or not emulator else f"http://{emulator}",
        "bearer_token": token,
        "application_credentials": None if token else environ.get("GOOGLE_APPLICATION_CREDENTIALS"),
    }
    return {key: value for key, value in values.items() if value}


def _azure(parts: SplitResult, environ: Mapping[str, str]) -> Options:
    given = _connection_string(environ.get("AZURE_STORAGE_CONNECTION_STRING", ""))
    host = parts.hostname or ""
    account = host.partition(".")[0] if parts.username else ""
    values = {
        "account_name": account or given.get("AccountName") or environ.get("AZURE_STORAGE_ACCOUNT_NAME"),
        "account_key": given.get("AccountKey")
        or environ.get("AZURE_STORAGE_ACCESS_KEY")
        or environ.get("AZURE_STORAGE_ACCOUNT_KEY"),
        "sas_key": given.get("SharedAccessSignature") or environ.get("AZURE_STORAGE_SAS_TOKEN"),
        "endpoint": given.get("BlobEndpoint") or environ.get("AZURE_STORAGE_ENDPOINT"),
    }
    return {key: value for key, value in values.items() if value}


def _connection_string(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if part)
    return {key.strip(): value for key, _, value in pairs}


def _client(environ: Mapping[str, str]) -> Options:
    options: dict[str, str | bool] = {
        "allow_http": True,
        "timeout": "1h",
        "connect_timeout": "10s",
        "read_timeout": "60s",
    }
    if environ.get("MLFLOW_S3_IGNORE_TLS", "").lower() in {"1", "true"}:
        options["allow_invalid_certificates"] = True
    if bundle := environ.get("AWS_CA_BUNDLE"):
        try:
            options["root_certificate"] = Path(bundle).read_text(encoding="ascii", errors="replace")
        except OSError as error:
            raise SettingError(f"cannot be read: {error.strerror}", where=f"AWS_CA_BUNDLE={bundle}") from error
    return options
