"""S3 over HTTP, with boto3 and by hand, through crashes, cut connections and a full disk."""

import base64
import hashlib
import io
import os
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError
from moto.s3.exceptions import MissingBucket
from werkzeug.test import EnvironBuilder, run_wsgi_app

from emulator.api.call import Call
from emulator.aws.gateway import Gateway
from emulator.platform import Platform
from tests.emulator import raw
from tests.emulator.running import RunningEmulator

MIB = 1 << 20
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
KEYS = (
    "plain",
    "a/b/c.txt",
    "with space+plus",
    "100%",
    "a%2Fb",
    "ü/\u4e16\u754c",
    "q?x=1&y=2",
    "#~'()*!",
    "a//b",
    "/lead",
    "//",
    "a/",
    "a//",
    "a/../b",
    "../../b",
    "a/./b",
    ".",
    "line\nfeed",
)


@pytest.fixture(scope="module")
def s3(server: RunningEmulator) -> Any:
    return server.client("s3")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = f"bucket-{hashlib.md5(request.node.name.encode()).hexdigest()}"
    s3.create_bucket(Bucket=name)
    return name


def keys_of(s3: Any, bucket: str, **more: str) -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, **more).get("Contents", [])]


def body_of(s3: Any, bucket: str, key: str, **more: str) -> bytes:
    body: bytes = s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read()
    return body


@pytest.mark.parametrize("key", KEYS)
def test_any_key(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=b"content")
    assert body_of(s3, bucket, key) == b"content"
    assert keys_of(s3, bucket) == [key]
    assert keys_of(s3, bucket, Prefix=key[:3]) == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert keys_of(s3, bucket) == []


def test_slashes_make_different_keys(s3: Any, bucket: str) -> None:
    keys = ["/", "//", "//a", "/a", "a", "a/", "a//", "a//b", "a/./b", "a/../b", "a/b"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert keys_of(s3, bucket) == sorted(keys)
    assert [body_of(s3, bucket, key) for key in keys] == [key.encode() for key in keys]
    assert keys_of(s3, bucket, Prefix="a//") == ["a//", "a//b"]
    assert keys_of(s3, bucket, Prefix="/") == ["/", "//", "//a", "/a"]
    answer = s3.list_objects_v2(Bucket=bucket, Prefix="a/", Delimiter="/")
    assert [one["Prefix"] for one in answer["CommonPrefixes"]] == ["a/../", "a/./", "a//"]
    assert [one["Key"] for one in answer["Contents"]] == ["a/", "a/b"]
    answer = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [one["Prefix"] for one in answer["CommonPrefixes"]] == ["/", "a/"]
    for key in keys:
        s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
        assert body_of(s3, bucket, "copy") == key.encode()
        url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == key.encode()
    s3.delete_object(Bucket=bucket, Key="a//b")
    assert body_of(s3, bucket, "a/b") == b"a/b"


@pytest.mark.parametrize("key", ["key", "a//b", "/lead", "//", "a/../b", "with%20space", "%2Fencoded"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_bucket_named_by_the_host(s3: Any, bucket: str, server: RunningEmulator, host: str, key: str) -> None:
    dotted = f"dots.{bucket[:40]}"
    s3.create_bucket(Bucket=dotted)
    for name in (bucket, dotted):
        named = {"Host": f"{name}.{host}:{server.endpoint_url.rsplit(':', 1)[1]}"}
        put = raw.signed(server, "s3", "PUT", f"/{key}", named, key.encode())
        assert raw.sent(server, put, "PUT").status == 200
        assert body_of(s3, name, urllib.parse.unquote(key)) == key.encode()
        assert raw.sent(server, raw.signed(server, "s3", "GET", f"/{key}", named, b"")).body == key.encode()
        listed = raw.sent(server, raw.signed(server, "s3", "GET", "/?list-type=2", named, b"")).body
        assert f"<Name>{name}</Name>".encode() in listed


def test_a_body_of_xml_whatever_its_type_is_said_to_be(s3: Any, bucket: str, server: RunningEmulator) -> None:
    s3.put_object(Bucket=bucket, Key="a")
    body = b"<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"
    form = {"Content-Type": "application/x-www-form-urlencoded"}  # as `curl --data` says it
    put = raw.signed(server, "s3", "PUT", f"/{bucket}/a?tagging", form, body)
    assert raw.sent(server, put, "PUT").status == 200
    assert s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"] == [{"Key": "k", "Value": "v"}]


def test_a_presigned_lock_is_refused(s3: Any, bucket: str) -> None:
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "a"})
    request = urllib.request.Request(f"{url}&x-amz-object-lock-mode=GOVERNANCE", b"x", method="PUT")
    with pytest.raises(urllib.error.HTTPError, match=r"40[03]"):
        urllib.request.urlopen(request)
    assert keys_of(s3, bucket) == []


def test_what_is_told_of_an_object(s3: Any, bucket: str) -> None:
    s3.put_object(
        Bucket=bucket,
        Key="a",
        Body=b"a,b\n",
        ContentType="text/csv",
        Metadata={"my_key": "1", "other-key": "2"},
        Tagging="stage=test&by=me",
    )
    for told in (s3.head_object(Bucket=bucket, Key="a"), s3.get_object(Bucket=bucket, Key="a")):
        assert told["ContentType"] == "text/csv"
        assert told["Metadata"] == {"my_key": "1", "other-key": "2"}
        assert told["ETag"] == f'"{hashlib.md5(b"a,b" + bytes([10])).hexdigest()}"'
        assert told["ContentLength"] == 4
    tags = s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"]
    assert sorted((tag["Key"], tag["Value"]) for tag in tags) == [("by", "me"), ("stage", "test")]


@pytest.mark.parametrize(
    ("asked", "got"), [("bytes=2-4", b"234"), ("bytes=-3", b"789"), ("bytes=8-100", b"89"), ("bytes=5-", b"56789")]
)
def test_ranges(s3: Any, bucket: str, asked: str, got: bytes) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"0123456789")
    answer = s3.get_object(Bucket=bucket, Key="a", Range=asked)
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Body"].read()) == (206, got)


def test_uploaded_in_parts_and_downloaded_in_ranges(s3: Any, bucket: str) -> None:
    content = os.urandom(20 * MIB + 1)
    s3.upload_fileobj(io.BytesIO(content), bucket, "large", ExtraArgs={"Metadata": {"a": "b"}})
    told = s3.head_object(Bucket=bucket, Key="large")
    assert told["ETag"].endswith('-3"')
    assert told["Metadata"] == {"a": "b"}
    into = io.BytesIO()
    s3.download_fileobj(bucket, "large", into)
    assert into.getvalue() == content
    s3.copy({"Bucket": bucket, "Key": "large"}, bucket, "copied")
    assert body_of(s3, bucket, "copied") == content


def test_an_upload_in_parts_that_is_given_up(s3: Any, bucket: str, server: RunningEmulator) -> None:
    place = {"Bucket": bucket, "Key": "a"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    before = len(list((server.state / "objects").iterdir()))
    s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"part")
    assert [part["Size"] for part in s3.list_parts(**place, UploadId=upload)["Parts"]] == [4]
    s3.abort_multipart_upload(**place, UploadId=upload)
    assert keys_of(s3, bucket) == []
    assert len(list((server.state / "objects").iterdir())) == before
    for call in (
        lambda: s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"part"),
        lambda: s3.complete_multipart_upload(
            **place, UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]}
        ),
    ):
        with pytest.raises(ClientError, match="NoSuchUpload"):
            call()


@pytest.mark.parametrize(
    ("sizes", "listed", "code"),
    [
        ((1, 1), (1, 2), "EntityTooSmall"),
        ((1,), (1, 2), "InvalidPart"),
        ((1,), (), "MalformedXML"),
    ],
)
def test_parts_that_do_not_fit(
    s3: Any, bucket: str, sizes: tuple[int, ...], listed: tuple[int, ...], code: str
) -> None:
    place = {"Bucket": bucket, "Key": "a"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    etags = {
        number: s3.upload_part(**place, UploadId=upload, PartNumber=number, Body=bytes(size))["ETag"]
        for number, size in enumerate(sizes, start=1)
    }
    parts = [{"PartNumber": number, "ETag": etags.get(number, "none")} for number in listed]
    with pytest.raises(ClientError, match=code):
        s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
    assert keys_of(s3, bucket) == []


def test_copied_and_given_other_metadata(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"content", Metadata={"a": "1"}, Tagging="x=y")
    source = {"Bucket": bucket, "Key": "a"}
    s3.copy_object(Bucket=bucket, Key="b", CopySource=source)
    s3.copy_object(Bucket=bucket, Key="a", CopySource=source, Metadata={"b": "2"}, MetadataDirective="REPLACE")
    assert s3.head_object(Bucket=bucket, Key="b")["Metadata"] == {"a": "1"}
    assert s3.get_object_tagging(Bucket=bucket, Key="b")["TagSet"] == [{"Key": "x", "Value": "y"}]
    assert s3.head_object(Bucket=bucket, Key="a")["Metadata"] == {"b": "2"}
    assert body_of(s3, bucket, "a") == body_of(s3, bucket, "b") == b"content"


def test_many_deleted_at_once(s3: Any, bucket: str) -> None:
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=b"")
    gone = [{"Key": f"k{number}"} for number in (0, 1, 2, 9)]
    assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": gone})["Deleted"]) == 4
    assert keys_of(s3, bucket) == ["k3", "k4"]
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket=bucket)


def test_a_presigned_url(s3: Any, server: RunningEmulator, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a b", Body=b"content")
    for client in (s3, server.client("s3", signature_version="s3v4")):
        get = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b"})
        with urllib.request.urlopen(get) as answer:
            assert answer.read() == b"content"
        put = client.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "put"})
        plain = {"Content-Type": ""}  # urllib's own is not the one that was signed
        urllib.request.urlopen(urllib.request.Request(put, b"by url", plain, method="PUT")).close()
        assert body_of(s3, bucket, "put") == b"by url"


def test_without_a_signature_nothing_is_told(s3: Any, server: RunningEmulator, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"content")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{server.endpoint_url}/{bucket}/a")


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda s3, bucket: s3.get_object(Bucket=bucket, Key="missing"), "NoSuchKey"),
        (lambda s3, bucket: s3.head_object(Bucket=bucket, Key="missing"), "404"),
        (lambda s3, bucket: s3.put_object(Bucket="no-such-bucket", Key="a", Body=b"x"), "NoSuchBucket"),
        (lambda s3, bucket: s3.list_objects_v2(Bucket="no-such-bucket"), "NoSuchBucket"),
        (lambda s3, bucket: s3.get_object(Bucket=bucket, Key="a", PartNumber=1), "NotImplemented.*ask for a range"),
        (
            lambda s3, bucket: s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True),
            "NotImplemented.*ObjectLockEnabledForBucket of CreateBucket: locking of objects is not supported",
        ),
        (
            lambda s3, bucket: s3.put_object(Bucket=bucket, Key="a", ObjectLockLegalHoldStatus="ON"),
            "NotImplemented.*ObjectLockLegalHoldStatus of PutObject: locking of objects is not supported",
        ),
        (
            lambda s3, bucket: s3.put_object(
                Bucket=bucket, Key="a", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate="2099-01-01"
            ),
            "NotImplemented.*ObjectLockMode of PutObject: locking of objects",
        ),
        (
            lambda s3, bucket: s3.create_multipart_upload(
                Bucket=bucket, Key="a", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate="2099-01-01"
            ),
            "NotImplemented.*ObjectLockMode of CreateMultipartUpload: locking of objects",
        ),
        (
            lambda s3, bucket: s3.copy_object(
                Bucket=bucket, Key="b", CopySource=f"{bucket}/a", ObjectLockLegalHoldStatus="ON"
            ),
            "NotImplemented.*ObjectLockLegalHoldStatus of CopyObject: locking of objects",
        ),
        (
            lambda s3, bucket: s3.put_object_legal_hold(Bucket=bucket, Key="a", LegalHold={"Status": "ON"}),
            "NotImplemented.*PutObjectLegalHold of s3 is not supported",
        ),
        (
            lambda s3, bucket: s3.put_object_retention(Bucket=bucket, Key="a", Retention={"Mode": "GOVERNANCE"}),
            "NotImplemented.*PutObjectRetention of s3 is not supported",
        ),
        (
            lambda s3, bucket: s3.put_object_lock_configuration(
                Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
            ),
            "NotImplemented.*PutObjectLockConfiguration of s3 is not supported",
        ),
    ],
)
def test_errors(s3: Any, bucket: str, call: Callable[[Any, str], Any], code: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"content")
    with pytest.raises(ClientError, match=code):
        call(s3, bucket)


def test_buckets_of_any_region(servers: Callable[..., RunningEmulator]) -> None:
    running = servers()
    regions = ("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1")
    created = {}
    for region in regions:
        s3 = running.client("s3", region)
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=f"in-{region}", **where)
        s3.put_object(Bucket=f"in-{region}", Key="a", Body=region.encode())
        created[region] = created_in(s3, region)
    running.kill()
    running.start()
    for region in regions:
        s3 = running.client("s3", region)
        place = s3.get_bucket_location(Bucket=f"in-{region}")["LocationConstraint"]
        assert place == (None if region == "us-east-1" else region)
        assert created_in(s3, region) == created[region]
        assert body_of(s3, f"in-{region}", "a") == region.encode()


def created_in(s3: Any, region: str) -> Any:
    (created,) = [one["CreationDate"] for one in s3.list_buckets()["Buckets"] if one["Name"] == f"in-{region}"]
    return created


def test_all_that_was_acknowledged_survives_kill_9(servers: Callable[..., RunningEmulator]) -> None:
    running = servers()
    s3 = running.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.upload_fileobj(io.BytesIO(bytes(9 * MIB)), "bucket", "parts")
    for key in KEYS:
        s3.put_object(Bucket="bucket", Key=key, Body=key.encode(), Metadata={"a_b": "c"}, Tagging="d=e")
    s3.put_object(Bucket="bucket", Key="replaced", Body=b"old")
    s3.put_object(Bucket="bucket", Key="replaced", Body=b"new")
    s3.put_object_tagging(Bucket="bucket", Key="replaced", Tagging={"TagSet": [{"Key": "f", "Value": "g"}]})
    s3.put_object(Bucket="bucket", Key="deleted", Body=b"x")
    s3.delete_object(Bucket="bucket", Key="deleted")
    before = everything(s3)
    running.kill()
    running.start()
    assert everything(running.client("s3")) == before
    assert len(before) == len(KEYS) + 2


def everything(s3: Any) -> dict[str, Any]:
    found = {}
    for one in s3.list_objects_v2(Bucket="bucket")["Contents"]:
        place = {"Bucket": "bucket", "Key": one["Key"]}
        answer = s3.get_object(**place)
        headers = {name: value for name, value in answer.items() if name not in ("Body", "ResponseMetadata")}
        found[one["Key"]] = (one, headers, answer["Body"].read(), s3.get_object_tagging(**place)["TagSet"])
    return found


def test_an_upload_cut_in_the_middle_registers_nothing(s3: Any, bucket: str, server: RunningEmulator) -> None:
    before = sorted((server.state / "objects").iterdir())
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "cut"})
    host, port = server.endpoint_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = (
            f"PUT {url.removeprefix(server.endpoint_url)} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000000\r\n\r\n"
        )
        connection.sendall(head.encode() + bytes(500_000))
    for _ in range(600):
        if sorted((server.state / "objects").iterdir()) == before:
            break
        threading.Event().wait(0.05)
    assert sorted((server.state / "objects").iterdir()) == before
    assert keys_of(s3, bucket) == []


def test_a_wrong_checksum_registers_nothing(s3: Any, bucket: str) -> None:
    wrong = base64.b64encode(bytes(32)).decode()
    with pytest.raises(ClientError, match=r"BadDigest.*The SHA256 of the body"):
        s3.put_object(Bucket=bucket, Key="a", Body=b"content", ChecksumSHA256=wrong)
    assert keys_of(s3, bucket) == []


def test_the_last_writer_wins_on_the_disk_too(servers: Callable[..., RunningEmulator]) -> None:
    running = servers()
    running.client("s3").create_bucket(Bucket="bucket")

    def put(number: int) -> None:
        client = running.client("s3")
        for turn in range(10):
            client.put_object(Bucket="bucket", Key="same", Body=f"{number} {turn}".encode())

    threads = [threading.Thread(target=put, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = body_of(running.client("s3"), "bucket", "same")
    running.kill()
    running.start()
    assert body_of(running.client("s3"), "bucket", "same") == last
    assert len(list((running.state / "objects").iterdir())) == 1


def test_a_full_disk(tmp_path: Path, small_disk: tuple[Path, list[str]]) -> None:
    folder, limits = small_disk
    running = RunningEmulator(folder / "state", log=tmp_path / "log", limits=limits)
    try:
        s3 = running.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="kept", Body=b"content")
        with pytest.raises(ClientError, match=r"No space left on device|File too large") as error:
            s3.put_object(Bucket="bucket", Key="large", Body=bytes(30 * MIB))
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 507
        assert keys_of(s3, "bucket") == ["kept"]
        assert len(list((running.state / "objects").iterdir())) == 1
        s3.put_object(Bucket="bucket", Key="small", Body=b"content")
        running.kill()
        running.start()
        assert keys_of(running.client("s3"), "bucket") == ["kept", "small"]
    finally:
        running.end()


def test_memory_does_not_grow_with_objects(servers: Callable[..., RunningEmulator]) -> None:
    running = servers()
    s3 = running.client("s3")
    s3.create_bucket(Bucket="bucket")
    process = psutil.Process(running.process.pid)
    peak = process.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.01):
            memory = process.memory_info()
            peak = max(peak, memory.rss - memory.shared)

    watcher = threading.Thread(target=watch)
    watcher.start()
    content = bytes(150 * MIB)
    s3.put_object(Bucket="bucket", Key="whole", Body=content)
    s3.upload_fileobj(io.BytesIO(content), "bucket", "parts")
    s3.copy_object(Bucket="bucket", Key="copy", CopySource={"Bucket": "bucket", "Key": "whole"})
    assert sum(len(chunk) for chunk in s3.get_object(Bucket="bucket", Key="copy")["Body"].iter_chunks(MIB)) == 150 * MIB
    done.set()
    watcher.join()
    assert peak < 250 * MIB


def test_from_within(platform: Platform, tmp_path: Path) -> None:
    objects, call = platform.objects, Call(service="s3")
    (tmp_path / "file").write_bytes(b"content")
    assert not objects.bucket_exists("bucket")
    with pytest.raises(MissingBucket):
        objects.put("bucket", "a", tmp_path / "file")
    assert not list((tmp_path / "state" / "objects").iterdir())
    created = EnvironBuilder("/bucket", method="PUT", headers={"Authorization": AUTHORIZATION}).get_environ()
    run_wsgi_app(lambda environ, start: Gateway(objects)(call, environ, start), created | {"REQUEST_URI": "/bucket"})
    assert objects.bucket_exists("bucket")
    for key in ("b/2", "b/1", "a"):
        objects.put("bucket", key, tmp_path / "file")
    assert [(one.key, one.path.read_bytes()) for one in objects.find("bucket", "b/")] == [
        ("b/1", b"content"),
        ("b/2", b"content"),
    ]


def test_an_object_whose_file_is_gone_is_no_object(
    servers: Callable[..., RunningEmulator],
) -> None:
    running = servers()
    s3 = running.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="a", Body=b"content")
    running.kill()
    for file in (running.state / "objects").iterdir():
        file.unlink()
    running.start()
    assert keys_of(running.client("s3"), "bucket") == []
    assert "s3://bucket/a is lost" in running.log.read_text()


def test_an_access_log_leaves_contents_alone(s3: Any, bucket: str) -> None:
    target = f"{bucket}-log"
    s3.create_bucket(Bucket=target)
    owner = s3.get_bucket_acl(Bucket=target)["Owner"]
    group = {"URI": "http://acs.amazonaws.com/groups/s3/LogDelivery", "Type": "Group"}
    grants = [{"Grantee": group, "Permission": permission} for permission in ("WRITE", "READ_ACP")]
    s3.put_bucket_acl(Bucket=target, AccessControlPolicy={"Grants": grants, "Owner": owner})
    logging = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "log/"}}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=logging)
    s3.put_object(Bucket=bucket, Key="key", Body=b"the content")
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"the content"
    lines = [
        s3.get_object(Bucket=target, Key=each["Key"])["Body"].read().decode()
        for each in s3.list_objects_v2(Bucket=target, Prefix="log/")["Contents"]
    ]
    assert sorted(line.partition("REST.")[2].split()[:4] for line in lines) == [
        ["GET.BUCKET", "-", "GET", f"/{bucket}/key"],
        ["PUT.BUCKET", "-", "PUT", f"/{bucket}/key"],
    ]


@pytest.mark.parametrize(
    ("call", "code", "sentence"),
    [
        (
            lambda s3, bucket: s3.put_bucket_notification_configuration(
                Bucket=bucket,
                NotificationConfiguration={
                    "QueueConfigurations": [
                        {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:Nothing"]}
                    ]
                },
            ),
            "InvalidArgument",
            "The event 's3:Nothing' is not supported for notifications",
        ),
        (
            lambda s3, bucket: s3.put_bucket_acl(
                Bucket=bucket, AccessControlPolicy={"Grants": [{"Permission": "EAT"}], "Owner": {"ID": "me"}}
            ),
            "MalformedACLError",
            "",
        ),
        (
            lambda s3, bucket: s3.put_object(Bucket=bucket, Key="k", StorageClass="CELLAR"),
            "InvalidStorageClass",
            "The storage class you specified is not valid",
        ),
        (
            lambda s3, bucket: s3.list_objects_v2(Bucket=bucket, MaxKeys=-1),
            "InvalidArgument",
            "Argument max-keys must be an integer between 0 and 2147483647",
        ),
        (
            lambda s3, bucket: s3.list_objects_v2(Bucket=bucket, MaxKeys=2**31),
            "InvalidArgument",
            "Provided max-keys not an integer or within integer range",
        ),
        (
            lambda s3, bucket: s3.upload_part(Bucket=bucket, Key="k", UploadId="u", PartNumber=10_001, Body=b""),
            "InvalidArgument",
            "Part number must be an integer between 1 and 10000, inclusive",
        ),
    ],
)
def test_errors_that_s3_has_of_its_own(
    s3: Any, bucket: str, call: Callable[[Any, str], object], code: str, sentence: str
) -> None:
    with pytest.raises(ClientError) as refused:
        call(s3, bucket)
    assert refused.value.response["Error"]["Code"] == code
    assert sentence in refused.value.response["Error"]["Message"]
