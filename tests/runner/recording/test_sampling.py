"""Samples of the machine while a job runs."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest

from mlproj.errors import TrackingError
from mlproj.runner.recording.sampling import client_samples, interval_at, sampling
from mlproj.tracking.entities import Metric

NAMES = {
    "system/cpu_utilization_percentage",
    "system/system_memory_usage_megabytes",
    "system/system_memory_usage_percentage",
    "system/disk_usage_percentage",
    "system/disk_usage_megabytes",
    "system/disk_available_megabytes",
}


def wait_for(logged: Sequence[object], count: int) -> None:
    deadline = time.monotonic() + 30
    while len(logged) < count and time.monotonic() < deadline:
        time.sleep(0.02)


def test_samples_have_mlflows_names_and_steps() -> None:
    logged: list[Sequence[Metric]] = []
    with sampling(os.getpid(), logged.append, interval=0.05, first_look=0.01) as peaks:
        wait_for(logged, 3)
    assert {point.key for point in logged[0]} >= NAMES
    assert [points[0].step for points in logged[:3]] == [0, 1, 2]
    assert all(point.value >= 0 for points in logged for point in points)
    assert peaks["memory_bytes"] > 1_000_000
    assert peaks["system_memory_usage_megabytes"] >= max(
        point.value for points in logged for point in points if point.key == "system/system_memory_usage_megabytes"
    )


def test_the_peak_of_a_job_is_that_of_its_whole_tree() -> None:
    code = "import subprocess,sys;subprocess.run([sys.executable,'-c','x=bytearray(80<<20);input()'])"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as job:
        with sampling(job.pid, None, interval=60, first_look=0.02) as peaks:
            deadline = time.monotonic() + 30
            while peaks.get("memory_bytes", 0) < 80 << 20 and time.monotonic() < deadline:
                time.sleep(0.05)
        job.communicate(b"\n")
    assert peaks["memory_bytes"] >= 80 << 20


def test_a_short_job_is_not_looked_at() -> None:
    logged: list[Sequence[Metric]] = []
    with sampling(os.getpid(), logged.append) as peaks:
        pass
    assert (logged, peaks) == ([], {})


def test_a_store_that_fails_stops_nothing() -> None:
    calls: list[int] = []

    def fail(points: Sequence[Metric]) -> None:
        calls.append(points[0].step)
        raise TrackingError("gone")

    with sampling(None, fail, interval=0.02, first_look=0.01):
        wait_for(calls, 2)
    assert calls[:2] == [0, 1]


@pytest.mark.parametrize(("age", "seconds"), [(0, 10), (3600, 10), (7200, 20), (86400, 240)])
def test_samples_get_sparser_in_long_runs(age: float, seconds: float) -> None:
    assert interval_at(age) == seconds


@pytest.mark.parametrize(("value", "is_on"), [("true", True), ("1", True), ("false", False), ("", False)])
def test_a_client_that_samples_is_left_to_it(value: str, is_on: bool) -> None:  # noqa: FBT001 - a table
    assert client_samples({"MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING": value}) is is_on
    assert not client_samples({})
