import boto3
import pytest

from driver.aws.target import aws_target, local_target
from driver.errors import DriverError

ROLE = "arn:aws:iam::210987654321:role/Trainer"


def test_the_emulator_gets_credentials_that_open_nothing_and_settings_are_not_read(moto, monkeypatch, tmp_path):
    config = tmp_path / "config"
    config.write_text("this is no configuration file")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    target = local_target(moto, None, None, None)
    client = target.client("s3")
    assert client._get_credentials().access_key == "local"
    assert client.list_buckets()["Buckets"] == []
    assert target.account == "123456789012"
    assert target.bucket == "sagemaker-us-east-1-123456789012"
    assert target.role == "arn:aws:iam::123456789012:role/emulator"
    assert target.flags == ""


def test_aws_is_not_the_emulator_whose_address_is_in_the_environment(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    client = aws_target("eu-west-1", None, ROLE, None, None).client("sagemaker")
    assert client.meta.endpoint_url == "https://api.sagemaker.eu-west-1.amazonaws.com"


def test_region_and_profile_come_from_the_settings(monkeypatch, surroundings):
    config = surroundings / "config"
    config.write_text("[profile work]\nregion = eu-central-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    target = aws_target(None, "work", ROLE, None, None)
    assert target.region == "eu-central-1"
    assert target.flags == " --aws --region eu-central-1 --profile work"
    assert [path.name for path in surroundings.iterdir()] == ["config"]


def test_the_account_is_that_of_the_role_or_what_aws_says(moto):
    assert aws_target("eu-west-1", None, ROLE, None, None).bucket == "sagemaker-eu-west-1-210987654321"
    assert aws_target("eu-west-1", None, ROLE, None, "111122223333").account == "111122223333"
    assert aws_target("eu-west-1", None, None, None, None, moto).account == "123456789012"


@pytest.mark.parametrize(
    ("target", "what", "sentence"),
    [
        (("eu-west-1", None, None, None, None), "role", "SageMaker needs a role .*: give its ARN with --role"),
        (("eu-west-1", None, "Trainer", None, None), "role", 'the role is "Trainer": expected an ARN'),
        (("eu-west-1", None, ROLE, "s3://b", None), "bucket", "is not the name of a bucket: give the name alone"),
    ],
)
def test_what_is_missing_or_wrong_is_said_when_it_is_needed(target, what, sentence):
    with pytest.raises(DriverError, match=sentence):
        getattr(aws_target(*target), what)


def test_a_region_is_needed():
    with pytest.raises(DriverError, match="no AWS region is set: give one, such as --region"):
        aws_target(None, None, None, None, None)
    with pytest.raises(DriverError, match='"Ireland" is not an AWS region: expected one like eu-west-1'):
        aws_target("Ireland", None, None, None, None)


def test_a_dry_run_asks_nothing():
    target = aws_target("eu-west-1", None, None, None, None, None, True)
    with pytest.raises(
        DriverError, match="a dry run sends nothing, so it cannot find out your AWS account: give the flags"
    ):
        _ = target.account


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_the_default_bucket_is_created_once(moto, region):
    target = local_target(moto, region, None, None)
    target.ensure_bucket()
    target.ensure_bucket()
    s3 = boto3.client("s3", endpoint_url=moto, region_name=region)
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [f"sagemaker-{region}-123456789012"]


def test_a_bucket_that_was_named_must_exist(moto):
    target = aws_target("eu-west-1", None, ROLE, "my-own-bucket", None, moto)
    with pytest.raises(
        DriverError, match="the bucket my-own-bucket does not exist: create it in eu-west-1, or leave out"
    ):
        target.ensure_bucket()


def test_a_bucket_of_another_account(amazon, scripted):
    scripted.s3_error("AccessDenied", "no", 403)
    with pytest.raises(DriverError, match="cannot use the bucket a-bucket: access denied"):
        amazon.ensure_bucket()
