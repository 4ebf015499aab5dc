"""Numbers for Prometheus: true, in its format, and of all workers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.served import Client, served

from mlproj.server.numbers import Family, Histogram, Numbers, Sample, exposition, merged, packed, unpacked
from mlproj.server.peers import Peers


def values(text: str) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_commits_that_writes_share_are_counted(tmp_path: Path) -> None:
    with served(f"sqlite:///{tmp_path}/x.db") as (_, url), ThreadPoolExecutor(8) as threads:
        run_id = Client(url).create_run()

        def log(number: int) -> None:
            client = Client(url)
            for step in range(25):
                client.post("runs/log-metric", run_id=run_id, key=f"m{number}", value=1, timestamp=1, step=step)

        list(threads.map(log, range(8)))
        found = values(Client(url).send("GET", "/metrics")[2].decode())
    assert found["mlproj_commit_writes_sum"] == 201
    assert found["mlproj_commits_total"] == found["mlproj_commit_writes_count"]
    assert 8 < found["mlproj_commits_total"] <= 201
    assert found['mlproj_commit_writes_bucket{le="8"}'] == found['mlproj_commit_writes_bucket{le="+Inf"}']
    assert found["mlproj_commits_failed_total"] == 0
    assert found['mlproj_requests_total{method="POST",route="/api/2.0/mlflow/runs/log-metric",status="200"}'] == 200


@given(found=st.lists(st.floats(0, 20), max_size=50))
def test_histograms(found: list[float]) -> None:
    histogram = Histogram((1.0, 5.0, 10.0))
    for value in found:
        histogram.add(value)
    samples = {(sample.suffix, sample.labels.get("le")): sample.value for sample in histogram.samples({})}
    for limit in (1.0, 5.0, 10.0):
        assert samples["_bucket", str(limit)] == sum(value <= limit for value in found)
    assert samples["_bucket", "+Inf"] == samples["_count", None] == len(found)


def test_labels_are_escaped_and_names_come_once() -> None:
    family = Family(name="a", kind="gauge", samples=[Sample(labels={"x": 'q"\\\n'}, value=1)])
    text = exposition(merged([(1, [family]), (2, [family])]))
    assert text == '# TYPE a gauge\na{worker="1",x="q\\"\\\\\\n"} 1\na{worker="2",x="q\\"\\\\\\n"} 1\n'


def test_workers_that_do_not_answer_are_left_out(tmp_path: Path) -> None:
    numbers = Numbers()
    numbers.count("GET", "/x", 200, 0.5)
    numbers.count("BREW", "", 404, 50)
    assert unpacked(packed(numbers.families()))[0] == numbers.families()[0]
    (tmp_path / "3").write_text("left by a worker that was killed", encoding="utf-8")
    first, second = Peers(tmp_path, 1), Peers(tmp_path, 2)
    with second.telling(numbers.families), first.telling(numbers.families):
        found = values(exposition(first.all(numbers.families())))
    for worker in "12":
        assert found[f'mlproj_requests_total{{worker="{worker}",method="GET",route="/x",status="200"}}'] == 1
        assert found[f'mlproj_requests_total{{worker="{worker}",method="other",route="other",status="404"}}'] == 1
    assert not any('worker="3"' in name for name in found)


def test_a_folder_whose_name_is_too_long_for_sockets(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    peers = Peers(folder, 1)
    with peers.telling(Numbers().families):
        assert peers.all(Numbers().families())[0].samples[0].labels["worker"] == "1"
