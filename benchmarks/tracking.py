"""The tracking server: ours beside `mlflow server --workers 1`, in one run.

What takes a client long is left out: the bodies of large requests are made before the clock starts, and large answers
are read to their end but parsed after it stops. Each measurement is taken of one server and then of the other, several
times in turns, so that a busy disk or machine slows both alike: printed are the medians, the median of the rounds'
ratios, and whether that is what it should be.

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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
from measuring import environment, our_program, peer_program

JSON = {"Content-Type": "application/json"}
SECONDS = 3.0
ROUNDS = 5
SETTLING = 15
"""Seconds in which MLflow's server starts more processes after its first answer: they would slow both."""
PAGINGS = 3
POINTS = 100_000
BATCH = 1000
BATCHES = 4
SEARCHES = 5
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
        """Of all its processes that stay, with what they share counted once."""
        root = psutil.Process(self.process.pid)
        found = 0
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                found += process.memory_full_info().pss
        return found


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is measured, and how it should turn out: the ratio at least, our own value at most.

    Of what is not counted in a second, less is better.
    """

    label: str
    unit: str
    ratio: float | None = None
    most: float | None = None

    def ratio_of(self, ours: float, theirs: float) -> float:
        return ours / theirs if self.unit.endswith("/s") else theirs / ours


START = Measure(label="start to ready", unit="ms", ratio=12, most=600)
MEMORY = Measure(label="idle memory", unit="MiB", most=80)
Take = tuple[Measure, Callable[[], float]]


def milliseconds(call: Callable[[], object], rounds: int) -> Callable[[], float]:
    return lambda: median_of(call, rounds=rounds) * 1000


def writing(client: Client, server: Server) -> Iterator[Take]:
    def create_and_log() -> None:
        client.post("runs/log-parameter", run_id=client.run(), key="alpha", value="0.5")

    yield Measure(label="create-run + log-param", unit="ms", ratio=10), milliseconds(create_and_log, 20)
    for clients, ratio in ((1, 10), (8, 30)):
        label = f"log_metric, {clients} client{'s' if clients > 1 else ''}"
        yield Measure(label=label, unit="/s", ratio=ratio), lambda clients=clients: points_per_second(server, clients)
    run_id = client.run()
    batches = iter([batch_of(run_id, number * BATCH) for number in range(ROUNDS * (BATCHES + 1))])
    yield (
        Measure(label="log-batch of 1000", unit="points/s", ratio=10),
        lambda: BATCH / median_of(lambda: client.send(*next(batches)), rounds=BATCHES),
    )


def searching(client: Client, runs: int) -> Iterator[Take]:
    experiment_id = fill(client, runs)

    def search(**more: Any) -> Callable[[], float]:
        asked = request("runs/search", experiment_ids=[experiment_id], max_results=100, **more)
        return milliseconds(lambda: client.send(*asked), SEARCHES)

    name = f"search {runs} runs"
    yield Measure(label=f"{name} by metric", unit="ms", ratio=10), search(filter="metrics.m1 > 1.98")
    yield Measure(label=f"{name} by param", unit="ms", ratio=10), search(filter="params.p2 = '77'")
    yield Measure(label=f"{name}, ordered", unit="ms", ratio=40), search(order_by=["metrics.m1 DESC"])

    def all_pages() -> None:
        pages, token = 0, ""
        while pages == 0 or token:
            asked = request("runs/search", experiment_ids=[experiment_id], max_results=PAGE, page_token=token)
            found = TOKEN.search(client.send(*asked)[-TAIL:])
            token, pages = found[1].decode() if found else "", pages + 1
        assert pages == -(-runs // PAGE)

    yield Measure(label=f"all {runs} runs in pages of {PAGE}", unit="ms", ratio=15), milliseconds(all_pages, 1)


def transferring(client: Client) -> Iterator[Take]:
    long = client.run()
    for begin in range(0, POINTS, BATCH):
        client.send(*batch_of(long, begin))
    history = f"/api/2.0/mlflow/metrics/get-history?run_id={long}&metric_key=loss"
    assert len(json.loads(client.call("GET", history))["metrics"]) == POINTS
    yield (
        Measure(label="history of 100,000 points", unit="ms", ratio=12),
        milliseconds(lambda: client.call("GET", history), 1),
    )
    path = f"/api/2.0/mlflow-artifacts/artifacts/0/{long}/artifacts/model.bin"
    content = os.urandom(FILE_SIZE)
    yield (
        Measure(label="64 MiB artifact up", unit="ms", ratio=1),
        milliseconds(lambda: client.call("PUT", path, content), 1),
    )
    yield Measure(label="64 MiB artifact down", unit="ms", ratio=1), milliseconds(lambda: client.call("GET", path), 1)


def measured(server: Server, runs: int) -> Iterator[Take]:
    """What is to be measured, each thing made ready when it is its turn."""
    client = Client(server.port)
    yield from writing(client, server)
    yield from searching(client, runs)
    yield from transferring(client)


def compare(measure: Measure, ours: Sequence[float], theirs: Sequence[float]) -> bool:
    """One line: both, how many times better ours is, and whether that is enough."""
    ratio = statistics.median(measure.ratio_of(one, other) for one, other in zip(ours, theirs, strict=True))
    mine, peers = statistics.median(ours), statistics.median(theirs)
    met = ratio >= (measure.ratio or 0) and (measure.most is None or mine < measure.most)
    wanted = [f">= {measure.ratio:g} x"] if measure.ratio else []
    wanted += [f"< {measure.most:g} {measure.unit}"] if measure.most else []
    print(
        f"{measure.label:<34}{mine:>10,.1f} {measure.unit:<9}{peers:>10,.1f} {measure.unit:<9}{ratio:>7.1f} x  "
        f"{' and '.join(wanted):<22}{'met' if met else 'MISSED'}",
        flush=True,
    )
    return met


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


def starts(home: Path, ports: tuple[int, int], environ: dict[str, str]) -> Iterator[tuple[Measure, Sequence[float]]]:
    """Ours and theirs of each start: the time that it took, and the memory a second later."""
    for _ in range(ROUNDS + 1):  # the first one makes the databases
        seconds, memory = [], []
        for name, argv in commands(home, ports).items():
            with started(argv, ports[name == "theirs"], home, environ) as (server, took):
                time.sleep(1)
                memory.append(server.memory() / 2**20)
                seconds.append(took * 1000)
        yield START, seconds
        yield MEMORY, memory


def main() -> None:
    """Start both, take each measurement of one and then of the other in turns, print a line for it."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    print(f"{'':<34}{'mlproj':>10} {'':<9}{'mlflow':>10} {'':<9}{'ratio':>9}  target")
    met: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environ = environment(home)
        ports = (free_port(), free_port())
        pairs = list(starts(home, ports, environ))[2:]
        for measure in (START, MEMORY):
            ours, theirs = zip(*(pair for known, pair in pairs if known is measure), strict=True)
            met.append(compare(measure, ours, theirs))
        argv = commands(home, ports)
        with (
            started(argv["ours"], ports[0], home, environ) as (our_server, _),
            started(argv["theirs"], ports[1], home, environ) as (their_server, _),
        ):
            time.sleep(SETTLING)
            for (measure, mine), (_, others) in zip(
                measured(our_server, runs), measured(their_server, runs), strict=True
            ):
                ours, theirs = zip(*((mine(), others()) for _ in range(rounds_of(measure))), strict=True)
                met.append(compare(measure, ours, theirs))
    print(f"{sum(met)} of {len(met)} targets met")
    print(f"load {', '.join(f'{load:.1f}' for load in os.getloadavg())} over 1, 5 and 15 minutes")


def rounds_of(measure: Measure) -> int:
    """Pages and histories take the peer long."""
    return PAGINGS if measure.label.startswith(("all ", "history")) else ROUNDS


if __name__ == "__main__":
    main()
