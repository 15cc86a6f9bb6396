import json
import threading
from dataclasses import dataclass, replace

import pytest
from smcontract import manifest
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.paths import Paths
from smcontract.records import Text
from smcontract.training.finish import finish
from smcontract.training.job import Job, Resources
from smcontract.training.metrics import MetricLog
from smcontract.training.train import Context

SETTINGS = {"rounds": 3, "depth": None}


@dataclass(frozen=True)
class Lengths:
    """Predicts a text's length; knows its labels by its file, as a model of fastText's does."""

    manifest: Manifest
    records = Text()

    @classmethod
    def load(cls, folder):
        card = manifest.read(folder, "sagemaker-text")
        return cls(replace(card, labels=tuple((folder / "labels.txt").read_text().split())))

    def predict(self, records, explain=False):
        return [{"score": float(len(record))} for record in records]


@pytest.fixture
def context(tmp_path):
    return Context(Paths(tmp_path), Job({}, Resources("algo-1", ("algo-1",))), SETTINGS, threading.Event(), MetricLog())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "stage").mkdir()
    (tmp_path / "stage" / "labels.txt").write_text("short long")
    return tmp_path / "stage"


def card():
    return Manifest.of("sagemaker-text", ["numpy"], SETTINGS, "ab12", n_features=7)


def test_an_artefact_says_what_its_model_answers_when_it_is_loaded(folder, context):
    context.metrics.report(1, {"train:loss": 0.5})

    def evaluate(model):
        context.metrics.report(None, {"test:accuracy": model.predict(["x"])[0]["score"]})
        context.metrics.save(folder / "metrics.json")

    finish(folder, card(), Lengths.load, ["a film", {"text": "film"}], context, evaluate)
    written = manifest.read(folder, "sagemaker-text")
    assert (written.fingerprint, written.labels) == ("ab12", ("short", "long"))
    assert written.settings == {"hyperparameters": {"rounds": 3}, "n_features": 7}
    assert written.libraries.keys() == {"numpy"}
    assert written.files.keys() == {"labels.txt", "metrics.json"}
    assert written.metrics == {"train:loss": 0.5, "test:accuracy": 1.0}
    assert [example["prediction"]["score"] for example in written.golden] == [6, 4]
    assert written.golden[1]["record"] == {"text": "film"}
    model = Lengths.load(folder)
    manifest.check_golden(written, lambda records: model.predict([model.records.from_json(each) for each in records]))
    assert json.loads((context.paths.output_data / "metrics.json").read_text())["latest"] == written.metrics


def test_a_model_that_cannot_be_loaded_is_not_finished(folder, context):
    def load(folder):
        raise UserError("damaged")

    with pytest.raises(UserError, match="damaged"):
        finish(folder, card(), load, [], context)
    assert not context.paths.output_data.exists()
