"""A step whose earlier attempts went wrong: AWS's answers, as a server of this machine gives them."""

import pytest

from driver.errors import DriverError
from driver.lifecycle import resume
from driver.output import Output
from driver.requests.channels import Channel
from driver.requests.training import Plan, Resources

URI = "s3://a-bucket/launch/news-vectors-2/output/model.tar.gz"
DATA = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://a-bucket/corpus/"}}}


def planned(name):
    return Plan(
        name=name, image="image", role="arn:aws:iam::123456789012:role/Trainer", folder=f"s3://a-bucket/launch/{name}",
        channels=[Channel(name="train", source="s3://a-bucket/corpus/")], hyperparameters={"mode": "skipgram"},
        resources=Resources(instance_type="ml.c5.xlarge"),
    )  # fmt: skip


def job(status, **more):
    return {
        "TrainingJobStatus": status, "SecondaryStatus": status, "HyperParameters": {"mode": "skipgram"},
        "ModelArtifacts": {"S3ModelArtifacts": URI}, "InputDataConfig": [{"ChannelName": "train", **DATA}], **more,
    }  # fmt: skip


def missing(scripted):
    scripted.error("ValidationException", "Requested resource not found.")


def no_log(scripted):
    scripted.error("ResourceNotFoundException", "The specified log group does not exist.")


def test_a_failed_attempt_is_followed_by_one_of_another_name(scripted, amazon, capsys):
    scripted.ok(job("Failed", FailureReason="ClientError: no word"))
    missing(scripted)  # news-vectors-2, which is asked for again before it is created,
    missing(scripted)
    missing(scripted)  # and no tuning job is called so
    scripted.ok()  # the bucket is there
    scripted.ok({"TrainingJobArn": "arn"})
    scripted.ok(job("Completed"))
    no_log(scripted)
    assert resume.ensure_trained(amazon, "news-vectors", planned, Output()) == ("news-vectors-2", URI)
    assert capsys.readouterr().out.splitlines()[0] == "training job news-vectors is Failed: trying again"
    assert [operation for _, _, operation in scripted.seen if operation.startswith("Create")] == ["CreateTrainingJob"]


def test_one_that_runs_is_waited_for(scripted, amazon, capsys):
    scripted.ok(job("InProgress"))
    scripted.ok(job("Completed"))
    no_log(scripted)
    assert resume.ensure_trained(amazon, "news-vectors", planned, Output()).model == URI
    assert capsys.readouterr().out.splitlines()[0] == "training job news-vectors is already running"


def test_other_data_are_another_job(scripted, amazon):
    other = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://a-bucket/other/"}}}
    scripted.ok(job("Completed", InputDataConfig=[{"ChannelName": "train", **other}]))
    with pytest.raises(DriverError, match="channel train s3://a-bucket/other/, now s3://a-bucket/corpus/"):
        resume.ensure_trained(amazon, "news-vectors", planned, Output())


def test_where_a_model_will_be():
    assert resume.model_uri(planned("news-vectors-2")) == URI
