import json

import pytest

from driver import cli

INSTANCE = {"VariantName": "AllTraffic", "ModelName": "first", "InstanceType": "ml.c5.large", "InitialInstanceCount": 2}
NEW = "second"


@pytest.fixture
def update(scripted, capsys):
    """`update(*flags)`: (exit code, standard output, standard error), of an endpoint that is InService."""
    scripted.ok({"EndpointName": "reviews", "EndpointStatus": "InService", "EndpointConfigName": "first"})
    scripted.ok({"EndpointConfigName": "first", "ProductionVariants": [INSTANCE]})

    def run(*flags):
        code = cli.main(["update", "reviews", "--version", NEW, *flags, "--endpoint-url", scripted.url])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def operations(scripted):
    return [target for _, _, target in scripted.seen]


def ends(scripted, **description):
    for _ in range(2):
        scripted.ok({"EndpointConfigArn": "arn"})
    scripted.ok({"EndpointName": "reviews", "EndpointStatus": "Updating", "EndpointConfigName": "first"})
    scripted.ok({"EndpointName": "reviews", "EndpointStatus": "InService", **description})


def test_other_machines_and_the_same_model(update, scripted):
    ends(scripted, EndpointConfigName=NEW)
    code, out, err = update("--instance-count", "3")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "endpoint reviews now has version second"
    assert operations(scripted) == [
        "DescribeEndpoint", "DescribeEndpointConfig", "CreateEndpointConfig", "UpdateEndpoint", "DescribeEndpoint",
        "DescribeEndpoint",
    ]  # fmt: skip


def test_another_model(update, scripted):
    job = {"TrainingJobStatus": "Completed", "ModelArtifacts": {"S3ModelArtifacts": "s3://a-bucket/m"},
           "AlgorithmSpecification": {"TrainingImage": "xgboost-sentiment:dev"}}  # fmt: skip
    scripted.ok(job)
    scripted.error("ValidationException", "Requested resource not found.")  # no tuning job
    scripted.ok({"ModelArn": "arn"})
    ends(scripted, EndpointConfigName=NEW)
    assert update("better")[0] == 0
    assert operations(scripted)[4:7] == ["CreateModel", "CreateEndpointConfig", "UpdateEndpoint"]


def test_a_version_that_does_not_become_healthy_leaves_the_old_one(update, scripted):
    ends(scripted, EndpointConfigName="first", FailureReason="The container did not answer /ping")
    code, _, err = update("--instance-count", "3")
    assert code == 3
    assert err == (
        "launch.py: the endpoint reviews could not be updated and keeps its old version: The container did not "
        "answer /ping; its log: ./launch.py logs reviews --kind endpoint\n"
    )


def test_it_need_not_wait(update, scripted):
    ends(scripted)
    code, out, _ = update("--instance-count", "3", "--no-wait", "--json")
    assert (code, json.loads(out)["EndpointName"]) == (0, "reviews")


def test_an_endpoint_that_is_not_in_service(update, scripted):
    scripted.answers.clear()
    scripted.ok({"EndpointName": "reviews", "EndpointStatus": "Creating", "EndpointConfigName": "first"})
    assert (
        update()[2]
        == "launch.py: the endpoint reviews is Creating: only an endpoint that is InService can be updated\n"
    )
