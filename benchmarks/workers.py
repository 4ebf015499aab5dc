"""How far one PostgreSQL carries several servers: one worker, two workers, and two servers of one worker each.

Usage: python benchmarks/workers.py postgresql://me@localhost/empty [CLIENTS]

Clients are processes, eight if not told otherwise; they need cores too, so on a small machine they share them with the
servers and the database. Prints requests in a second, and the memory of all processes of the servers.
"""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from measuring import environment, our_program

from tracking import Client, Server, free_port, now, request, started

SECONDS = 5.0
POINTS = 100
RUNS = 2000
SHAPES = {"1 worker": (1,), "2 workers": (2,), "2 servers": (1, 1)}


def points(client: Client, number: int) -> Iterator[tuple[str, bytes]]:
    """Single points, of one run for each client."""
    run_id = client.run()
    for step in range(10**9):
        point = {"key": f"metric {number}", "value": step * 0.5, "timestamp": now(), "step": step}
        yield request("runs/log-metric", run_id=run_id, **point)


def batches(client: Client, number: int) -> Iterator[tuple[str, bytes]]:
    """A hundred points at once."""
    run_id = client.run()
    for first in range(0, 10**9, POINTS):
        metrics = [
            {"key": f"metric {number}", "value": step * 0.5, "timestamp": step, "step": step}
            for step in range(first, first + POINTS)
        ]
        yield request("runs/log-batch", run_id=run_id, metrics=metrics)


def short_runs(client: Client, number: int) -> Iterator[tuple[str, bytes]]:
    """What a short run sends: its start, its params and its end."""
    while True:
        run_id = client.run()
        params = [{"key": f"p{key}", "value": str(number)} for key in range(5)]
        yield request("runs/log-batch", run_id=run_id, params=params)
        yield request("runs/update", run_id=run_id, status="FINISHED", end_time=now())


def searches(_: Client, number: int) -> Iterator[tuple[str, bytes]]:
    """The first page of what an experiment with many runs has above a threshold."""
    while True:
        yield request("runs/search", experiment_ids=["0"], max_results=20, filter=f"metrics.score > {number * 100}")


LOADS: dict[str, Callable[[Client, int], Iterator[tuple[str, bytes]]]] = {
    "log_metric": points,
    f"log-batch of {POINTS}": batches,
    "a step of a short run": short_runs,
    "search for 20 runs": searches,
}


def ask(port: int, load: str, number: int, begin: Any, done: Any) -> None:
    """One client; says how many requests were answered."""
    client, count = Client(port), 0
    requests = LOADS[load](client, number)
    next(requests)
    begin.wait()
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        client.send(*next(requests))
        count += 1
    done.put(count)


def rate(servers: Sequence[Server], load: str, clients: int) -> float:
    begin: Any = multiprocessing.Barrier(clients)
    done: Any = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=ask, args=(servers[number % len(servers)].port, load, number, begin, done))
        for number in range(clients)
    ]
    for process in processes:
        process.start()
    total = sum(done.get() for _ in processes)
    for process in processes:
        process.join()
    return total / SECONDS


def fill(client: Client) -> None:
    for number in range(RUNS):
        metrics = [{"key": "score", "value": float(number), "timestamp": 1, "step": 0}]
        client.send(*request("runs/log-batch", run_id=client.run(), metrics=metrics))


def measured(shape: Sequence[int], store: str, home: Path, clients: int) -> Iterator[tuple[str, float]]:
    with ExitStack() as running:
        servers = []
        for workers in shape:
            port = free_port()
            argv = [str(our_program()), "server", "-p", str(port), "--store", store, "--workers", str(workers)]
            servers.append(running.enter_context(started(argv, port, home, environment(home)))[0])
        if not Client(servers[0].port).post("runs/search", experiment_ids=["0"], max_results=1).get("runs"):
            fill(Client(servers[0].port))
        for load in LOADS:
            yield load, rate(servers, load, clients)
        yield "memory in MiB", sum(server.memory() for server in servers) / 2**20


def main() -> None:
    """Measure each shape, print a table."""
    store = sys.argv[1]
    clients = int(sys.argv[2]) if len(sys.argv) > 2 else 8  # noqa: PLR2004 - the second argument
    with tempfile.TemporaryDirectory() as folder:
        table = {name: dict(measured(shape, store, Path(folder), clients)) for name, shape in SHAPES.items()}
    print(f"{f'requests in a second, {clients} clients':<36}" + "".join(f"{name:>12}" for name in table))
    for load in next(iter(table.values())):
        print(f"{load:<36}" + "".join(f"{rates[load]:>12,.0f}" for rates in table.values()))


if __name__ == "__main__":
    main()
