"""A spot job of each image that loses its host in mid-training, beside one that does not: nothing may be lost."""

import json
from pathlib import Path

import pytest

from tests.endtoend.conftest import PATIENCE, REPOSITORY, Run

pytestmark = [PATIENCE, pytest.mark.long]

# Copies of the image's sample to train on, the signal, and settings. A job takes 5 to 8 s on two idle cores,
# which leaves time to take its host away in the second half.
JOBS = {
    "xgboost-sentiment": (100, "SIGKILL", "num_round=12000"),
    "blazingtext-client": (1, "SIGKILL", "mode=skipgram", "min_count=1", "vector_dim=10", "epochs=120000"),
    "headline-mxnet": (120, "SIGTERM", "architecture=wide", "min_count=1", "wide_epochs=1000"),
}


@pytest.mark.parametrize("image", JOBS)
def test_checkpoints_that_resume_lose_nothing(launch: Run, image: str, tmp_path: Path) -> None:
    copies, signal, *settings = JOBS[image]
    (sample,) = (REPOSITORY / "images" / image / "sample" / "train").iterdir()
    data = tmp_path / sample.name
    data.write_text(sample.read_text("utf-8") * copies, "utf-8")
    found = json.loads(
        launch(
            "rehearse-spot", image, "--name", f"rehearsed-{image}", "--train", str(data), "--signal", signal,
            *(word for setting in settings for word in ("--set", setting)),
            "--price", "0.23", "--spot-price", "0.07", "--json",
        ).stdout
    )  # fmt: skip
    assert found["Lost"] == found["DifferentFiles"] == []
    assert found["SameFiles"]
    assert found["Steps"] / 2 <= found["ResumedAfterStep"] <= found["Steps"]
    assert all(each["Undisturbed"] == each["Interrupted"] for each in found["Metrics"].values())
    assert found["SavedUSD"] < found["OnDemandUSD"]
