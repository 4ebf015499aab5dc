"""What a machine tells of itself."""

import os
from pathlib import Path

from mlproj.config import process_environment
from mlproj.system.facts import read_machine


def test_this_machine_tells_what_it_is() -> None:
    machine = read_machine(process_environment())
    assert machine.cpu
    assert machine.cpus == os.cpu_count()
    assert machine.memory
    assert machine.memory > 100_000_000
    assert machine.os
    assert machine.machine == os.uname().machine
    assert machine.kernel == f"{os.uname().sysname} {os.uname().release}"


def test_gpus_and_their_driver_are_read_from_the_drivers_files(tmp_path: Path) -> None:
    for number in range(2):
        folder = tmp_path / f"driver/nvidia/gpus/0000:0{number}:00.0"
        folder.mkdir(parents=True)
        (folder / "information").write_text("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ: 1\n")
    (tmp_path / "driver/nvidia/version").write_text(
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.15  Release Build\nGCC version: 12.2.0\n"
    )
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n")
    machine = read_machine({}, proc=tmp_path)
    assert machine.gpus == ("NVIDIA H100 80GB HBM3", "NVIDIA H100 80GB HBM3")
    assert machine.gpu_driver == "550.54.15"
    assert machine.cpu == "Some CPU @ 2 GHz"


def test_a_processor_without_a_name_is_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor: 0\n")
    assert read_machine({}, proc=tmp_path).cpu == os.uname().machine


def test_without_proc_the_system_is_asked(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/sysctl"
    program.write_text("#!/bin/sh\necho Apple M9\n")
    program.chmod(0o755)
    environ = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}
    assert read_machine(environ, proc=tmp_path / "nothing").cpu == "Apple M9"
    assert read_machine({"PATH": "/nowhere"}, proc=tmp_path / "nothing").cpu is None
