import base64
import json
import threading

import numpy as np
import pytest
from smcontract.manifest import Manifest
from smcontract.paths import Paths
from smcontract.training import evaluation, quality
from smcontract.training.evaluation import Evaluation
from smcontract.training.job import Job, Resources
from smcontract.training.metrics import MetricLog
from smcontract.training.quality import HeldOut
from smcontract.training.train import Context
from textprep.records import Record

LABELS = ("neg", "pos")
TRUTH = np.array([0, 1, 1])
PROBABILITIES = np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]])
RECORDS = [Record(LABELS[truth], f"text {number} " * 100, f"a.csv line {number}") for number, truth in enumerate(TRUTH)]


@pytest.fixture
def written(tmp_path):
    """`written(**hyperparameters)`: what is in evaluation.json, and in predictions.jsonl, of such a job."""

    def write(**hyperparameters):
        job = Job({}, Resources("algo-1", ("algo-1",)), "a-job")
        context = Context(Paths(tmp_path), job, hyperparameters, threading.Event(), MetricLog())
        held_out = HeldOut("test", LABELS, TRUTH, PROBABILITIES)
        quality.report(held_out, context, RECORDS)
        quality.write(held_out, RECORDS, {"most frequent label": np.zeros(3, int)}, {"neg": [("bad", 0.5)]}, context)
        card = Manifest.of("sagemaker-text", ["numpy"], {"eta": 0.5}, labels=LABELS)
        path = context.paths.output_data / evaluation.NAME
        context.evaluation.save(path, card, context.metrics, job.name)
        return json.loads(path.read_text()), (path.parent / quality.PREDICTIONS).read_text()

    return write


def test_it_says_what_a_report_shows(written):
    found, _ = written()
    assert found["format"] == 1
    assert found["job"] == "a-job"
    assert found["image"]["name"] == "sagemaker-text"
    assert found["settings"] == {"hyperparameters": {"eta": 0.5}}
    assert found["versions"].keys() == {"python", "numpy"}
    assert found["resources"]["peak_memory_bytes"] > 10**6
    assert found["words"] == {"neg": [["bad", 0.5]]}
    of_test = found["held_out"]["test"]
    assert {f"test:{name}": of_test[name] for name in ("accuracy", "macro_f1", "f1")} == {
        name: found["metrics"]["latest"][name] for name in ("test:accuracy", "test:macro_f1")
    } | {"test:f1": {"neg": 0.5, "pos": 0.0}}
    assert of_test["baselines"][0]["name"] == "most frequent label"
    assert of_test["warnings"]
    assert np.unpackbits(np.frombuffer(base64.b64decode(of_test["right"]), np.uint8))[:3].tolist() == [1, 0, 0]


def test_the_surest_mistakes_are_quoted_in_part(written):
    found, predictions = written()
    surest, other = found["held_out"]["test"]["mistakes"]
    assert surest["text"] == RECORDS[2].text[: evaluation.EXCERPT]
    assert (surest["probability"], surest["label"], surest["predicted"]) == (0.8, "pos", "neg")
    assert other["position"] == "a.csv line 1"
    assert "text 1" in predictions


def test_texts_can_be_left_out(written):
    found, predictions = written(report_examples=False)
    assert "mistakes" not in found["held_out"]["test"]
    assert "text 1" not in json.dumps(found) + predictions
    assert len(predictions.splitlines()) == 3


def test_records_are_known_by_their_fingerprint():
    def fingerprint(records):
        return evaluation.outcomes(TRUTH, TRUTH, records)["fingerprint"]

    assert fingerprint(RECORDS) == fingerprint(list(RECORDS))
    assert fingerprint(RECORDS) != fingerprint(RECORDS[::-1])
    assert fingerprint([Record("a", "b\ud800", "")]) != fingerprint([Record("b", "a\ud800", "")])


def test_a_job_without_held_out_data_has_one_too(tmp_path):
    path = tmp_path / "output" / evaluation.NAME
    metrics = MetricLog()
    metrics.report(1, {"train:loss": float("nan")})
    Evaluation().save(path, Manifest.of("sagemaker-text", [], {}), metrics, None)
    found = json.loads(path.read_text())
    assert found["metrics"]["history"] == [{"epoch": 1, "train:loss": None}]
    assert found["held_out"] == found["data"] == {}
