"""Other weights and numbers of instances for an endpoint that answers, through boto3 on real processes."""

import time
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.hosting.caller import Host
from tests.emulator.running import processes_of


def change(host: Host, name: str, *variants: dict[str, Any]) -> dict[str, Any]:
    """Update, and describe the endpoint when that is done."""
    answer = host.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=variants
    )
    described = host.settled(name)
    assert answer["EndpointArn"] == described["EndpointArn"]
    return described


def shares(host: Host, name: str, requests: int = 40) -> Counter[str]:
    answers = (host.runtime.invoke_endpoint(EndpointName=name, Body=b"x") for _ in range(requests))
    return Counter(answer["InvokedProductionVariant"] for answer in answers)


def weights(described: dict[str, Any]) -> list[tuple[float, float]]:
    return [(each["CurrentWeight"], each["DesiredWeight"]) for each in described["ProductionVariants"]]


def counts(described: dict[str, Any]) -> list[tuple[int, int]]:
    return [(each["CurrentInstanceCount"], each["DesiredInstanceCount"]) for each in described["ProductionVariants"]]


def two_variants(host: Host, name: str) -> None:
    models = [host.model(f"{name}-a"), host.model(f"{name}-b")]
    host.config(name, *models)
    host.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert weights(host.settled(name)) == [(1, 1), (1, 1)]


def test_requests_follow_the_weights(host: Host) -> None:
    two_variants(host, "weights")
    assert set(shares(host, "weights")) == {"weights-a", "weights-b"}
    described = change(host, "weights", {"VariantName": "weights-a", "DesiredWeight": 0})
    assert described["EndpointStatus"] == "InService"
    assert weights(described) == [(0, 0), (1, 1)]
    assert shares(host, "weights") == {"weights-b": 40}
    change(
        host,
        "weights",
        {"VariantName": "weights-a", "DesiredWeight": 1.5},
        {"VariantName": "weights-b", "DesiredWeight": 0},
    )
    assert shares(host, "weights", 10) == {"weights-a": 10}
    assert (
        host.sagemaker.describe_endpoint_config(EndpointConfigName="weights")["ProductionVariants"][0][
            "InitialVariantWeight"
        ]
        == 1
    )
    host.delete("weights")


def test_instances_come_and_go(host: Host) -> None:
    host.deploy("scaled")
    before = len(processes_of(host.running.state))
    host.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="scaled", DesiredWeightsAndCapacities=[{"VariantName": "scaled", "DesiredInstanceCount": 3}]
    )
    while (described := host.sagemaker.describe_endpoint(EndpointName="scaled"))["EndpointStatus"] == "Updating":
        assert described["ProductionVariants"][0]["DesiredInstanceCount"] == 3
        host.invoke("scaled")
        time.sleep(0.02)
    assert counts(described) == [(3, 3)]
    assert len(processes_of(host.running.state)) == 3 * before
    assert counts(change(host, "scaled", {"VariantName": "scaled", "DesiredInstanceCount": 1})) == [(1, 1)]
    assert len(processes_of(host.running.state)) == before
    host.invoke("scaled")
    host.delete("scaled")
    assert not processes_of(host.running.state)


def test_what_does_not_become_healthy_leaves_all_as_it_was(host: Host) -> None:
    host.model("once", "program-bad_starts_once", Environment={"MARK": str(host.running.state / "started")})
    host.config("once", "once", ContainerStartupHealthCheckTimeoutInSeconds=60)
    host.sagemaker.create_endpoint(EndpointName="once", EndpointConfigName="once")
    assert host.settled("once")["EndpointStatus"] == "InService"
    described = change(host, "once", {"VariantName": "once", "DesiredInstanceCount": 2})
    assert described["EndpointStatus"] == "InService"
    assert described["FailureReason"].startswith("The update of weights and capacities failed: ")
    assert counts(described) == [(1, 1)]
    host.delete("once")


def test_weights_and_instances_survive_a_restart(hosts: Any) -> None:
    host = hosts()
    two_variants(host, "kept")
    change(host, "kept", {"VariantName": "kept-a", "DesiredWeight": 0, "DesiredInstanceCount": 2})
    host.running.kill()
    host.running.start()
    host.connect()
    described = host.settled("kept")
    assert (weights(described)[0], counts(described)[0]) == ((0, 0), (2, 2))
    assert shares(host, "kept", 10) == {"kept-b": 10}


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"VariantName": "other"}, "The endpoint has no variant other: name one of wrong"),
    ({"VariantName": "wrong", "DesiredInstanceCount": 0}, "DesiredInstanceCount of variant wrong is 0"),
    ({"VariantName": "wrong", "DesiredWeight": 0}, "No production variant would have a weight above 0"),
    (
        {"VariantName": "wrong", "ServerlessUpdateConfig": {"MaxConcurrency": 1}},
        "ServerlessUpdateConfig is not supported",
    ),
)


def test_what_is_wrong_is_refused(host: Host) -> None:
    host.deploy("wrong")
    for variant, why in WRONG:
        with pytest.raises(ClientError, match=why):
            change(host, "wrong", variant)
    assert host.sagemaker.describe_endpoint(EndpointName="wrong")["EndpointStatus"] == "InService"
    with pytest.raises(ClientError, match="Could not find endpoint"):
        change(host, "unknown", {"VariantName": "wrong", "DesiredWeight": 1})
    host.delete("wrong")
