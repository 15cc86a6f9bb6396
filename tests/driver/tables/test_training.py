"""A file as people export it, and one command: a trained model, in an emulator that runs the images as processes."""

import json
from collections.abc import Iterator

import pytest

from tests.driver.tables.test_exports import EXPORTS
from tests.emulator.running import RunningEmulator


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    state = tmp_path_factory.mktemp("emulator") / "state"
    running = RunningEmulator(state, "--engine", "process", module="tests.emulator.with_fixtures")
    yield running
    running.end()


@pytest.mark.parametrize(
    ("export", "image", "settings"),
    [
        ("spreadsheet_with_a_merged_title", "xgboost-sentiment", ("--set", "num_round=2")),
        ("excel_csv_of_windows", "image-template", ("--set", "epochs=1")),
        ("quotes_and_newlines", "headline-mxnet", ("--set", "epochs=1")),
        (
            "answer_of_an_api",
            "blazingtext-client",
            ("--set", "mode=supervised", "--set", "buckets=100", "--set", "epochs=1"),
        ),
    ],
)
def test_one_command_trains_a_model(run, emulator, export, image, settings):
    made = EXPORTS[export][0]()
    path, *flags = [made] if isinstance(made, str) else made
    code, out, err = run("train", image, "--train", path, *flags, *settings, "--name", f"my-{image}", "--json",
                         "--state", emulator.state)  # fmt: skip
    assert code == 0, err
    description = json.loads(out)
    assert description["TrainingJobStatus"] == "Completed"
    assert description["ModelArtifacts"]["S3ModelArtifacts"].endswith("/model.tar.gz")
    assert "imported 20 records: 10 neg, 10 pos" in err
