"""Versions of objects: put, read, marked as deleted, listed, and there again after kill -9."""

import hashlib
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from emulator.aws.versions import Entry, after
from tests.emulator.running import RunningEmulator


@pytest.fixture(scope="module")
def s3(server: RunningEmulator) -> Any:
    return server.client("s3")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    """A bucket in which versioning is enabled."""
    name = f"bucket-{hashlib.md5(request.node.name.encode()).hexdigest()}"
    s3.create_bucket(Bucket=name)
    version(s3, name, "Enabled")
    return name


def version(s3: Any, bucket: str, status: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status


def put(s3: Any, bucket: str, key: str, content: str, **more: Any) -> str:
    told: str = s3.put_object(Bucket=bucket, Key=key, Body=content.encode(), **more)["VersionId"]
    return told


def read(s3: Any, bucket: str, key: str, **more: str) -> str:
    content: bytes = s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read()
    return content.decode()


def listed(s3: Any, bucket: str, **more: Any) -> list[tuple[str, str, bool]]:
    """Key, version and whether it is the latest, of versions and then of delete markers."""
    answer = s3.list_object_versions(Bucket=bucket, **more)
    both = answer.get("Versions", []) + answer.get("DeleteMarkers", [])
    return [(one["Key"], one["VersionId"], one["IsLatest"]) for one in both]


def test_without_versioning_there_is_one_version(s3: Any) -> None:
    s3.create_bucket(Bucket="plain")
    assert "Status" not in s3.get_bucket_versioning(Bucket="plain")
    for content in (b"one", b"two"):
        assert "VersionId" not in s3.put_object(Bucket="plain", Key="a", Body=content)
    assert listed(s3, "plain") == [("a", "null", True)]
    assert read(s3, "plain", "a", VersionId="null") == "two"
    s3.delete_object(Bucket="plain", Key="a", VersionId="null")
    assert listed(s3, "plain") == []


def test_every_version_is_read_back(s3: Any, bucket: str) -> None:
    versions = [put(s3, bucket, "a", text, Metadata={"n": text}) for text in ("one", "two", "three")]
    assert len(set(versions)) == 3
    assert read(s3, bucket, "a") == "three"
    assert [read(s3, bucket, "a", VersionId=each) for each in versions] == ["one", "two", "three"]
    assert s3.head_object(Bucket=bucket, Key="a", VersionId=versions[0])["Metadata"] == {"n": "one"}
    assert listed(s3, bucket) == [("a", each, each == versions[2]) for each in reversed(versions)]
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a"]


def test_what_was_there_before_is_the_null_version(s3: Any) -> None:
    s3.create_bucket(Bucket="earlier")
    s3.put_object(Bucket="earlier", Key="a", Body=b"before")
    version(s3, "earlier", "Enabled")
    new = put(s3, "earlier", "a", "after")
    assert listed(s3, "earlier") == [("a", new, True), ("a", "null", False)]
    assert read(s3, "earlier", "a", VersionId="null") == "before"


def test_a_delete_marker(s3: Any, bucket: str) -> None:
    first = put(s3, bucket, "a", "content")
    deleted = s3.delete_object(Bucket=bucket, Key="a")
    assert deleted["DeleteMarker"] is True
    marker = deleted["VersionId"]
    with pytest.raises(ClientError, match="NoSuchKey"):
        read(s3, bucket, "a")
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=bucket, Key="a")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert listed(s3, bucket) == [("a", first, False), ("a", marker, True)]
    assert read(s3, bucket, "a", VersionId=first) == "content"
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket=bucket)
    undone = s3.delete_object(Bucket=bucket, Key="a", VersionId=marker)
    assert (undone["DeleteMarker"], undone["VersionId"]) == (True, marker)
    assert read(s3, bucket, "a") == "content"


def test_a_key_that_is_not_there_is_marked_too(s3: Any, bucket: str) -> None:
    marker = s3.delete_object(Bucket=bucket, Key="never")["VersionId"]
    assert listed(s3, bucket) == [("never", marker, True)]
    s3.delete_object(Bucket=bucket, Key="never", VersionId=marker)
    assert listed(s3, bucket) == []


def test_deleting_a_version_is_for_good(s3: Any, bucket: str, server: RunningEmulator) -> None:
    first, second = put(s3, bucket, "a", "one"), put(s3, bucket, "a", "two")
    before = len(list((server.state / "objects").iterdir()))
    s3.delete_object(Bucket=bucket, Key="a", VersionId=second)
    assert read(s3, bucket, "a") == "one"
    assert listed(s3, bucket) == [("a", first, True)]
    assert len(list((server.state / "objects").iterdir())) == before - 1
    with pytest.raises(ClientError, match="NoSuchVersion"):
        read(s3, bucket, "a", VersionId=second)


def test_suspended(s3: Any, bucket: str) -> None:
    first = put(s3, bucket, "a", "one")
    version(s3, bucket, "Suspended")
    assert [put(s3, bucket, "a", text) for text in ("two", "three")] == ["null", "null"]
    assert listed(s3, bucket) == [("a", "null", True), ("a", first, False)]
    assert (read(s3, bucket, "a"), read(s3, bucket, "a", VersionId=first)) == ("three", "one")
    assert s3.delete_object(Bucket=bucket, Key="a")["VersionId"] == "null"
    assert listed(s3, bucket) == [("a", first, False), ("a", "null", True)]
    version(s3, bucket, "Enabled")
    again = put(s3, bucket, "a", "four")
    assert listed(s3, bucket) == [("a", again, True), ("a", first, False), ("a", "null", False)]


def test_copied_and_tagged_by_version(s3: Any, bucket: str) -> None:
    first = put(s3, bucket, "a", "one", Tagging="n=1")
    put(s3, bucket, "a", "two", Tagging="n=2")
    s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a", "VersionId": first})
    assert read(s3, bucket, "b") == "one"
    tags = s3.get_object_tagging(Bucket=bucket, Key="a", VersionId=first)["TagSet"]
    assert tags == [{"Key": "n", "Value": "1"}]


def test_uploaded_in_parts(s3: Any, bucket: str) -> None:
    place = {"Bucket": bucket, "Key": "a"}
    first = put(s3, bucket, "a", "one")
    upload = s3.create_multipart_upload(**place)["UploadId"]
    etag = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    second = s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts)["VersionId"]
    assert listed(s3, bucket) == [("a", second, True), ("a", first, False)]


def test_pages(s3: Any, bucket: str) -> None:
    made = [(key, put(s3, bucket, key, str(number))) for key in ("a", "b", "c") for number in range(3)]
    marker = s3.delete_object(Bucket=bucket, Key="b")["VersionId"]
    for size in (1, 2, 3, 4, 100):
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
        found = [
            (one["Key"], one["VersionId"])
            for page in pages
            for one in page.get("Versions", []) + page.get("DeleteMarkers", [])
        ]
        assert sorted(found) == sorted([*made, ("b", marker)])
    rest = s3.list_object_versions(Bucket=bucket, KeyMarker="b")["Versions"]
    assert {one["Key"] for one in rest} == {"c"}
    assert s3.list_object_versions(Bucket=bucket, MaxKeys=0).get("Versions", []) == []


def test_prefix_and_delimiter(s3: Any, bucket: str) -> None:
    for key in ("top", "a/1", "a/2", "a//3", "a/b/4"):
        put(s3, bucket, key, "")
    answer = s3.list_object_versions(Bucket=bucket, Delimiter="/")
    assert [one["Prefix"] for one in answer["CommonPrefixes"]] == ["a/"]
    assert [one["Key"] for one in answer["Versions"]] == ["top"]
    answer = s3.list_object_versions(Bucket=bucket, Prefix="a/", Delimiter="/")
    assert [one["Prefix"] for one in answer["CommonPrefixes"]] == ["a//", "a/b/"]
    assert [one["Key"] for one in answer["Versions"]] == ["a/1", "a/2"]


def test_all_versions_are_deleted_at_once(s3: Any, server: RunningEmulator, bucket: str) -> None:
    """What Terraform's force_destroy and boto3's collections do."""
    for number in range(7):
        put(s3, bucket, f"k{number % 2}", str(number))
    s3.delete_object(Bucket=bucket, Key="k0")
    credentials = s3._get_credentials()
    resource = boto3.resource(
        "s3",
        region_name="us-east-1",
        endpoint_url=server.endpoint_url,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
    )
    resource.Bucket(bucket).object_versions.page_size(2).delete()
    assert listed(s3, bucket) == []
    s3.delete_bucket(Bucket=bucket)


def test_they_survive_kill_9(servers: Callable[..., RunningEmulator]) -> None:
    running = servers()
    s3 = running.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="a", Body=b"before")
    version(s3, "bucket", "Enabled")
    first = put(s3, "bucket", "a", "one", Metadata={"n": "1"}, Tagging="n=1")
    put(s3, "bucket", "a", "two")
    put(s3, "bucket", "gone", "three")
    s3.delete_object(Bucket="bucket", Key="gone")
    before = listed(s3, "bucket")
    times = [one["LastModified"] for one in s3.list_object_versions(Bucket="bucket")["Versions"]]
    for _ in range(2):
        running.kill()
        running.start()
        s3 = running.client("s3")
        assert s3.get_bucket_versioning(Bucket="bucket")["Status"] == "Enabled"
        assert listed(s3, "bucket") == before
        assert [one["LastModified"] for one in s3.list_object_versions(Bucket="bucket")["Versions"]] == times
        assert read(s3, "bucket", "a") == "two"
        assert read(s3, "bucket", "a", VersionId=first) == "one"
        assert read(s3, "bucket", "a", VersionId="null") == "before"
        assert s3.head_object(Bucket="bucket", Key="a", VersionId=first)["Metadata"] == {"n": "1"}
        assert s3.get_object_tagging(Bucket="bucket", Key="a", VersionId=first)["TagSet"][0]["Value"] == "1"
        with pytest.raises(ClientError, match="NoSuchKey"):
            read(s3, "bucket", "gone")
    assert len(list((running.state / "objects").iterdir())) == 4


def test_after_a_marker() -> None:
    entries = [Entry("a"), Entry("b"), Entry("c")]
    assert list(after(entries, None, None)) == entries
    assert list(after(entries, "b", None)) == [Entry("c")]
