"""Clients of S3 and the APIs beside SageMaker: awswrangler, s3fs, smart_open, pandas, and boto3 as Terraform calls."""

import io
import json
import time
import urllib.request
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import awswrangler as wr
import boto3
import pandas as pd
import s3fs
import smart_open
from botocore.exceptions import ClientError
from rows import Rows

FRAME = pd.DataFrame({"label": ["neg", "pos", "pos"], "text": ["Dull.", "A fine film.", "Good, very good."]})

wrangler, files, opened = Rows("awswrangler"), Rows("s3fs, pandas"), Rows("smart_open")
plain = Rows("boto3")
CLIENTS = {wrangler: "awswrangler", files: "s3fs", opened: "smart_open", plain: "boto3"}


def status(call: Any, **members: Any) -> int:
    """The status of the error that a call must get."""
    try:
        call(**members)
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return 200


@wrangler.works("`s3.to_csv`, `read_csv`")
def csv(given: Any) -> None:
    wr.s3.to_csv(FRAME, "s3://data/wrangler/reviews.csv", index=False)
    assert wr.s3.read_csv("s3://data/wrangler/reviews.csv").equals(FRAME)


@wrangler.works("`s3.to_parquet` of a partitioned data set, `read_parquet`")
def parquet(given: Any) -> None:
    wr.s3.to_parquet(FRAME, "s3://data/wrangler/set/", dataset=True, partition_cols=["label"])
    found = wr.s3.read_parquet("s3://data/wrangler/set/", dataset=True)
    assert sorted(found["text"]) == sorted(FRAME["text"])


@wrangler.works("`s3.list_objects`, `copy_objects`, `delete_objects`, `does_object_exist`")
def objects(given: Any) -> None:
    keys = wr.s3.list_objects("s3://data/wrangler/")
    wr.s3.copy_objects(keys, "s3://data/wrangler/", "s3://data/copied/")
    wr.s3.delete_objects("s3://data/wrangler/")
    assert wr.s3.does_object_exist("s3://data/copied/reviews.csv")
    assert not wr.s3.does_object_exist("s3://data/wrangler/reviews.csv")


@wrangler.works("`sts.get_account_id`")
def account(given: Any) -> None:
    assert wr.sts.get_account_id() == "123456789012"


@files.works("`pandas.to_csv` and `read_csv` with s3:// paths")
def pandas(given: Any) -> None:
    FRAME.to_csv("s3://data/pandas/reviews.csv", index=False)
    assert pd.read_csv("s3://data/pandas/reviews.csv").equals(FRAME)


@files.works('`pandas.to_parquet` and `read_parquet` with `storage_options={"anon": False}`')
def pandas_parquet(given: Any) -> None:
    by_s3fs = {"anon": False}  # without options pandas uses pyarrow, which asks AWS itself for the bucket's region
    FRAME.to_parquet("s3://data/pandas/reviews.parquet", storage_options=by_s3fs)
    assert pd.read_parquet("s3://data/pandas/reviews.parquet", storage_options=by_s3fs).equals(FRAME)


@files.works("`put` of a folder, `ls`, `find`, `glob`, `du`, `mv`, `rm`")
def folder(given: Any) -> None:
    system = s3fs.S3FileSystem()
    system.put("images/xgboost-sentiment/sample", "data/sample", recursive=True)
    assert "data/sample/train/reviews.csv" in system.find("data/sample")
    assert system.glob("data/sample/*/*.csv") == ["data/sample/train/reviews.csv"]
    assert system.du("data/sample") > 1000
    system.mv("data/sample/request.json", "data/sample/moved.json")
    system.rm("data/sample", recursive=True)
    assert system.find("data/sample") == []


@files.works("Files of 20 MB in parts, read in the middle, appended to")
def parts(given: Any) -> None:
    system = s3fs.S3FileSystem()
    with system.open("data/large", "wb", block_size=5 << 20) as file:
        for number in range(20):
            file.write(bytes([number]) * (1 << 20))
    with system.open("data/large") as file:
        file.seek(7 << 20)
        assert file.read(3) == b"\x07\x07\x07"
    with system.open("data/large", "ab") as file:
        file.write(b"end")
    assert system.tail("data/large", 3) == b"end"


@opened.works("Lines written and read, gzip by the name's end")
def lines(given: Any) -> None:
    with smart_open.open("s3://data/lines.csv.gz", "w") as file:
        file.write("pos,A fine film.\n" * 1000)
    with smart_open.open("s3://data/lines.csv.gz") as file:
        assert sum(line == "pos,A fine film.\n" for line in file) == 1000


@opened.works("Parts, `seek`, `iter_bucket`")
def seeks(given: Any) -> None:
    with smart_open.open("s3://data/opened/large", "wb", transport_params={"min_part_size": 5 << 20}) as file:
        file.write(b"a" * (6 << 20) + b"end")
    with smart_open.open("s3://data/opened/large", "rb") as file:
        file.seek(6 << 20)
        assert file.read() == b"end"
    found = smart_open.s3.iter_bucket("data", prefix="opened/", workers=1)
    assert [key for key, _ in found] == ["opened/large"]


@plain.works("Buckets as Terraform makes them: versioning, encryption, public access block, tags, policy")
def terraform_bucket(given: Any) -> None:
    s3 = given.s3
    s3.create_bucket(Bucket="terraformed")
    s3.put_bucket_versioning(Bucket="terraformed", VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket="terraformed", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_public_access_block(Bucket="terraformed", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    s3.put_bucket_tagging(Bucket="terraformed", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert s3.get_bucket_versioning(Bucket="terraformed")["Status"] == "Enabled"
    assert s3.get_bucket_tagging(Bucket="terraformed")["TagSet"] == [{"Key": "a", "Value": "b"}]
    for read in ("get_bucket_acl", "get_bucket_location", "get_bucket_logging", "get_bucket_encryption"):
        getattr(s3, read)(Bucket="terraformed")
    for read in ("get_bucket_policy", "get_bucket_cors", "get_bucket_website", "get_bucket_lifecycle_configuration"):
        assert status(getattr(s3, read), Bucket="terraformed") == 404


@plain.works("`Bucket.object_versions.delete()`, then the bucket goes: `force_destroy`")
def versions(given: Any) -> None:
    bucket = boto3.resource("s3").Bucket("terraformed")
    for number in range(3):
        bucket.put_object(Key="a/key", Body=b"%d" % number)
    bucket.Object("a/key").delete()
    assert len(list(bucket.object_versions.all())) == 4
    bucket.object_versions.delete()
    bucket.delete()


@plain.works("Roles as Terraform makes them: policy, attachment, tags, and away again")
def terraform_role(given: Any) -> None:
    iam = boto3.client("iam")
    statement = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName="terraformed", AssumeRolePolicyDocument=trust, Path="/service-role/")["Role"]
    assert iam.get_role(RoleName="terraformed")["Role"]["Arn"] == role["Arn"]
    policy = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    iam.attach_role_policy(RoleName="terraformed", PolicyArn=policy)
    assert iam.list_attached_role_policies(RoleName="terraformed")["AttachedPolicies"][0]["PolicyArn"] == policy
    iam.list_role_policies(RoleName="terraformed")
    iam.detach_role_policy(RoleName="terraformed", PolicyArn=policy)
    iam.delete_role(RoleName="terraformed")


@plain.works("`GetCallerIdentity`, `GetRole` of any role, `SimulatePrincipalPolicy`")
def identity(given: Any) -> None:
    arn = boto3.client("sts").get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::123456789012:assumed-role/emulator/session"
    iam = boto3.client("iam")
    role = iam.get_role(RoleName=arn.split("/")[1])["Role"]["Arn"]
    asked = {"ActionNames": ["s3:GetObject", "sagemaker:CreateModel"], "ResourceArns": ["arn:aws:s3:::data/*"]}
    results = iam.simulate_principal_policy(PolicySourceArn=role, **asked)["EvaluationResults"]
    assert [(each["EvalActionName"], each["EvalDecision"]) for each in results] == [
        ("s3:GetObject", "allowed"),
        ("sagemaker:CreateModel", "allowed"),
    ]


@plain.works("Presigned URLs, 20 MB in parts, ranges, conditional reads")
def urls(given: Any) -> None:
    given.s3.upload_fileobj(io.BytesIO(b"0123456789" * (2 << 20)), "data", "parts")
    assert given.s3.get_object(Bucket="data", Key="parts", Range="bytes=10-14")["Body"].read() == b"01234"
    url = given.s3.generate_presigned_url("get_object", {"Bucket": "data", "Key": "parts"})
    with urllib.request.urlopen(url) as answer:
        assert len(answer.read()) == 20 << 20
    tag = given.s3.head_object(Bucket="data", Key="parts")["ETag"]
    assert status(given.s3.get_object, Bucket="data", Key="parts", IfNoneMatch=tag) == 304


@plain.works("`FilterLogEvents(logStreamNamePrefix=)`: one job's lines alone")
def logs(given: Any) -> None:
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="group")
    for stream in ("job/a", "job/b", "other/a"):
        logs.create_log_stream(logGroupName="group", logStreamName=stream)
        event = {"timestamp": int(time.time() * 1000), "message": stream}
        logs.put_log_events(logGroupName="group", logStreamName=stream, logEvents=[event])
    found = logs.filter_log_events(logGroupName="group", logStreamNamePrefix="job/")["events"]
    assert sorted(event["message"] for event in found) == ["job/a", "job/b"], found


@plain.refused("`CreateBucket(ObjectLockEnabledForBucket=True)`")
def locked_bucket(given: Any) -> None:
    given.s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)


@plain.refused('`PutObject(ObjectLockLegalHoldStatus="ON")`')
def locked_object(given: Any) -> None:
    given.s3.put_object(Bucket="data", Key="locked", Body=b"", ObjectLockLegalHoldStatus="ON")


@plain.refused("`SimulateCustomPolicy`: what moto lacks")
def custom(given: Any) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    boto3.client("iam").simulate_custom_policy(PolicyInputList=[policy], ActionNames=["s3:GetObject"])


@plain.refused("`TestMetricFilter`: what moto lacks")
def metric_filter(given: Any) -> None:
    boto3.client("logs").test_metric_filter(filterPattern="a", logEventMessages=["a"])


@plain.refused("`CreateFeatureGroup`: what the emulator lacks of SageMaker")
def features(given: Any) -> None:
    definition = {"FeatureName": "a", "FeatureType": "String"}
    boto3.client("sagemaker").create_feature_group(
        FeatureGroupName="f", RecordIdentifierFeatureName="a", EventTimeFeatureName="a", FeatureDefinitions=[definition]
    )


@plain.refused("`sagemaker-featurestore-runtime`: `GetRecord`")
def record(given: Any) -> None:
    boto3.client("sagemaker-featurestore-runtime").get_record(FeatureGroupName="f", RecordIdentifierValueAsString="1")


@plain.refused("DynamoDB: a service that is not there")
def other_service(given: Any) -> None:
    boto3.client("dynamodb").list_tables()


if __name__ == "__main__":
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="data")
    for each, package in CLIENTS.items():
        each.run(version(package), SimpleNamespace(s3=s3))
