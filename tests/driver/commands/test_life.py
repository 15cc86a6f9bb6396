"""The commands one after another, against moto's SageMaker, which trains and serves nothing but keeps the records."""

import json

import pytest

from driver import cli


@pytest.fixture
def deployed(launch):
    """A training job and an endpoint, both called reviews."""
    assert launch("train", "xgboost-sentiment", "--name", "reviews")[0] == 0
    code, out, _ = launch("deploy", "reviews", "--instance-count", "2")
    assert code == 0
    assert "to delete it: ./launch.py delete reviews" in out
    return launch


def test_an_endpoint_serves_the_jobs_model_with_its_image(deployed, local):
    sagemaker = local.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName="reviews")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    variant = config["ProductionVariants"][0]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.m5.large", 2)
    container = sagemaker.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"]
    job = sagemaker.describe_training_job(TrainingJobName="reviews")
    assert container["Image"] == "xgboost-sentiment:dev"
    assert container["ModelDataUrl"] == job["ModelArtifacts"]["S3ModelArtifacts"]


def test_on_aws_it_is_said_what_an_endpoint_costs(deployed, moto, capsys, monkeypatch):
    role = "arn:aws:iam::123456789012:role/Trainer"
    arguments = ["deploy", "reviews", "--name", "live", "--aws", "--region", "us-east-1", "--role", role]
    assert cli.main([*arguments, "--endpoint-url", moto, "--no-wait"]) == 0
    out = capsys.readouterr().out
    assert "AWS bills it by the second until it is deleted" in out
    assert "./launch.py delete live --aws --region us-east-1" in out


def test_what_there_is_is_listed(deployed):
    code, out, _ = deployed("list")
    assert code == 0
    rows = [line.split()[:2] for line in out.splitlines()]
    assert rows[:3] == [["KIND", "NAME"], ["training-job", "reviews"], ["endpoint", "reviews"]]
    assert "BILLED" not in out  # on this machine
    entries = json.loads(deployed("list", "--kind", "endpoint", "--json")[1])
    assert [(entry["name"], entry["billed"]) for entry in entries] == [("reviews", True)]


def test_nothing_is_listed_where_there_is_nothing(launch):
    assert launch("list") == (0, "nothing yet: start with ./launch.py train xgboost-sentiment\n", "")
    assert "no resource whose name contains news: " in launch("list", "--contains", "news")[1]


def test_a_list_with_a_filter_says_what_there_is_none_of(deployed):
    said = deployed("list", "--kind", "tuning-job")
    assert said == (0, "no tuning job: `./launch.py list` lists everything\n", "")
    assert "no endpoint whose name contains news: " in deployed("list", "--kind", "endpoint", "--contains", "news")[1]


def test_all_of_a_name_is_described(deployed):
    code, out, _ = deployed("describe", "reviews")
    assert code == 0
    assert "training job reviews\n  TrainingJobName: reviews" in out
    assert "endpoint reviews\n  EndpointName: reviews" in out
    assert set(json.loads(deployed("describe", "reviews", "--json")[1])) == {"training-job", "endpoint"}
    assert set(json.loads(deployed("describe", "reviews", "--json", "--kind", "endpoint")[1])) == {"endpoint"}


def test_a_name_that_is_taken(deployed):
    code, _, err = deployed("deploy", "reviews")
    assert code == 1
    assert "an endpoint called reviews already exists: `./launch.py update reviews` deploys another model to it" in err


def test_all_from_a_job_is_found_whatever_it_is_called(deployed, local):
    deployed("deploy", "reviews", "--name", "other")
    deployed("train", "headline-mxnet", "--name", "headlines")
    deployed("deploy", "headlines")
    code, out, _ = deployed("delete", "--all-from", "reviews", "--dry-run")
    operations = [entry["operation"] for entry in json.loads(out)]
    assert (code, operations) == (0, ["DeleteEndpoint"] * 2 + ["DeleteEndpointConfig"] * 2 + ["DeleteModel"] * 2)
    assert "endpoint" in deployed("list")[1]
    code, out, _ = deployed("delete", "--all-from", "reviews")
    assert code == 0
    assert "deleted the endpoint other" in out
    assert "nothing that came from reviews is billed by the second now; kept in S3: s3://sagemaker-us-east" in out
    left = [line.split()[:2] for line in deployed("list")[1].splitlines()[1:]]
    assert [kind for kind, _ in left] == ["training-job", "training-job", "endpoint", "endpoint-configuration", "model"]
    assert all(name.startswith("headlines") for kind, name in left if kind != "training-job")
    assert list(keys(local, "launch/reviews/")) != []
    assert deployed("delete", "--all-from", "reviews", "--data")[0] == 0
    assert list(keys(local, "launch/reviews/")) == []
    assert list(keys(local, "launch/headlines/")) != []


def keys(target, prefix):
    from driver.aws import s3

    return s3.list_keys(target, f"s3://{target.bucket}/{prefix}")


def test_all_from_an_endpoint(deployed):
    deployed("deploy", "reviews", "--name", "other")
    assert deployed("delete", "--all-from", "other")[0] == 0
    left = [line.split()[:2] for line in deployed("list", "--kind", "endpoint")[1].splitlines()[1:]]
    assert left == [["endpoint", "reviews"]]


def test_one_thing_is_deleted(deployed):
    assert deployed("delete", "reviews")[1] == "deleted the endpoint reviews\n"
    code, _, err = deployed("delete", "reviews")
    assert code == 1
    assert "no endpoint, endpoint configuration or model called reviews exists" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("deploy",), "the endpoint needs a name"),
        (("deploy", "nothing"), "no training job or tuning job called nothing exists: `./launch.py list`"),
        (("deploy", "--name", "x", "--model-data", "s3://b-b/m"), "--model-data needs the image that serves the model"),
        (("deploy", "--name", "x"), "no model was given: name a training job"),
        (("deploy", "--name", "a_b"), 'the endpoint cannot be called "a_b"'),
        (("update", "nothing"), "cannot describe the endpoint nothing: it does not exist"),
        (("transform", "nothing", "a.csv"), "DATA: a.csv does not exist: check the path"),
        (("transform", "nothing", "s3://b-b/a.csv"), "no training job or tuning job called nothing exists"),
        (("logs", "nothing"), "no training job, transform job or endpoint called nothing exists"),
        (("describe", "nothing"), "called nothing exists: `./launch.py list` lists what does"),
        (("stop", "nothing"), "no training job, tuning job or transform job called nothing exists"),
        (("delete",), "say what to delete: a NAME, or --all-from NAME"),
        (("delete", "a", "--all-from", "b"), "say what to delete"),
        (("delete", "a", "--data"), "--data deletes what jobs have stored"),
        (("delete", "--all-from", "nothing"), "no training job, tuning job or endpoint called nothing exists"),
    ],
)
def test_bad_input_is_one_sentence(launch, arguments, sentence):
    code, _, err = launch(*arguments)
    assert code == 1
    assert len(err.splitlines()) == 1
    assert sentence in err


def test_an_endpoint_that_is_being_deleted_is_left_to_it(scripted, capsys):
    scripted.ok({"EndpointStatus": "Deleting"})
    assert cli.main(["delete", "reviews", "--kind", "endpoint", "--endpoint-url", scripted.url]) == 0
    assert "the endpoint reviews is already being deleted\n" in capsys.readouterr().out
    assert {operation for _, _, operation in scripted.seen} == {"DescribeEndpoint"}


def test_all_from_an_endpoint_that_is_gone_before_its_turn(scripted, capsys):
    for _ in ("training job", "tuning job"):
        scripted.error("ValidationException", "Requested resource not found.")
    scripted.ok({"EndpointStatus": "Deleting", "EndpointConfigName": "configuration"})
    scripted.error("ValidationException", "Could not find what is asked for.")
    assert cli.main(["delete", "--all-from", "reviews", "--endpoint-url", scripted.url]) == 0
    assert "the endpoint reviews is already gone\n" in capsys.readouterr().out
