"""`rehearse-spot`: what it refuses; tests/endtoend rehearses in an emulator."""

import pytest


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--aws",), "AWS has no call that takes a host away, so rehearsals run on this machine: leave out --aws"),
        (("--price", "0.2"), "--price and --spot-price are compared: give both, or neither"),
    ],
)
def test_what_cannot_be_rehearsed(launch, arguments, sentence):
    code, _, err = launch("rehearse-spot", "xgboost-sentiment", *arguments)
    assert (code, err) == (1, f"launch.py: {sentence}\n")


def test_a_job_that_ends_before_its_host_goes(launch):
    code, _, err = launch("rehearse-spot", "xgboost-sentiment", "--name", "short", "--after", "3600")
    assert code == 1
    assert "short-taken was Completed before its host was taken away: give it more to do" in err
