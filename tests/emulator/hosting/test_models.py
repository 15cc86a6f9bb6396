"""CreateModel and its kin, through boto3."""

import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.hosting.caller import BUCKET, ROLE, Host

ECHO = {"Image": "program-echo"}


def refused(code: str, message: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\).*{re.escape(message)}")


def test_a_model_is_made_described_listed_and_deleted(host: Host, model: Path) -> None:
    host.model("whole", "program-good", model, Environment={"A": "1"}, ContainerHostname="scorer")
    described = host.sagemaker.describe_model(ModelName="whole")
    assert described["ModelArn"] == "arn:aws:sagemaker:us-east-1:123456789012:model/whole"
    assert described["PrimaryContainer"] == {
        "Image": "program-good",
        "ModelDataUrl": f"s3://{BUCKET}/whole/model.tar.gz",
        "Environment": {"A": "1"},
        "ContainerHostname": "scorer",
        "Mode": "SingleModel",
    }
    assert (described["ExecutionRoleArn"], described["EnableNetworkIsolation"]) == (ROLE, False)
    assert [each["ModelName"] for each in host.sagemaker.list_models(NameContains="whole")["Models"]] == ["whole"]
    host.sagemaker.delete_model(ModelName="whole")
    with refused("ValidationException", 'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/whole".'):
        host.sagemaker.describe_model(ModelName="whole")
    with refused("ValidationException", "Could not find model"):
        host.sagemaker.delete_model(ModelName="whole")


def test_one_entry_of_containers_is_a_model_too_and_tags_are_kept(host: Host) -> None:
    tags = [{"Key": "team", "Value": "text"}]
    made = host.sagemaker.create_model(ModelName="listed", Containers=[ECHO], Tags=tags)
    assert host.sagemaker.describe_model(ModelName="listed")["Containers"] == [{**ECHO, "Mode": "SingleModel"}]
    assert host.sagemaker.list_tags(ResourceArn=made["ModelArn"])["Tags"] == tags


def test_a_name_that_is_taken_or_malformed(host: Host) -> None:
    host.model("taken")
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model/taken"
    with refused("ValidationException", f'Cannot create already existing model "{arn}".'):
        host.model("taken")
    with refused("ValidationException", "Value 'under_score' at 'modelName' failed to satisfy constraint"):
        host.model("under_score")


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ({"Image": "nobody/has-this:1"}, "The image nobody/has-this:1 does not exist here"),
        ({}, "The container has no Image"),
        ({**ECHO, "ModelDataUrl": "s3://no-such-bucket/model.tar.gz"}, "Could not find model data at s3://no-such"),
        (
            {**ECHO, "ModelDataUrl": f"s3://{BUCKET}/missing/model.tar.gz"},
            f"Could not find model data at s3://{BUCKET}",
        ),
        ({**ECHO, "ModelDataUrl": f"s3://{BUCKET}/model.zip"}, "must name a .tar.gz archive"),
        ({**ECHO, "ModelDataUrl": "https://bucket/model.tar.gz"}, "give an s3:// URI"),
        ({**ECHO, "Environment": {f"V{n}": "x" * 1024 for n in range(40)}}, "more than the limit of 32,768"),
        ({**ECHO, "Mode": "MultiModel"}, "Mode MultiModel is not supported by the emulator"),
        ({"ModelPackageName": "mine"}, "PrimaryContainer.ModelPackageName is not supported by the emulator"),
        ({**ECHO, "ImageConfig": {"RepositoryAccessMode": "Vpc"}}, "PrimaryContainer.ImageConfig"),
        ({**ECHO, "InferenceSpecificationName": "x"}, "PrimaryContainer.InferenceSpecificationName"),
        ({**ECHO, "MultiModelConfig": {"ModelCacheSetting": "Enabled"}}, "PrimaryContainer.MultiModelConfig"),
    ],
)
def test_a_container_that_cannot_be(host: Host, container: dict[str, Any], message: str) -> None:
    with refused("ValidationException", message):
        host.sagemaker.create_model(ModelName="wrong", PrimaryContainer=container)
    assert not host.sagemaker.list_models(NameContains="wrong")["Models"]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "A model needs a container"),
        ({"Containers": [ECHO, ECHO]}, "An inference pipeline"),
        ({"PrimaryContainer": ECHO, "Containers": [ECHO]}, "An inference pipeline"),
        ({"PrimaryContainer": ECHO, "EnableNetworkIsolation": True}, "EnableNetworkIsolation with the process engine"),
        ({"PrimaryContainer": ECHO, "InferenceExecutionConfig": {"Mode": "Direct"}}, "InferenceExecutionConfig"),
    ],
)
def test_a_model_that_cannot_be(host: Host, request_: dict[str, Any], message: str) -> None:
    with refused("ValidationException", message):
        host.sagemaker.create_model(ModelName="wrong", **request_)


@pytest.mark.parametrize(
    ("source", "files"),
    [
        ({"S3DataType": "S3Prefix", "CompressionType": "None", "S3Uri": f"s3://{BUCKET}/plain/"}, None),
        ({"S3DataType": "S3Object", "CompressionType": "None", "S3Uri": f"s3://{BUCKET}/plain/model.json"}, None),
        ({"S3DataType": "S3Object", "CompressionType": "Gzip", "S3Uri": f"s3://{BUCKET}/packed"}, "packed"),
    ],
    ids=["prefix", "object", "archive"],
)
def test_model_data_may_be_plain_files(host: Host, model: Path, source: dict[str, str], files: str | None) -> None:
    host.s3.create_bucket(Bucket=BUCKET)
    host.s3.put_object(Bucket=BUCKET, Key="plain/model.json", Body=b'{"suffix": "?"}')
    host.s3.put_object(Bucket=BUCKET, Key="plain/more/readme", Body=b"")
    host.s3.upload_file(str(model), BUCKET, "packed")
    name = f"source-{source['S3DataType'].lower()}-{source['CompressionType'].lower()}"
    described = host.deploy(name, "program-good", ModelDataSource={"S3DataSource": source})
    assert described["EndpointStatus"] == "InService", described
    assert host.invoke(name, b"a") == (b"A!\n" if files else b"A?\n")
    host.delete(name)


def test_a_prefix_must_end_with_a_slash(host: Host) -> None:
    source = {"S3DataType": "S3Prefix", "CompressionType": "None", "S3Uri": f"s3://{BUCKET}/plain"}
    with refused("ValidationException", "an S3Uri that ends with a slash"):
        host.model("wrong", ModelDataSource={"S3DataSource": source})
