import pytest

from driver.aws import s3
from driver.errors import DriverError
from driver.lifecycle.send import send
from driver.requests.request import Request


@pytest.fixture
def filled(local, tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    local.ensure_bucket()
    keys = ("out/b.out", "out/a/a.out", "out/../../evil", "outside")
    send(
        local, [Request("s3", "PutObject", {"Bucket": local.bucket, "Key": key}, tmp_path / "a") for key in keys], print
    )
    return local


def test_what_is_below_a_uri_comes_down_in_order_and_nowhere_else(filled, tmp_path):
    folder = tmp_path / "down"
    paths = s3.download(filled, f"s3://{filled.bucket}/out/", folder)
    assert [str(path.relative_to(folder)) for path in paths] == ["a/a.out", "b.out"]
    assert paths[0].read_bytes() == b"content"
    assert not (tmp_path / "evil").exists()


def test_an_object_that_is_not_there_leaves_no_file(filled, tmp_path):
    with pytest.raises(DriverError, match=r"cannot download s3://.*: it does not exist"):
        s3.fetch(filled, f"s3://{filled.bucket}/missing", tmp_path / "down" / "missing")
    assert list((tmp_path / "down").iterdir()) == []


def test_a_place_that_cannot_be_written(filled, tmp_path):
    with pytest.raises(DriverError, match=r"cannot write .*: File exists; check folder and disk"):
        s3.fetch(filled, f"s3://{filled.bucket}/outside", tmp_path / "a" / "file")


def test_all_below_a_uri_is_deleted(filled, monkeypatch):
    monkeypatch.setattr(s3, "BATCH", 2)
    assert s3.delete(filled, f"s3://{filled.bucket}/out/") == 3
    assert list(s3.list_keys(filled, f"s3://{filled.bucket}/")) == ["outside"]
