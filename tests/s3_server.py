"""A real S3 server on loopback, for the time of a block."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import urllib3

SECRET = "very-secret-indeed"


@dataclass(frozen=True, slots=True)
class S3:
    url: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False))

    @property
    def environ(self) -> dict[str, str]:
        return {
            "MLFLOW_S3_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    @property
    def gcs_environ(self) -> dict[str, str]:
        """The same server as Google's: the XML API of its buckets is S3's, but for how requests are signed."""
        token = "Google Credential=key/20240101/us-east-1/s3/aws4_request"
        return {"STORAGE_EMULATOR_HOST": self.url.removeprefix("http://"), "CLOUDSDK_AUTH_ACCESS_TOKEN": token}

    def bucket(self, name: str = "bucket-") -> str:
        """The name of a new bucket."""
        name = f"{name}{next(self.numbers)}"
        assert self.pool.request("PUT", f"{self.url}/{name}").status == 200
        return name

    def get(self, path: str) -> str:
        return self.pool.request("GET", f"{self.url}/{path}").data.decode()


@contextmanager
def running_s3() -> Iterator[S3]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("moto_server")
    with subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            for _ in range(600):
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.05)
            s3 = S3(f"http://127.0.0.1:{port}")
            yield s3
            s3.pool.clear()
        finally:
            server.terminate()
