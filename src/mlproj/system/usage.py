"""How much of the machine is used just now, by MLflow's names of its system metrics; and how much a job's tree uses."""

import contextlib
import os
from collections.abc import Iterator
from typing import Any

MEGABYTE = 1e6


class MachineUsage:
    """Samples of the whole machine. Network counts from when this was made, as MLflow's does."""

    def __init__(self) -> None:
        import psutil

        psutil.cpu_percent()  # the first answer has nothing to compare with
        self._network = _network()
        self._gpus = _Gpus()

    def sample(self) -> dict[str, float]:
        """The values by their names, without the prefix `system/`."""
        import psutil

        memory, disk = psutil.virtual_memory(), psutil.disk_usage(os.sep)
        values = {
            "cpu_utilization_percentage": psutil.cpu_percent(),
            "system_memory_usage_megabytes": memory.used / MEGABYTE,
            "system_memory_usage_percentage": memory.used / memory.total * 100,
            "disk_usage_percentage": disk.percent,
            "disk_usage_megabytes": disk.used / MEGABYTE,
            "disk_available_megabytes": disk.free / MEGABYTE,
            **self._network_since(),
            **self._gpus.sample(),
        }
        return {name: round(value, 1) for name, value in values.items()}

    def close(self) -> None:
        """Let go of the GPUs' library."""
        self._gpus.close()

    def _network_since(self) -> dict[str, float]:
        now = _network()
        if now is None or self._network is None:
            return {}
        received, sent = (after - before for after, before in zip(now, self._network, strict=True))
        return {
            "network_receive_megabytes": received / MEGABYTE,
            "network_transmit_megabytes": sent / MEGABYTE,
        }


def tree_usage(root: int) -> tuple[int, float]:
    """The resident memory in bytes and the CPU seconds of a process and of all below it."""
    import psutil

    memory, seconds = 0, 0.0
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(root)
        for process in (top, *top.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                memory += process.memory_info().rss
                times = process.cpu_times()
                seconds += times.user + times.system
    return memory, seconds


def _network() -> tuple[int, int] | None:
    import psutil

    counters: Any = psutil.net_io_counters()  # None where there is no network at all
    return None if counters is None else (counters.bytes_recv, counters.bytes_sent)


class _Gpus:
    """NVIDIA GPUs through nvidia-ml-py, where that and a GPU are there."""

    def __init__(self) -> None:
        self._library: Any = None
        self._devices: list[Any] = []
        from importlib import import_module

        try:
            pynvml = import_module("pynvml")
        except ImportError:
            return
        try:
            pynvml.nvmlInit()
            self._library = pynvml
            self._devices = [pynvml.nvmlDeviceGetHandleByIndex(at) for at in range(pynvml.nvmlDeviceGetCount())]
        except pynvml.NVMLError:
            self._devices = []

    def sample(self) -> dict[str, float]:
        return {
            f"gpu_{at}_{name}": value for at, device in enumerate(self._devices) for name, value in self._of(device)
        }

    def close(self) -> None:
        if self._library is not None:
            with contextlib.suppress(self._library.NVMLError):
                self._library.nvmlShutdown()
            self._library, self._devices = None, []

    def _of(self, device: Any) -> Iterator[tuple[str, float]]:
        library = self._library
        with contextlib.suppress(library.NVMLError):
            memory = library.nvmlDeviceGetMemoryInfo(device)
            yield "memory_usage_percentage", memory.used / memory.total * 100
            yield "memory_usage_megabytes", memory.used / MEGABYTE
        with contextlib.suppress(library.NVMLError):
            yield "utilization_percentage", library.nvmlDeviceGetUtilizationRates(device).gpu
        with contextlib.suppress(library.NVMLError):
            used, limit = library.nvmlDeviceGetPowerUsage(device), library.nvmlDeviceGetEnforcedPowerLimit(device)
            yield "power_usage_watts", used / 1000
            yield "power_usage_percentage", used / limit * 100
