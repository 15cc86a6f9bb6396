"""evaluation.json as the images write it, by the code with which they do, and jobs around it."""

import json
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from smcontract.manifest import Manifest
from smcontract.paths import Paths
from smcontract.training import quality
from smcontract.training.described import Texts
from smcontract.training.job import Job, Resources
from smcontract.training.metrics import MetricLog
from smcontract.training.train import Context
from textprep.records import Record

from driver.report import gather

LABELS = ("neg", "pos")
HOSTILE = '<script>window.hacked = 1</script><img src="http://evil.example/x" onerror=alert(1)> & "\'|`*_ \x07\ud83d'
DESCRIPTION = {
    "TrainingJobName": "reviews",
    "TrainingJobStatus": "Completed",
    "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/reviews",
    "CreationTime": datetime(2026, 11, 29, 12, tzinfo=UTC),
    "TrainingTimeInSeconds": 13,
    "AlgorithmSpecification": {"TrainingImage": "xgboost-sentiment:dev"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/launch/reviews/output/model.tar.gz"},
    "HyperParameters": {"num_round": "3"},
    "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://bucket/train/"}}}],
}


def evaluation(wrong: int = 8, labels: tuple[str, ...] = LABELS, text: str = "a review") -> bytes:
    """Of a model that gives the first `wrong` of 40 records a wrong label; only those are unsure."""
    truth = np.arange(40) % len(labels)
    predicted = np.where(np.arange(40) < wrong, (truth + 1) % len(labels), truth)
    probabilities = np.full((40, len(labels)), 0.1 / len(labels)) + np.eye(len(labels))[predicted] * 0.8
    probabilities += (np.arange(40) / 1000)[:, None] * np.eye(len(labels))[predicted]
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    records = [Record(labels[number], f"{text} {place}", f"{text} line {place}") for place, number in enumerate(truth)]
    with tempfile.TemporaryDirectory() as folder:
        job = Job({}, Resources("algo-1", ("algo-1",)), "reviews")
        context = Context(Paths(Path(folder)), job, {}, threading.Event(), MetricLog())
        for epoch in (1, 2, 3):
            context.metrics.report(epoch, {"train:accuracy": 0.7 + epoch / 10, "validation:accuracy": 0.7 + epoch / 30})
        held_out = quality.HeldOut("test", labels, truth, probabilities)
        quality.report(held_out, context, records)
        words = {label: [(f"{text} {label}", 0.5), ("_other", 0.25)] for label in labels}
        quality.write(held_out, records, {"most frequent label": np.zeros(40, int)}, words, context)
        seen = Texts.of(record.text for record in records)
        context.evaluation.data["train"] = {**seen.describe(labels, truth, None), "unknown_words": None}
        context.evaluation.data["test"] = {**seen.describe(labels, truth, set()), "unknown_words": 0.125}
        card = Manifest.of("sagemaker-text", ["numpy"], {"num_round": 3, "note": text, "quick": True}, labels=labels)
        path = context.paths.output_data / "evaluation.json"
        context.evaluation.save(path, card, context.metrics, "reviews")
        return path.read_bytes()


def job(content: bytes | None = None, name: str = "reviews", **described: object) -> gather.Job:
    """A job that left this evaluation.json."""
    description = {**DESCRIPTION, "TrainingJobName": name, **described}
    document, note = gather.parse(content, str(description["TrainingJobStatus"]))
    return gather.Job(name, description, document, note)


def search(*trials: tuple[float | None, dict[str, str]], status: str = "Completed") -> gather.Search:
    """A tuning job of trials with these values of the objective, and these hyperparameters."""
    summaries = [
        {
            "TrainingJobName": f"search-{number}",
            "TrainingJobStatus": "Failed" if value is None else "Completed",
            "TunedHyperParameters": tuned,
            **({} if value is None else {"FinalHyperParameterTuningJobObjectiveMetric": {
                "MetricName": "validation:accuracy", "Value": value}}),
        }
        for number, (value, tuned) in enumerate(trials, 1)
    ]  # fmt: skip
    known = [each for each in summaries if "FinalHyperParameterTuningJobObjectiveMetric" in each]
    best = max(known, key=lambda each: each["FinalHyperParameterTuningJobObjectiveMetric"]["Value"], default=None)
    objective = {"MetricName": "validation:accuracy", "Type": "Maximize"}
    description = {
        "HyperParameterTuningJobStatus": status,
        "HyperParameterTuningJobConfig": {"HyperParameterTuningJobObjective": objective, "Strategy": "Random"},
        **({"BestTrainingJob": best} if best else {}),
    }
    return gather.Search("search", description, summaries, job(evaluation(), best["TrainingJobName"]) if best else None)


def numbers(html: str) -> list[float]:
    """The whole values of all numbers on a page."""
    return [float(part.partition('"')[0]) for part in html.split('<data value="')[1:]]


def leaves(value: object) -> list[float]:
    """All numbers in a JSON document."""
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [float(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


def mutations(content: bytes) -> list[bytes]:
    """The document with each of its parts, down to the third level, missing or something else."""
    found = []
    places = [()]
    for _ in range(3):
        places = [(*place, key) for place in places for key in _at(json.loads(content), place)]
        for place in places:
            for replacement in (None, [], {}, "x", 3, ...):
                document = json.loads(content)
                parent = _value(document, place[:-1])
                if replacement is ...:
                    del parent[place[-1]]
                else:
                    parent[place[-1]] = replacement
                found.append(json.dumps(document).encode())
    return found


def _value(document, place):
    for key in place:
        document = document[key]
    return document


def _at(document, place):
    value = _value(document, place)
    return list(value)[:12] if isinstance(value, dict) else []
