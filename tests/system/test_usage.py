"""The use of the machine by MLflow's names; GPUs by a library of the same interface as NVIDIA's."""

import json
import subprocess
import sys
from pathlib import Path

from mlproj.config import process_environment

LIBRARY = """
from types import SimpleNamespace as N

class NVMLError(Exception):
    pass

def nvmlInit():
    if INIT_FAILS:
        raise NVMLError("no driver")

def nvmlShutdown():
    print("shut down")

def nvmlDeviceGetCount():
    return 2

def nvmlDeviceGetHandleByIndex(at):
    return at

def nvmlDeviceGetMemoryInfo(device):
    return N(used=20e6 * (device + 1), total=80e6)

def nvmlDeviceGetUtilizationRates(device):
    if device == 1:
        raise NVMLError("not supported")
    return N(gpu=90)

def nvmlDeviceGetPowerUsage(device):
    return 350_000

def nvmlDeviceGetEnforcedPowerLimit(device):
    return 700_000
"""
PROGRAM = """
import json
from mlproj.system.usage import MachineUsage
usage = MachineUsage()
print(json.dumps(usage.sample()))
usage.close()
usage.close()
"""


def sample(tmp_path: Path, *, init_fails: bool) -> tuple[dict[str, float], list[str]]:
    (tmp_path / "pynvml.py").write_text(f"INIT_FAILS = {init_fails}\n{LIBRARY}")
    environ = {**process_environment(), "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environ, capture_output=True, encoding="utf-8", check=True
    )
    first, *rest = done.stdout.splitlines()
    return json.loads(first), rest


def test_gpus_are_sampled_by_mlflows_names(tmp_path: Path) -> None:
    values, rest = sample(tmp_path, init_fails=False)
    assert {name: value for name, value in values.items() if name.startswith("gpu_")} == {
        "gpu_0_memory_usage_percentage": 25.0,
        "gpu_0_memory_usage_megabytes": 20.0,
        "gpu_0_utilization_percentage": 90.0,
        "gpu_0_power_usage_watts": 350.0,
        "gpu_0_power_usage_percentage": 50.0,
        "gpu_1_memory_usage_percentage": 50.0,
        "gpu_1_memory_usage_megabytes": 40.0,
        "gpu_1_power_usage_watts": 350.0,
        "gpu_1_power_usage_percentage": 50.0,
    }
    assert rest == ["shut down"]


def test_a_library_without_a_driver_gives_no_gpus(tmp_path: Path) -> None:
    values, rest = sample(tmp_path, init_fails=True)
    assert [name for name in values if name.startswith("gpu_")] == []
    assert values["system_memory_usage_megabytes"] > 0
    assert rest == []
