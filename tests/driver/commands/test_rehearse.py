"""`rehearse-spot`: a job that loses its host, beside one that does not, in a real emulator."""

import json

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


def test_checkpoints_that_resume_lose_nothing(launch):
    code, out, err = launch(
        "rehearse-spot", "xgboost-sentiment", "--name", "rehearsed", "--set", "num_round=12000", "--signal", "SIGKILL",
        "--price", "0.23", "--spot-price", "0.07", "--json",
    )  # fmt: skip
    assert code == 0, err
    found = json.loads(out)
    assert found["Lost"] == found["DifferentFiles"] == []
    assert "model.ubj" in found["SameFiles"]
    assert 6000 <= found["ResumedAfterStep"] <= 12000
    assert all(each["Undisturbed"] == each["Interrupted"] for each in found["Metrics"].values())
    assert found["SavedUSD"] < found["OnDemandUSD"]
    _, out, _ = launch("describe", "rehearsed-taken", "--json")
    passed = [each["Status"] for each in json.loads(out)["SecondaryStatusTransitions"]]
    assert passed[2:5] == ["Training", "Interrupted", "Starting"]


def test_a_job_that_ends_before_its_host_goes(launch):
    code, _, err = launch("rehearse-spot", "xgboost-sentiment", "--name", "short", "--after", "3600")
    assert code == 1
    assert "short-taken was Completed before its host was taken away: give it more to do" in err
