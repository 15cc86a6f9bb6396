"""Training jobs on real processes: what is kept, what is told."""

import json
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.training import train
from emulator.engines import ProcessEngine
from emulator.errors import EmulatorError
from emulator.jobs import containers
from emulator.jobs.containers import STOP_GRACE_SECONDS, AbandonedError, JobControl
from emulator.training.containers import prepare, run
from emulator.training.job import Channel, MetricDefinition, TrainingJob

Engine = Callable[..., ProcessEngine]
LINES = MetricDefinition("train:lines", r"train:lines=(\d+);")


def job(*channels: Channel, **settings: Any) -> TrainingJob:
    return TrainingJob("job", channels, metric_definitions=(LINES,), **settings)


def test_a_job_that_completes(engine: Engine, tmp_path: Path, channel: Path) -> None:
    seen: list[str] = []
    result = train(
        engine("good"), job(Channel("train", channel), hyper_parameters={"suffix": "!"}), tmp_path / "s3", seen.append
    )
    assert (result.training_job_status, result.secondary_status, result.failure_reason) == (
        "Completed",
        "Completed",
        None,
    )
    assert result.exit_code == 0
    assert result.model_artifacts == tmp_path / "s3" / "job" / "output" / "model.tar.gz"
    with tarfile.open(result.model_artifacts) as tar:
        model = tar.extractfile("model.json")
        assert model is not None
        assert json.load(model) == {"lines": 3, "suffix": "!"}
    assert result.output_data == tmp_path / "s3" / "job" / "output" / "output.tar.gz"
    assert seen == ["epoch=1; train:lines=2;", "epoch=2; train:lines=3;"] == result.log.read_text().splitlines()
    assert [metric.value for metric in result.metrics] == [2, 3]
    assert sorted(path.name for path in (tmp_path / "s3" / "job").iterdir()) == ["output", "training.log"]


def test_the_service_names_the_job_to_the_container(engine: Engine, tmp_path: Path, channel: Path) -> None:
    result = train(engine("good"), job(Channel("train", channel), environment={"COLOUR": "red"}), tmp_path / "s3")
    assert result.output_data is not None
    with tarfile.open(result.output_data) as tar:
        file = tar.extractfile("environment.json")
        assert file is not None
        environment = json.load(file)
    assert environment["TRAINING_JOB_NAME"] == "job"
    assert environment["TRAINING_JOB_ARN"].endswith(":training-job/job")
    assert environment["COLOUR"] == "red"


def test_a_failure_without_a_reason_shows_the_exit_code_and_the_last_lines(engine: Engine, tmp_path: Path) -> None:
    result = train(engine("bad_exits_without_reason"), job(), tmp_path / "s3")
    assert (result.training_job_status, result.exit_code) == ("Failed", 3)
    assert result.failure_reason == "AlgorithmError: exit code 3; the container wrote no /opt/ml/output/failure"
    assert "KeyError: 'label'" in result.last_lines
    assert result.model_artifacts is result.output_data is None


def test_a_failure_with_a_reason_leads_with_it_and_fits(engine: Engine, tmp_path: Path) -> None:
    reason = train(engine("bad_writes_a_reason"), job(), tmp_path / "s3").failure_reason
    assert reason is not None
    assert reason.startswith('AlgorithmError: reviews.csv line 17: the label is "maybe"; use neg or pos')
    assert reason.endswith(", exit code 1")
    assert len(reason) == 1024


def test_a_failed_job_keeps_no_model_not_even_an_earlier_one(engine: Engine, tmp_path: Path, channel: Path) -> None:
    first = train(engine("good"), job(Channel("train", channel)), tmp_path / "s3")
    assert first.model_artifacts is not None
    second = train(engine("bad_writes_a_reason"), job(), tmp_path / "s3")
    assert second.model_artifacts is None
    assert not first.model_artifacts.exists()


def test_being_killed_is_named_as_memory(engine: Engine, tmp_path: Path) -> None:
    reason = train(engine("bad_killed"), job(), tmp_path / "s3").failure_reason
    assert reason is not None
    assert "exit code 137: killed by signal 9, most often because the machine ran out of memory" in reason


def test_a_container_may_remove_what_it_was_given(engine: Engine, tmp_path: Path, channel: Path) -> None:
    result = train(engine("bad_changes_its_input"), job(Channel("train", channel)), tmp_path / "s3")
    assert (result.training_job_status, result.output_data) == ("Completed", None)
    assert (channel / "a.csv").exists()


def test_stopping_lets_the_container_save_what_it_has(engine: Engine, tmp_path: Path) -> None:
    stop = threading.Event()
    result = train(engine("obedient"), job(), tmp_path / "s3", on_line=lambda line: stop.set(), stop=stop)
    assert (result.training_job_status, result.secondary_status, result.failure_reason) == ("Stopped", "Stopped", None)
    assert result.model_artifacts is not None
    with tarfile.open(result.model_artifacts) as tar:
        assert tar.getnames() == ["part"]


def test_a_job_over_its_time_is_stopped(engine: Engine, tmp_path: Path) -> None:
    result = train(engine("obedient"), job(max_runtime_in_seconds=0.5), tmp_path / "s3")
    assert (result.training_job_status, result.secondary_status) == ("Stopped", "MaxRuntimeExceeded")


def test_a_long_log_is_kept_whole_and_its_metrics_are_read(engine: Engine, tmp_path: Path) -> None:
    result = train(engine("bad_log_of_100_mb"), job(), tmp_path / "s3")
    assert result.log.stat().st_size > 100_000_000
    assert [metric.value for metric in result.metrics] == [7]
    assert result.last_lines.endswith("\n  epoch=1; train:lines=7;")


def test_a_job_that_cannot_be_laid_out_leaves_nothing_in_the_way(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="does not exist"):
        train(engine("good"), job(Channel("train", tmp_path / "nowhere")), tmp_path / "s3")
    assert not list((tmp_path / "s3" / "job").glob(".work*"))


def test_a_container_that_ignores_sigterm_is_killed(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "STOP_GRACE_SECONDS", 0.5)
    stop = threading.Event()
    result = train(engine("bad_ignores_sigterm"), job(), tmp_path / "s3", on_line=lambda line: stop.set(), stop=stop)
    assert (result.training_job_status, result.failure_reason, result.exit_code) == ("Stopped", None, 137)


def test_abandoning_waits_for_nobody(engine: Engine, tmp_path: Path) -> None:
    control = JobControl()
    control.stop.set()
    hosts = prepare(engine("good"), job(), tmp_path / "work")

    def abandon(line: str) -> None:
        control.abandon.set()

    started = time.monotonic()
    with pytest.raises(AbandonedError):
        run(engine("bad_ignores_sigterm"), job(), hosts, {"algo-1": abandon}, control)
    assert time.monotonic() - started < STOP_GRACE_SECONDS / 4


def test_on_poll_is_called_until_the_end(engine: Engine, tmp_path: Path) -> None:
    calls: list[float] = []
    stop = threading.Event()

    def poll() -> None:
        calls.append(time.monotonic())
        if len(calls) == 3:
            stop.set()

    hosts = prepare(engine("good"), job(), tmp_path / "work")
    ended = run(engine("obedient"), job(), hosts, {"algo-1": print}, JobControl(stop, on_poll=poll))
    assert ended.secondary_status == "Stopped"
    assert len(calls) >= 3


def test_several_hosts_have_an_address_each_and_a_port_together(engine: Engine, tmp_path: Path, channel: Path) -> None:
    result = train(engine("good"), job(Channel("train", channel), instance_count=3), tmp_path / "s3")
    assert result.training_job_status == "Completed"
    assert result.output_data is not None
    with tarfile.open(result.output_data) as tar:
        file = tar.extractfile("environment.json")
        assert file is not None
        environment = json.load(file)
    assert environment["SAGEMAKER_HOST_ADDRESSES"] == "algo-1=127.0.0.2,algo-2=127.0.0.3,algo-3=127.0.0.4"
    assert 10_000 <= int(environment["SAGEMAKER_HOST_PORT"]) < 32_768


def test_network_isolation_needs_containers(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="job needs network isolation, which the process engine cannot provide"):
        train(engine("good"), job(enable_network_isolation=True), tmp_path / "s3")


def test_an_entry_point_of_ones_own_gets_no_argument(engine: Engine, tmp_path: Path) -> None:
    seen: list[str] = []
    train(engine("good"), job(container_entrypoint=("/bin/echo", "in", "/opt/ml")), tmp_path / "s3", seen.append)
    assert seen[0].startswith("in /")
    assert seen[0].endswith("/ml")
