"""Places in S3, and what a container sees of the objects that stand there."""

import json
from pathlib import Path

import pytest
from moto.s3.models import s3_backends

from emulator.api.call import ACCOUNT
from emulator.api.errors import ApiError
from emulator.aws import locations
from emulator.aws.locations import Location
from emulator.errors import EmulatorError
from emulator.platform import Platform


@pytest.fixture
def filled(platform: Platform, tmp_path: Path) -> Platform:
    """A platform with objects whose content is their key."""
    s3_backends[ACCOUNT]["aws"].create_bucket("bucket", "us-east-1")
    for key in ("in/", "in/a", "in/deep/b", "in-old/c", "in/../d"):
        put(platform, tmp_path, key, key)
    return platform


def put(platform: Platform, folder: Path, key: str, content: str) -> None:
    (folder / "content").write_text(content)
    platform.objects.put("bucket", key, folder / "content")


def names(platform: Platform, uri: str, kind: str = "S3Prefix") -> dict[str, str]:
    found = locations.files(platform.objects, {"S3DataType": kind, "S3Uri": uri})
    return {name: path.read_text() for name, path in found.items()}


def test_a_prefix(filled: Platform) -> None:
    filled.objects.remove("bucket", "in/../d")
    assert names(filled, "s3://bucket/in/") == {"a": "in/a", "deep/b": "in/deep/b"}
    assert names(filled, "s3://bucket/in") == {"a": "in/a", "deep/b": "in/deep/b", "in-old/c": "in-old/c"}
    assert names(filled, "s3://bucket/in/a") == {"a": "in/a"}
    assert names(filled, "s3://bucket") == {"in/a": "in/a", "in/deep/b": "in/deep/b", "in-old/c": "in-old/c"}


def test_a_key_that_leads_outside(filled: Platform) -> None:
    with pytest.raises(EmulatorError, match=r"holds '\.\./d', a name that leads outside the channel"):
        names(filled, "s3://bucket/in/")


def test_a_manifest(filled: Platform, tmp_path: Path) -> None:
    put(filled, tmp_path, "list", json.dumps([{"prefix": "s3://bucket/in/"}, "a", "deep/b"]))
    assert names(filled, "s3://bucket/list", "ManifestFile") == {"a": "in/a", "deep/b": "in/deep/b"}


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '["a"]', '[{"prefix": 1}]', '[{"prefix": "in/"}]', '[{"prefix": "s3://bucket/"}, 1]']
)
def test_what_is_no_manifest(filled: Platform, tmp_path: Path, content: str) -> None:
    put(filled, tmp_path, "list", content)
    with pytest.raises(EmulatorError, match="s3://bucket/list is not a manifest: write a JSON array"):
        names(filled, "s3://bucket/list", "ManifestFile")


def test_no_manifest(filled: Platform) -> None:
    with pytest.raises(EmulatorError, match="NoSuchKey: the manifest s3://bucket/lis"):
        names(filled, "s3://bucket/lis", "ManifestFile")


@pytest.mark.parametrize("uri", ["https://bucket/key", "s3:///key", "bucket/key"])
def test_what_is_no_s3_uri(uri: str) -> None:
    with pytest.raises(ApiError, match=r"S3Uri is .*: give an s3:// URI"):
        locations.parse(uri, "S3Uri")


@pytest.mark.parametrize(
    ("prefix", "below"),
    [("", "x/y"), ("a", "a/x/y"), ("a/", "a/x/y"), ("a//", "a//x/y"), ("/", "/x/y"), ("/a", "/a/x/y")],
)
def test_below(prefix: str, below: str) -> None:
    assert Location("b", prefix).below("x", "y") == Location("b", below)


def test_slashes_are_letters_of_a_key(platform: Platform, tmp_path: Path) -> None:
    s3_backends[ACCOUNT]["aws"].create_bucket("bucket", "us-east-1")
    for key in ("p/a", "p//b", "p//deep/c", "/p/d", "//e"):
        put(platform, tmp_path, key, key)
    assert names(platform, "s3://bucket/p//") == {"b": "p//b", "deep/c": "p//deep/c"}
    assert names(platform, "s3://bucket//p/") == {"d": "/p/d"}
    assert names(platform, "s3://bucket///") == {"e": "//e"}
    assert names(platform, "s3://bucket/p/a") == {"a": "p/a"}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (("p//b",), r"holds '/b', a name with an empty part, which a file cannot have: rename that object"),
        (("p/a//b",), r"holds 'a//b', a name with an empty part"),
        (("p/./b",), r"holds '\./b', a name with an empty part"),
        (("p/a/../b",), r"holds 'a/\.\./b', a name that leads outside the channel"),
        (("p/" + "n" * 256,), r"a part above 255 bytes, which a file cannot have"),
        (("p/a", "p/a/b"), r"holds 'a/b' and 'a', a file below a file: rename one"),
    ],
)
def test_keys_that_cannot_be_files(platform: Platform, tmp_path: Path, keys: tuple[str, ...], message: str) -> None:
    s3_backends[ACCOUNT]["aws"].create_bucket("bucket", "us-east-1")
    for key in keys:
        put(platform, tmp_path, key, key)
    with pytest.raises(EmulatorError, match=message):
        names(platform, "s3://bucket/p/")


def test_two_keys_that_would_be_one_file(platform: Platform, tmp_path: Path) -> None:
    s3_backends[ACCOUNT]["aws"].create_bucket("bucket", "us-east-1")
    for key in ("in", "in/in"):
        put(platform, tmp_path, key, key)
    with pytest.raises(EmulatorError, match="two objects that would both be the file 'in': rename one"):
        names(platform, "s3://bucket/in")
