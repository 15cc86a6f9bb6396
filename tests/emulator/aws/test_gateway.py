import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from tests.emulator.running import RunningEmulator


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("ec2", "describe_instances"),
        ("dynamodb", "list_tables"),
        ("lambda", "list_functions"),
        ("sns", "list_topics"),
        ("events", "list_rules"),
    ],
)
def test_other_services_are_refused_by_name(server: RunningEmulator, service: str, call: str) -> None:
    sentence = f"The service {service} is not supported by the emulator: there are sagemaker, s3, sts, iam, ecr, logs"
    with pytest.raises(ClientError) as error:
        getattr(server.client(service), call)()
    response = error.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert (response["Error"]["Code"], response["Error"]["Message"]) == ("NotImplemented", sentence)


def test_smaller_services_of_sagemaker_are_refused(server: RunningEmulator) -> None:
    metrics = server.client("sagemaker-metrics")
    datum = {"MetricName": "m", "Timestamp": 1, "Step": 1, "Value": 1.0}
    with pytest.raises(ClientError, match=r"NotImplemented.*PUT /BatchPutMetrics of SageMaker is not supported"):
        metrics.batch_put_metrics(TrialComponentName="t", MetricData=[datum])


def test_services_behind_the_port(server: RunningEmulator) -> None:
    assert server.client("sts").get_caller_identity()["Account"] == "123456789012"
    ecr = server.client("ecr", "eu-west-1")
    made = ecr.create_repository(repositoryName="ours")["repository"]
    assert made["repositoryUri"] == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ours"
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = server.client("iam").create_role(RoleName="ours", AssumeRolePolicyDocument=document)["Role"]
    assert role["Arn"] == "arn:aws:iam::123456789012:role/ours"
    assert server.client("logs").describe_log_groups()["logGroups"] == []


@pytest.mark.parametrize("path", ["/moto-api/reset", "/moto-api/data.json", "/latest/meta-data/iam"])
def test_motos_own_pages_are_not_there(server: RunningEmulator, path: str) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket=f"kept{path.count('a')}")
    method = "POST" if "reset" in path else "GET"
    headers = server.signed("s3", method, path)
    request = urllib.request.Request(server.endpoint_url + path, headers=headers, method=method)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(request)
    assert s3.list_buckets()["Buckets"]


def test_a_body_that_is_too_large(server: RunningEmulator) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="large-body")
    with pytest.raises(ClientError, match="The body has 67,108,986 bytes, more than the limit of 67,108,864"):
        s3.put_object_tagging(
            Bucket="large-body", Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "x" * (64 << 20)}]}
        )


def test_what_fails_inside_is_in_the_log(server: RunningEmulator) -> None:
    """moto breaks on this request; the answer names the line of the log that has the cause."""
    headers = server.signed("s3", "POST", "/broken-bucket?delete", b"<no XML")
    url = f"{server.endpoint_url}/broken-bucket?delete"
    request = urllib.request.Request(url, b"<no XML", headers, method="POST")
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request)
    answer = error.value.read().decode()
    assert error.value.code == 500
    assert "<Code>InternalError</Code>" in answer
    request_id = error.value.headers["x-amz-request-id"]
    assert f"its log has the cause of request {request_id}" in answer
    assert f"s3 failed, request {request_id}" in server.log.read_text()
    assert "Traceback" in server.log.read_text()
