"""A spot job that loses its host in mid-training, beside one that does not: nothing may be lost."""

import json

from tests.endtoend.conftest import PATIENCE, Run

pytestmark = PATIENCE


def test_checkpoints_that_resume_lose_nothing(launch: Run) -> None:
    found = json.loads(
        launch(
            "rehearse-spot", "xgboost-sentiment", "--name", "rehearsed", "--set", "num_round=12000", "--signal",
            "SIGKILL", "--price", "0.23", "--spot-price", "0.07", "--json",
        ).stdout
    )  # fmt: skip
    assert found["Lost"] == found["DifferentFiles"] == []
    assert "model.ubj" in found["SameFiles"]
    assert 6000 <= found["ResumedAfterStep"] <= 12000
    assert all(each["Undisturbed"] == each["Interrupted"] for each in found["Metrics"].values())
