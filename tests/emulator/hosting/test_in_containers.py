"""Endpoints and transform jobs with the Docker engine."""

import subprocess
from collections.abc import Callable

import pytest

from tests.emulator.hosting.caller import Host, callers
from tests.emulator.hosting.test_models import refused
from tests.emulator.running import containers_of
from tests.emulator.transform.test_operations import Transforms

pytestmark = pytest.mark.container


def inspected(container: str, template: str) -> str:
    return subprocess.run(
        ["docker", "inspect", "--format", template, container], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_an_endpoint_from_start_to_end(hosts: Callable[..., Host], throwaway_image: str) -> None:
    host = hosts("docker")
    described = host.deploy("boxed", throwaway_image, Environment={"A": "1"}, ContainerHostname="scorer")
    assert described["EndpointStatus"] == "InService", described
    assert host.invoke("boxed", b"abc", ContentType="text/csv") == b"abc"
    with refused("ModelError", 'Received client error (415) from scorer with message "abc"'):
        host.invoke("boxed", b"abc", ContentType="x/unknown")
    (container,) = containers_of(host.running.state)
    assert inspected(container, "{{.Config.Hostname}}") == "scorer"
    host.delete("boxed")
    assert "drained" in host.log("/aws/sagemaker/Endpoints/boxed", "drained")
    assert not containers_of(host.running.state)


def test_an_isolated_model_is_reached_all_the_same(hosts: Callable[..., Host], throwaway_image: str) -> None:
    host = hosts("docker")
    host.sagemaker.create_model(
        ModelName="alone", PrimaryContainer={"Image": throwaway_image}, EnableNetworkIsolation=True
    )
    host.config("alone", "alone")
    host.sagemaker.create_endpoint(EndpointName="alone", EndpointConfigName="alone")
    assert host.settled("alone")["EndpointStatus"] == "InService"
    assert host.invoke("alone", b"abc") == b"abc"
    (container,) = containers_of(host.running.state)
    (network,) = inspected(container, "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}").split()
    assert (
        subprocess.run(
            ["docker", "network", "inspect", "--format", "{{.Internal}}", network],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        == "true"
    )


def test_an_update_loses_no_request(hosts: Callable[..., Host], throwaway_image: str) -> None:
    host = hosts("docker")
    host.deploy("live", throwaway_image)
    with callers(host, "live") as (answers, errors):
        (before,) = containers_of(host.running.state)
        host.sagemaker.update_endpoint(EndpointName="live", EndpointConfigName="live")
        assert host.settled("live")["EndpointStatus"] == "InService"
        (after,) = containers_of(host.running.state)
    assert before != after
    assert errors == []
    assert set(answers) == {b"abc"}


def test_a_killed_container_is_started_again(hosts: Callable[..., Host], throwaway_image: str) -> None:
    host = hosts("docker")
    host.deploy("mortal", throwaway_image)
    (before,) = containers_of(host.running.state)
    subprocess.run(["docker", "kill", before], check=True, capture_output=True)
    patient = host.running.client("sagemaker-runtime", retries={"total_max_attempts": 10})
    assert patient.invoke_endpoint(EndpointName="mortal", Body=b"abc")["Body"].read() == b"abc"
    (after,) = containers_of(host.running.state)
    assert before != after


def test_after_kill_9_the_old_containers_are_gone_and_new_ones_serve(
    hosts: Callable[..., Host], throwaway_image: str
) -> None:
    host = hosts("docker")
    host.deploy("boxed", throwaway_image)
    (before,) = containers_of(host.running.state)
    host.running.kill()
    host.running.start()
    host.connect()
    assert host.settled("boxed")["EndpointStatus"] == "InService"
    assert host.invoke("boxed", b"abc") == b"abc"
    (after,) = containers_of(host.running.state)
    assert before != after


def test_an_image_that_was_never_built_and_one_that_has_gone(hosts: Callable[..., Host], throwaway_image: str) -> None:
    host = hosts("docker")
    with refused("ValidationException", "The image never-built:dev does not exist here"):
        host.model("never", "never-built:dev")
    subprocess.run(["docker", "tag", throwaway_image, "emulator-test-gone:dev"], check=True)
    host.model("gone", "emulator-test-gone:dev")
    subprocess.run(["docker", "image", "rm", "emulator-test-gone:dev"], check=True, capture_output=True)
    host.config("gone", "gone")
    host.sagemaker.create_endpoint(EndpointName="gone", EndpointConfigName="gone")
    described = host.settled("gone")
    assert described["EndpointStatus"] == "Failed"
    assert "The image emulator-test-gone:dev does not exist here" in described["FailureReason"]
    host.delete("gone")


def test_a_transform_job(hosts: Callable[..., Host], throwaway_image: str) -> None:
    transforms = Transforms(hosts("docker"))
    transforms.host.model("boxed", throwaway_image)
    described = transforms.run("boxed", "boxed", {"a": b"1\n2\n"}, SplitType="Line", BatchStrategy="SingleRecord")
    assert described["TransformJobStatus"] == "Completed", described
    assert transforms.outputs("boxed") == {"a.out": b"1\n2\n"}
    assert not containers_of(transforms.host.running.state)
