"""The life of a model by launch.py alone: from the sample data to nothing left, in an empty folder."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driver import cli
from driver.commands import train
from tests.endtoend.conftest import PATIENCE, PLAIN, Run
from tests.waiting import until

pytestmark = PATIENCE

DELETION_SECONDS = 60

Here = Callable[..., str]


@pytest.fixture
def here(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs a command of launch.py in this process, in the same folder; what it prints."""
    for name in os.environ.keys() - PLAIN.keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("LAUNCH_STATE", str(state))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> str:
        code = cli.main(list(arguments))
        printed = capsys.readouterr()
        assert code == 0, printed
        return printed.out

    return run


def billed(launch: Run) -> list[Any]:
    """What there is that is not a record of a job."""
    entries = json.loads(launch("list", "--json").stdout)
    return [each for each in entries if each.get("kind") in ("endpoint", "endpoint-configuration", "model")]


def test_the_life_of_a_model(launch: Run, here: Here, tmp_path: Path) -> None:
    example = next(line for line in train.DESCRIPTION.splitlines() if line.startswith("  ./launch.py train "))
    trained = launch(*example.split()[1:])
    assert "Completed" in trained.stdout
    assert "held-out quality, channel validation: accuracy " in trained.stdout
    (name,) = re.findall(r"next: ./launch.py deploy (xgboost-sentiment-\S+)", trained.stdout)
    assert json.loads(launch("describe", name, "--json").stdout)["training-job"]["TrainingJobStatus"] == "Completed"

    assert json.loads(launch("mistakes", name, "--json").stdout)["Records"] == 8

    deployed = launch("deploy", name)
    assert "InService" in deployed.stdout
    assert "delete" in deployed.stdout  # how to end what would bill

    (answer,) = json.loads(launch("invoke", name, "A wonderful film, superbly acted.", "--json").stdout)["predictions"]
    assert answer["label"] in ("neg", "pos")

    (tmp_path / "two.jsonl").write_text('{"text": "A warm film"}\n{"text": "A dull film"}\n')
    (tmp_path / "two.txt").write_text("A warm film\nA dull film\n")
    for asked in (["two.jsonl"], ["two.txt"], ["two.jsonl", "--accept", "application/jsonlines"]):
        lines = here("invoke", name, "--file", *asked).splitlines()
        listed = json.loads(here("invoke", name, "--file", *asked, "--json"))
        assert [json.loads(line)["label"] for line in lines] == [answer["label"] for answer in listed]
        assert len(listed) == 2

    (tmp_path / "unseen.csv").write_text('"A wonderful film, superbly acted."\n"Dull, dull, dull."\n')
    (tmp_path / "labels.csv").write_text("pos\nneg\n")
    transformed = launch(
        "transform", name, "unseen.csv", "--labels", "labels.csv", "--accept", "application/jsonlines",
        "--output", "answers", "--json",
    )  # fmt: skip
    assert json.loads(transformed.stdout)["Evaluation"]["records"] == 2
    assert len((tmp_path / "answers" / "unseen.csv.out").read_text().splitlines()) == 2

    launch("fetch", name, "--output", "model")
    assert (tmp_path / "model" / "model.tar.gz").is_file()
    assert "epoch=" in launch("logs", name, "--kind", "training-job").stdout

    launch("delete", "--all-from", name)
    # An endpoint is Deleting until its container has ended.
    until(lambda: billed(launch), lambda left: not left, DELETION_SECONDS)


def test_a_stream_that_lacks_the_labels_characters_ends_nothing(launch: Run, tmp_path: Path) -> None:
    (tmp_path / "emoji.csv").write_text("😀,we won the match\n😢,we lost the match\n😀,a great day\n😢,a sad day\n")
    train = ("train", "headline-mxnet", "--name", "emoji", "--train", "emoji.csv", "--set", "epochs=1")
    trained = launch(*train, PYTHONIOENCODING="ascii")
    assert r'2 "\ud83d\ude00"' in trained.stdout
    assert "Completed" in trained.stdout
    assert "next: ./launch.py deploy emoji" in trained.stdout
