"""`rehearse-spot`: what it refuses; tests/endtoend rehearses in an emulator."""

from functools import partial

import pytest


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--aws",), "AWS has no call that takes a host away, so rehearsals run on this machine: leave out --aws"),
        (("--price", "0.2"), "--price and --spot-price are compared: give both, or neither"),
        (
            ("--price", "0.07", "--spot-price", "0.23"),
            "--spot-price is 0.23 and --price 0.07: give USD for an hour, the price on spot more than 0 and at most "
            "that on demand",
        ),
        (("--after", "nan"), "--after is nan: give a number of seconds, 0 or more"),
        (
            ("--host", "algo-3", "--instance-count", "2"),
            "--host is 'algo-3', but the job's hosts are algo-1, algo-2: choose one of them",
        ),
    ],
)
def test_what_cannot_be_rehearsed(launch, arguments, sentence):
    code, _, err = launch("rehearse-spot", "xgboost-sentiment", *arguments)
    assert (code, err) == (1, f"launch.py: {sentence}\n")


def test_an_image_without_checkpoints(launch):
    code, _, err = launch("rehearse-spot", "xgboost-sentiment", "--name", "forgetful")
    assert code == 3
    assert "forgetful-whole wrote no checkpoints, so an interrupted one begins again" in err


def test_a_job_that_ends_before_its_host_goes(launch, local):
    call = partial(local.call, "s3")
    call("CreateBucket", {"Bucket": "sagemaker-us-east-1-123456789012"}, "a bucket")
    key = "launch/short-whole/checkpoints/checkpoint-000005-0bd66fc0dc70-e86661f70f59.npz"
    call("PutObject", {"Bucket": "sagemaker-us-east-1-123456789012", "Key": key, "Body": b""}, "a checkpoint")
    code, _, err = launch("rehearse-spot", "xgboost-sentiment", "--name", "short", "--after", "3600")
    assert code == 1
    assert (
        "short-taken was Completed before its host was taken away, after 0.0 s of training: give it more to do" in err
    )
