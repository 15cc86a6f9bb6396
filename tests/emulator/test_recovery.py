"""Jobs when the emulator is killed, ended, without disk: none hangs, none is Completed without its model."""

import random
import time
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.emulator.client import Client, filled, start, training_request
from tests.emulator.forked import Forked
from tests.emulator.running import processes_of


def test_a_job_in_the_middle_has_failed_and_its_processes_are_gone(mortal: Client) -> None:
    mortal.train("before", "program-good")
    mortal.sagemaker.create_training_job(**training_request("middle", "program-bad_ignores_sigterm"))
    mortal.until_logged("middle", "deaf")
    assert processes_of(mortal.running.state)
    mortal.running.kill()
    mortal.running.start()
    again = Client(mortal.running)
    assert not processes_of(mortal.running.state)
    job = again.ended("middle")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"] == (
        "InternalServerError: the emulator ended before the job did; start the job again under another name"
    )
    assert job["SecondaryStatusTransitions"][-1]["Status"] == "Failed"
    assert again.log("middle")[0] == "deaf"
    assert again.ended("before")["TrainingJobStatus"] == "Completed"
    assert again.log("before")
    assert again.get("out/before/output/model.tar.gz")
    with pytest.raises(again.sagemaker.exceptions.ResourceInUse):
        again.sagemaker.create_training_job(**training_request("middle", "program-good"))


def test_a_daemon_of_a_killed_emulator_is_gone_when_the_next_one_answers(mortal: Client) -> None:
    """One in a session of its own, without a variable to know it by and elsewhere in the tree of folders."""
    script = (
        "cd /; setsid env -i /bin/sleep 300 & daemon=$!; "
        'until [ "$(cut -d " " -f 6 /proc/$daemon/stat)" = $daemon ]; do sleep 0.01; done; echo daemon $daemon; wait'
    )
    mortal.sagemaker.create_training_job(**training_request("daemon", "program-shell", Environment={"SCRIPT": script}))
    mortal.until_logged("daemon", "daemon")
    daemon = psutil.Process(int(mortal.log("daemon")[0].split()[1]))
    mortal.running.kill()
    mortal.running.start()
    assert not daemon.is_running()


def test_the_emulators_own_end_takes_running_jobs_along(mortal: Client) -> None:
    mortal.sagemaker.create_training_job(**training_request("deaf", "program-bad_ignores_sigterm"))
    mortal.until_logged("deaf", "deaf")
    started = time.monotonic()
    mortal.running.end()
    assert time.monotonic() - started < 60  # not the 120 s that a container may take to stop
    mortal.running.start()
    job = Client(mortal.running).ended("deaf")
    assert job["FailureReason"].startswith("InternalServerError: the emulator ended before the job did")


def test_killed_at_random_moments_nothing_finished_is_lost(mortal: Client) -> None:
    moment = random.Random(4)
    names: list[str] = []
    for turn in range(5):
        client = Client(mortal.running)
        end = time.monotonic() + moment.uniform(0.3, 1.5)
        while time.monotonic() < end:
            name = f"job-{turn}-{len(names)}"
            try:
                client.sagemaker.create_training_job(**training_request(name, "program-good"))
            except (ClientError, BotoCoreError):
                break
            names.append(name)
            time.sleep(0.15)
        completed = {name for name in names if status(client, name) == "Completed"}
        mortal.running.kill()
        mortal.running.start()
        client = Client(mortal.running)
        ended = {name: client.ended(name) for name in names}
        assert all(ended[name]["TrainingJobStatus"] == "Completed" for name in completed)
        for name, job in ended.items():
            if job["TrainingJobStatus"] == "Completed":
                assert client.get(f"out/{name}/output/model.tar.gz")
            else:
                assert job["FailureReason"].startswith("InternalServerError: the emulator ended")
    assert len(names) > 5


def status(client: Client, name: str) -> str:
    found: str = client.sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]
    return found


def test_a_disk_that_is_full(tmp_path: Path, small_disk: tuple[Path, list[str]]) -> None:
    folder, limits = small_disk
    if limits:
        pytest.skip("without the right to mount, each file is limited, and the disk is not")
    running = start(folder / "state", log=tmp_path / "log", limits=limits)
    try:
        client = filled(running)
        fill = ["/bin/sh", "-c", "head -c 15000000 /dev/urandom > /opt/ml/model/large; echo trained"]
        job = client.train("full", "program-good", AlgorithmSpecification__ContainerEntrypoint=fill)
        assert job["TrainingJobStatus"] == "Failed"
        assert job["FailureReason"].startswith("InternalServerError: Artifact upload failed: No space left on device")
        assert client.log("full") == ["trained"]
        assert client.keys("out/full/") == []
        assert client.train("small", "program-good")["TrainingJobStatus"] == "Completed"
    finally:
        running.end()


def test_nothing_of_another_owner_is_touched(mortal: Client, tmp_path: Path) -> None:
    other = start(tmp_path / "other")
    try:
        client = filled(other)
        client.sagemaker.create_training_job(**training_request("other", "program-bad_ignores_sigterm"))
        client.until_logged("other", "deaf")
        mortal.running.kill()
        mortal.running.start()
        assert processes_of(other.state)
        assert status(client, "other") == "InProgress"
    finally:
        other.end()


@pytest.mark.parametrize("lost", ["emptied", "missing", "damaged"])
def test_an_index_that_was_lost_takes_no_object_along(tmp_path: Path, lost: str) -> None:
    running = start(tmp_path / "state")
    filled(running)
    running.end()
    index, objects = running.state / "state.sqlite", running.state / "objects"
    kept, files = index.read_bytes(), sorted(objects.iterdir())
    if lost == "missing":
        index.unlink()
    else:
        index.write_bytes(b"" if lost == "emptied" else b"\xff" * 4096)
    said = tmp_path / "said"
    assert Forked("emulator", running.arguments, said).wait(60) == 1
    assert said.read_text().startswith(f"emulator: {index} is ")
    assert "restore the file from a backup, or remove" in said.read_text()
    assert "Traceback" not in said.read_text()
    assert sorted(objects.iterdir()) == files
    index.write_bytes(kept)
    running.start()
    try:
        assert Client(running).get("in/a.csv") == b"1\n2\n"
    finally:
        running.end()
