"""The contract of a backend, held by the local one with real processes."""

from __future__ import annotations

import ast
import os
import shlex
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mlproj
from mlproj.backends.base import Job, JobHandle
from mlproj.backends.local import LocalBackend, find, is_end_requested, request_end
from mlproj.backends.registry import load_backend
from mlproj.config import process_environment
from mlproj.errors import BackendError, DirectoryError, JobLostError, UsageError
from mlproj.system.identity import start_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.backends.conftest import Place

    DaemonCommand = Callable[..., str]
    Eventually = Callable[[Callable[[], bool]], None]

PYTHON = shlex.quote(sys.executable)


def pid_in(path: Path) -> int:
    return int(path.read_text() or 0) if path.exists() else 0


def is_gone(pid: int) -> bool:
    return start_of(pid) is None


def test_output_comes_on_its_stream_with_the_exit_code(place: Place) -> None:
    output = place.run("echo out; echo err >&2; exit 7")
    assert (output.code, output.stdout, output.stderr) == (7, b"out\n", b"err\n")


def test_every_exit_code_is_passed_on(tmp_path: Path) -> None:
    backend = LocalBackend()

    def code_of(number: int) -> int:
        job = Job(
            run_id="r",
            command=f"exit {number}",
            cwd=tmp_path,
            environ=process_environment(),
            directory=tmp_path / str(number),
        )
        return backend.submit(job).wait(lambda *_: None, poll=lambda: False)

    numbers = [*range(0, 256, 9), 1, 2, 124, 126, 127, 128, 130, 143, 254, 255]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(code_of, numbers)) == numbers


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_signal_that_kills_the_command_is_128_and_its_number(place: Place, number: int) -> None:
    assert place.run(f"kill -{int(number)} $$; sleep 60").code == 128 + number


def test_the_command_is_bash_text(place: Place) -> None:
    output = place.run(
        "x=(a 'b c'); printf '%s|' \"${x[@]}\"; false | true; echo $?; [[ a == a ]] && echo $(( 6 * 7 ))"
    )
    assert output.stdout == b"a|b c|0\n42\n"


@pytest.mark.parametrize(
    "text", ["it's", '"', "a\nb", "$(rm)", "`x`", "ünïcödé 🦆", "\\", "%s %d", "\x01\x7f", "a;b&c|d", "*", "-n", ""]
)
def test_ugly_words_arrive_as_they_are(place: Place, text: str) -> None:
    assert place.run(f"printf -- %s {shlex.quote(text)}").stdout == text.encode()


def test_the_environment_is_intact_and_nothing_is_added_but_unbuffered(place: Place) -> None:
    environ = {
        "A": "x y\n'\"$(z)",
        "ÜMLAUT": "🦆",
        "EMPTY": "",
        "EQUALS": "a=b=c",
        "PYTHONPATH": "/nowhere",
        "BIN": "\udcff",
    }
    output = place.run(
        f"exec {PYTHON} -c 'import os, sys; sys.stdout.write(ascii(sorted(os.environ.items())))'", environ=environ
    )
    ours = {**environ, "PYTHONUNBUFFERED": "1"}
    found = dict(ast.literal_eval(output.stdout.decode()))
    assert {name: found[name] for name in ours} == ours
    assert set(found) - set(ours) <= {"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"}  # bash's and Python's own


def test_pythonunbuffered_of_the_user_wins(place: Place) -> None:
    environ = {**process_environment(), "PYTHONUNBUFFERED": ""}
    assert place.run('echo "<${PYTHONUNBUFFERED}>"', environ=environ).stdout == b"<>\n"


def test_the_working_directory_may_have_any_name(place: Place) -> None:
    assert place.run("pwd").stdout.decode() == f"{place.cwd}\n"


def test_a_missing_working_directory_is_named(place: Place) -> None:
    with pytest.raises(BackendError, match="nowhere: No such file or directory"):
        place.submit("true", cwd=place.cwd / "nowhere")


def test_an_environment_that_is_too_big_is_a_clear_error(place: Place) -> None:
    with pytest.raises(BackendError, match="Argument list too long"):
        place.submit("true", environ={"BIG": "x" * 10_000_000})


def test_a_nul_character_is_refused(place: Place) -> None:
    with pytest.raises(BackendError, match="NUL"):
        place.submit("echo a\0b")


def test_text_that_is_none_is_refused(place: Place) -> None:
    with pytest.raises(BackendError, match="is not text"):
        place.submit("echo \ud800")


def test_a_job_whose_directory_cannot_be_written_is_ended(place: Place, tmp_path: Path) -> None:
    (place.directory / "process.json").mkdir(parents=True)
    with pytest.raises(BackendError, match="cannot start the job: Is a directory"):
        place.submit(f"echo $$ > {shlex.quote(str(tmp_path / 'pid'))}; sleep 600")
    assert not (tmp_path / "pid").exists() or is_gone(pid_in(tmp_path / "pid"))


def test_bash_is_looked_for_where_the_command_looks(place: Place, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sh").symlink_to("/bin/sh")
    assert place.run("echo ${BASH_VERSION:-plain}", environ={"PATH": str(tmp_path / "bin")}).stdout != b""


def test_a_directory_that_cannot_be_made_is_named(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DirectoryError, match="file/job"):
        place.submit("true", directory=tmp_path / "file" / "job")


def test_a_shim_that_cannot_start_is_a_clear_error(place: Place, tmp_path: Path) -> None:
    place.backend = LocalBackend(shim=("/no/such/python",))
    with pytest.raises(BackendError, match="/no/such/python: cannot start the job: No such file"):
        place.submit("true")
    place.backend = LocalBackend(shim=(sys.executable, "-c", "raise SystemExit(9)"))
    with pytest.raises(BackendError, match="the shim ended with exit code 9"):
        place.submit("true", environ={"BIG": "x" * 1_000_000})


def test_binary_output_is_intact(place: Place) -> None:
    script = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 40_000)"
    assert place.run(f"{PYTHON} -c '{script}'").stdout == bytes(range(256)) * 40_000


def test_a_hundred_megabytes_in_one_line_arrive_without_piling_up(place: Place) -> None:
    total = biggest = 0

    def count(_: str, data: bytes) -> None:
        nonlocal total, biggest
        total += len(data)
        biggest = max(biggest, len(data))

    handle = place.submit("head -c 100000000 /dev/zero")
    assert handle.wait(count, poll=lambda: False) == 0
    assert total == 100_000_000
    assert biggest <= 1 << 16


def test_stdin_is_ours(tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from mlproj.backends.base import Job
from mlproj.backends.local import LocalBackend
from mlproj.config import process_environment
place = Path({str(tmp_path)!r})
environ = process_environment()
job = Job(run_id="r", command="read line; echo got $line", cwd=place, environ=environ, directory=place / "j")
LocalBackend().submit(job).wait(lambda stream, data: print(data.decode(), end=""), poll=lambda: False)
"""
    run = subprocess.run([sys.executable, "-c", program], input="hello\n", capture_output=True, text=True, check=True)
    assert run.stdout == "got hello\n"
    closed = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" <&-', sys.executable, program], capture_output=True, text=True, check=True
    )
    assert closed.stdout == "got\n"


def test_only_the_three_streams_are_open_in_a_job(place: Place) -> None:
    with open(os.devnull) as held:  # noqa: PTH123 - a descriptor to leak
        os.set_inheritable(held.fileno(), True)
        output = place.run(
            f"exec {PYTHON} -c 'import os; print([n for n in range(3, 200) if os.path.exists(f\"/dev/fd/{{n}}\")])'"
        )
    assert output.stdout == b"[]\n"


def test_signals_have_their_default_meaning_in_a_job(place: Place) -> None:
    ignored = "[str(s) for s in signal.valid_signals() if signal.getsignal(s) == signal.SIG_IGN]"
    script = f"import signal; print({ignored}, signal.pthread_sigmask(0, ()))"
    # Python itself ignores SIGPIPE and SIGXFSZ.
    expected = f"{[str(s) for s in signal.valid_signals() if s in {signal.SIGPIPE, signal.SIGXFSZ}]} set()\n"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM})
        output = place.run(f"exec {PYTHON} -c '{script}'")
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1, signal.SIGTERM})
        signal.signal(signal.SIGINT, before)
    assert output.stdout.decode() == expected


def test_no_secret_is_in_an_argument_list(place: Place) -> None:
    output = place.run(
        "tr '\\0' ' ' < /proc/$PPID/cmdline; true",
        environ={**process_environment(), "MLPROJ_SECRET_X": "hunter2hunter2"},
    )
    assert b"hunter2" not in output.stdout
    assert b"cmdline" not in output.stdout


def test_another_process_finds_the_job_and_its_exit_code(place: Place) -> None:
    os.mkfifo(place.cwd / "fifo")
    handle = place.submit("read x < fifo; exit 3")
    assert handle.describe() == {"backend": "local", "directory": str(place.directory), "pid": handle.describe()["pid"]}
    facts = find(place.directory)
    assert (facts.exit_code, facts.alive, facts.end_requested) == (None, True, False)
    (place.cwd / "fifo").write_text("go\n")
    assert handle.wait(lambda *_: None, poll=lambda: False) == 3
    facts = find(place.directory)
    assert (facts.exit_code, facts.alive) == (3, False)


def test_a_job_of_another_host_is_neither_alive_nor_dead(place: Place) -> None:
    place.run("true")
    file = place.directory / "process.json"
    file.write_text(file.read_text().replace('"host": "', '"host": "elsewhere-'))
    assert find(place.directory).alive is None


def test_a_directory_without_a_job_is_no_error(tmp_path: Path) -> None:
    facts = find(tmp_path)
    assert (facts.exit_code, facts.alive, facts.end_requested) == (None, False, False)


def test_another_process_can_ask_for_the_end(place: Place) -> None:
    handle = place.submit("sleep 60")
    assert not handle.is_end_requested()
    request_end(place.directory)
    assert is_end_requested(place.directory)
    asked = iter([True])
    assert handle.wait(lambda *_: None, poll=lambda: handle.is_end_requested() and next(asked, False)) == 130


def test_the_interrupt_comes_first(place: Place) -> None:
    handle = place.submit("trap 'echo interrupted; exit 5' INT; echo ready; while :; do sleep 0.05; done")
    assert end_when_ready(handle) == (5, b"ready\ninterrupted\n")


def test_then_the_terminate(place: Place) -> None:
    handle = place.submit("trap '' INT; trap 'echo terminated; exit 6' TERM; echo ready; while :; do sleep 0.05; done")
    assert end_when_ready(handle) == (6, b"ready\nterminated\n")


def test_then_the_kill(place: Place) -> None:
    handle = place.submit("trap '' INT TERM HUP; echo ready; while :; do sleep 0.05; done")
    code, _ = end_when_ready(handle)
    assert code == 137


def test_ending_again_hurries(place: Place) -> None:
    handle = place.submit("trap '' INT TERM; echo ready; while :; do sleep 0.05; done", grace=1000.0)
    code, _ = end_when_ready(handle, times=3)
    assert code == 137


def test_a_stopped_job_can_be_ended(place: Place) -> None:
    handle = place.submit("echo ready; kill -STOP $$; echo never")
    code, _ = end_when_ready(handle)
    assert code == 130


def test_ending_a_job_that_is_over_is_no_error(place: Place) -> None:
    handle = place.submit("true")
    assert handle.wait(lambda *_: None, poll=lambda: False) == 0
    handle.end()


def end_when_ready(handle: JobHandle, times: int = 1) -> tuple[int, bytes]:
    """Ask for the end as soon as something was printed; the exit code and what came on stdout."""
    asked: list[int] = []
    parts: list[bytes] = []

    def poll() -> bool:
        if parts and len(asked) < times:
            asked.append(1)
            return True
        return False

    def take(stream: str, data: bytes) -> None:
        if stream == "stdout":  # bash remarks on stderr that its children were killed
            parts.append(data)

    return handle.wait(take, poll=poll), b"".join(parts)


DAEMON = """
import os, sys, time, signal
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
for number in map(int, sys.argv[2:]): signal.signal(number, signal.SIG_IGN)
null = os.open(os.devnull, os.O_RDWR)
for stream in (0, 1, 2): os.dup2(null, stream)
with open(sys.argv[1] + '.new', 'w') as file: file.write(str(os.getpid()))
os.rename(sys.argv[1] + '.new', sys.argv[1])
time.sleep(600)
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Callable[..., str]:
    """A command that leaves a daemon in a session of its own, which writes its pid to a file."""
    script = tmp_path / "daemon.py"
    script.write_text(DAEMON)

    def command(pid_file: Path, *ignored: int) -> str:
        return shlex.join([sys.executable, str(script), str(pid_file), *(str(int(number)) for number in ignored)])

    return command


def test_a_daemon_in_a_session_of_its_own_ends_with_its_job(
    place: Place, daemon: DaemonCommand, tmp_path: Path, eventually: Eventually
) -> None:
    pid_file = tmp_path / "pid"
    output = place.run(f"{daemon(pid_file)}; until [ -e {shlex.quote(str(pid_file))} ]; do sleep 0.02; done; exit 3")
    assert output.code == 3
    assert is_gone(pid_in(pid_file))


def test_a_daemon_that_ignores_everything_is_killed(place: Place, daemon: DaemonCommand, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    ignored = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    output = place.run(f"{daemon(pid_file, *ignored)}; until [ -e {shlex.quote(str(pid_file))} ]; do sleep 0.02; done")
    assert output.code == 0
    assert is_gone(pid_in(pid_file))


def test_ending_reaches_daemons_too(place: Place, daemon: DaemonCommand, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    handle = place.submit(
        f"{daemon(pid_file)}; until [ -e {shlex.quote(str(pid_file))} ]; do sleep 0.02; done; echo ready; sleep 600"
    )
    code, _ = end_when_ready(handle)
    assert code == 130
    assert is_gone(pid_in(pid_file))


def test_reading_stops_soon_after_the_command_even_if_a_child_holds_the_pipe(place: Place, tmp_path: Path) -> None:
    output = place.run(
        f"(trap '' TERM; echo $BASHPID > {shlex.quote(str(tmp_path / 'pid'))}; sleep 600; sleep 600) & echo done"
    )
    assert (output.code, output.stdout) == (0, b"done\n")
    assert is_gone(pid_in(tmp_path / "pid"))


def test_what_a_command_leaves_may_finish_its_work_at_once(place: Place) -> None:
    assert place.run("(sleep 0.1; echo late) & echo early").stdout == b"early\nlate\n"
    assert place.run("echo through > >(sleep 0.1; cat)").stdout == b"through\n"


def test_a_shim_that_is_killed_takes_the_job_with_it(
    place: Place, daemon: DaemonCommand, tmp_path: Path, eventually: Eventually
) -> None:
    pid_file = tmp_path / "pid"
    environ = {**process_environment(), "MLPROJ_RUN_ID": "run1"}
    command = f"{daemon(pid_file)}; echo $$ > {shlex.quote(str(tmp_path / 'main'))}; sleep 600"
    handle = place.submit(command, environ=environ)
    eventually(lambda: pid_in(pid_file) > 0 and pid_in(tmp_path / "main") > 0)
    os.kill(int(handle.describe()["pid"]), signal.SIGKILL)
    with pytest.raises(JobLostError):
        handle.wait(lambda *_: None, poll=lambda: False)
    eventually(lambda: is_gone(pid_in(tmp_path / "main")) and is_gone(pid_in(pid_file)))


def test_terminating_the_shim_ends_the_job(place: Place) -> None:
    handle = place.submit("sleep 600")
    os.kill(int(handle.describe()["pid"]), signal.SIGTERM)
    assert handle.wait(lambda *_: None, poll=lambda: False) == 130


SUPERVISOR = """
import sys
from pathlib import Path
from mlproj.backends.base import Job
from mlproj.backends.local import LocalBackend
from mlproj.config import process_environment
place = Path(sys.argv[1])
job = Job(run_id="r", command=sys.argv[2], cwd=place, environ=process_environment(), directory=place / "job", grace=0.3)
LocalBackend(patience=0.3).submit(job).wait(lambda *_: None, poll=lambda: False)
"""


def test_a_job_does_not_outlive_its_supervisor(daemon: DaemonCommand, tmp_path: Path, eventually: Eventually) -> None:
    pid_file, main = tmp_path / "pid", tmp_path / "main"
    command = f"trap '' INT TERM; {daemon(pid_file, signal.SIGTERM)}; echo $$ > main; while :; do sleep 1; done"
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(tmp_path), command])
    eventually(lambda: pid_in(pid_file) > 0 and pid_in(main) > 0)
    supervisor.kill()
    supervisor.wait()
    eventually(lambda: is_gone(pid_in(pid_file)) and is_gone(pid_in(main)))
    eventually(lambda: find(tmp_path / "job").exit_code == 137 and find(tmp_path / "job").alive is False)


def test_a_forked_process_that_holds_the_lifeline_does_not_keep_the_job(tmp_path: Path, eventually: Eventually) -> None:
    """A notebook forks workers (multiprocessing) that hold copies of all that was open."""
    forking = SUPERVISOR.replace(
        ".wait(lambda", "\nimport os, time\nif not os.fork(): time.sleep(600)\nhandle.wait(lambda"
    )
    forking = forking.replace("LocalBackend(patience", "handle = LocalBackend(patience")
    forking = forking.replace("time.sleep(600)", "(place / 'worker').write_text(str(os.getpid())), time.sleep(600)")
    supervisor = subprocess.Popen([sys.executable, "-c", forking, str(tmp_path), "echo $$ > main; sleep 600"])
    worker, main = tmp_path / "worker", tmp_path / "main"
    eventually(lambda: pid_in(worker) > 0 and pid_in(main) > 0)
    supervisor.kill()
    supervisor.wait()
    try:
        eventually(lambda: is_gone(pid_in(main)))
    finally:
        os.kill(pid_in(worker), signal.SIGKILL)


def test_an_exception_while_following_ends_the_job(place: Place, tmp_path: Path) -> None:
    def fail(stream: str, data: bytes) -> None:
        (tmp_path / "pid").write_bytes(data)
        raise ZeroDivisionError

    handle = place.submit("echo $$; sleep 600")
    with pytest.raises(ZeroDivisionError):
        handle.wait(fail, poll=lambda: False)
    assert is_gone(pid_in(tmp_path / "pid"))


def test_many_jobs_at_once(tmp_path: Path) -> None:
    backend = LocalBackend()
    open_before = len(os.listdir("/dev/fd"))  # noqa: PTH208

    def run(number: int) -> tuple[int, bytes]:
        job = Job(
            run_id=f"r{number}",
            command=f"echo {number}; sleep 0.1; exit {number}",
            cwd=tmp_path,
            environ=process_environment(),
            directory=tmp_path / str(number),
        )
        parts: list[bytes] = []
        code = backend.submit(job).wait(lambda _, data: parts.append(data), poll=lambda: False)
        return code, b"".join(parts)

    with ThreadPoolExecutor(64) as pool:
        results = list(pool.map(run, range(64)))
    assert results == [(number, f"{number}\n".encode()) for number in range(64)]
    assert len(os.listdir("/dev/fd")) == open_before  # noqa: PTH208


def test_the_registry_knows_the_local_backend() -> None:
    assert load_backend("local").name == "local"
    with pytest.raises(UsageError, match=r"no such backend: 'moon' \(known: local\)"):
        load_backend("moon")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
def test_any_text_reaches_a_command_as_argument_and_variable(tmp_path: Path, text: str) -> None:
    parts: list[bytes] = []
    job = Job(
        run_id="r",
        command=f'printf "%s\\0%s" {shlex.quote(text)} "$TEXT"',
        cwd=tmp_path,
        environ={**process_environment(), "TEXT": text},
        directory=tmp_path / "job",
    )
    assert LocalBackend().submit(job).wait(lambda _, data: parts.append(data), poll=lambda: False) == 0
    assert b"".join(parts) == text.encode() + b"\0" + text.encode()


def test_a_forked_process_that_holds_the_lifeline_does_not_stall_the_end(place: Place) -> None:
    os.mkfifo(place.cwd / "fifo")
    handle = place.submit("read x < fifo; exit 5", terminal=True)
    pid = os.fork()
    if pid == 0:
        signal.pause()
        os._exit(0)
    try:
        (place.cwd / "fifo").write_text("go")
        assert handle.wait(lambda *_: None, poll=lambda: False) == 5
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_a_nested_supervisor_gives_its_job_its_own_grace(place: Place, tmp_path: Path) -> None:
    """One interrupt for the inner command, not one from each shim, and no hurry."""
    text = """
import signal, time
count = 0
def note(*_):
    global count
    count += 1
signal.signal(signal.SIGINT, note)
signal.signal(signal.SIGTERM, note)
print("ready", flush=True)
while not count: time.sleep(0.02)
time.sleep(0.4)
open("count", "w").write(str(count))
"""
    inner = SUPERVISOR.replace("grace=0.3", "grace=20").replace("lambda *_: None, poll=lambda: False", "out, poll=poll")
    inner = f"""
import os, signal
stop = []
signal.signal(signal.SIGINT, lambda *_: stop.append(1))
out = lambda _, data: os.write(1, data)
poll = lambda: bool(stop and stop.pop())
{inner}"""
    command = shlex.join([sys.executable, "-c", inner, str(tmp_path), shlex.join([sys.executable, "-c", text])])
    end_when_ready(place.submit(command, grace=20.0))
    assert (tmp_path / "count").read_text() == "1"


def test_the_shim_imports_next_to_nothing() -> None:
    root = str(Path(mlproj.__file__).parent.parent)
    text = f"import sys; sys.path.append({root!r}); import mlproj.backends.shepherd; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-I", "-S", "-c", text], capture_output=True, text=True, check=True)
    heavy = {"typing", "signal", "enum", "pathlib", "subprocess", "collections", "re", "json", "ctypes", "threading"}
    assert heavy & set(found.stdout.split()) == set()


@pytest.mark.parametrize("terminal", [False, True])
def test_too_many_open_files_is_a_clear_error_and_leaks_nothing(place: Place, *, terminal: bool) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = os.open(os.devnull, os.O_RDONLY)
    os.close(highest)
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208
    try:
        for more in range(1, 9):
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest + more, limits[1]))
            try:
                handle = place.submit("true", terminal=terminal)
            except BackendError as error:
                assert "Too many open files" in str(error)  # noqa: PT017 - with more of them it works
            else:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
                handle.wait(lambda *_: None, poll=lambda: False)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208
