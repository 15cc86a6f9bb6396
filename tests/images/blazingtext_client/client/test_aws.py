import io
from pathlib import Path

import boto3
import pytest
from blazingtext_client.client import aws, job, requests
from botocore.config import Config
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber
from smcontract.errors import UserError

from .conftest import VECTORS

URI = "s3://a-bucket/blazingtext/vectors-1/output/vectors-1/output/model.tar.gz"
NAME = {"TrainingJobName": "vectors-1"}


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """No settings of this machine, and no way to a real account."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))


@pytest.fixture
def stubbed(monkeypatch):
    """Both clients, with botocore's stubs in the place of the network; every answer prepared must be asked for."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    clients = aws.clients("eu-west-1")
    stubs = aws.Clients(Stubber(clients.s3), Stubber(clients.sagemaker))
    with stubs.s3, stubs.sagemaker:
        yield clients, stubs
        stubs.s3.assert_no_pending_responses()
        stubs.sagemaker.assert_no_pending_responses()


def description(status, detail, **more):
    times = {"CreationTime": 0, "TrainingJobArn": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/vectors-1"}
    resources = {
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"VolumeSizeInGB": 30},
        "StoppingCondition": {},
        "ModelArtifacts": {"S3ModelArtifacts": URI},
    }
    return {**NAME, **times, **resources, "TrainingJobStatus": status, "SecondaryStatus": detail, **more}


def test_a_whole_job_of_word_vectors(stubbed, plan, archive, tmp_path):
    clients, stubs = stubbed
    source = tmp_path / "texts.txt"
    source.write_text("A film.\nThe café!\n")
    model = archive({"vectors.txt": VECTORS, "vectors.bin": b"\0"}).read_bytes()
    out = tmp_path / "out"
    vectors = plan(files={"train": out / "train.txt"})
    sent = []
    key = {"Bucket": "a-bucket", "Key": "blazingtext/vectors-1/input/train/train.txt"}

    def look(params, **_):
        sent.append(params["Body"].read())
        params["Body"].seek(0)

    clients.s3.meta.events.register("before-parameter-build.s3.PutObject", look)
    stubs.s3.add_response("put_object", {}, {**key, "ContentType": "text/plain", "Body": ANY, "ChecksumAlgorithm": ANY})
    stubs.sagemaker.add_response("create_training_job", {"TrainingJobArn": "arn:" + "x" * 20},
                                 requests.create_training_job(vectors))  # fmt: skip
    for status, detail in (("InProgress", "Starting"), ("InProgress", "Training"), ("InProgress", "Training")):
        stubs.sagemaker.add_response("describe_training_job", description(status, detail), NAME)
    stubs.sagemaker.add_response("describe_training_job", description("Completed", "Completed"), NAME)
    stubs.s3.add_response("head_object", {"ContentLength": len(model), "ETag": '"1"'})
    body = StreamingBody(io.BytesIO(model), len(model))
    stubs.s3.add_response("get_object", {"Body": body, "ContentLength": len(model), "ETag": '"1"'})
    said = []
    job.run(vectors, {"train": [source]}, out, lambda: clients, said.append, pause=0)
    assert sorted(path.name for path in out.iterdir()) == ["model.tar.gz", "train.txt", "vectors.txt"]
    assert (out / "vectors.txt").read_bytes() == VECTORS
    assert (out / "model.tar.gz").read_bytes() == model
    assert sent == [b"a film\nthe caf\xc3\xa9\n"]
    assert said == [
        f"{out / 'train.txt'}: 2 lines, 4 words",
        "vectors-1: started; Ctrl-C ends the waiting, not the job",
        "vectors-1: InProgress, Starting",
        "vectors-1: InProgress, Training",
        "vectors-1: Completed",
        f"{out / 'model.tar.gz'}: the model, from {URI}",
        f"{out / 'vectors.txt'}: 3 words of 2 dimensions",
    ]


def test_a_wrong_plan_touches_nothing(plan, tmp_path):
    def never():
        raise AssertionError("connected")

    with pytest.raises(UserError, match="runs on one instance"):
        job.run(plan(hyperparameters={"mode": "cbow"}, instance_count=2), {}, tmp_path / "out", never, print)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            description("Failed", "Failed", FailureReason="ClientError: min_count is too high"),
            "the training job vectors-1 failed: ClientError: min_count is too high",
        ),
        (description("Failed", "Failed"), "failed: AWS gives no reason"),
        (description("Stopped", "MaxRuntimeExceeded"), r"was stopped \(MaxRuntimeExceeded\)"),
    ],
)
def test_a_job_that_ends_otherwise_is_an_error(stubbed, answer, sentence):
    clients, stubs = stubbed
    stubs.sagemaker.add_response("describe_training_job", answer, NAME)
    with pytest.raises(UserError, match=sentence):
        aws.wait(clients.sagemaker, NAME, [].append, pause=0)


@pytest.mark.parametrize(
    ("code", "message", "sentence"),
    [
        ("AccessDeniedException", "User: x is not authorized.", "access denied .User: x is not authorized.; ask for"),
        ("ExpiredTokenException", "The token is expired", "AWS does not take the credentials .* log in anew"),
        ("ResourceInUse", "Training job names must be unique", "names must be unique; give the job another name"),
        ("ResourceLimitExceeded", "The account-level limit is 0", "limit is 0; use another instance type, or ask"),
        ("ValidationException", "Could not assume role", "AWS answers ValidationException: Could not assume role"),
        ("InternalFailure", "", "AWS answers InternalFailure"),
    ],
)
def test_a_job_that_aws_does_not_take_is_one_sentence(stubbed, plan, code, message, sentence):
    clients, stubs = stubbed
    stubs.sagemaker.add_client_error("create_training_job", code, message, 400)
    with pytest.raises(UserError, match=f"^cannot start the training job vectors-1: .*{sentence}") as error:
        aws.start(clients.sagemaker, requests.create_training_job(plan()))
    assert "\n" not in str(error.value)


def test_an_upload_that_aws_does_not_take(stubbed, plan, tmp_path):
    clients, stubs = stubbed
    path = tmp_path / "train.txt"
    path.write_text("a film\n")
    puts = requests.put_objects(plan(files={"train": path}))
    stubs.s3.add_client_error("put_object", "NoSuchBucket", "The specified bucket does not exist", 404)
    with pytest.raises(UserError, match=r"cannot upload train.txt to s3://a-bucket/.*there is no such bucket; create"):
        aws.upload(clients.s3, puts)
    path.unlink()
    with pytest.raises(UserError, match=r"cannot read .*train.txt: No such file"):
        aws.upload(clients.s3, puts)


@pytest.mark.parametrize(
    ("code", "sentence"), [("404", "there is no such object; check bucket and key"), ("403", "access denied")]
)
def test_a_model_that_cannot_be_fetched_leaves_no_file(stubbed, tmp_path, code, sentence):
    clients, stubs = stubbed
    stubs.s3.add_client_error("head_object", code, "", int(code))
    with pytest.raises(UserError, match=f"cannot fetch {URI}: {sentence}"):
        aws.fetch(clients.s3, URI, tmp_path / "model.tar.gz")
    assert list(tmp_path.iterdir()) == []


def test_without_credentials_or_profile_it_says_what_to_do():
    clients = aws.clients("eu-west-1")
    with pytest.raises(UserError, match=r"cannot upload .*: there are no AWS credentials, .*run `aws configure`"):
        aws.upload(clients.s3, [(Path(__file__), {"Bucket": "a-bucket", "Key": "x"})])
    with pytest.raises(UserError, match=r"cannot use your AWS settings: .*\(nobody\) could not be found"):
        aws.clients("eu-west-1", "nobody")


def test_without_network_it_says_so():
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "endpoint_url": "http://127.0.0.1:1"}
    sagemaker = boto3.client("sagemaker", "eu-west-1", config=Config(retries={"total_max_attempts": 1}), **keys)
    with pytest.raises(
        UserError, match=r"cannot describe the training job vectors-1: Could not connect .*check region"
    ):
        aws.wait(sagemaker, NAME, [].append)
