"""A file as people export it, and one command: a trained model, in an emulator that runs the images as processes."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pandas
import pytest

from tests.driver.tables.reviews import reviews
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


SO_SO = 'so, "so"'
"""A label that CSV must quote."""


def test_three_labels_from_a_table_to_answers(run, emulator):
    rows = reviews(60) + [
        (SO_SO, f"Film {number} lasts two hours and was made in 19{number}.") for number in range(50, 80)
    ]
    films = pandas.DataFrame(rows, columns=["sentiment", "review"])
    films.to_csv("films.csv", index_label="id")
    given = ("--state", emulator.state)
    code, out, err = run("train", "xgboost-sentiment", "--train", "films.csv", "--name", "three", *given)
    assert code == 0, err
    assert 'imported 90 records: 30 neg, 30 pos, 30 so, "so"\n' in out
    assert "held-out quality, channel validation: accuracy " in out
    assert ", macro-F1 " in out
    for label in ("neg", "pos", SO_SO):
        assert f"\ntelling for {label}: " in out
        assert f"predicted {label}" in out
    code, out, err = run("mistakes", "three", "--json", *given)
    assert (code, json.loads(out)["Records"]) == (0, 18), err
    transform = ("transform", "three", "films.csv", "--text", "review", "--label", "sentiment", "--output", "out")
    code, out, err = run(*transform, "--join", "--json", *given)
    assert code == 0, err
    found = json.loads(out)["Evaluation"]
    assert (found["records"], found["labels"]) == (90, sorted(("neg", "pos", SO_SO)))
    answers = pandas.read_csv("out/films.predictions.csv")
    assert list(answers.columns) == ["id", "sentiment", "review", "label", "score"]
    assert (answers["label"] == answers["sentiment"]).mean() == found["accuracy"] > 0.9
    assert answers["score"].between(1 / 3, 1).all()
    films[["review"]].head(31).to_csv("texts.csv", index=False, header=False)
    Path("labels.csv").write_text(films[["sentiment"]].head(31).to_csv(index=False, header=False))
    raw = ("--content-type", "text/csv", "--accept", "text/csv", "--labels", "labels.csv", "--output", "raw")
    code, out, err = run("transform", "three", "texts.csv", *raw, "--json", *given)
    assert code == 0, err
    with Path("raw/texts.csv.out").open(newline="") as file:
        assert [label for label, _ in csv.reader(file)] == list(answers["label"][:31])
    assert json.loads(out)["Evaluation"]["records"] == 31
