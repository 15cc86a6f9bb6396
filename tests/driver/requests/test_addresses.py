import pytest

from driver import cli
from driver.errors import DriverError
from driver.requests import addresses

OTHER_FORMS = [
    ("s3a://bucket/a b", "is not spelt as AWS spells it: write s3://bucket/a b"),
    ("s3n://bucket/x", "is not spelt as AWS spells it: write s3://bucket/x"),
    ("S3://bucket/X", "is not spelt as AWS spells it: write s3://bucket/X"),
    ("s3:/bucket/x", "is not spelt as AWS spells it: write s3://bucket/x"),
    ("s3:///bucket/x", "is not spelt as AWS spells it: write s3://bucket/x"),
    ("arn:aws:s3:::bucket", "is an ARN in S3: write s3://bucket"),
    ("arn:aws-cn:s3:::bucket/k/x", "is an ARN in S3: write s3://bucket/k/x"),
    (
        "arn:aws:s3:us-west-2:123456789012:accesspoint/mine",
        "is the ARN of an access point: write s3://ALIAS/ with the access point's alias",
    ),
    ("arn:aws:s3:us-west-2:123456789012:accesspoint/mine/object/k/x", "write s3://ALIAS/k/x with"),
    ("https://bucket.s3.amazonaws.com/k/x%20y", "is a web address in S3: write s3://bucket/k/x y"),
    ("https://my.bucket.s3-eu-west-1.amazonaws.com/k", "write s3://my.bucket/k"),
    ("https://s3.eu-west-1.amazonaws.com/bucket/k", "write s3://bucket/k"),
    ("https://bucket.s3.dualstack.eu-west-1.amazonaws.com/k?versionId=1", "write s3://bucket/k"),
    ("https://bucket.s3.cn-north-1.amazonaws.com.cn/k", "write s3://bucket/k"),
    ("https://s3.console.aws.amazon.com/s3/buckets/bucket?region=eu-west-1&prefix=a/b/", "write s3://bucket/a/b/"),
    ("https://eu-west-1.console.aws.amazon.com/s3/object/bucket?prefix=a%2Fb.csv", "write s3://bucket/a/b.csv"),
    ("https://example.com/x", "is not an S3 URI: write s3://bucket/key"),
    ("http://[::1", "is not an S3 URI"),
    ("gs://bucket/x", "is not an S3 URI"),
    ("file:///data/x.csv", "name the file or folder by its path alone"),
    ("s3://", "is not an S3 URI"),
    ("s3:///key", "write s3://key"),
    ("s3://Bucket/key", "is not an S3 URI"),
    ("S3://Bucket/key", "is not an S3 URI"),
    ("s3://a_b/key", "is not an S3 URI"),
]


@pytest.mark.parametrize(("address", "sentence"), OTHER_FORMS)
def test_another_form_is_named_with_the_right_spelling(address, sentence):
    for read in (addresses.location, addresses.is_remote):
        with pytest.raises(DriverError) as error:
            read(address)
        assert str(error.value).startswith(f'"{address}" ')
        assert sentence in str(error.value)


@pytest.mark.parametrize("path", ["reviews.csv", "/data/x", "a:b/c", "C:/x", "s3.csv", "arn/x", "", "bucket.s3:x"])
def test_a_path_is_a_path(path):
    assert not addresses.is_remote(path)


AWS = ("--aws", "--region", "eu-west-1", "--role", "arn:aws:iam::123456789012:role/Trainer")
MODEL = ("--image", "xgboost-sentiment")


@pytest.mark.parametrize("is_dry", [True, False])
@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "xgboost-sentiment", "--train", "S3://bucket/k"),
        ("train", "xgboost-sentiment", "--channel", "train=S3://bucket/k,content-type=text/csv"),
        ("train", "xgboost-sentiment", "--checkpoint-uri", "S3://bucket/k"),
        ("tune", "xgboost-sentiment", "--validation", "S3://bucket/k", "--train", "s3://bucket/t"),
        ("pipeline", "news", "--corpus", "S3://bucket/k", "--train", "s3://bucket/t"),
        ("pipeline", "news", "--corpus", "s3://bucket/t", "--train", "S3://bucket/k"),
        ("deploy", "--name", "a", "--model-data", "S3://bucket/k", *MODEL),
        ("update", "a", "--model-data", "S3://bucket/k", *MODEL, "--instance-type", "ml.c5.large",
         "--instance-count", "1"),
        ("transform", "a", "S3://bucket/k", "--content-type", "text/csv", "--model-data", "s3://bucket/m", *MODEL),
        ("transform", "a", "s3://bucket/k", "--content-type", "text/csv", "--model-data", "S3://bucket/k", *MODEL),
    ],
)  # fmt: skip
def test_every_command_says_so_before_anything_is_sent(arguments, is_dry, scripted, capsys):
    scripted.error("ValidationException", "never asked")
    where = ("--dry-run",) if is_dry else ("--endpoint-url", scripted.url)
    assert cli.main([*arguments, *AWS, "--bucket", "texts", *where]) == 1
    assert 'launch.py: "S3://bucket/k" is not spelt as AWS spells it: write s3://bucket/k\n' in capsys.readouterr().err
    assert [each for each in scripted.seen if not each[2].startswith("Describe")] == []
