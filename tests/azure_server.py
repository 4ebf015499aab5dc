"""A real Azure Blob server (Azurite) on loopback, for the time of a block."""

import base64
import hashlib
import hmac
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import urllib3

from mlproj.config import process_environment
from mlproj.system.locks import hold

AZURITE = "azurite@3.35.0"
HOME = Path(__file__).parent.parent / ".cache" / "azurite"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""What every emulator of Azure's storage has, as its documentation says."""


@dataclass(frozen=True, slots=True)
class Azure:
    url: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def environ(self) -> dict[str, str]:
        parts = {"DefaultEndpointsProtocol": "http", "AccountName": ACCOUNT, "AccountKey": KEY}
        parts["BlobEndpoint"] = f"{self.url}/{ACCOUNT}"
        return {"AZURE_STORAGE_CONNECTION_STRING": ";".join(f"{key}={value}" for key, value in parts.items())}

    def container(self) -> str:
        """The name of a new container."""
        name = f"container-{next(self.numbers)}"
        headers = {"x-ms-date": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"), "x-ms-version": "2021-12-02"}
        signed = "".join(f"{key}:{value}\n" for key, value in headers.items())
        resource = f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
        verb = "PUT" + 12 * "\n"
        digest = hmac.digest(base64.b64decode(KEY), f"{verb}{signed}{resource}".encode(), hashlib.sha256)
        headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
        with urllib3.PoolManager(retries=False) as pool:
            answer = pool.request("PUT", f"{self.url}/{ACCOUNT}/{name}?restype=container", headers=headers)
        assert answer.status == 201, answer.data
        return name


def azurite() -> list[str] | None:
    """The command that starts it, installed once; None where there is no npm, or its registry is out of reach."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None
    program = HOME / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    marker = HOME / "complete"
    HOME.mkdir(parents=True, exist_ok=True)
    with hold(HOME / "lock"):
        if not marker.is_file() or marker.read_text(encoding="utf-8") != AZURITE:
            words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(HOME), AZURITE]
            done = subprocess.run([npm, *words], check=False, capture_output=True, env=process_environment())
            if done.returncode:
                return None
            marker.write_text(AZURITE, encoding="utf-8")
    return [node, str(program)]


@contextmanager
def running_azure(command: list[str]) -> Iterator[Azure]:
    words = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck"]
    with subprocess.Popen(
        [*command, *words, "--disableTelemetry", "--silent"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            assert server.stdout
            line = next(line for line in server.stdout if "listens on" in line)
            yield Azure(line.split()[-1])
        finally:
            server.kill()
