"""The reviews part, with programs that call every review negative: it runs to the end, and says it is not good."""

import csv
import json
import os
from pathlib import Path

import pytest

from emulator.engines import ProcessEngine
from emulator.errors import EmulatorError
from examples import sentiment

PROGRAMS = Path(__file__).resolve().parents[1] / "fixtures" / "programs"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with (tmp_path / "data.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label", "source"), *((f"film {n}", n % 2, "imdb") for n in range(5_100))])
    return tmp_path / "data.csv"


def run(program: str, data: Path) -> list[str]:
    return sentiment.run(ProcessEngine(PROGRAMS / program, {"PATH": os.environ["PATH"]}), data, data.parent / "run")


def test_a_model_that_is_not_accurate_is_a_problem(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (problem,) = run("always_neg", data)
    assert problem.startswith("accuracy is 0.5")
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert [line[0] for line in lines if line[:1].isdigit()] == ["1", "2", "3", "4", "5"]
    assert "   | epoch=1; train:accuracy=0.5;" in lines
    assert "              8 bytes  model" in lines
    assert 'neg, 75% sure: "slow" -1.50, all other words +0.40' in said.out
    assert "to begin with +0.00; together -1.10, where more than 0 is pos." in " ".join(said.out.split())
    assert "\033" not in said.out  # plain when it is not a terminal


def test_the_confusion_matrix_counts_every_review(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("always_neg", data)
    rows = [line.split()[2:] for line in capsys.readouterr().out.splitlines() if line.startswith("   really")]
    neg, pos = (int(row[0].replace(",", "")) for row in rows)
    assert neg + pos == 5_000
    assert [row[1] for row in rows] == ["0", "0"]


def test_the_results_are_left_in_the_folder(data: Path) -> None:
    run("always_neg", data)
    output = data.parent / "run"
    assert (output / "demo-training" / "output" / "model.tar.gz").exists()
    predictions = (output / "predictions" / "reviews.jsonl.out").read_text().splitlines()
    assert len(predictions) == 5_000
    assert json.loads(predictions[0])["label"] == "neg"


def test_a_failed_training_job_is_told_with_its_reason_and_last_lines(data: Path) -> None:
    with pytest.raises(EmulatorError, match=r"(?s)ended as Failed: AlgorithmError: exit code 3.*KeyError: 'label'"):
        run("bad_exits_without_reason", data)


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="nowhere is missing: `make demo` installs it"):
        run("always_neg", tmp_path / "nowhere")
