"""What the shim does: start the command, write its exit code, and end everything that the command has started.

It runs in a process of its own, so that the rules of ending hold when the supervisor is gone. Its start-up is on
every run's bill: it imports what Python has built in, `_signal` because `signal` takes 5 ms for its enums.
"""

import os
import select
import sys
import time

from mlproj.system import process_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    try:
        import _signal as signal
    except ImportError:
        import signal

TICK = 1.0
KILL_TICK = 0.05
KILL_PATIENCE = 5.0
PR_SET_CHILD_SUBREAPER = 36

END = b"e"
CONTINUE = b"c"
LEAVE = b"l"
"""The supervisor's orders. It leaves without a word when it dies."""


class Spec:
    """What the supervisor asks for: NUL-separated fields behind their length, since none of them can hold a NUL."""

    __slots__ = ("cwd", "environ", "exit_file", "grace", "linger", "patience", "shell", "terminal", "text")

    def __init__(self, content: bytes) -> None:
        grace, patience, linger, terminal, *words = content.split(b"\0")
        self.grace = float(grace)
        self.patience = float(patience)
        self.linger = float(linger)
        self.terminal = terminal == b"1"
        self.exit_file, self.cwd, self.shell, self.text, *variables = words
        self.environ = dict(variable.split(b"=", 1) for variable in variables)


def main(lifeline: int, status: int) -> None:
    """Run one job to its end."""
    for descriptor in (lifeline, status):
        os.set_inheritable(descriptor, False)
    spec = _read_spec(lifeline)
    if spec is None:
        return
    wakeup = _listen_to_signals()
    _adopt_orphans()
    child, problem = _start(spec)
    if problem:
        _tell(status, b"error " + problem.replace(b"\n", b" "))
        return
    _let_go_of_streams()
    _tell(status, b"started %d" % child)
    shepherd = Shepherd(spec, child, lifeline, status, wakeup)
    shepherd.tend()
    if spec.terminal and shepherd.supervisor is not None:
        # With its session's leader a pty loses what was not read from it, so the supervisor lets us go.
        _tell(status, b"over")
        _wait_for_leave(lifeline)


class Shepherd:
    """The tree of one command: `stage` is the next step of ending it, due at `deadline`."""

    def __init__(self, spec: Spec, child: int, lifeline: int, status: int, wakeup: int) -> None:
        self.spec = spec
        self.child = child
        self.lifeline = lifeline
        self.status = status
        self.wakeup = wakeup
        self.supervisor: int | None = os.getppid()
        self.stage: int | None = None
        self.deadline = 0.0
        self.killing_until: float | None = None
        self.stages = ((signal.SIGINT, spec.grace), (signal.SIGTERM, spec.patience), (signal.SIGKILL, KILL_TICK))

    def tend(self) -> None:
        """Return when no process of the tree is left, or when even killing did not end it."""
        poll = select.poll()
        poll.register(self.lifeline, select.POLLIN)
        poll.register(self.wakeup, select.POLLIN)
        while self._reap():
            self._step_if_due()
            if self.killing_until is not None and time.monotonic() > self.killing_until:
                return
            for descriptor, _ in poll.poll(self._patience() * 1000):
                if descriptor == self.wakeup:
                    self._hear_signals()
                elif not self._obey():
                    poll.unregister(self.lifeline)
            if self.supervisor is not None and os.getppid() != self.supervisor:
                self._lose_supervisor()

    def _patience(self) -> float:
        if self.stage is None:
            return TICK
        return min(TICK, max(0.0, self.deadline - time.monotonic()))

    def _obey(self) -> bool:
        """Do what the supervisor says; false if it will say no more."""
        words = os.read(self.lifeline, 64)
        for number in range(len(words)):
            word = words[number : number + 1]
            if word == END:
                self._end_now()
            elif word == CONTINUE:
                process_tree.send(process_tree.descendants(os.getpid()), signal.SIGCONT)
        if words and not words.endswith(LEAVE):
            return True
        self._lose_supervisor()
        return False

    def _hear_signals(self) -> None:
        if set(os.read(self.wakeup, 4096)) & {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}:
            self._end_now()

    def _lose_supervisor(self) -> None:
        self.supervisor = None
        if self.stage is None:
            self._end_now()

    def _end_now(self) -> None:
        """Begin to end the tree, or go on to the next step without waiting."""
        if self.stage is None:
            self.stage = 0
        self.deadline = 0.0

    def _step_if_due(self) -> None:
        if self.stage is None or time.monotonic() < self.deadline:
            return
        number, wait = self.stages[self.stage]
        # A stopped process would keep its signal waiting, so it is continued.
        process_tree.send(self._tree(killing=number == signal.SIGKILL), number, signal.SIGCONT)
        self.deadline = time.monotonic() + wait
        if number == signal.SIGKILL and self.killing_until is None:
            self.killing_until = time.monotonic() + KILL_PATIENCE
        self.stage = min(self.stage + 1, len(self.stages) - 1)

    def _tree(self, *, killing: bool) -> list[int]:
        """Everybody. What is below another shim has a supervisor, which hears of it and gives it a grace of its own."""
        tree = process_tree.descendants(os.getpid(), skip=_is_shim if not killing else lambda _: False)
        return tree if sys.platform == "linux" else [*tree, *process_tree.group_members(self.child)]

    def _reap(self) -> bool:
        """Bury the dead; false if nobody is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                return sys.platform != "linux" and bool(process_tree.group_members(self.child))
            if pid == 0:
                return True
            if pid == self.child:
                self._note_end_of_child(status)

    def _note_end_of_child(self, status: int) -> None:
        if os.WIFSTOPPED(status):
            _tell(self.status, b"stopped")
            return
        code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        _write_exit_code(self.spec.exit_file, code)
        _tell(self.status, b"exit %d" % code)
        if self.stage is None:
            # What the command left running gets a moment to end by itself (`| tee`), then is terminated.
            self.stage = 1
            self.deadline = time.monotonic() + self.spec.linger


def _is_shim(pid: int) -> bool:
    return b"/mlproj/backends/shim.py\0" in process_tree.command_line(pid)


def _read_spec(lifeline: int) -> Spec | None:
    length = _read_exactly(lifeline, 8)
    content = _read_exactly(lifeline, int.from_bytes(length, "big")) if length else None
    return None if content is None else Spec(content)


def _read_exactly(descriptor: int, size: int) -> bytes | None:
    parts = []
    while size:
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _listen_to_signals() -> int:
    """Turn the signals that matter into bytes of a pipe; gives its reading end."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    return reader


def _adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs, so that no double fork escapes. Linux only."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _start(spec: Spec) -> tuple[int, bytes]:
    """Start the command in a process group of its own; gives its pid and what went wrong, if anything."""
    if spec.terminal:
        import fcntl
        import termios

        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _become(spec, writer)
    os.close(writer)
    problem = b""
    while part := os.read(reader, 4096):
        problem += part
    os.close(reader)
    return child, problem


def _become(spec: Spec, writer: int) -> None:
    place = spec.shell
    try:
        os.setpgid(0, 0)
        if spec.terminal:
            os.tcsetpgrp(0, os.getpgrp())
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            if signal.getsignal(number) not in {signal.SIG_DFL, None}:
                signal.signal(number, signal.SIG_DFL)
        place = spec.cwd
        os.chdir(place)
        place = spec.shell
        os.execve(spec.shell, [spec.shell, b"-c", spec.text], spec.environ)  # noqa: S606 - the one shell there is
    except BaseException as error:  # noqa: BLE001 - a forked child: nothing above may see it
        reason = error.strerror if isinstance(error, OSError) else repr(error)
        os.write(writer, b"%s: %s" % (place, str(reason).encode()))
    finally:
        os._exit(127)


def _wait_for_leave(lifeline: int) -> None:
    supervisor = os.getppid()
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    while os.getppid() == supervisor:
        if poll.poll(TICK * 1000) and os.read(lifeline, 64)[-1:] in {LEAVE, b""}:
            return


def _let_go_of_streams() -> None:
    """The end of the command's output is seen only when nobody else holds its streams."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _write_exit_code(path: bytes, code: int) -> None:
    try:
        staging = path + b".new"
        with open(staging, "wb") as file:  # noqa: PTH123
            file.write(b"%d\n" % code)
        os.rename(staging, path)  # noqa: PTH104
    except OSError:
        # The supervisor hears the code through the pipe as well; a full disk must not keep the tree alive.
        return


def _tell(status: int, line: bytes) -> None:
    try:
        os.write(status, line + b"\n")
    except BrokenPipeError:
        return
