"""How far one PostgreSQL and one bucket carry several servers: one worker, two workers, two servers of one worker.

    python benchmarks/workers.py postgresql://me@localhost/empty
    python benchmarks/workers.py postgresql://me@localhost/empty --artifacts s3://bucket/prefix
    python benchmarks/workers.py postgresql://me@localhost/empty --moto

Clients are processes, which need cores too: on a small machine they share them with the servers and the database. With
artifacts in a bucket, files go up and down through the servers as well. `--moto` starts an S3 server for that, a single
Python process, and measures it alone too, since no server before it can be faster. All servers run at once and take
their turns with each load, so that a busy machine slows all alike. Prints the medians.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buckets import NAME, SIGNED, local_bucket, port_of
from measuring import environment, our_program

from tracking import JSON, Client, Server, free_port, now, request, started

POINTS = 100
RUNS = 2000
SMALL, LARGE = 64 * 1024, 16 * 1024 * 1024
SHAPES = {"1 worker": (1,), "2 workers": (2,), "2 servers": (1, 1)}
Request = tuple[str, str, bytes | None, dict[str, str]]
Load = Callable[[Client, int], Iterator[Request]]


def post(path: str, **body: Any) -> Request:
    return "POST", *request(path, **body), JSON


def points(client: Client, number: int) -> Iterator[Request]:
    """Single points, of one run for each client."""
    run_id = client.run()
    for step in range(10**9):
        point = {"key": f"metric {number}", "value": step * 0.5, "timestamp": now(), "step": step}
        yield post("runs/log-metric", run_id=run_id, **point)


def batches(client: Client, number: int) -> Iterator[Request]:
    """A hundred points at once."""
    run_id = client.run()
    for first in range(0, 10**9, POINTS):
        metrics = [
            {"key": f"metric {number}", "value": step * 0.5, "timestamp": step, "step": step}
            for step in range(first, first + POINTS)
        ]
        yield post("runs/log-batch", run_id=run_id, metrics=metrics)


def short_runs(client: Client, number: int) -> Iterator[Request]:
    """What a short run sends: its start, its params and its end."""
    while True:
        run_id = client.run()
        params = [{"key": f"p{key}", "value": str(number)} for key in range(5)]
        yield post("runs/log-batch", run_id=run_id, params=params)
        yield post("runs/update", run_id=run_id, status="FINISHED", end_time=now())


def searches(_: Client, number: int) -> Iterator[Request]:
    """The first page of what an experiment with many runs has above a threshold."""
    while True:
        yield post("runs/search", experiment_ids=["0"], max_results=20, filter=f"metrics.score > {number * 100}")


def uploads(size: int, place: str | None = None) -> Load:
    """A file of each client's own, again and again; through a server, or right to where a bucket is."""

    def load(client: Client, number: int) -> Iterator[Request]:
        path = place or f"/api/2.0/mlflow-artifacts/artifacts/0/{client.run()}/artifacts"
        content = os.urandom(size)
        while True:
            yield "PUT", f"{path}/{number}.bin", content, SIGNED if place else {}

    return load


def downloads(size: int, place: str | None = None) -> Load:
    def load(client: Client, number: int) -> Iterator[Request]:
        method, path, content, headers = next(uploads(size, place)(client, number))
        client.call(method, path, content, headers)
        while True:
            yield "GET", path, None, headers

    return load


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A load, and how many MiB each request moves; without that it is requests that count."""

    load: Load
    mebibytes: float | None = None


CALLS = {
    "log_metric, requests/s": Task(load=points),
    f"log-batch of {POINTS} points, requests/s": Task(load=batches),
    "a step of a short run, requests/s": Task(load=short_runs),
    "search for 20 runs, requests/s": Task(load=searches),
}


def files(place: str | None = None) -> dict[str, Task]:
    return {
        "64 KiB file up, files/s": Task(load=uploads(SMALL, place)),
        "64 KiB file down, files/s": Task(load=downloads(SMALL, place)),
        "16 MiB file up, MiB/s": Task(load=uploads(LARGE, place), mebibytes=LARGE / 2**20),
        "16 MiB file down, MiB/s": Task(load=downloads(LARGE, place), mebibytes=LARGE / 2**20),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """When all clients begin, for how long, and where each says what it has done."""

    begin: Any
    seconds: float
    done: Any


def ask(port: int, load: Load, number: int, bell: Bell) -> None:
    """One client; says how many requests were answered in a second."""
    try:
        client, count = Client(port), 0
        requests = load(client, number)
        client.call(*next(requests))
        bell.begin.wait(60)
        started_at = time.perf_counter()
        while time.perf_counter() < started_at + bell.seconds:
            client.call(*next(requests))
            count += 1
        bell.done.put(count / (time.perf_counter() - started_at))
    except Exception as error:  # noqa: BLE001 - raised where all clients are waited for
        bell.begin.abort()
        bell.done.put(error)


def rate(ports: Sequence[int], task: Task, clients: int, seconds: float) -> float:
    bell = Bell(begin=multiprocessing.Barrier(clients), seconds=seconds, done=multiprocessing.Queue())
    processes = [
        multiprocessing.Process(target=ask, args=(ports[number % len(ports)], task.load, number, bell))
        for number in range(clients)
    ]
    for process in processes:
        process.start()
    said = [bell.done.get() for _ in processes]
    for process in processes:
        process.join()
    for failure in (one for one in said if isinstance(one, Exception)):
        raise failure
    return float(sum(said)) * (task.mebibytes or 1)


def fill(client: Client) -> None:
    if client.post("runs/search", experiment_ids=["0"], max_results=1).get("runs"):
        return
    for number in range(RUNS):
        metrics = [{"key": "score", "value": float(number), "timestamp": 1, "step": 0}]
        client.send(*request("runs/log-batch", run_id=client.run(), metrics=metrics))


def start(
    running: ExitStack, shape: Sequence[int], words: Sequence[str], home: Path, environ: dict[str, str]
) -> list[Server]:
    servers = []
    for workers in shape:
        port = free_port()
        argv = [str(our_program()), "server", "-p", str(port), "--workers", str(workers), *words]
        servers.append(running.enter_context(started(argv, port, home, environ))[0])
    return servers


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("store", help="postgresql://..., an empty database")
    parser.add_argument("--artifacts", help="s3://..., with the variables that its credentials are in")
    parser.add_argument("--moto", action="store_true", help="artifacts in a bucket of an S3 server started for this")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def main() -> None:
    """Start everything, measure each load for each shape in turns, print a table."""
    options = parse()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        home = Path(folder)
        environ, words = environment(home), ["--store", options.store]
        tasks, alone = dict(CALLS), {}
        if options.moto:
            options.artifacts, variables = running.enter_context(local_bucket())
            environ |= variables
            alone = files(f"/{NAME}/alone")
        if options.artifacts:
            words += ["--artifacts", options.artifacts]
            tasks |= files()
        shapes = {name: start(running, shape, words, home, environ) for name, shape in SHAPES.items()}
        fill(Client(shapes["1 worker"][0].port))
        ports = {name: [server.port for server in servers] for name, servers in shapes.items()}
        columns = [*SHAPES, *(["moto alone"] if alone else [])]
        print(f"{f'{options.clients} clients':<38}" + "".join(f"{name:>12}" for name in columns))
        for label, task in tasks.items():
            rates: dict[str, list[float]] = {name: [] for name in columns}
            for _ in range(options.rounds):
                for name in SHAPES:
                    rates[name].append(rate(ports[name], task, options.clients, options.seconds))
                if label in alone:
                    rates[columns[-1]].append(rate([port_of(environ)], alone[label], options.clients, options.seconds))
            print(f"{label:<38}" + "".join(f"{shown(rates[name]):>12}" for name in columns), flush=True)
        memory = {name: sum(server.memory() for server in servers) / 2**20 for name, servers in shapes.items()}
        print(f"{'memory at the end, MiB':<38}" + "".join(f"{memory[name]:>12,.0f}" for name in SHAPES))
    print(f"load {', '.join(f'{load:.1f}' for load in os.getloadavg())} over 1, 5 and 15 minutes")


def shown(rates: Sequence[float]) -> str:
    return f"{statistics.median(rates):,.0f}" if rates else ""


if __name__ == "__main__":
    main()
