"""An S3 server of the benchmark's own, and how fast it is without a server of ours before it."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

NAME = "benchmark"
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, Signature=unchecked"}


@contextmanager
def local_bucket() -> Iterator[tuple[str, dict[str, str]]]:
    """The address of an empty bucket in moto's server (a test requirement), and the variables to reach it by."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("moto_server")
    with subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            await_answer(port)
            connection = HTTPConnection("127.0.0.1", port)
            connection.request("PUT", f"/{NAME}")
            connection.getresponse().read()
            yield (
                f"s3://{NAME}/runs",
                {
                    "MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                    "AWS_ACCESS_KEY_ID": "key",
                    "AWS_SECRET_ACCESS_KEY": "secret",
                    "AWS_DEFAULT_REGION": "us-east-1",
                },
            )
        finally:
            server.terminate()


def await_answer(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the S3 server does not answer")


def port_of(environ: dict[str, str]) -> int:
    """Where a bucket of `local_bucket` is."""
    return urlsplit(environ["MLFLOW_S3_ENDPOINT_URL"]).port or 0
