"""Malformed requests, byte by byte: each gets a 4xx in the form of its service, and the emulator goes on."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator import raw
from tests.emulator.running import RunningEmulator

JSON = {"Content-Type": "application/x-amz-json-1.1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
TARGETS = {
    "sagemaker": "SageMaker.CreateTrainingJob",
    "logs": "Logs_20140328.PutLogEvents",
    "ecr": "AmazonEC2ContainerRegistry_V20150921.BatchGetImage",
}
DEEP = 20_000
ENTITIES = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


@pytest.fixture(scope="module")
def filled(server: RunningEmulator) -> Iterator[RunningEmulator]:
    """A server with a bucket, an object, an upload and a group of logs; at the end it must still answer all of them."""
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=b"0123456789")
    server.client("logs").create_log_group(logGroupName="group")
    server.client("logs").create_log_stream(logGroupName="group", logStreamName="stream")
    server.client("ecr").create_repository(repositoryName="ours")
    yield server
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["key"]
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"0123456789"
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["bucket"]
    assert server.client("logs").describe_log_groups()["logGroups"][0]["logGroupName"] == "group"
    assert server.client("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []
    assert "failed, request" not in server.log.read_text()  # which is said of faults of our own


def refused(answer: raw.Answer, form: str, code: str | None) -> None:
    assert 400 <= answer.status < 500, answer
    assert form in answer.content_type, answer
    if code:
        assert answer.code == code, answer


JSON_BODIES: dict[str, tuple[bytes, str]] = {
    "cut": (b'{"logGroupName": ', "SerializationException"),
    "words": (b"hello", "SerializationException"),
    "XML": (b"<a/>", "SerializationException"),
    "two": (b"{}{}", "SerializationException"),
    "a list": (b"[]", "SerializationException"),
    "a number": (b"17", "SerializationException"),
    "a string": (b'"text"', "SerializationException"),
    "null": (b"null", "SerializationException"),
    "true": (b"true", "SerializationException"),
    "deep lists": (b"[" * DEEP + b"]" * DEEP, "SerializationException"),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "SerializationException"),
    "deep, as far as Python reads": (b'{"a":' * 900 + b"1" + b"}" * 900, "SerializationException"),
    "NaN": (b'{"a": NaN}', "SerializationException"),
    "Infinity": (b'{"a": -Infinity}', "SerializationException"),
    "beyond floats": (b'{"a": 1e999}', "SerializationException"),
    "digits": (b'{"a": ' + b"9" * 5000 + b"}", "SerializationException"),
    "a lone surrogate": (b'{"a": "\\ud800"}', "SerializationException"),
    "a lone surrogate as a name": (b'{"\\udc00": 1}', "SerializationException"),
    "not UTF-8": (b'{"a": "\xff\xfe"}', "SerializationException"),
    "UTF-16": ("{}".encode("utf-16"), "SerializationException"),
    "a null character": (b'{"a": "\\u0000"}', "SerializationException"),
    "bare null bytes": (b"\0\0\0\0", "SerializationException"),
    "an unknown member": (b'{"nobodyHasThis": 1}', "SerializationException"),
    "nothing": (b"", ""),
    "an empty object": (b"{}", ""),
}


@pytest.mark.parametrize("service", TARGETS)
@pytest.mark.parametrize("body", JSON_BODIES)
def test_json_bodies(filled: RunningEmulator, service: str, body: str) -> None:
    content, code = JSON_BODIES[body]
    request = raw.signed(filled, service, "POST", "/", {**JSON, "X-Amz-Target": TARGETS[service]}, content)
    missing = "ValidationException" if service == "sagemaker" else "InvalidParameterException"
    refused(raw.sent(filled, request), "json", code or missing)


LOG = {"logGroupName": "group", "logStreamName": "stream", "logEvents": [{"timestamp": 1, "message": "m"}]}


@pytest.mark.parametrize(
    ("service", "target", "request_body", "code"),
    [
        ("logs", "PutLogEvents", LOG | {"logEvents": "none"}, "SerializationException"),
        ("logs", "PutLogEvents", LOG | {"logEvents": [1]}, "SerializationException"),
        ("logs", "PutLogEvents", LOG | {"logEvents": [{"timestamp": "x", "message": "m"}]}, "SerializationException"),
        ("logs", "PutLogEvents", LOG | {"logEvents": [{"timestamp": 1}]}, "InvalidParameterException"),
        ("logs", "PutLogEvents", LOG | {"logEvents": [{"timestamp": 2**70, "message": "m"}]}, "SerializationException"),
        ("logs", "PutLogEvents", LOG | {"logGroupName": 5}, "SerializationException"),
        ("logs", "PutLogEvents", LOG | {"logGroupName": "a b"}, "InvalidParameterException"),
        ("logs", "PutLogEvents", LOG | {"logGroupName": None}, "InvalidParameterException"),
        ("logs", "PutLogEvents", LOG | {"logGroupName": "none"}, "ResourceNotFoundException"),
        ("logs", "FilterLogEvents", {"logGroupName": "group", "limit": "ten"}, "SerializationException"),
        ("logs", "FilterLogEvents", {"logGroupName": "group", "limit": 0}, "InvalidParameterException"),
        ("logs", "FilterLogEvents", {"logGroupName": "group", "filterPattern": "{ $.a = 1 }"}, ""),
        ("logs", "FilterLogEvents", {"logGroupName": "group", "startTime": -(2**70)}, "SerializationException"),
        ("logs", "FilterLogEvents", {}, "InvalidParameterException"),
        ("logs", "FilterLogEvents", {"logGroupName": None, "filterPattern": None}, "InvalidParameterException"),
        ("logs", "DescribeLogGroups", {"limit": 10**9}, "InvalidParameterException"),
        ("logs", "DeleteDelivery", {"id": ""}, "ValidationException"),
        ("logs", "StartQuery", {"startTime": 0, "endTime": 1, "queryString": "q"}, ""),
        ("ecr", "CreateRepository", {"repositoryName": {"a": 1}}, "SerializationException"),
        ("ecr", "CreateRepository", {"repositoryName": "UPPER CASE"}, "InvalidParameterException"),
        ("ecr", "CreateRepository", {"repositoryName": "x", "imageTagMutability": "MAYBE"}, ""),
        ("ecr", "BatchGetImage", {"repositoryName": "ours", "imageIds": {"imageTag": "a"}}, "SerializationException"),
        ("ecr", "BatchGetImage", {"repositoryName": "ours", "imageIds": [None]}, ""),
        ("ecr", "PutImage", {"repositoryName": "ours", "imageManifest": "not JSON"}, ""),
        ("ecr", "PutImage", {"repositoryName": "ours", "imageManifest": "[]"}, ""),
        ("ecr", "PutImage", {"repositoryName": "ours", "imageManifest": '{"config": 5}'}, ""),
        ("ecr", "PutLifecyclePolicy", {"repositoryName": "ours", "lifecyclePolicyText": "x" * 100}, ""),
        ("ecr", "SetRepositoryPolicy", {"repositoryName": "ours", "policyText": "{"}, ""),
        ("ecr", "ListImages", {"repositoryName": "ours", "maxResults": -1}, "InvalidParameterException"),
        ("ecr", "UploadLayerPart", {"repositoryName": "ours"}, "InvalidParameterException"),
        ("ecr", "NoSuchOperation", {}, "UnknownOperationException"),
        ("ecr", "", {}, "UnknownOperationException"),
        ("ecr", "_dispatch", {}, "UnknownOperationException"),
        ("logs", "setup_class", {}, "UnknownOperationException"),
        ("logs", "tag.PutLogEvents", {}, "UnknownOperationException"),
        ("sagemaker", "NoSuchOperation", {}, "UnknownOperationException"),
        ("sagemaker", "CreateFeatureGroup", {}, "UnknownOperationException"),
        ("sagemaker", "ListTrainingJobs", {"MaxResults": 10**30}, "SerializationException"),
        ("sagemaker", "ListTrainingJobs", {"NextToken": "x" * 9000}, "ValidationException"),
        ("sagemaker", "ListTrainingJobs", {"CreationTimeAfter": 1e300}, "SerializationException"),
    ],
)
def test_members(filled: RunningEmulator, service: str, target: str, request_body: Any, code: str) -> None:
    whole = f"{TARGETS[service].partition('.')[0]}.{target}"
    body = json.dumps(request_body).encode()
    request = raw.signed(filled, service, "POST", "/", {**JSON, "X-Amz-Target": whole}, body)
    refused(raw.sent(filled, request), "json", code)


@pytest.mark.parametrize(
    ("service", "method", "target", "headers"),
    [
        ("logs", "POST", "/", {}),
        ("logs", "GET", "/", {"X-Amz-Target": TARGETS["logs"]}),
        ("logs", "PUT", "/a/b", {"X-Amz-Target": TARGETS["logs"]}),
        ("logs", "POST", "/", {"X-Amz-Target": TARGETS["ecr"]}),
        ("logs", "POST", "/", {"X-Amz-Target": "."}),
        ("logs", "POST", "/", {"X-Amz-Target": "Logs_20140328"}),
        ("ecr", "POST", "/?Action=CreateRepository", {}),
        ("ecr", "DELETE", "/", {}),
        ("ecr", "POST", "/", {**FORM, "X-Amz-Target": TARGETS["ecr"]}),
        ("ecr", "POST", "/", {"Content-Encoding": "gzip", "X-Amz-Target": TARGETS["ecr"]}),
    ],
)
def test_targets(filled: RunningEmulator, service: str, method: str, target: str, headers: dict[str, str]) -> None:
    refused(raw.sent(filled, raw.signed(filled, service, method, target, headers, b"{}")), "json", None)


STS, IAM = "2011-06-15", "2010-05-08"


@pytest.mark.parametrize(
    ("service", "body", "code"),
    [
        ("sts", "", "MissingAction"),
        ("sts", "Version=2011-06-15", "MissingAction"),
        ("sts", "Action=", "MissingAction"),
        ("sts", "Action=GetCallerIdentity", "InvalidAction"),
        ("sts", "Action=GetCallerIdentity&Version=1999-01-01", "InvalidAction"),
        ("sts", "Action=getcalleridentity&Version=2011-06-15", "InvalidAction"),
        ("sts", "Action=__init__&Version=2011-06-15", "InvalidAction"),
        ("sts", "Action=call_action&Version=2011-06-15", "InvalidAction"),
        ("sts", "Action=CreateRole&Version=2011-06-15", "InvalidAction"),
        ("sts", "Action=%FF&Version=2011-06-15", "MalformedQueryString"),
        ("sts", "Action=%00&Version=2011-06-15", "MalformedQueryString"),
        ("sts", "&".join(f"a{number}=1" for number in range(20_000)), "MalformedQueryString"),
        ("sts", '{"Action": "GetCallerIdentity"}', "MissingAction"),
        ("sts", "<Action/>", "MissingAction"),
        ("sts", f"Action=AssumeRole&Version={STS}", "ValidationError"),
        ("sts", f"Action=AssumeRole&Version={STS}&RoleArn=x&RoleSessionName=s", "ValidationError"),
        ("sts", f"Action=AssumeRole&Version={STS}&DurationSeconds=soon", "ValidationError"),
        ("sts", f"Action=AssumeRole&Version={STS}&DurationSeconds=" + "9" * 5000, "ValidationError"),
        ("sts", f"Action=AssumeRoleWithSAML&Version={STS}&RoleArn=a&PrincipalArn=b&SAMLAssertion=c", "ValidationError"),
        (
            "sts",
            f"Action=AssumeRoleWithSAML&Version={STS}&RoleArn=arn:aws:iam::123456789012:role/r"
            "&PrincipalArn=arn:aws:iam::123456789012:saml-provider/p&SAMLAssertion=none",
            None,
        ),
        ("sts", f"Action=AssumeRole&Version={STS}&DurationSeconds=-5", "ValidationError"),
        ("iam", f"Action=GetRole&Version={IAM}", "ValidationError"),
        ("iam", f"Action=GetRole&Version={IAM}&RoleName=", "ValidationError"),
        ("iam", f"Action=GetRole&Version={IAM}&RoleName=a/b", "ValidationError"),
        ("iam", f"Action=GetUser&Version={IAM}&UserName=none", "NoSuchEntity"),
        ("iam", f"Action=CreateRole&Version={IAM}&RoleName=r", "ValidationError"),
        (
            "iam",
            f"Action=CreateRole&Version={IAM}&RoleName=r&AssumeRolePolicyDocument=notJSON",
            "MalformedPolicyDocument",
        ),
        (
            "iam",
            f"Action=CreateRole&Version={IAM}&RoleName=r&AssumeRolePolicyDocument=%5B%5D",
            "MalformedPolicyDocument",
        ),
        ("iam", f"Action=CreateRole&Version={IAM}&RoleName=r&AssumeRolePolicyDocument={{}}&Tags.member.1.Key=", None),
        ("iam", f"Action=ListRoles&Version={IAM}&MaxItems=many", "ValidationError"),
        ("iam", f"Action=ListRoles&Version={IAM}&MaxItems=0", "ValidationError"),
        ("iam", f"Action=ListRoles&Version={IAM}&Marker=none&PathPrefix=x", None),
        ("iam", f"Action=UploadServerCertificate&Version={IAM}&ServerCertificateName=c", "ValidationError"),
        ("iam", f"Action=CreatePolicy&Version={IAM}&PolicyName=p&PolicyDocument=%7B%22Version%22%3A5%7D", None),
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_forms(filled: RunningEmulator, service: str, body: str, code: str | None, method: str) -> None:
    if method == "GET" and len(body) > 10_000:
        return refused(raw.sent(filled, f"GET /?{body} HTTP/1.1\r\nHost: x\r\n\r\n".encode()), "", None)
    where = ("/", FORM, body.encode()) if method == "POST" else (f"/?{body}".replace(" ", "%20"), {}, b"")
    return refused(raw.sent(filled, raw.signed(filled, service, method, *where)), "xml", code)


@pytest.mark.parametrize(
    ("method", "target", "headers", "body", "code"),
    [
        # paths and queries
        ("GET", "/bucket/%zz", {}, b"", "InvalidURI"),
        ("GET", "/bucket/%", {}, b"", "InvalidURI"),
        ("GET", "/bucket/%4", {}, b"", "InvalidURI"),
        ("GET", "/bucket/%ff", {}, b"", "InvalidURI"),
        ("GET", "/bucket/%ed%a0%80", {}, b"", "InvalidURI"),
        ("PUT", "/bucket/a%00b", {}, b"x", "InvalidURI"),
        ("GET", "/bucket?prefix=%zz", {}, b"", "InvalidURI"),
        ("GET", "/bucket?prefix=%c3%28", {}, b"", "InvalidURI"),
        ("PUT", "/bucket/" + "k" * 1025, {}, b"x", "KeyTooLongError"),
        ("GET", "/bucket/" + "%C3%BC" * 513, {}, b"", "KeyTooLongError"),
        ("GET", "/bucket?max-keys=abc", {}, b"", "InvalidArgument"),
        ("GET", "/bucket?max-keys=-1", {}, b"", "InvalidArgument"),
        ("GET", "/bucket?max-keys=", {}, b"", "InvalidArgument"),
        ("GET", "/bucket?max-keys=1e3", {}, b"", "InvalidArgument"),
        ("GET", "/bucket?list-type=2&max-keys=" + "9" * 30, {}, b"", "InvalidArgument"),
        ("GET", "/bucket?list-type=2&continuation-token=none", {}, b"", None),
        ("GET", "/bucket?list-type=2&encoding-type=gzip", {}, b"", "InvalidArgument"),
        ("GET", "/bucket?versions&max-keys=x", {}, b"", "InvalidArgument"),
        ("GET", "/bucket?uploads&max-uploads=x", {}, b"", "InvalidArgument"),
        ("GET", "/none?list-type=2", {}, b"", "NoSuchBucket"),
        ("GET", "/bucket/key?versionId=none", {}, b"", None),
        ("GET", "/bucket/key?uploadId=", {}, b"", "NoSuchUpload"),
        ("GET", "/bucket/key?uploadId=none", {}, b"", "NoSuchUpload"),
        ("GET", "/bucket/key?partNumber=x", {}, b"", "InvalidArgument"),
        # buckets
        ("PUT", "/UPPER", {}, b"", "InvalidBucketName"),
        ("PUT", "/a", {}, b"", "InvalidBucketName"),
        ("PUT", "/..", {}, b"", "InvalidBucketName"),
        ("PUT", "/" + "b" * 64, {}, b"", "InvalidBucketName"),
        ("PUT", "/b%C3%BCcket", {}, b"", "InvalidBucketName"),
        ("PUT", "/other", {}, b"<CreateBucketConfiguration>", "MalformedXML"),
        ("PUT", "/other", {}, b"not XML", "MalformedXML"),
        ("PUT", "/other", {}, ENTITIES + b"<CreateBucketConfiguration>&c;</CreateBucketConfiguration>", "MalformedXML"),
        ("PUT", "/other", {"x-amz-acl": "everybody"}, b"", "InvalidArgument"),
        ("PUT", "/other", {"x-amz-bucket-object-lock-enabled": "true"}, b"", "NotImplemented"),
        ("PUT", "/bucket?versioning", {}, b"", "MalformedXML"),
        ("PUT", "/bucket?versioning", {}, b"<VersioningConfiguration/>", "MalformedXML"),
        (
            "PUT",
            "/bucket?versioning",
            {},
            b"<VersioningConfiguration><Status>Maybe</Status></VersioningConfiguration>",
            "MalformedXML",
        ),
        ("PUT", "/bucket?tagging", {}, b"", "MalformedXML"),
        ("PUT", "/bucket?tagging", {}, b"<Tagging/>", "MalformedXML"),
        ("PUT", "/bucket?tagging", {}, b"<Tagging><TagSet><Tag/></TagSet></Tagging>", "MalformedXML"),
        ("PUT", "/bucket?tagging", {}, b"<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>", "MalformedXML"),
        ("PUT", "/bucket?tagging", {}, b"\xff\xfe\x00", "MalformedXML"),
        ("PUT", "/bucket?tagging", {}, b"<a>" * DEEP, "MalformedXML"),
        ("PUT", "/bucket?tagging", {}, b"<a>" * DEEP + b"</a>" * DEEP, "MalformedXML"),
        ("PUT", "/bucket?lifecycle", {}, b"<LifecycleConfiguration><Rule/></LifecycleConfiguration>", None),
        ("PUT", "/bucket?lifecycle", {}, b"{}", "MalformedXML"),
        ("PUT", "/bucket?policy", {}, b"", "MalformedPolicy"),
        ("PUT", "/bucket?policy", {}, b"not JSON", "MalformedPolicy"),
        ("PUT", "/bucket?policy", {}, b"[]", "MalformedPolicy"),
        ("PUT", "/bucket?policy", {}, b'{"Version": "2012-10-17", "Statement": 5}', "MalformedPolicy"),
        ("PUT", "/bucket?policy", {}, b'{"Version": "2012-10-17", "Statement": [{"Effect": 7}]}', "MalformedPolicy"),
        ("PUT", "/bucket?cors", {}, b"<CORSConfiguration/>", "MalformedXML"),
        ("PUT", "/bucket?acl", {}, b"<AccessControlPolicy><Owner/></AccessControlPolicy>", None),
        ("PUT", "/bucket?encryption", {}, b"<ServerSideEncryptionConfiguration/>", "MalformedXML"),
        ("PUT", "/bucket?publicAccessBlock", {}, b"<Wrong/>", None),
        ("PUT", "/bucket?logging", {}, b"", None),
        ("PUT", "/bucket?notification", {}, b"<NotificationConfiguration>", "MalformedXML"),
        ("PUT", "/bucket?website", {}, b"<", "MalformedXML"),
        ("PUT", "/bucket?analytics&id=1", {}, b"<a/>", "NotImplemented"),
        ("POST", "/bucket?delete", {}, b"", "MalformedXML"),
        ("POST", "/bucket?delete", {}, b"<Delete/>", "MalformedXML"),
        ("POST", "/bucket?delete", {}, b"<Delete><Object/></Delete>", "MalformedXML"),
        ("POST", "/bucket?delete", {}, b"<no XML", "MalformedXML"),
        (
            "POST",
            "/bucket?delete",
            {},
            b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1001 + b"</Delete>",
            "MalformedXML",
        ),
        ("POST", "/bucket?delete", {}, ENTITIES + b"<Delete><Object><Key>&c;</Key></Object></Delete>", "MalformedXML"),
        ("POST", "/bucket", {}, b"", "MethodNotAllowed"),
        ("POST", "/bucket", {"Content-Type": "multipart/form-data"}, b"", None),
        ("POST", "/bucket", {"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", None),
        # objects
        ("GET", "/bucket/key", {"Range": "bytes"}, b"", "InvalidArgument"),
        ("GET", "/bucket/key", {"Range": "bytes=b-a"}, b"", "InvalidArgument"),
        ("GET", "/bucket/key", {"Range": "lines=1-2"}, b"", "InvalidArgument"),
        ("GET", "/bucket/key", {"Range": "bytes=1=2-3"}, b"", "InvalidArgument"),
        ("GET", "/bucket/key", {"Range": "bytes=50-60"}, b"", "InvalidRange"),
        ("GET", "/bucket/key", {"If-Modified-Since": "yesterday"}, b"", "InvalidArgument"),
        ("PUT", "/bucket/new", {"Content-MD5": "none"}, b"x", "InvalidDigest"),
        ("PUT", "/bucket/new", {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}, b"x", "BadDigest"),
        ("PUT", "/bucket/new", {"x-amz-checksum-crc32": "none"}, b"x", "InvalidRequest"),
        ("PUT", "/bucket/new", {"x-amz-checksum-crc32": "AAAAAA=="}, b"x", "BadDigest"),
        ("PUT", "/bucket/new", {"x-amz-checksum-crc32c": "\xe9"}, b"x", "InvalidRequest"),
        (
            "PUT",
            "/bucket/new",
            {"x-amz-checksum-sha256": "AAAA", "x-amz-checksum-sha1": "AAAA"},
            b"x",
            "InvalidRequest",
        ),
        ("PUT", "/bucket/new", {"x-amz-sdk-checksum-algorithm": "MD4"}, b"x", "InvalidArgument"),
        ("PUT", "/bucket/new", {"x-amz-storage-class": "CELLAR"}, b"x", None),
        ("PUT", "/bucket/new", {"x-amz-tagging": "=&&=%"}, b"x", "InvalidArgument"),
        ("PUT", "/bucket/new", {"x-amz-tagging": "novalue"}, b"x", "InvalidArgument"),
        ("PUT", "/bucket/new", {"x-amz-acl": "none"}, b"x", "InvalidArgument"),
        ("PUT", "/bucket/new", {"x-amz-meta-a": "x" * 2048}, b"x", "MetadataTooLarge"),
        ("PUT", "/bucket/new", {"x-amz-object-lock-mode": "GOVERNANCE"}, b"x", "NotImplemented"),
        ("PUT", "/bucket/new", {"x-amz-object-lock-mode": "SOMETIMES"}, b"x", "InvalidArgument"),
        ("PUT", "/bucket/new", {"x-amz-object-lock-retain-until-date": "one day"}, b"x", "InvalidArgument"),
        ("PUT", "/bucket/new", {"x-amz-copy-source": "bucket"}, b"", "InvalidArgument"),
        ("PUT", "/bucket/new", {"x-amz-copy-source": "/"}, b"", "InvalidArgument"),
        ("PUT", "/bucket/new", {"x-amz-copy-source": "//"}, b"", "InvalidArgument"),
        ("PUT", "/bucket/new", {"x-amz-copy-source": "bucket/"}, b"", "InvalidArgument"),
        ("PUT", "/bucket/new", {"x-amz-copy-source": "bucket/none"}, b"", "NoSuchKey"),
        ("PUT", "/bucket/new", {"x-amz-copy-source": "none/key"}, b"", "NoSuchBucket"),
        ("PUT", "/bucket/new", {"x-amz-copy-source": "bucket/key?versionId=none"}, b"", None),
        ("PUT", "/bucket/new", {"x-amz-copy-source": "bucket/%ff%zz"}, b"", None),
        ("PUT", "/none/new", {}, b"x", "NoSuchBucket"),
        ("PUT", "/bucket/key?tagging", {}, b"<Tagging>", "MalformedXML"),
        ("PUT", "/bucket/key?acl", {}, b"<a/>", None),
        ("PUT", "/bucket/key?legal-hold", {}, b"<LegalHold><Status>ON</Status></LegalHold>", "NotImplemented"),
        ("PUT", "/bucket/key?retention", {}, b"", "NotImplemented"),
        ("PUT", "/bucket?object-lock", {}, b"", "NotImplemented"),
        ("GET", "/bucket/key?retention", {}, b"", "NotImplemented"),
        ("GET", "/bucket/key?torrent", {}, b"", "NotImplemented"),
        ("POST", "/bucket/key?select&select-type=2", {}, b"<a/>", "NotImplemented"),
        ("POST", "/bucket/key?restore", {}, b"<RestoreRequest><Days>x</Days></RestoreRequest>", "MalformedXML"),
        ("GET", "/bucket/key?attributes", {}, b"", None),
        ("GET", "/bucket/key?attributes", {"x-amz-object-attributes": "Colour"}, b"", "InvalidArgument"),
        # uploads in parts
        ("PUT", "/bucket/new?partNumber=0&uploadId=x", {}, b"x", "InvalidArgument"),
        ("PUT", "/bucket/new?partNumber=10001&uploadId=x", {}, b"x", "InvalidArgument"),
        ("PUT", "/bucket/new?partNumber=one&uploadId=x", {}, b"x", "InvalidArgument"),
        ("PUT", "/bucket/new?partNumber=1&uploadId=x", {}, b"x", "NoSuchUpload"),
        ("PUT", "/bucket/new?partNumber=1&uploadId=", {}, b"x", None),
        ("PUT", "/bucket/new?partNumber=&uploadId=x", {}, b"x", None),
        ("PUT", "/bucket/new?partNumber=1&uploadId=x", {"x-amz-copy-source": "bucket"}, b"", "InvalidArgument"),
        ("POST", "/bucket/new?uploadId=x", {}, b"", None),
        ("POST", "/bucket/new?uploadId=x", {}, b"<CompleteMultipartUpload>", "MalformedXML"),
        ("POST", "/bucket/new?uploadId=x", {}, b"<CompleteMultipartUpload/>", None),
        (
            "POST",
            "/bucket/new?uploadId=x",
            {},
            b"<CompleteMultipartUpload><Part><PartNumber>a</PartNumber></Part></CompleteMultipartUpload>",
            "MalformedXML",
        ),
        ("POST", "/bucket/new?uploadId=x", {}, ENTITIES + b"<CompleteMultipartUpload/>", "MalformedXML"),
        ("DELETE", "/bucket/new?uploadId=x", {}, b"", "NoSuchUpload"),
        # methods and bodies
        ("PATCH", "/bucket/key", {}, b"", "MethodNotAllowed"),
        ("BREW", "/bucket/key", {}, b"", "MethodNotAllowed"),
        ("OPTIONS", "/bucket/key", {}, b"", "MethodNotAllowed"),
        ("TRACE", "/", {}, b"", "MethodNotAllowed"),
        ("DELETE", "/", {}, b"", "MethodNotAllowed"),
        ("POST", "/endpoints/none/invocations", {}, b"{}", "MethodNotAllowed"),
        (
            "PUT",
            "/bucket/new",
            {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
            b"zz\r\n",
            "IncompleteBody",
        ),
        (
            "PUT",
            "/bucket/new",
            {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
            b"-5\r\n",
            "IncompleteBody",
        ),
        (
            "PUT",
            "/bucket/new",
            {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
            b"9\r\nab",
            "IncompleteBody",
        ),
        ("PUT", "/bucket/new", {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, b"", "IncompleteBody"),
        (
            "PUT",
            "/bucket/new",
            {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "x"},
            b"1\r\na\r\n0\r\n\r\n",
            "IncompleteBody",
        ),
    ],
)
def test_s3(filled: RunningEmulator, method: str, target: str, headers: dict[str, str], body: bytes, code: str) -> None:
    refused(raw.sent(filled, raw.signed(filled, "s3", method, target, headers, body), method), "xml", code)


@pytest.mark.parametrize("target", ["/bucket/none", "/none", "/bucket/%zz", "/bucket/key?versionId=x"])
def test_a_refused_head_has_no_body(filled: RunningEmulator, target: str) -> None:
    answer = raw.sent(filled, raw.signed(filled, "s3", "HEAD", target, {}, b""), "HEAD")
    assert 400 <= answer.status < 500
    assert answer.body == b""


@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("POST", "/endpoints/none/invocations", {}, b""),
        ("POST", "/endpoints/a_b/invocations", {}, b""),
        ("POST", "/endpoints/%00/invocations", {}, b""),
        ("POST", "/endpoints/%ff/invocations", {}, b""),
        ("POST", "/endpoints/" + "e" * 100 + "/invocations", {}, b""),
        ("GET", "/endpoints/none/invocations", {}, b""),
        ("POST", "/endpoints/none/async-invocations", {}, b""),
        ("POST", "/endpoints//invocations", {}, b""),
        ("POST", "/endpoints/none/invocations", {"Content-Type": "\xff" * 2000}, b"x"),
        ("POST", "/endpoints/none/invocations", {"X-Amzn-SageMaker-Custom-Attributes": "\x01"}, b"x"),
        ("POST", "/endpoints/none/invocations", {"X-Amzn-SageMaker-Target-Variant": "a b"}, b"x"),
        ("POST", "/endpoints/none/invocations", {"X-Amzn-SageMaker-Inference-Id": "x" * 100}, b"x"),
        ("POST", "/endpoints/none/invocations", {"X-Amzn-SageMaker-Enable-Explanations": "`"}, b"x"),
        ("POST", "/nowhere", {}, b"x"),
    ],
)
def test_runtime(filled: RunningEmulator, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
    request = raw.signed(filled, "sagemaker-runtime", method, target, headers, body)
    refused(raw.sent(filled, request, method), "json", None)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / \r\n\r\n",
        b"GET / HTTP\r\n\r\n",
        b"GET / HTTP/one.one\r\n\r\n",
        b"GET / FTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\n\n",
        b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET bucket HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://other.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET //%zz HTTP/1.1\r\nHost: bucket.localhost\r\n\r\n",
        b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT other.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /none HTTP/1.0\r\n\r\n",
        b"GET /none HTTP/1.1\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: \xff\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: a b/c?d\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\n: no name\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\nA\x00B: c\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\nExpect: cake\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\nAuthorization: \xff\xfe\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 Credential=/////\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 Credential=x/20260101/a/s3/\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\nAuthorization: AWS x:y\r\n\r\n",
        b"GET /none?X-Amz-Credential=%ff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PUT /bucket/new HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\nx",
        b"PUT /bucket/new HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nx",
        b"PUT /bucket/new HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
        b"PUT /bucket/new HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort",
        b"PUT /bucket/new HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\nx",
        b"PUT /bucket/new HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nx",
        b"PUT /bucket/new HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
        b"PUT /bucket/new HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"PUT /bucket/new HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nab\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: SageMaker.ListTags\r\nTransfer-Encoding: chunked\r\n\r\n1;;;\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: \xff\r\nContent-Length: 0\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\nLong: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: x\r\n" + b"Many: a\r\n" * 20_000 + b"\r\n",
        bytes(range(256)),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_http(filled: RunningEmulator, request_bytes: bytes) -> None:
    answer = raw.sent(filled, request_bytes)
    assert 400 <= answer.status < 500, answer
