from threading import Event

from mlproj.errors import ServerUnreachableError
from mlproj.runner.heartbeat import beating


def test_a_failing_store_stops_neither_the_beat_nor_the_other_actions() -> None:
    second = Event()
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        if len(calls) > 1:
            second.set()
        raise ServerUnreachableError("down")

    others = Event()
    with beating(fail, others.set, interval=0.01):
        assert second.wait(10)
        assert others.wait(10)


def test_nothing_is_called_before_the_first_interval() -> None:
    called = Event()
    with beating(called.set, interval=3600):
        pass
    assert not called.is_set()
