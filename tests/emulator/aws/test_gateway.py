import contextlib
import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError
from moto.iam.access_control import IAMPolicy

from emulator.aws import locations
from emulator.aws.gateway import fault_of_moto
from tests.emulator.running import RunningEmulator


@pytest.mark.parametrize(
    ("service", "call", "operation"),
    [
        ("ec2", "describe_instances", "DescribeInstances"),
        ("dynamodb", "list_tables", "ListTables"),
        ("lambda", "list_functions", "ListFunctions"),
        ("sns", "list_topics", "ListTopics"),
        ("events", "list_rules", "ListRules"),
    ],
)
def test_other_services_are_refused_by_name(server: RunningEmulator, service: str, call: str, operation: str) -> None:
    there = "the emulator has sagemaker, s3, cloudwatch, sts, iam, ecr, logs"
    sentence = f"{operation} of the service {service} is not supported by the emulator: {there}"
    with pytest.raises(ClientError) as error:
        getattr(server.client(service), call)()
    response = error.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert (response["Error"]["Code"], response["Error"]["Message"]) == ("NotImplemented", sentence)


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


def test_what_moto_stumbles_over_is_the_requests_fault(server: RunningEmulator) -> None:
    """The answer says what moto could not do; the log has the rest."""
    s3 = server.client("s3")
    s3.create_bucket(Bucket="stumbled")
    s3.put_object(Bucket="stumbled", Key="a")
    with pytest.raises(ClientError, match=r"InvalidRequest.*ListObjectsV2 failed: moto") as error:
        s3.list_objects_v2(Bucket="stumbled", ContinuationToken="none")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "Traceback" in server.log.read_text()


def test_whose_fault() -> None:
    with pytest.raises(TypeError) as of_moto:
        IAMPolicy("[]").is_action_permitted("s3:GetObject")
    with pytest.raises(AttributeError) as of_ours:
        locations.parse(5, "S3Uri")  # type: ignore[arg-type]
    assert (fault_of_moto(of_moto.value), fault_of_moto(of_ours.value)) == (True, False)


def test_a_fault_of_ours_is_in_the_log(servers: Callable[..., RunningEmulator]) -> None:
    """The answer names the line of the log that has the cause."""
    running = servers()
    running.client("s3").create_bucket(Bucket="bucket")
    with contextlib.closing(sqlite3.connect(running.state / "state.sqlite")) as database, database:
        database.execute("DROP TABLE versions")
    with pytest.raises(ClientError) as error:
        running.client("s3").put_object(Bucket="bucket", Key="a")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 507
    assert "no such table: versions" in error.value.response["Error"]["Message"]
    assert f"s3 failed, request {error.value.response['ResponseMetadata']['RequestId']}" in running.log.read_text()
