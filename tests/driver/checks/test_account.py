"""The account's checks against moto, and against a server that refuses."""

import json
from typing import Any

import pytest

from driver import images
from driver.aws.target import Target, aws_target
from driver.checks import account
from driver.checks.check import Check, Status

ROLE = "arn:aws:iam::123456789012:role/Trainer"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 7023, "digest": "sha256:0"},
    "layers": [],
}


@pytest.fixture
def there(moto: str) -> Target:
    return aws_target("eu-west-1", None, ROLE, None, None, moto)


def checks(target: Target) -> dict[str, Check]:
    return {check.name: check for check in account.checks(target)}


def make_role(target: Target, trust: dict[str, Any] = TRUST) -> None:
    target.client("iam").create_role(RoleName="Trainer", AssumeRolePolicyDocument=json.dumps(trust))


def test_an_account_that_is_ready(there: Target) -> None:
    make_role(there)
    there.ensure_bucket()
    ecr = there.client("ecr")
    ecr.create_repository(repositoryName="xgboost-sentiment")
    ecr.put_image(repositoryName="xgboost-sentiment", imageTag="0.1.0", imageManifest=json.dumps(MANIFEST))
    found = checks(there)
    assert {name: check.status for name, check in found.items()} == {
        "region": Status.OK, "identity": Status.OK, "SageMaker": Status.OK, "role": Status.OK, "bucket": Status.OK,
        **{f"ECR {name}": Status.NOTE for name in images.find_own()}, "ECR xgboost-sentiment": Status.OK,
    }  # fmt: skip
    assert found["identity"].found.endswith(", account 123456789012")
    assert found["role"].found == f"{ROLE} trusts sagemaker.amazonaws.com"
    assert found["bucket"].found == "sagemaker-eu-west-1-123456789012 in eu-west-1"
    assert found["ECR headline-mxnet"].found == "not pushed yet: ./build.sh headline-mxnet --push"


def test_a_new_account(there: Target) -> None:
    found = checks(there)
    assert found["bucket"] == Check(
        "bucket", Status.OK, "sagemaker-eu-west-1-123456789012 will be created by the first job"
    )
    assert found["role"].status is Status.MISSING
    assert found["role"].found.startswith("cannot look at the role Trainer: it does not exist")


def test_no_role_is_named(moto: str) -> None:
    found = checks(aws_target("eu-west-1", None, None, None, None, moto))
    assert found["role"].found.startswith("SageMaker needs a role to read your data")


def test_a_role_that_does_not_trust_sagemaker(there: Target) -> None:
    make_role(there, json.loads(json.dumps(TRUST).replace("sagemaker.", "lambda.")))
    assert checks(there)["role"] == Check(
        "role", Status.MISSING,
        f"{ROLE} does not trust sagemaker.amazonaws.com: give it the trust policy in docs/iam",
    )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "Principal": {"Service": ["x", "sagemaker.amazonaws.com"]}, "Action": ["sts:AssumeRole"]},
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "*"},
    ],
)
def test_ways_to_trust(statement: dict[str, Any]) -> None:
    assert account.trusts_sagemaker({"Statement": [statement]})


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:TagSession"},
        {},
    ],
)
def test_ways_not_to_trust(statement: dict[str, Any]) -> None:
    assert not account.trusts_sagemaker({"Statement": statement})


@pytest.mark.parametrize(
    ("bucket", "sentence"),
    [
        ("nobodys-bucket", "the bucket nobodys-bucket does not exist: create it, or leave out --bucket"),
        ("elsewhere", "elsewhere is in us-west-2, and jobs in eu-west-1 need one there: name it with --bucket"),
        ("No Bucket", "is not the name of a bucket"),
    ],
)
def test_a_bucket_that_will_not_do(moto: str, bucket: str, sentence: str) -> None:
    aws_target("us-west-2", None, None, "elsewhere", None, moto).client("s3").create_bucket(
        Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    found = checks(aws_target("eu-west-1", None, ROLE, bucket, None, moto))
    assert found["bucket"].status is Status.MISSING
    assert sentence in found["bucket"].found


def test_a_repository_without_the_version_and_one_of_ocis_kind(there: Target) -> None:
    ecr = there.client("ecr")
    oci = {**MANIFEST, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    for name, tag, manifest in (("headline-mxnet", "0.0.1", MANIFEST), ("xgboost-sentiment", "0.1.0", oci)):
        ecr.create_repository(repositoryName=name)
        ecr.put_image(
            repositoryName=name, imageTag=tag, imageManifest=json.dumps(manifest),
            imageManifestMediaType=manifest["mediaType"],
        )  # fmt: skip
    found = checks(there)
    assert found["ECR headline-mxnet"].found.startswith("no tag 0.1.0 among 1 images: ./build.sh headline-mxnet --push")
    assert found["ECR xgboost-sentiment"].status is Status.MISSING
    assert "SageMaker refuses the manifest of 0.1.0, which has an OCI type" in found["ECR xgboost-sentiment"].found


def test_an_unknown_region(moto: str) -> None:
    for region in ("eu-west-9", "mars-north-1"):
        found = next(account.checks(aws_target(region, None, ROLE, None, None, moto)))
        assert (found.name, found.status) == ("region", Status.NOTE)
        assert found.found.startswith(f"boto3 does not know SageMaker in {region}: check the name")


def refuse(scripted, code: str, message: str) -> None:
    """As STS and IAM do it, in XML."""
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    scripted.answers.append((403, body, {"Content-Type": "text/xml"}))


def test_credentials_that_aws_does_not_take_are_said_once(scripted, amazon: Target) -> None:
    refuse(scripted, "ExpiredToken", "The security token included in the request is expired")
    found = checks(amazon)
    assert list(found) == ["region", "identity"]
    assert "AWS rejected the credentials" in found["identity"].found


def test_a_role_that_one_may_not_look_at(scripted, amazon: Target) -> None:
    refuse(scripted, "AccessDenied", "no")
    found = account._role(amazon)
    assert found.status is Status.NOTE
    assert "cannot be checked: you lack iam:GetRole" in found.found
