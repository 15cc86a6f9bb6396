import pytest

from driver.errors import DriverError
from driver.requests import channels


def test_a_channel_with_options():
    channel = channels.parse("train=a,b/c=d,content-type=text/csv; header=absent,mode=Pipe", "text/plain")
    assert (channel.name, channel.source) == ("train", "a,b/c=d")
    assert (channel.content_type, channel.mode) == ("text/csv; header=absent", "Pipe")


def test_the_content_type_of_all_channels_holds_where_one_says_none():
    assert channels.parse("train=s3://bucket/x", "text/csv").content_type == "text/csv"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("train", "expected NAME=PATH or NAME=s3://bucket/prefix"),
        ("=x", "expected NAME=PATH"),
        ("train=", "expected NAME=PATH"),
        ("tr ain=x", "expected NAME=PATH"),
        ("train=s3://B/x", "is not an S3 URI"),
        ("train=S3://bucket/x", "write s3://bucket/x"),
        (
            "train=x,compression=Gzip",
            "channel train: SageMaker takes compression=Gzip only in Pipe mode: leave it out",
        ),
        ("train=x,compression=Gzip,mode=FastFile", "SageMaker takes compression=Gzip only in Pipe mode"),
        ("train=x,mode=File,wrapper=RecordIO", "SageMaker takes wrapper=RecordIO only in Pipe mode"),
        ("train=x,mode=Fast", 'mode is "Fast": expected one of File, FastFile, Pipe'),
        ("train=x,distribution=all", "expected one of FullyReplicated, ShardedByS3Key"),
    ],
)
def test_another_form_is_refused(text, sentence):
    with pytest.raises(DriverError, match=sentence):
        channels.parse(text)


def test_a_pipe_may_be_compressed_and_wrapped():
    channel = channels.parse("train=s3://bucket/x,compression=Gzip,wrapper=RecordIO,mode=Pipe")
    assert (channel.compression, channel.wrapper) == ("Gzip", "RecordIO")
    assert channels.parse("train=s3://bucket/x,compression=None,wrapper=None").compression == "None"


def test_a_manifest_is_named_itself(tmp_path):
    (tmp_path / "x.manifest").write_text("[]")
    channel = channels.parse(f"train={tmp_path}/x.manifest,type=ManifestFile")
    [put] = channels.uploads(channel, "s3://bucket/job/input", None)
    assert channels.entry(channel, "s3://bucket/job/input")["DataSource"]["S3DataSource"] == {
        "S3DataType": "ManifestFile",
        "S3Uri": f"s3://bucket/{put.parameters['Key']}",
        "S3DataDistributionType": "FullyReplicated",
    }


def test_data_that_are_not_there(tmp_path):
    with pytest.raises(DriverError, match=r"channel train: .*/nowhere does not exist: check the path"):
        channels.uploads(channels.parse(f"train={tmp_path}/nowhere"), "s3://bucket/job", None)
    with pytest.raises(DriverError, match="is empty: put the data files there"):
        channels.uploads(channels.parse(f"train={tmp_path}"), "s3://bucket/job", None)
