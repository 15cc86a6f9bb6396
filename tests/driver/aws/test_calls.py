"""Against a real server that answers as AWS does when it refuses."""

import socket
import threading

import pytest

from driver.aws.target import aws_target, local_target
from driver.errors import DriverError, NotFoundError, RefusedError
from driver.lifecycle.send import send
from driver.requests.request import Request

NAME = {"TrainingJobName": "reviews"}
AIM = "describe the training job reviews"


def describe(target):
    return target.call("sagemaker", "DescribeTrainingJob", NAME, AIM)


def test_a_throttled_call_is_tried_again(amazon, scripted):
    scripted.error("ThrottlingException", "Rate exceeded")
    scripted.error("ThrottlingException", "Rate exceeded")
    scripted.ok({"TrainingJobName": "reviews"})
    assert describe(amazon)["TrainingJobName"] == "reviews"
    assert [target for _, _, target in scripted.seen] == ["DescribeTrainingJob"] * 3


def test_a_server_error_is_tried_again(amazon, scripted):
    scripted.answers = [(503, "", {}), (200, '{"TrainingJobName": "reviews"}', {})]
    assert describe(amazon)["TrainingJobName"] == "reviews"


@pytest.mark.parametrize(
    ("code", "message", "sentence"),
    [
        ("AccessDeniedException", "User: x is not authorized.", "access denied .User: x is not authorized.; ask for"),
        ("ExpiredTokenException", "The token is expired", "AWS rejected the credentials .* log in again"),
        ("UnrecognizedClientException", "invalid token", "AWS rejected the credentials"),
        ("ResourceInUse", "Training job names must be unique", "names must be unique; give another name"),
        ("ResourceLimitExceeded", "The account-level limit is 0", "limit is 0; use another instance type, delete"),
        ("ValidationException", "Could not assume role", "AWS refuses it: Could not assume role"),
        ("InternalThing", "", "AWS answers InternalThing: nothing more"),
    ],
)
def test_what_aws_refuses_is_one_sentence(amazon, scripted, code, message, sentence):
    scripted.error(code, message)
    with pytest.raises(RefusedError, match=f"^cannot {AIM}: .*{sentence}") as error:
        describe(amazon)
    assert error.value.code == code
    assert "\n" not in str(error.value)


def test_throttling_without_end_says_how_often_it_was_tried(amazon, scripted, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)  # botocore's waits, half a minute together
    scripted.error("ThrottlingException", "Rate exceeded")
    with pytest.raises(RefusedError, match=r"AWS throttles requests .*, after 6 attempts; wait a little"):
        describe(amazon)
    assert len(scripted.seen) == 6


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceNotFound", ""),
        ("ValidationException", "Requested resource not found."),
        ("ValidationException", 'Could not find endpoint "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/x".'),
    ],
)
def test_what_is_not_there_is_told_apart(amazon, scripted, code, message):
    scripted.error(code, message)
    with pytest.raises(NotFoundError, match=f"^cannot {AIM}: it does not exist"):
        describe(amazon)


def test_a_model_error_says_what_the_container_said(amazon, scripted):
    import json

    body = {"Message": "Received client error (400)", "OriginalStatusCode": 400,
            "OriginalMessage": '{"error": "instances must be a list."}'}  # fmt: skip
    scripted.answers = [(424, json.dumps(body), {"X-Amzn-ErrorType": "ModelError"})]
    with pytest.raises(RefusedError, match=r"^cannot ask: the container answered 400: instances must be a list$"):
        amazon.call("sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "reviews", "Body": b"{}"}, "ask")


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        ("NoSuchBucket", 404, "the bucket does not exist; create it in the region of the job"),
        ("AccessDenied", 403, "access denied"),
        ("ExpiredToken", 400, "AWS rejected the credentials"),
        ("PermanentRedirect", 301, "the bucket is in another region"),
        ("AuthorizationHeaderMalformed", 400, "the bucket is in another region"),
        ("SlowDown", 400, "AWS throttles requests"),
    ],
)
def test_an_upload_that_s3_refuses_starts_nothing(amazon, scripted, tmp_path, monkeypatch, code, status, sentence):
    monkeypatch.setattr("time.sleep", lambda _: None)
    scripted.s3_error(code, "no", status)
    with pytest.raises(
        DriverError, match=rf"^cannot upload .*/a.csv to s3://a-bucket/k: {sentence}.*nothing was started"
    ):
        send(amazon, requests(tmp_path), [].append)
    assert all(method in ("PUT", "HEAD") for method, _, _ in scripted.seen)


def test_a_connection_cut_in_mid_upload_starts_nothing(amazon, scripted, tmp_path, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    scripted.answers = [None]
    with pytest.raises(DriverError, match=r"cannot upload .*; nothing was started, nothing was uploaded") as error:
        send(amazon, requests(tmp_path, size=4_000_000), [].append)
    assert "\n" not in str(error.value)
    assert {method for method, _, _ in scripted.seen} == {"PUT"}


def test_a_connection_cut_at_the_second_file_says_that_the_first_is_there(amazon, scripted, tmp_path, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    first, create = requests(tmp_path)
    scripted.answers = [(200, "", {"ETag": '"1"'}), None]
    with pytest.raises(DriverError, match="nothing was started, 1 of 2 files were uploaded, and the same command"):
        send(amazon, [first, first, create], [].append)


def test_a_file_that_cannot_be_read_is_found_before_anything_is_sent(amazon, scripted, tmp_path):
    first, create = requests(tmp_path)
    missing = Request("s3", "PutObject", {"Bucket": "a-bucket", "Key": "m"}, tmp_path / "missing.csv")
    with pytest.raises(DriverError, match=r"cannot read .*missing.csv: No such file or directory; check"):
        send(amazon, [first, missing, create], [].append)
    assert scripted.seen == []


def requests(folder, size=10):
    path = folder / "a.csv"
    path.write_bytes(b"x" * size)
    put = Request("s3", "PutObject", {"Bucket": "a-bucket", "Key": "k"}, path)
    return [put, Request("sagemaker", "CreateTrainingJob", NAME)]


def test_no_emulator_there(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DriverError, match=r"the emulator is not running: `./launch.py local up` starts it"):
        describe(local_target(f"http://127.0.0.1:{port}", None, None, None))


def test_a_region_that_does_not_exist(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    target = aws_target("eu-west-1", None, None, None, None, "http://sagemaker.eu-nowhere-9.invalid")
    with pytest.raises(DriverError, match=r"Could not connect.*; check the network and the region's name"):
        describe(target)


def test_no_credentials(monkeypatch, scripted):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(DriverError, match="Unable to locate credentials; run `aws configure` or `aws sso login`"):
        describe(aws_target("eu-west-1", None, None, None, None, scripted.url))


def test_a_profile_that_is_not_there():
    with pytest.raises(
        DriverError, match=r"(?i)the config profile .nobody. could not be found.*`aws configure list-profiles`"
    ):
        aws_target(None, "nobody", None, None, None)


def test_a_request_that_botocore_does_not_take(amazon):
    with pytest.raises(DriverError, match=r"Parameter validation failed: .*TrainingJobName.*; fix what it names"):
        amazon.call("sagemaker", "DescribeTrainingJob", {"TrainingJobName": 5}, AIM)


def test_pages_follow_one_another(amazon, scripted):
    from driver.aws import resources

    for token in ("more", None):
        scripted.ok({"TrainingJobSummaries": [{"TrainingJobName": "a"}], **({"NextToken": token} if token else {})})
    assert len(list(resources.summaries(amazon, resources.TRAINING))) == 2


def test_an_address_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr("driver.aws.target.READ_TIMEOUT", 0.05)
    monkeypatch.setattr("driver.aws.calls.ATTEMPTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        held = []
        threading.Thread(target=lambda: held.append(silent.accept()), daemon=True).start()
        target = local_target(f"http://127.0.0.1:{silent.getsockname()[1]}", None, None, None)
        with pytest.raises(DriverError, match="Read timeout on endpoint URL"):
            describe(target)
        for connection, _ in held:
            connection.close()
