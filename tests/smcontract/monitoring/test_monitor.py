"""Requests to an application that measures them, and the lines that it logs."""

import json
import logging
import random
import re
from dataclasses import replace

import pytest
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.monitoring.baseline import WINDOW
from smcontract.monitoring.monitor import MOST_BYTES
from smcontract.records import Text
from smcontract.serving.app import Application
from smcontract.serving.handler import Handler
from smcontract.serving.health import Health
from smcontract.serving.requestlog import ATOMIC
from smcontract.serving.settings import Settings

from tests.smcontract.conftest import Client

WORDS = [f"word{number}" for number in range(300)]


class Model:
    """Half of the texts are pos with certainty 0.9, the others neg with 0.7."""

    records = Text()

    def __init__(self, labels=("neg", "pos")):
        self.manifest = Manifest("tiny-image", "1", labels=labels)

    def predict(self, records, explain=False):
        sure = [(0.1, 0.9) if len(text) % 2 else (0.7, 0.3) for text in records]
        return [{"label": ("neg", "pos")[pos > neg], "probabilities": {"neg": neg, "pos": pos}} for neg, pos in sure]


def texts(count, seed, words=WORDS):
    source = random.Random(seed)
    return [" ".join(source.choices(words, k=20)) for _ in range(count)]


def application(model, **settings):
    named = Settings("a:B", "model", **{"metrics": frozenset({"emf"})} | settings)
    return Application(Handler(), model, named, named.limits(), Health())


@pytest.fixture
def ask(caplog):
    """`ask(model, texts, ...)`: the members of the line that is logged for a request of these texts."""
    caplog.set_level(logging.INFO, "smcontract.serving.requestlog")

    def make(model, instances, path="/invocations", **settings):
        app = model if isinstance(model, Application) else application(model, **settings)
        caplog.clear()
        Client(app).post(path, json.dumps({"instances": instances}), {"Content-Type": "application/json"})
        app.log.flush()
        [record] = [record for record in caplog.records if record.name.endswith("requestlog")]
        assert len(record.getMessage()) < ATOMIC
        return json.loads(record.getMessage())

    return make


def check(line):
    """What AWS's specification and its JSON schema ask of a line; the names of the metrics."""
    assert line["_aws"].keys() == {"Timestamp", "CloudWatchMetrics"}
    assert type(line["_aws"]["Timestamp"]) is int
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive.keys() == {"Namespace", "Dimensions", "Metrics"}
    assert 1 <= len(directive["Namespace"]) <= 255
    assert directive["Dimensions"] == [["Endpoint"]]
    assert isinstance(line["Endpoint"], str)
    metrics = directive["Metrics"]
    assert len(metrics) <= 100
    for metric in metrics:
        assert metric.keys() <= {"Name", "Unit"}
        assert 1 <= len(metric["Name"]) <= 255
        assert metric["Name"].isascii()
        assert metric.get("Unit", "None") in {"Count", "Milliseconds", "None"}
        assert type(line[metric["Name"]]) in (int, float)
    return [metric["Name"] for metric in metrics]


def test_a_request(model, ask):
    line = ask(model, ["word1 word2 never", "word3 seen"])
    assert check(line) == [
        "Requests", "Errors", "Latency", "Records", "MeanConfidence", "Label.neg", "Label.pos", "UnknownWords"
    ]  # fmt: skip
    assert (line["Requests"], line["Errors"], line["Records"]) == (1, 0, 2)
    assert (line["Label.neg"], line["Label.pos"], line["MeanConfidence"]) == (0.5, 0.5, pytest.approx(0.8))
    assert line["UnknownWords"] == pytest.approx(0.4)
    assert line["Latency"] == pytest.approx(line["ms"], abs=0.1)
    assert (line["Endpoint"], line["_aws"]["CloudWatchMetrics"][0]["Namespace"]) == ("tiny-image", "SageMakerText")
    assert (line["status"], line["records"]) == (200, 2)


def test_names_are_those_of_the_settings(model, ask):
    line = ask(model, ["word1"], metrics_namespace="Mine", metrics_endpoint="reviews")
    assert (line["Endpoint"], line["_aws"]["CloudWatchMetrics"][0]["Namespace"]) == ("reviews", "Mine")


@pytest.mark.parametrize("instances", ["not an array", ["a text", ""]])
def test_a_request_that_is_refused_is_an_error(model, ask, instances):
    line = ask(model, instances)
    assert check(line) == ["Requests", "Errors", "Latency"]
    assert (line["Requests"], line["Errors"], line["status"]) == (1, 1, 400)


def test_other_paths_have_no_metrics(model, ask):
    assert "_aws" not in ask(model, [], path="/elsewhere")


def test_drift_is_said_when_the_window_is_full(model, ask):
    app = application(model)
    assert "Drift" not in ask(app, texts(WINDOW - 1, 3))
    assert ask(app, texts(1, 3))["Drift"] < 1
    german = [f"wort{number}" for number in range(300)]
    assert ask(app, texts(WINDOW // 2, 4, german))["Drift"] > 1
    assert ask(app, texts(WINDOW, 5))["Drift"] < 1, "it slides"


def test_a_model_without_a_baseline(ask):
    line = ask(Model(), ["word1"])
    assert check(line) == ["Requests", "Errors", "Latency", "Records", "MeanConfidence", "Label.neg", "Label.pos"]


def test_of_many_labels_some_have_a_metric(ask):
    line = ask(Model(("neg", "pos", "süß", *(f"label{number}" * 5 for number in range(100)))), ["a text"])
    named = [name for name in check(line) if name.startswith("Label.")]
    assert named[:3] == ["Label.neg", "Label.pos", "Label.s\\xfc\\xdf"]
    assert sum(map(len, named)) <= MOST_BYTES


def test_a_malformed_baseline_is_refused():
    broken = Model()
    broken.manifest = replace(broken.manifest, baseline={"format": 1})
    with pytest.raises(UserError, match="baseline is malformed"):
        application(broken)
    application(broken, metrics=frozenset())  # which does not look at it


def test_without_the_setting_a_line_has_no_metrics(model, ask):
    line = ask(model, ["word1"], metrics=frozenset())
    assert not any(re.match("[A-Z_]", name) for name in line)
