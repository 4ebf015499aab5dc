"""The tracking server: ours beside `mlflow server --workers 1`, in one run.

What takes a client long is left out: the bodies of large requests are made before the clock starts, and large answers
are read to their end but parsed after it stops.

Usage: python benchmarks/tracking.py [RUNS]      RUNS is how many runs are searched (5000)
"""

import json
import multiprocessing
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
from measuring import environment, our_program, peer_program

JSON = {"Content-Type": "application/json"}
SECONDS = 4.0
ROUNDS = 3
POINTS = 100_000
BATCH = 1000
BATCHES = 5
SEARCHES = 15
TOKEN = re.compile(rb'"next_page_token": *"([^"]+)"')
TAIL = 1000  # bytes at the end of an answer, where the token is
FILE_SIZE = 64 * 1024 * 1024
PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that answers, and what is known of its start."""

    port: int
    process: "subprocess.Popen[bytes]"

    def memory(self) -> int:
        """Of all its processes, with what they share counted once."""
        root = psutil.Process(self.process.pid)
        return sum(process.memory_full_info().pss for process in (root, *root.children(recursive=True)))


class Client:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=600)

    def call(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        try:
            self._connection.request(method, path, body, headers or {})
            answer = self._connection.getresponse()
        except ConnectionError:  # closed by the server while it was idle
            self._connection.close()
            self._connection.request(method, path, body, headers or {})
            answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:  # noqa: PLR2004
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content

    def send(self, path: str, body: bytes) -> bytes:
        return self.call("POST", path, body, JSON)

    def post(self, path: str, **body: Any) -> Any:
        return json.loads(self.send(*request(path, **body)))

    def run(self, experiment_id: str = "0") -> str:
        return str(self.post("runs/create", experiment_id=experiment_id, start_time=now())["run"]["info"]["run_id"])


def request(path: str, **body: Any) -> tuple[str, bytes]:
    return f"/api/2.0/mlflow/{path}", json.dumps(body).encode()


def batch_of(run_id: str, first: int) -> tuple[str, bytes]:
    """A request that logs points from a step on."""
    points = [
        {"key": "loss", "value": step * 0.5, "timestamp": step, "step": step} for step in range(first, first + BATCH)
    ]
    return request("runs/log-batch", run_id=run_id, metrics=points)


def now() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def started(argv: list[str], port: int, home: Path, environ: dict[str, str]) -> Iterator[tuple[Server, float]]:
    """A server, and the seconds from its start to its first answer."""
    begin = time.perf_counter()
    with subprocess.Popen(
        argv, cwd=home, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            while not answers(port):
                if process.poll() is not None:
                    raise RuntimeError(f"{argv[0]} ended with {process.returncode}")
                time.sleep(0.01)
            yield Server(port=port, process=process), time.perf_counter() - begin
        finally:
            end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def answers(port: int) -> bool:
    try:
        return Client(port).call("GET", "/health") == b"OK"
    except (OSError, RuntimeError):
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def median_of(measure: Callable[[], object], *, rounds: int) -> float:
    """Median seconds of a call, after one that does not count."""
    measure()
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        measure()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def log_for(port: int, run_id: str, number: int, done: Any) -> None:
    """Log single points for a while; says how many."""
    client, count, end = Client(port), 0, time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        client.post(
            "runs/log-metric", run_id=run_id, key=f"metric {number}", value=count * 0.5, timestamp=now(), step=count
        )
        count += 1
    done.put(count)


def points_per_second(server: Server, clients: int) -> float:
    """Single points of all clients together."""
    run_id = Client(server.port).run()
    done: Any = multiprocessing.Queue()
    arguments = [(server.port, run_id, number, done) for number in range(clients)]
    processes = [multiprocessing.Process(target=log_for, args=given) for given in arguments]
    for process in processes:
        process.start()
    total = sum(done.get() for _ in processes)
    for process in processes:
        process.join()
    return total / SECONDS


def fill(client: Client, runs: int) -> str:
    """An experiment of many runs, each with 3 params, 3 metrics and 2 tags."""
    experiment_id = str(client.post("experiments/create", name="many")["experiment_id"])
    for number in range(runs):
        client.post(
            "runs/log-batch",
            run_id=client.run(experiment_id),
            metrics=[
                {"key": f"m{key}", "value": (number * 7919 % runs) / runs + key, "timestamp": now(), "step": 0}
                for key in range(3)
            ],
            params=[{"key": f"p{key}", "value": str(number % (10**key * 10))} for key in range(3)],
            tags=[{"key": f"t{key}", "value": str(number % 5)} for key in range(2)],
        )
    return experiment_id


def measured(server: Server, runs: int) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit; of seconds less is better, of the others more."""
    client = Client(server.port)

    def create_and_log() -> None:
        client.post("runs/log-parameter", run_id=client.run(), key="alpha", value="0.5")

    yield "create-run + log-param", median_of(create_and_log, rounds=40), "ms"
    yield "log_metric, 1 client", points_per_second(server, 1), "/s"
    yield "log_metric, 8 clients", points_per_second(server, 8), "/s"
    run_id = client.run()
    batches = iter([batch_of(run_id, number * BATCH) for number in range(ROUNDS * BATCHES + 1)])
    yield (
        "log-batch of 1000",
        BATCH / median_of(lambda: client.send(*next(batches)), rounds=ROUNDS * BATCHES),
        "points/s",
    )
    experiment_id = fill(client, runs)

    def search(**more: Any) -> float:
        asked = request("runs/search", experiment_ids=[experiment_id], max_results=100, **more)
        return median_of(lambda: client.send(*asked), rounds=SEARCHES)

    yield f"search {runs} runs by metric", search(filter="metrics.m1 > 1.98"), "ms"
    yield f"search {runs} runs by param", search(filter="params.p2 = '77'"), "ms"
    yield f"search {runs} runs, ordered", search(order_by=["metrics.m1 DESC"]), "ms"

    def all_pages() -> None:
        pages, token = 0, ""
        while pages == 0 or token:
            asked = request("runs/search", experiment_ids=[experiment_id], max_results=PAGE, page_token=token)
            found = TOKEN.search(client.send(*asked)[-TAIL:])
            token, pages = found[1].decode() if found else "", pages + 1
        assert pages == -(-runs // PAGE)

    yield f"all {runs} runs in pages of {PAGE}", median_of(all_pages, rounds=ROUNDS), "ms"
    long = client.run()
    for begin in range(0, POINTS, BATCH):
        client.send(*batch_of(long, begin))
    path = f"/api/2.0/mlflow/metrics/get-history?run_id={long}&metric_key=loss"
    assert len(json.loads(client.call("GET", path))["metrics"]) == POINTS
    yield "history of 100,000 points", median_of(lambda: client.call("GET", path), rounds=ROUNDS), "ms"
    path = f"/api/2.0/mlflow-artifacts/artifacts/0/{long}/artifacts/model.bin"
    content = os.urandom(FILE_SIZE)
    yield "64 MiB artifact up", median_of(lambda: client.call("PUT", path, content), rounds=ROUNDS), "ms"
    yield "64 MiB artifact down", median_of(lambda: client.call("GET", path), rounds=ROUNDS), "ms"


def compare(name: str, ours: float, theirs: float, unit: str) -> None:
    """One line: both, and how many times better ours is."""
    factor = 1000 if unit == "ms" else 1
    ratio = ours / theirs if unit.endswith("/s") else theirs / ours
    print(f"{name:<36}{ours * factor:>12,.1f} {unit:<9}{theirs * factor:>12,.1f} {unit:<9}{ratio:>7.1f} x", flush=True)


def commands(home: Path, ports: tuple[int, int]) -> dict[str, list[str]]:
    ours, theirs = ports
    backend = f"sqlite:///{home}/mlflow.db"
    return {
        "ours": [str(our_program()), "server", "-p", str(ours), "--store", f"sqlite:///{home}/ours/mlproj.db"],
        "theirs": [
            *(str(peer_program()), "server", "--workers", "1", "--port", str(theirs), "--backend-store-uri", backend),
            *("--artifacts-destination", f"{home}/mlartifacts"),
        ],
    }


def main() -> None:
    """Start both, take each measurement of one and then of the other, print a line for it."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    print(f"{'':<36}{'mlproj':>12} {'':<9}{'mlflow':>12} {'':<9}{'ratio':>9}")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environ = environment(home)
        ports = (free_port(), free_port())
        starts: dict[str, list[float]] = {"ours": [], "theirs": []}
        memory: dict[str, float] = {}
        for number in range(ROUNDS + 1):  # the first one makes the databases
            for name, argv in commands(home, ports).items():
                with started(argv, ports[name == "theirs"], home, environ) as (server, seconds):
                    time.sleep(1)
                    memory[name] = server.memory() / 2**20
                    if number:
                        starts[name].append(seconds)
        compare("start to ready", *(statistics.median(starts[name]) for name in ("ours", "theirs")), "ms")
        compare("idle memory", memory["ours"], memory["theirs"], "MiB")
        argv = commands(home, ports)
        with (
            started(argv["ours"], ports[0], home, environ) as (ours, _),
            started(argv["theirs"], ports[1], home, environ) as (theirs, _),
        ):
            for (label, value, unit), (_, other, _) in zip(measured(ours, runs), measured(theirs, runs), strict=True):
                compare(label, value, other, unit)
        print(f"load {', '.join(f'{load:.1f}' for load in os.getloadavg())} over 1, 5 and 15 minutes")


if __name__ == "__main__":
    main()
