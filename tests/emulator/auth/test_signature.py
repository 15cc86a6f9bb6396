"""Who has signed: boto3's own signatures, right and wrong, over the wire."""

import datetime
import http.client
import json
import random
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.auth
import botocore.config
import pytest
from botocore.exceptions import ClientError

from tests.emulator.running import RunningEmulator

ADVICE = "`./launch.py local env` prints"
INVOCATIONS = "/endpoints/any/invocations"
CALLS: dict[str, Callable[[Any], Any]] = {
    "s3": lambda client: client.list_buckets(),
    "sagemaker": lambda client: client.list_models(),
    "sagemaker-runtime": lambda client: client.invoke_endpoint(EndpointName="any", Body=b"x"),
    "logs": lambda client: client.describe_log_groups(),
    "ecr": lambda client: client.describe_repositories(),
    "sts": lambda client: client.get_caller_identity(),
    "iam": lambda client: client.list_users(),
}
JSON = ("sagemaker", "sagemaker-runtime", "logs", "ecr")


def codes(s3: str, json_services: str, others: str) -> list[tuple[str, str]]:
    return [(name, s3 if name == "s3" else json_services if name in JSON else others) for name in CALLS]


def client(server: RunningEmulator, service: str, key_id: str = "", secret: str = "", token: str | None = None) -> Any:
    own = server.key
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=server.endpoint_url,
        aws_access_key_id=key_id or own["aws_access_key_id"],
        aws_secret_access_key=secret or own["aws_secret_access_key"],
        aws_session_token=token,
        config=botocore.config.Config(retries={"total_max_attempts": 1}),
    )


def refused(call: Callable[[], Any]) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def raw(
    server: RunningEmulator, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(urlsplit(server.endpoint_url).netloc, timeout=60)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    return answer.status, content, answer.headers


@pytest.mark.parametrize(
    ("service", "code"),
    codes("InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId"),
)
def test_an_unknown_key(server: RunningEmulator, service: str, code: str) -> None:
    status, found, message = refused(lambda: CALLS[service](client(server, service, key_id="AKIAIOSFODNN7EXAMPLE")))
    assert (status, found) == (403, code)
    assert message.startswith("The emulator does not know the access key 'AKIAIOSFODNN7EXAMPLE'. ")
    assert ADVICE in message


@pytest.mark.parametrize(
    ("service", "code"), codes("SignatureDoesNotMatch", "InvalidSignatureException", "SignatureDoesNotMatch")
)
def test_a_wrong_secret(server: RunningEmulator, service: str, code: str) -> None:
    status, found, message = refused(lambda: CALLS[service](client(server, service, secret="x" * 40)))
    assert (status, found) == (403, code)
    assert ADVICE in message


@pytest.mark.parametrize(
    ("service", "code"), codes("RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch")
)
@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_wrong_clock(
    server: RunningEmulator, monkeypatch: pytest.MonkeyPatch, service: str, code: str, minutes: int
) -> None:
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(minutes=minutes)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: now)
    status, found, message = refused(lambda: CALLS[service](client(server, service)))
    assert (status, found) == (403, code)
    assert f"The request was signed at {now:%Y%m%dT%H%M%SZ}, but the time here is " in message


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_that_is_nearly_right(server: RunningEmulator, monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(minutes=minutes)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: now)
    assert server.client("sagemaker").list_models()["Models"] == []


@pytest.mark.parametrize(
    ("method", "path", "headers", "code"),
    [
        ("GET", "/bucket/key", {}, "AccessDenied"),
        ("PUT", "/bucket/key", {}, "AccessDenied"),
        ("POST", "/bucket?delete", {}, "AccessDenied"),
        ("POST", "/bucket", {"Content-Type": "multipart/form-data; boundary=x"}, "AccessDenied"),
        ("POST", "/", {"X-Amz-Target": "SageMaker.ListModels"}, "MissingAuthenticationTokenException"),
        ("POST", "/", {"X-Amz-Target": "Logs_20140328.DescribeLogGroups"}, "MissingAuthenticationTokenException"),
        ("POST", INVOCATIONS, {}, "MissingAuthenticationTokenException"),
        ("GET", INVOCATIONS, {}, "MissingAuthenticationTokenException"),
        ("GET", "/_emulator/status", {}, "MissingAuthenticationTokenException"),
        ("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, "MissingAuthenticationToken"),
    ],
)
def test_no_signature(server: RunningEmulator, method: str, path: str, headers: dict[str, str], code: str) -> None:
    status, content, answered = raw(server, method, path, headers, b"" if method == "GET" else b"x")
    assert status == 403
    if code.endswith("Exception"):
        assert answered["x-amzn-ErrorType"] == code
        message = json.loads(content)["message"]
    else:
        assert f"<Code>{code}</Code>" in content
        message = content
    assert ADVICE in message or "does not accept forms" in message
    assert str(server.state) not in content + str(answered)
    assert answered["Server"] == "sagemaker-emulator"


def test_what_was_changed_after_it_was_signed(server: RunningEmulator) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="changed")
    s3.put_object(Bucket="changed", Key="key", Body=b"content")
    signed = server.signed("s3", "GET", "/changed/key", **{"Range": "bytes=0-1", "x-amz-meta-a": "b"})
    assert raw(server, "GET", "/changed/key", signed)[:2] == (206, "co")
    others: list[tuple[str, str, dict[str, str], bytes]] = [
        ("DELETE", "/changed/key", {}, b""),
        ("GET", "/changed/other", {}, b""),
        ("GET", "/changed/./key", {}, b""),
        ("GET", "/changed/key?acl", {}, b""),
        ("GET", "/changed/key", {"Range": "bytes=0-2"}, b""),
        ("GET", "/changed/key", {"x-amz-meta-a": "c"}, b""),
        ("GET", "/changed/key", {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}, b""),
        ("GET", "/changed/key", {"Host": "localhost"}, b""),
        ("GET", "/changed/key", {"Authorization": signed["Authorization"].replace("us-east-1", "eu-west-1")}, b""),
    ]
    for method, path, headers, body in others:
        status, content, _ = raw(server, method, path, {**signed, **headers}, body)
        assert (status, "<Code>SignatureDoesNotMatch</Code>" in content) == (403, True), (method, path, headers)
    status, content, _ = raw(server, "GET", "/changed/key", {**signed, "x-amz-copy-source": "changed/key"})
    assert status == 403
    assert "headers present in the request which were not signed: 'x-amz-copy-source'" in content
    without = {**signed, "Authorization": re.sub(r"host;", "", signed["Authorization"])}
    assert "not signed: 'host'" in raw(server, "GET", "/changed/key", without)[1]
    assert s3.get_object(Bucket="changed", Key="key")["Body"].read() == b"content"


def test_another_body_than_the_signed_one(server: RunningEmulator) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bodies")
    before = sorted((server.state / "objects").iterdir())
    signed = server.signed("s3", "PUT", "/bodies/key", b"content")
    status, content, _ = raw(server, "PUT", "/bodies/key", signed, b"CONTENT")
    assert (status, "<Code>XAmzContentSHA256Mismatch</Code>" in content) == (400, True)
    s3.put_object(Bucket="bodies", Key="kept", Body=b"")
    deleting = b"<Delete><Object><Key>nothing</Key></Object></Delete>"
    signed = server.signed("s3", "POST", "/bodies?delete", deleting)
    status, content, _ = raw(server, "POST", "/bodies?delete", signed, deleting.replace(b"nothing", b"kept"))
    assert (status, "<Code>XAmzContentSHA256Mismatch</Code>" in content) == (400, True)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="bodies")["Contents"]] == ["kept"]
    assert len(sorted((server.state / "objects").iterdir())) == len(before) + 1

    target = {"X-Amz-Target": "SageMaker.ListModels"}
    signed = server.signed("sagemaker", "POST", "/", b"{}", **target)
    assert raw(server, "POST", "/", signed, b"{}")[0] == 200
    assert raw(server, "POST", "/", signed, b'{"MaxResults": 1}')[0] == 403
    unsigned_payload = server.signed(
        "sagemaker", "POST", "/", b"{}", **target, **{"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    )
    assert raw(server, "POST", "/", unsigned_payload, b"{}")[0] == 403


def test_a_signature_for_s3_does_not_open_sagemaker(server: RunningEmulator) -> None:
    """S3 leaves the body unsigned if it is asked to, so its signatures must not reach other services."""
    headers = {"X-Amz-Target": "SageMaker.ListModels"}
    signed = server.signed("s3", "POST", "/", b"{}", **headers)
    assert "Models" not in raw(server, "POST", "/", signed, b"{}")[1]


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls(server: RunningEmulator, version: str) -> None:
    s3 = server.client("s3", signature_version=version)
    bucket = f"presigned-{version}"
    server.client("s3").create_bucket(Bucket=bucket)
    place = {"Bucket": bucket, "Key": "a b/ü+c~"}
    steps: list[tuple[str, dict[str, Any], str, bytes | None, str]] = [
        ("put_object", {**place, "ContentType": "text/csv", "Metadata": {"a": "b"}}, "PUT", b"content", ""),
        ("get_object", place, "GET", None, "content"),
        ("get_object", {**place, "ResponseContentType": "text/x; a=b"}, "GET", None, "content"),
        ("head_object", place, "HEAD", None, ""),
        ("list_objects_v2", {"Bucket": bucket, "Prefix": "a b/"}, "GET", None, "ListBucketResult"),
        ("list_buckets", {}, "GET", None, bucket),
        ("delete_object", place, "DELETE", None, ""),
        ("head_bucket", {"Bucket": bucket}, "HEAD", None, ""),
    ]
    for operation, parameters, method, body, found in steps:
        url = s3.generate_presigned_url(operation, Params=parameters, HttpMethod=method)
        path = url.removeprefix(server.endpoint_url)
        meta = {"Content-Type": "text/csv", **({"x-amz-meta-a": "b"} if version == "s3v4" else {})} if body else {}
        status, content, _ = raw(server, method, path, meta, body or b"")
        assert (status in (200, 204), found in content) == (True, True), (operation, status, content)
        name = "Signature" if version == "s3" else "X-Amz-Signature"
        for changed in (path.replace(f"{name}=", f"{name}=0"), path.replace("/presigned", "/qresigned"), f"{path}&acl"):
            if changed != path:
                assert raw(server, method, changed, meta, body or b"")[0] == 403, (operation, changed)


def test_a_presigned_url_of_another_method_or_type(server: RunningEmulator) -> None:
    s3 = server.client("s3", signature_version="s3")
    server.client("s3").create_bucket(Bucket="other-method")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "other-method", "Key": "key"})
    path = url.removeprefix(server.endpoint_url)
    assert raw(server, "DELETE", path, {})[0] == 403
    status, content, _ = raw(server, "PUT", path, {"Content-Type": "text/x"}, b"content")
    assert status == 403
    assert "Content-Type is signed too, and 'text/x' was sent" in content
    assert raw(server, "PUT", path, {}, b"content")[0] == 200


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_ends(server: RunningEmulator, version: str) -> None:
    s3 = server.client("s3", signature_version=version)
    url = s3.generate_presigned_url("list_buckets", ExpiresIn=1)
    deadline = time.monotonic() + 1.1
    while time.monotonic() < deadline:
        time.sleep(0.1)
    with pytest.raises(urllib.error.HTTPError, match="403") as error:
        urllib.request.urlopen(url)
    assert b"<Code>AccessDenied</Code><Message>Request has expired" in error.value.read()
    lasting = s3.generate_presigned_url("list_buckets", ExpiresIn=600)
    longer = re.sub(r"(Expires=)(\d+)", lambda found: found[1] + str(int(found[2]) + 1000), lasting)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(longer)
    urllib.request.urlopen(lasting).close()


def test_a_presigned_url_of_another_service(server: RunningEmulator) -> None:
    url = server.client("sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")
    with urllib.request.urlopen(url) as answer:
        assert b"123456789012" in answer.read()


def test_keys_that_the_emulator_hands_out(server: RunningEmulator) -> None:
    role = {"RoleArn": "arn:aws:iam::123456789012:role/mine", "RoleSessionName": "session"}
    given = server.client("sts").assume_role(**role)["Credentials"]
    temporary = (given["AccessKeyId"], given["SecretAccessKey"])
    assert client(server, "sagemaker", *temporary, given["SessionToken"]).list_models()["Models"] == []
    identity = client(server, "sts", *temporary, given["SessionToken"]).get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::123456789012:assumed-role/mine/session"
    url = client(server, "s3", *temporary, given["SessionToken"]).generate_presigned_url("list_buckets")
    urllib.request.urlopen(url).close()
    for token in (None, "another"):
        code = refused(lambda token=token: client(server, "s3", *temporary, token).list_buckets())[1]
        assert code == "InvalidToken"
    assert refused(lambda: client(server, "sagemaker", token="stray").list_models())[1] == "UnrecognizedClientException"

    iam = server.client("iam")
    iam.create_user(UserName="user")
    made = iam.create_access_key(UserName="user")["AccessKey"]
    pair = (made["AccessKeyId"], made["SecretAccessKey"])
    client(server, "s3", *pair).list_buckets()
    iam.update_access_key(UserName="user", AccessKeyId=pair[0], Status="Inactive")
    assert refused(lambda: client(server, "s3", *pair).list_buckets())[1] == "InvalidAccessKeyId"
    iam.update_access_key(UserName="user", AccessKeyId=pair[0], Status="Active")
    iam.delete_access_key(UserName="user", AccessKeyId=pair[0])
    assert refused(lambda: client(server, "s3", *pair).list_buckets())[1] == "InvalidAccessKeyId"


@pytest.mark.parametrize("call", ["get_session_token", "get_federation_token"])
def test_keys_that_moto_takes_from_a_manual_are_not_handed_out(server: RunningEmulator, call: str) -> None:
    parameters = {"Name": "me"} if "federation" in call else {}
    _, code, message = refused(lambda: getattr(server.client("sts"), call)(**parameters))
    assert code == "NotImplemented"
    assert "use AssumeRole" in message


def test_a_large_upload_with_a_wrong_key_hears_why(server: RunningEmulator) -> None:
    stranger = client(server, "s3", secret="x" * 40)
    code = refused(lambda: stranger.put_object(Bucket="any", Key="key", Body=bytes(40 << 20)))[1]
    assert code == "SignatureDoesNotMatch"


def test_the_old_signature_in_a_header_is_refused_by_name(server: RunningEmulator) -> None:
    _, code, message = refused(lambda: server.client("s3", signature_version="s3").list_buckets())
    assert (code, message) == ("InvalidRequest", "Authorization is Signature Version 2: sign with AWS4-HMAC-SHA256")


HEADER = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0"
)
QUERY = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261125%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20261125T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
)
OLD = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=x%2B&Expires=1800000000"


@pytest.mark.parametrize("arguments", [(), ("--open",)], ids=["key", "open"])
def test_no_signature_is_the_emulators_fault(
    servers: Callable[..., RunningEmulator], arguments: tuple[str, ...]
) -> None:
    """Signatures that are nearly right, with the emulator's own key and with none."""
    running = servers(*arguments)
    own = running.key["aws_access_key_id"]
    rng = random.Random(10)
    junk = [
        "",
        " ",
        "=",
        ",",
        "/",
        "%",
        "%zz",
        "\xff",
        "\x7f",
        "0",
        "9" * 40,
        "X-Amz-Date",
        "host;host",
        "é",
        ";",
        "'",
        "<",
    ]

    def spoiled(text: str) -> str:
        for _ in range(rng.randint(1, 3)):
            start = rng.randrange(len(text) + 1)
            text = text[:start] + rng.choice(junk) + text[min(len(text), start + rng.choice([0, 1, 8])) :]
        return text

    methods, paths = ["GET", "HEAD"], ["/_emulator/status", "/bucket/key"]  # what is admitted is for other tests
    if not arguments:
        methods += ["PUT", "POST", "DELETE"]
        paths += ["/", "/bucket", INVOCATIONS, "//", "/%ff/%00"]
    dates = ["20261125T000000Z", "20269999T999999Z", "x", "", "20261125T000000Z ", "9" * 30]
    connection = http.client.HTTPConnection(urlsplit(running.endpoint_url).netloc, timeout=60)
    for turn in range(1500):
        method, path, headers = rng.choice(methods), rng.choice(paths), {}
        if turn % 3 == 0:
            headers["Authorization"] = spoiled(HEADER.replace("AKIAIOSFODNN7EXAMPLE", rng.choice([own, "x"])))
            headers["X-Amz-Date"] = rng.choice(dates)
            headers["x-amz-content-sha256"] = rng.choice(
                ["UNSIGNED-PAYLOAD", "x", "", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"]
            )
        else:
            query = spoiled((QUERY if turn % 3 == 1 else OLD).replace("AKIAIOSFODNN7EXAMPLE", rng.choice([own, "x"])))
            path += "?" + "".join(character for character in query if "!" <= character <= "~" and character != "#")
        headers = {name: value.encode("latin-1", "replace").decode("latin-1") for name, value in headers.items()}
        connection.request(method, path, rng.choice([b"", b"x", b"<x>"]), headers)
        answer = connection.getresponse()
        content = answer.read()
        expected = range(200, 500) if arguments else (400, 403)
        assert answer.status in expected, (method, path, headers, content)
    connection.close()
    assert running.client("sagemaker").list_models()["Models"] == []
