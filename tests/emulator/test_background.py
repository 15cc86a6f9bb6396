import threading

import pytest

from emulator.background import Background
from emulator.errors import EmulatorError


def test_a_job_runs_and_is_stopped() -> None:
    background = Background()
    running, ended = threading.Event(), threading.Event()

    def run(stop: threading.Event) -> None:
        running.set()
        assert stop.wait(10)
        ended.set()

    background.start("training-job", "a", run)
    assert running.wait(10)
    assert background.running("training-job") == 1
    assert background.running("endpoint") == 0
    assert not background.stop("training-job", "b")
    assert background.stop("training-job", "a")
    assert ended.wait(10)
    background.close()
    assert background.running("training-job") == 0
    assert not background.stop("training-job", "a")


def test_close_ends_all_and_starts_none() -> None:
    background = Background()
    ended = []
    for number in range(5):
        background.start("endpoint", str(number), lambda stop: ended.append(stop.wait(10)))
    background.close()
    assert ended == [True] * 5
    assert background.closing.is_set()
    with pytest.raises(EmulatorError, match="the emulator is shutting down and starts nothing new"):
        background.start("endpoint", "late", lambda stop: None)
    background.close()


def test_what_does_not_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("emulator.background.CLOSE_SECONDS", 0.1)
    background, may_end = Background(), threading.Event()
    background.start("training-job", "deaf", lambda stop: may_end.wait(10) and None)
    background.close()
    may_end.set()
    assert [record.getMessage() for record in caplog.records] == ["training-job deaf has not ended within 0 s"]


def test_a_name_given_again_while_the_first_still_ends() -> None:
    background = Background()
    first_may_end, second_runs = threading.Event(), threading.Event()
    background.start("endpoint", "a", lambda stop: first_may_end.wait(10) and None)

    def second(stop: threading.Event) -> None:
        second_runs.set()
        stop.wait(10)

    background.start("endpoint", "a", second)
    assert second_runs.wait(10)
    first_may_end.set()
    while background.running("endpoint") != 1:
        pass
    assert background.stop("endpoint", "a")
    background.close()
