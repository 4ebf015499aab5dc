"""What a container needs to reach where a run's artifacts are: nothing, unless their URI is an object store's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mlproj.backends.container_values import BindMount

FOLDER = "/mlflow/credentials"
_S3 = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION")
_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "s3": (*_S3, "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "MLFLOW_S3_ENDPOINT_URL",
           "MLFLOW_S3_UPLOAD_EXTRA_ARGS", "MLFLOW_S3_IGNORE_TLS", "AWS_ROLE_ARN"),
    "gs": ("GOOGLE_CLOUD_PROJECT",),
    "wasbs": ("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCESS_KEY"),
    "hdfs": ("MLFLOW_KERBEROS_TICKET_CACHE", "MLFLOW_KERBEROS_USER", "MLFLOW_PYARROW_EXTRA_CONF"),
}  # fmt: skip
_ALIASES = {"s3a": "s3", "r2": "s3", "gcs": "gs", "wasb": "wasbs", "abfss": "wasbs", "abfs": "wasbs", "az": "wasbs"}
_SERVER = (
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "MLFLOW_TRACKING_INSECURE_TLS",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Variables and files that a container gets, by the artifact URI and the server that it logs to."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    mounts: tuple[BindMount, ...] = ()


def credentials_for(artifact_uri: str, *, environ: Mapping[str, str], remote_server: bool) -> Credentials:
    """The caller's own, as far as they are needed."""
    scheme = urlsplit(artifact_uri).scheme
    scheme = _ALIASES.get(scheme, scheme)
    names = (*_VARIABLES.get(scheme, ()), *(_SERVER if remote_server else ()))
    variables = {name: environ[name] for name in names if name in environ}
    files = _files(scheme, environ)
    mounts = []
    for name, path in files.items():
        target = f"{FOLDER}/{scheme}/{path.name}"
        mounts.append(BindMount(source=path, target=target))
        variables[name] = target
    return Credentials(variables=variables, mounts=tuple(mounts))


def _files(scheme: str, environ: Mapping[str, str]) -> dict[str, Path]:
    """The variable that names a file of credentials -> that file, for those that are there."""
    home = environ.get("HOME") or "/"
    found: dict[str, Path] = {}
    if scheme == "s3":
        found["AWS_SHARED_CREDENTIALS_FILE"] = Path(home, ".aws", "credentials")
        found["AWS_CONFIG_FILE"] = Path(home, ".aws", "config")
    elif scheme == "gs":
        found["GOOGLE_APPLICATION_CREDENTIALS"] = Path(
            home, ".config", "gcloud", "application_default_credentials.json"
        )
    found = {name: Path(environ.get(name) or path).absolute() for name, path in found.items()}
    return {name: path for name, path in found.items() if path.is_file()}
