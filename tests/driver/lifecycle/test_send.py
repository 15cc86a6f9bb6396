import json

import pytest

from driver.errors import DriverError
from driver.lifecycle import send
from driver.output import Output
from driver.requests import hosting
from driver.requests.hosting import Configuration, Model
from driver.requests.request import Request
from tests.driver.conftest import ROLE


@pytest.mark.parametrize(
    ("operation", "parameters", "aim"),
    [
        ("CreateTrainingJob", {"TrainingJobName": "a"}, "create the training job a"),
        ("CreateHyperParameterTuningJob", {"HyperParameterTuningJobName": "a"}, "create the tuning job a"),
        ("CreateEndpointConfig", {"EndpointConfigName": "a"}, "create the endpoint configuration a"),
        ("DeleteEndpoint", {"EndpointName": "a"}, "delete the endpoint a"),
    ],
)
def test_what_a_request_is_for(operation, parameters, aim):
    assert send.aim(Request("sagemaker", operation, parameters)) == aim


def test_what_was_made_for_an_endpoint_that_aws_refuses_is_deleted_again(amazon, scripted):
    scripted.ok({"ModelArn": "arn"})
    scripted.ok({"EndpointConfigArn": "arn"})
    scripted.error("ResourceLimitExceeded", "The limit is 0 Instances")
    scripted.ok()
    model = Model(name="m", image="i", model_data="s3://a-bucket/m", role=ROLE)
    requests = [
        hosting.create_model(model),
        hosting.create_endpoint_config(Configuration(name="c", model="m", instance_type="ml.m5.large")),
        hosting.create_endpoint("e", "c", {}),
    ]
    with pytest.raises(DriverError, match=r"cannot create the endpoint e: The limit is 0 Instances; use another"):
        send.send(amazon, requests, print)
    assert [target for _, _, target in scripted.seen] == [
        "CreateModel", "CreateEndpointConfig", "CreateEndpoint", "DeleteEndpointConfig", "DeleteModel",
    ]  # fmt: skip


def test_files_of_a_job_that_aws_refuses_are_deleted_again(amazon, scripted, tmp_path):
    (tmp_path / "a.csv").write_text("1,a\n")
    put = Request("s3", "PutObject", {"Bucket": "a-bucket", "Key": "k/a.csv"}, tmp_path / "a.csv")
    create = hosting.create_endpoint("e", "c", {})
    scripted.answers.append((200, "", {"ETag": '"1"'}))
    scripted.error("ResourceLimitExceeded", "The limit is 0 Instances")
    scripted.answers.append((204, "", {}))
    with pytest.raises(DriverError, match="The limit is 0 Instances"):
        send.send(amazon, [put, create], print)
    assert [(method, path.partition("?")[0]) for method, path, _ in scripted.seen] == [
        ("PUT", "/a-bucket/k/a.csv"), ("POST", "/"), ("DELETE", "/a-bucket/k/a.csv"),
    ]  # fmt: skip


def test_a_dry_run_shows_operation_parameters_and_file(capsys, tmp_path):
    assert send.show([Request("s3", "PutObject", {"Bucket": "b"}, tmp_path)], Output(True)) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"service": "s3", "operation": "PutObject", "parameters": {"Bucket": "b"}, "file": str(tmp_path)}
    ]
