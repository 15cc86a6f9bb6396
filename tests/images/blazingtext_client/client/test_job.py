"""A whole job against moto, which keeps jobs and objects, but runs nothing: what a job would leave is put there."""

import pytest
from blazingtext_client.client import job
from smcontract.errors import UserError

from driver.aws.target import local_target
from driver.errors import DriverError
from driver.output import Output
from driver.requests.channels import Channel

from .conftest import VECTORS

KEY = "blazingtext/vectors-1/output/model.tar.gz"


@pytest.fixture
def target(aws):
    return local_target(aws, "eu-west-1", None, "a-bucket")


@pytest.fixture
def sources(tmp_path):
    (tmp_path / "texts.txt").write_text("A film.\nThe café!\n")
    return {"train": [tmp_path / "texts.txt"]}


@pytest.fixture
def vectors(plan, tmp_path):
    """A plan whose corpus is made in the folder `out`."""
    return plan(channels=[Channel(name="train", source=str(tmp_path / "out" / "train.txt"), content_type="text/plain")])


def test_a_whole_job_of_word_vectors(target, vectors, sources, archive, tmp_path, capsys):
    target.ensure_bucket()
    model = archive({"vectors.txt": VECTORS, "vectors.bin": b"\0"}).read_bytes()
    target.client("s3").put_object(Bucket="a-bucket", Key=KEY, Body=model)
    out = tmp_path / "out"
    job.run(vectors, sources, out, target, Output())
    assert sorted(path.name for path in out.iterdir()) == ["model.tar.gz", "train.txt", "vectors.txt"]
    assert (out / "vectors.txt").read_bytes() == VECTORS
    assert (out / "model.tar.gz").read_bytes() == model
    sent = target.client("s3").get_object(Bucket="a-bucket", Key="blazingtext/vectors-1/input/train/train.txt")
    assert sent["Body"].read() == b"a film\nthe caf\xc3\xa9\n"
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        f"{out / 'train.txt'}: 2 lines, 4 words",
        "uploading 1 file, 0.0 kB, to s3://a-bucket",
        "training job vectors-1 on 1 x ml.c5.2xlarge",
    ]
    assert said[-2:] == [
        f"{out / 'model.tar.gz'}: the model, from s3://a-bucket/{KEY}",
        f"{out / 'vectors.txt'}: 3 words of 2 dimensions",
    ]
    with pytest.raises(DriverError, match="a training job called vectors-1 already exists"):
        job.run(vectors, sources, out, target, Output())


def test_a_wrong_plan_touches_nothing(target, plan, tmp_path):
    with pytest.raises(UserError, match="runs on one instance"):
        job.run(plan(hyperparameters={"mode": "cbow"}, instance_count=2), {}, tmp_path / "out", target, Output())
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made(target, vectors, sources, tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(UserError, match=r"cannot make the folder .*out: File exists; choose another"):
        job.run(vectors, sources, tmp_path / "out", target, Output())


def test_a_model_that_is_not_there_leaves_no_file(target, vectors, sources, tmp_path):
    with pytest.raises(DriverError, match=f"cannot download s3://a-bucket/{KEY}: it does not exist"):
        job.run(vectors, sources, tmp_path / "out", target, Output())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["train.txt"]
