"""Waiting for a job that a real server describes; Ctrl-C is a real signal to a real process, on a real terminal."""

import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from driver.aws import resources
from driver.errors import DriverError
from driver.lifecycle import wait
from driver.output import Output

LOCAL_NAME = "reviews"


def described(status, **more):
    return {"TrainingJobName": LOCAL_NAME, "TrainingJobStatus": status, **more}


def test_statuses_come_one_after_another(local, scripted, capsys, monkeypatch):
    monkeypatch.setattr(wait, "LOCAL_PAUSE", 0)
    target = type(local)("us-east-1", True, scripted.url)
    no_log = {"logStreams": []}
    for document in (described("InProgress", SecondaryStatus="Starting"), no_log,
                     described("InProgress", SecondaryStatus="Training"), no_log,
                     described("Completed", SecondaryStatus="Completed"), no_log):  # fmt: skip
        scripted.ok(document)
    description = wait.wait(target, resources.TRAINING, LOCAL_NAME, Output())
    wait.judge(target, resources.TRAINING, LOCAL_NAME, description)
    assert [line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines()] == [
        "training job reviews: InProgress, Starting",
        "training job reviews: InProgress, Training",
        "training job reviews: Completed",
    ]


def test_a_log_that_may_not_be_read_is_no_reason_to_give_up(local, scripted, monkeypatch):
    target = type(local)("us-east-1", True, scripted.url)
    scripted.ok(described("Completed"))
    scripted.error("AccessDeniedException", "no logs for you")
    assert wait.wait(target, resources.TRAINING, LOCAL_NAME, Output(True))["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("description", "code", "sentence"),
    [
        (
            described("Failed", FailureReason="AlgorithmError: a.csv line 1 is wrong:\nmend it, exit code: 1"),
            3,
            "the training job reviews failed: a.csv line 1 is wrong: mend it; its log: ./launch.py logs reviews",
        ),
        (described("Failed"), 3, "failed: no reason is given"),
        (described("Stopped", SecondaryStatus="Stopped"), 4, "the training job reviews was stopped; its log"),
        (described("Stopped", SecondaryStatus="MaxRuntimeExceeded"), 4, r"was stopped \(MaxRuntimeExceeded: a longer"),
    ],
)
def test_how_a_job_can_end(local, description, code, sentence):
    with pytest.raises(DriverError, match=sentence) as error:
        wait.judge(local, resources.TRAINING, LOCAL_NAME, description)
    assert error.value.exit_code == code


def test_an_endpoint_that_fails_stays(local):
    description = {"EndpointStatus": "Failed", "FailureReason": "The container did not answer /ping."}
    with pytest.raises(DriverError) as error:
        wait.judge(local, resources.ENDPOINT, "reviews", description)
    assert str(error.value) == (
        "the endpoint reviews failed: The container did not answer /ping; its log: ./launch.py logs reviews --kind "
        "endpoint; it remains until you delete it: ./launch.py delete reviews"
    )


def test_a_status_that_cannot_be_had_says_that_the_job_goes_on(local, scripted):
    target = type(local)("us-east-1", True, scripted.url)
    scripted.error("ExpiredTokenException", "The token is expired")
    with pytest.raises(DriverError, match=r"correct the access keys; reviews continues without this command$"):
        wait.wait(target, resources.TRAINING, LOCAL_NAME, Output())


def test_counters_of_a_tuning_job_are_its_status():
    description = {"HyperParameterTuningJobStatus": "InProgress",
                   "TrainingJobStatusCounters": {"Completed": 2, "InProgress": 1, "Stopped": 0}}  # fmt: skip
    assert wait.status(resources.TUNING, "t", description) == "tuning job t: InProgress, 2 Completed, 1 InProgress"


@pytest.fixture
def waits(scripted):
    """A process that waits for a job that never ends; `keyboard` is its terminal, or None for a pipe."""
    document = json.dumps(described("InProgress", SecondaryStatus="Training"))
    scripted.answers = [(200, document, {"Content-Type": "application/x-amz-json-1.1"})]
    program = (
        "import sys; from driver.aws import resources; from driver.lifecycle import wait\n"
        "from driver.errors import DriverError\n"
        "from driver.output import Output; from driver.aws.target import local_target\n"
        "wait.logs.tail = lambda *_: None\n"
        "try: wait.wait(local_target(sys.argv[1], None, None, None), resources.TRAINING, 'reviews', Output())\n"
        "except DriverError as error: print(error, file=sys.stderr); sys.exit(error.exit_code)\n"
    )
    started = []

    def start(**streams):
        process = subprocess.Popen([sys.executable, "-c", program, scripted.url], **streams)
        started.append(process)
        deadline = time.monotonic() + 30
        while not scripted.seen and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.2)  # until it is in its pause, not in the middle of the answer
        process.send_signal(signal.SIGINT)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_ctrl_c_without_a_terminal_says_how_to_stop_the_job(waits):
    process = waits(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert error == "reviews continues without this command: `./launch.py stop reviews` stops it\n"


@pytest.mark.parametrize(("answer", "stopped"), [("y", True), ("", False)])
def test_ctrl_c_on_a_terminal_offers_to_stop_the_job(waits, scripted, answer, stopped):
    ours, theirs = pty.openpty()
    process = waits(stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 1000)
    os.write(ours, f"{answer}\n".encode())
    assert process.wait(timeout=30) == 130
    os.close(ours)
    assert ("StopTrainingJob" in [target for _, _, target in scripted.seen]) == stopped
