"""Endpoints on real processes, through boto3 and over HTTP."""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError

from emulator.hosting import deploy
from emulator.serving.container import ServingContainer
from tests.emulator.hosting.caller import Host, callers
from tests.emulator.hosting.test_models import refused
from tests.emulator.running import processes_of
from tests.waiting import until

ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint"
LOGS = "/aws/sagemaker/Endpoints"


def refusal(host: Host, endpoint: str) -> str:
    """Why an endpoint does not answer."""
    with pytest.raises(ClientError) as caught:
        host.invoke(endpoint)
    return str(caught.value)


def answering(host: Host, name: str, answer: str, image: str = "program-slow_start") -> str:
    """A model that needs a second to start, and a configuration of the same name."""
    host.model(name, image, Environment={"ANSWER": answer})
    return host.config(name, name)


def test_from_archive_to_answer_and_away_again(host: Host, model: Path) -> None:
    described = host.deploy("first", "program-good", model)
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointArn"] == f"{ARN}/first"
    assert described["EndpointConfigName"] == "first"
    assert described["LastModifiedTime"] > described["CreationTime"]
    assert "FailureReason" not in described
    (variant,) = described["ProductionVariants"]
    assert variant["DeployedImages"][0]["SpecifiedImage"] == "program-good"
    del variant["DeployedImages"]
    assert variant == {
        "VariantName": "first",
        "CurrentWeight": 1.0,
        "DesiredWeight": 1.0,
        "CurrentInstanceCount": 1,
        "DesiredInstanceCount": 1,
    }
    assert host.invoke("first", b"one\n", ContentType="text/csv") == b"ONE!\n"
    assert [each["EndpointName"] for each in host.sagemaker.list_endpoints(StatusEquals="InService")["Endpoints"]] == [
        "first"
    ]
    host.delete("first")
    with refused("ValidationException", f'Could not find endpoint "{ARN}/first".'):
        host.sagemaker.describe_endpoint(EndpointName="first")
    assert not processes_of(host.running.state)


def test_what_the_container_prints_is_in_the_log(host: Host) -> None:
    host.deploy("printing")
    host.invoke("printing", b"abc")
    assert "3 bytes" in host.log(f"{LOGS}/printing", "3 bytes")
    (stream,) = host.logs.describe_log_streams(logGroupName=f"{LOGS}/printing")["logStreams"]
    assert stream["logStreamName"].startswith("printing/i-")
    host.delete("printing")


def test_names(host: Host) -> None:
    host.deploy("taken")
    with refused("ValidationException", f'Cannot create already existing endpoint "{ARN}/taken".'):
        host.sagemaker.create_endpoint(EndpointName="taken", EndpointConfigName="taken")
    with refused("ValidationException", "at 'endpointName' failed to satisfy constraint"):
        host.sagemaker.create_endpoint(EndpointName="a_b", EndpointConfigName="taken")
    with refused("ValidationException", "Could not find endpoint configuration"):
        host.sagemaker.create_endpoint(EndpointName="other", EndpointConfigName="nobody")
    with refused("ValidationException", "Could not find endpoint configuration"):
        host.sagemaker.update_endpoint(EndpointName="taken", EndpointConfigName="nobody")
    for call in (host.sagemaker.delete_endpoint, host.sagemaker.describe_endpoint):
        with refused("ValidationException", f'Could not find endpoint "{ARN}/nobody".'):
            call(EndpointName="nobody")
    host.delete("taken")
    host.sagemaker.create_endpoint(EndpointName="taken", EndpointConfigName="taken")
    assert host.settled("taken")["EndpointStatus"] == "InService"
    host.delete("taken")


@pytest.mark.parametrize(
    "member",
    [
        {"RetainAllVariantProperties": True},
        {"RetainDeploymentConfig": True},
        {"DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}}},
    ],
    ids=lambda member: next(iter(member)),
)
def test_what_an_update_cannot_do_is_refused_by_name(host: Host, member: dict[str, object]) -> None:
    with refused("ValidationException", f"{next(iter(member))} is not supported by the emulator"):
        host.sagemaker.update_endpoint(EndpointName="x", EndpointConfigName="y", **member)


def test_a_container_that_dies_at_start_fails_the_endpoint_with_its_last_lines(host: Host) -> None:
    described = host.deploy("dying", "program-bad_dies_at_start")
    assert described["EndpointStatus"] == "Failed"
    reason = described["FailureReason"]
    assert reason.startswith(
        "The primary container for production variant dying did not pass the ping health check: "
        "the container of dying ended with exit code 4\n/ping since it started:\n"
    )
    assert reason.endswith("loading the model\n  OSError: model.json is missing")
    assert "OSError: model.json is missing" in host.log(f"{LOGS}/dying", "OSError")
    with refused("ValidationException", "Cannot update failed endpoint"):
        host.sagemaker.update_endpoint(EndpointName="dying", EndpointConfigName="dying")
    with refused("ValidationError", "Endpoint dying of account 123456789012 is not in service: it is Failed."):
        host.invoke("dying")
    host.delete("dying")


def test_model_data_that_have_gone_or_are_no_archive(host: Host, model: Path, tmp_path: Path) -> None:
    host.model("gone", "program-good", model)
    host.config("gone", "gone")
    host.s3.delete_object(Bucket="hosting", Key="gone/model.tar.gz")
    host.sagemaker.create_endpoint(EndpointName="gone", EndpointConfigName="gone")
    reason = host.settled("gone")["FailureReason"]
    assert "Failed to download model data from s3://hosting/gone/model.tar.gz: the object does not exist" in reason
    (tmp_path / "text").write_text("no archive")
    described = host.deploy("text", "program-good", tmp_path / "text")
    assert "is not a whole tar.gz archive" in described["FailureReason"]
    for name in ("gone", "text"):
        host.delete(name)


def test_a_long_reason_keeps_its_beginning_and_its_end(host: Host) -> None:
    described = host.deploy("wordy", "program-bad_wordy_at_start")
    assert 1000 < len(described["FailureReason"]) <= 1024
    assert described["FailureReason"].startswith("The primary container for production variant wordy did not pass")
    assert described["FailureReason"].endswith("the cause")
    host.delete("wordy")


def test_while_it_is_created_it_cannot_be_used(hosts: Callable[..., Host]) -> None:
    host = hosts()
    host.model("loading", "program-bad_never_ready")
    host.config("loading", "loading")
    host.sagemaker.create_endpoint(EndpointName="loading", EndpointConfigName="loading")
    assert host.sagemaker.describe_endpoint(EndpointName="loading")["EndpointStatus"] == "Creating"
    with refused("ValidationError", "Endpoint loading of account 123456789012 is not in service: it is Creating."):
        host.invoke("loading")
    for call in (
        lambda: host.sagemaker.delete_endpoint(EndpointName="loading"),
        lambda: host.sagemaker.update_endpoint(EndpointName="loading", EndpointConfigName="loading"),
    ):
        with refused("ValidationException", f'Cannot update in-progress endpoint "{ARN}/loading".'):
            call()


@pytest.mark.parametrize("program", ["bad_never_ready", "bad_never_answers_ping"])
def test_one_that_is_never_healthy_fails_after_its_time(
    within: Host, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(deploy, "START_LIMIT_SECONDS", 0.5)
    described = within.deploy("never", f"program-{program}")
    assert described["EndpointStatus"] == "Failed"
    assert "was not healthy within 0 s\n/ping since it started:" in described["FailureReason"]
    within.delete("never")


def test_the_time_for_the_first_healthy_answer_can_be_set(within: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy, "START_LIMIT_SECONDS", 0.1)
    answering(within, "slow", "at last")
    within.sagemaker.create_endpoint(EndpointName="slow", EndpointConfigName="slow")
    assert within.settled("slow")["EndpointStatus"] == "Failed"
    within.config("patient", "slow", ContainerStartupHealthCheckTimeoutInSeconds=60)
    within.sagemaker.create_endpoint(EndpointName="patient", EndpointConfigName="patient")
    assert within.settled("patient")["EndpointStatus"] == "InService"
    within.delete("patient")


def test_a_container_that_ignores_sigterm_is_killed(within: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServingContainer, "stop_grace_seconds", 0.5)
    within.deploy("deaf", "program-bad_ignores_sigterm")
    process = int(within.invoke("deaf"))
    within.delete("deaf")
    assert not psutil.pid_exists(process)


def test_an_update_loses_no_request(host: Host) -> None:
    answering(host, "old", "old")
    host.sagemaker.create_endpoint(EndpointName="live", EndpointConfigName="old")
    host.settled("live")
    with callers(host, "live") as (answers, errors):
        for version in ("newer", "newest"):
            host.sagemaker.update_endpoint(EndpointName="live", EndpointConfigName=answering(host, version, version))
            described = host.sagemaker.describe_endpoint(EndpointName="live")
            assert described["EndpointStatus"] == "Updating"
            assert described["PendingDeploymentSummary"]["EndpointConfigName"] == version
            described = host.settled("live")
            assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", version)
            assert "PendingDeploymentSummary" not in described
            assert host.invoke("live") == version.encode()
    assert errors == []
    assert set(answers) == {b"old", b"newer", b"newest"}
    host.delete("live")


def test_an_update_that_fails_leaves_the_old_version(host: Host) -> None:
    host.deploy("kept")
    host.model("broken", "program-bad_dies_at_start")
    host.config("broken", "broken")
    host.sagemaker.update_endpoint(EndpointName="kept", EndpointConfigName="broken")
    with refused("ValidationException", f'Cannot update in-progress endpoint "{ARN}/kept".'):
        host.sagemaker.update_endpoint(EndpointName="kept", EndpointConfigName="broken")
    described = host.settled("kept")
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "kept")
    assert described["FailureReason"].startswith("The update to broken failed: The primary container")
    assert "OSError: model.json is missing" in described["FailureReason"]
    assert host.invoke("kept", b"still here") == b"still here"
    host.delete("kept")


def test_weights_share_the_requests_and_a_target_overrides_them(host: Host) -> None:
    for name in ("left", "right", "never"):
        host.model(name, "program-slow_start", Environment={"ANSWER": name})
    variants = [
        {"VariantName": name, "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1,
         "InitialVariantWeight": weight}
        for name, weight in (("left", 3.0), ("right", 1.0), ("never", 0.0))
    ]  # fmt: skip
    host.sagemaker.create_endpoint_config(EndpointConfigName="shares", ProductionVariants=variants)
    host.sagemaker.create_endpoint(EndpointName="shares", EndpointConfigName="shares")
    assert host.settled("shares")["EndpointStatus"] == "InService"
    seen = Counter(host.invoke("shares") for _ in range(200))
    assert seen[b"never"] == 0
    assert seen[b"left"] > seen[b"right"] > 10  # three quarters and one: the chance of less is below 1e-9
    answer = host.runtime.invoke_endpoint(EndpointName="shares", Body=b"", TargetVariant="never")
    assert (answer["Body"].read(), answer["InvokedProductionVariant"]) == (b"never", "never")
    with refused("ValidationError", "Variant nobody not found for endpoint shares."):
        host.invoke("shares", TargetVariant="nobody")
    host.delete("shares")


def test_several_instances_work_at_the_same_time(host: Host) -> None:
    host.model("pair")
    host.config("pair", "pair", InitialInstanceCount=2)
    host.sagemaker.create_endpoint(EndpointName="pair", EndpointConfigName="pair")
    assert host.settled("pair")["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    assert (
        len([line for line in processes_of(host.running.state) if "echo/serve" in line and "supervisor" not in line])
        == 2
    )
    threads = [threading.Thread(target=host.invoke, args=("pair", b"late")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(  # fails if one instance got both requests
        lambda: host.streams(f"{LOGS}/pair"),
        lambda streams: all(any("4 bytes" in line for line in lines) for lines in streams),
    )
    host.delete("pair")


def test_a_crashed_container_is_started_again(host: Host) -> None:
    host.deploy("crashing", "program-bad_dies_at_first_request")
    for _ in range(2):
        # It is there again, and dies over the request.
        until(lambda: refusal(host, "crashing"), lambda text: "Received server error (0) from primary" in text)
        with refused("ServiceUnavailable", "The container of variant crashing ended and is being restarted"):
            host.invoke("crashing")
        assert host.sagemaker.describe_endpoint(EndpointName="crashing")["EndpointStatus"] == "InService"
    host.delete("crashing")


def test_a_container_that_cannot_come_back_is_told_to_every_caller(host: Host, tmp_path: Path) -> None:
    host.deploy("hopeless", "program-bad_starts_once", Environment={"MARK": str(tmp_path / "mark")})
    with refused("ModelError", "the container ended with exit code 1"):
        host.invoke("hopeless")
    said = until(lambda: refusal(host, "hopeless"), lambda text: "the model is broken" in text)
    assert "(ServiceUnavailable)" in said
    host.delete("hopeless")
    assert not processes_of(host.running.state)


def test_endpoints_come_up_again_after_kill_9(hosts: Callable[..., Host], model: Path) -> None:
    host = hosts()
    host.deploy("served", "program-good", model)
    host.deploy("failed", "program-bad_dies_at_start")
    answering(host, "slow", "slow")
    host.sagemaker.create_endpoint(EndpointName="creating", EndpointConfigName="slow")
    host.sagemaker.delete_endpoint_config(EndpointConfigName="served")
    host.sagemaker.delete_model(ModelName="served")
    host.running.kill()
    host.running.start()
    host.connect()
    assert host.sagemaker.describe_endpoint(EndpointName="served")["EndpointStatus"] in ("SystemUpdating", "InService")
    assert host.settled("served")["EndpointStatus"] == "InService"
    assert host.invoke("served", b"a") == b"A!\n"
    assert host.settled("creating")["EndpointStatus"] == "InService"
    assert host.sagemaker.describe_endpoint(EndpointName="failed")["EndpointStatus"] == "Failed"
    serving = [
        line for line in processes_of(host.running.state) if line.endswith("/serve") and "supervisor" not in line
    ]
    assert len(serving) == 2, serving


def test_an_update_caught_by_kill_9_is_reported(hosts: Callable[..., Host]) -> None:
    host = hosts()
    host.deploy("served")
    host.model("loading", "program-bad_never_ready")
    host.config("loading", "loading")
    host.sagemaker.update_endpoint(EndpointName="served", EndpointConfigName="loading")
    host.running.kill()
    host.running.start()
    host.connect()
    described = host.settled("served")
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "served")
    assert (
        described["FailureReason"]
        == "the emulator ended during the update to loading: the previous configuration is in service"
    )
    assert host.invoke("served", b"a") == b"a"


def test_a_deletion_caught_by_kill_9_is_finished(hosts: Callable[..., Host]) -> None:
    host = hosts()
    host.deploy("deaf", "program-bad_ignores_sigterm")
    host.sagemaker.delete_endpoint(EndpointName="deaf")
    host.running.kill()
    host.running.start()
    host.connect()
    assert host.sagemaker.list_endpoints()["Endpoints"] == []
