"""From an exception to a FailureReason."""

import errno
import os

import pytest

from emulator.api.errors import invalid
from emulator.errors import EmulatorError, EndpointError, EngineError
from emulator.resources import failures

PHASE = "Data download failed: "


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (EngineError("the image is missing"), "ClientError: CannotStartContainerError: the image is missing"),
        (EndpointError("it was not healthy"), "AlgorithmError: it was not healthy"),
        (EmulatorError("NoSuchKey: a.csv"), "ClientError: Data download failed: NoSuchKey: a.csv"),
        (invalid("The bucket does not exist"), "ClientError: Data download failed: The bucket does not exist"),
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/disk/a.csv"),
            "InternalServerError: Data download failed: No space left on device: /disk/a.csv",
        ),
        (OSError("the disk is gone"), "InternalServerError: Data download failed: the disk is gone"),
    ],
)
def test_an_error_says_whose_it_is(error: Exception, reason: str) -> None:
    assert failures.explain(error, "training job one", PHASE) == reason


def test_a_fault_of_the_emulator_is_in_its_log(caplog: pytest.LogCaptureFixture) -> None:
    reason = failures.explain(ZeroDivisionError("division by zero"), "training job one", PHASE)
    assert reason == "InternalServerError: the emulator is at fault; its log has the cause"
    assert "training job one\n" in caplog.text
    assert "ZeroDivisionError: division by zero" in caplog.text


def test_a_long_reason_keeps_its_beginning_and_its_end() -> None:
    short = failures.shorten(f"the cause {'x' * 2_000} the last line")
    assert len(short) <= failures.MAX_CHARACTERS
    assert short.startswith("the cause xxx")
    assert short.endswith("xxx the last line")
    assert failures.shorten("x" * failures.MAX_CHARACTERS) == "x" * failures.MAX_CHARACTERS
