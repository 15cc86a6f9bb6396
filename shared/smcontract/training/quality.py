"""What held-out records say of a finished model: figures, baselines, telling words, warnings. Trains nothing.

Two files in the job's output, of which SageMaker makes output.tar.gz: quality.json, and predictions.jsonl with a line
for each held-out record. A label is its position in `labels`, as in the rows and columns of the confusion matrix.
"""

import json
import logging
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from textprep.records import Record

from smcontract.errors import shown
from smcontract.files import write_object
from smcontract.training import curves, evaluation
from smcontract.training.metrics import NAME as METRICS
from smcontract.training.train import Context

NAME, PREDICTIONS = "quality.json", "predictions.jsonl"
LONGEST = 1000  # characters of a text in predictions.jsonl: enough to see why it was taken for something else
FAR = 0.1  # of accuracy, between training and held-out records
TELLING = 5  # words of each label in quality.json
LOOSE = 0.05  # half the width of an interval for the accuracy: more is said
_IN_A_METRIC = re.compile(r"[A-Za-z0-9_.:-]+")

Integers = NDArray[np.int64]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HeldOut:
    """What a model says of records that it was not trained on.

    `truth` (n_records,) are the positions of their labels in `labels`,
    `probabilities` (n_records, n_labels) the model's.
    """

    channel: str
    labels: Sequence[str]
    truth: NDArray[Any]
    probabilities: NDArray[np.floating[Any]]

    @property
    def predicted(self) -> Integers:
        """The position of each record's most probable label, the first of equals."""
        best: Integers = self.probabilities.argmax(axis=1)
        return best

    def counts(self, predicted: NDArray[Any]) -> Integers:
        """The confusion matrix of these predictions."""
        return confusion(self.truth, predicted, len(self.labels))


def confusion(truth: NDArray[Any], predicted: NDArray[Any], n_labels: int) -> Integers:
    """Return int64 (n_labels, n_labels): records by true label (row) and predicted label (column).

    Example:
        >>> confusion(np.array([0, 1, 1]), np.array([0, 1, 0]), 2).tolist()
        [[1, 0], [1, 1]]
    """
    counts = np.zeros((n_labels, n_labels), np.int64)
    np.add.at(counts, (truth.astype(np.int64), predicted.astype(np.int64)), 1)
    return counts


def metrics(counts: Integers) -> dict[str, float]:
    """Return accuracy and the means of precision, recall and F1 over the labels that occur, in truth or predictions.

    As scikit-learn's `precision_recall_fscore_support` defines them, with average="macro" and zero_division=0; of two
    labels `precision`, `recall` and `f1` are those of the second, the positive one.

    Example:
        >>> found = metrics(np.array([[1, 0], [1, 2]]))
        >>> found["accuracy"], found["macro_recall"], found["precision"], found["f1"]
        (0.75, 0.8333333333333333, 1.0, 0.8)
    """
    occur = counts.sum(axis=0) + counts.sum(axis=1) > 0
    each = _of_each(counts)
    means = {f"macro_{name}": float(np.nan_to_num(values)[occur].mean()) for name, values in each.items()}
    positive = {name: float(np.nan_to_num(values)[1]) for name, values in each.items()} if len(counts) == 2 else {}
    return {"accuracy": float(np.diag(counts).sum() / counts.sum()), **means, **positive}


def details(counts: Integers, labels: Sequence[str]) -> dict[str, Any]:
    """Return labels, confusion matrix, and precision, recall and F1 of each label, as JSON has them.

    None where there is nothing to divide by: the recall of a label that no record has, the precision of one that is
    never predicted.

    Example:
        >>> details(np.array([[1, 1], [0, 0]]), ["a", "b"])["recall"]
        {'a': 0.5, 'b': None}
    """
    of_labels = {
        name: {
            label: None if math.isnan(value) else value for label, value in zip(labels, values.tolist(), strict=True)
        }
        for name, values in _of_each(counts).items()
    }
    return {"labels": list(labels), "confusion": counts.tolist(), **of_labels}


def _of_each(counts: Integers) -> dict[str, NDArray[np.float64]]:
    right, true, predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        return {"precision": right / predicted, "recall": right / true, "f1": 2 * right / (true + predicted)}


def report(held_out: HeldOut, context: Context, records: Sequence[Record] = ()) -> None:
    """Report the metrics, and each label's recall where its name may be part of a metric's name; keep the details.

    The `records`, if they are texts, are quoted in evaluation.json where the model is surest and wrong.
    """
    counts = held_out.counts(held_out.predicted)
    found = details(counts, held_out.labels)
    recall = {f"recall:{label}": value for label, value in found["recall"].items() if value is not None}
    sayable = {name: value for name, value in recall.items() if _IN_A_METRIC.fullmatch(name)}
    if len(sayable) < len(recall):
        log.info(
            "%s: recall of labels whose names cannot be part of a metric's name is only in %s",
            held_out.channel,
            METRICS,
        )
    context.metrics.report(
        None, {f"{held_out.channel}:{name}": value for name, value in (metrics(counts) | sayable).items()}
    )
    context.metrics.extra[held_out.channel] = found
    context.evaluation.held_out[held_out.channel] = {
        "records": len(held_out.truth),
        **metrics(counts),
        **found,
        **curves.describe(held_out.labels, held_out.truth, held_out.probabilities),
        **(_of_texts(held_out, context, records) if records else {}),
    }


def _of_texts(held_out: HeldOut, context: Context, records: Sequence[Record]) -> dict[str, Any]:
    found: dict[str, Any] = dict(evaluation.outcomes(held_out.truth, held_out.predicted, records))
    if quotes_texts(context):
        found["mistakes"] = evaluation.mistakes(held_out.labels, held_out.truth, held_out.probabilities, records)
    return found


def quotes_texts(context: Context) -> bool:
    """Whether the job's output may hold texts."""
    return bool(context.hyperparameters.get(evaluation.EXAMPLES.name, True))


def write(
    held_out: HeldOut,
    records: Sequence[Record],
    baselines: Mapping[str, Integers],
    words: Mapping[str, Sequence[tuple[str, float]]],
    context: Context,
    warned: Sequence[str] = (),
) -> None:
    """Write quality.json and predictions.jsonl; say figures and warnings in the log, those in `warned` too.

    `baselines` are the labels that simpler models predict for the same `records`, by the models' names; `words` the
    most telling words of each label, with numbers that say how telling: quality.json has the first TELLING of them.
    """
    counts = held_out.counts(held_out.predicted)
    compared = [{"name": name, **_accuracies(held_out.counts(predicted))} for name, predicted in baselines.items()]
    document = {
        "channel": held_out.channel,
        "records": len(records),
        **_accuracies(counts),
        **details(counts, held_out.labels),
        "baselines": compared,
        "words": {label: [word for word, _ in of_label[:TELLING]] for label, of_label in words.items()},
    }
    context.evaluation.words = words
    shared = context.evaluation.data.get(held_out.channel, {}).get("shared_with_train", 0)
    document["warnings"] = [*warnings(document, context.metrics.latest.get("train:accuracy"), shared), *warned]
    of_channel = context.evaluation.held_out.setdefault(held_out.channel, {})
    of_channel |= {"baselines": compared, "warnings": document["warnings"]}
    others = "; ".join(f"{each['name']} {each['accuracy']:.4f}" for each in compared)
    log.info("%s: accuracy %.4f; to compare: %s", held_out.channel, document["accuracy"], others)
    for warning in document["warnings"]:
        log.warning("%s: %s", held_out.channel, warning)
    context.paths.output_data.mkdir(parents=True, exist_ok=True)
    write_object(context.paths.output_data / NAME, document)
    path = context.paths.output_data / PREDICTIONS
    with path.open("w", encoding="utf-8", errors="backslashreplace") as file:  # a lone surrogate as JSON escapes it
        file.writelines(
            json.dumps(prediction, ensure_ascii=False) + "\n"
            for prediction in _predictions(held_out, records, quotes_texts(context))
        )


def warnings(quality: Mapping[str, Any], of_train: float | None, shared: int) -> list[str]:
    """Return sentences about what the figures of quality.json must not be taken for.

    `of_train` is the accuracy on the training records, where it was measured; `shared` of the held-out texts are among
    those. The interval for the accuracy is the normal approximation's, of 95 %.

    Example:
        >>> figures = {"accuracy": 0.95, "records": 400, "baselines": [], "precision": {"a": 1.0, "b": None}}
        >>> warnings(figures, None, shared=0)
        ['the model never predicts "b": give more records of it']
    """
    accuracy, records = quality["accuracy"], quality["records"]
    better = [each for each in quality["baselines"] if each["accuracy"] > accuracy]
    found = [
        f"the model's accuracy, {accuracy:.4f}, is below the {each['accuracy']:.4f} of a simple baseline "
        f"({each['name']}): give more records, or look for better hyperparameters"
        for each in better[-1:]
    ]
    interval = 1.96 * math.sqrt(max(accuracy * (1 - accuracy), 1 / records) / records)
    if interval > LOOSE:
        found.append(
            f"only {records} records were held out: the accuracy on others may well be {interval:.2f} higher or lower"
        )
    if shared:
        found.append(f"held-out texts that are also in the training data: {shared:,}; expect less on others")
    if of_train is not None and of_train > accuracy + FAR:
        found.append(f"train:accuracy, {of_train:.4f}, means nothing: the model has seen those records")
    if never := [label for label, value in quality["precision"].items() if value is None]:
        found.append(f"the model never predicts {', '.join(map(shown, never))}: give more records of it")
    return found


def _accuracies(counts: Integers) -> dict[str, float]:
    found = metrics(counts)
    return {name: found[name] for name in ("accuracy", "macro_f1")}


def _predictions(held_out: HeldOut, records: Sequence[Record], is_quoting: bool) -> Iterator[dict[str, Any]]:
    labels, rows = (
        held_out.labels,
        zip(records, held_out.truth, held_out.predicted, held_out.probabilities, strict=True),
    )
    for record, truth, best, probabilities in rows:
        yield {
            **({"text": record.text[:LONGEST]} if is_quoting else {}),
            "label": labels[int(truth)],
            "predicted": labels[int(best)],
            "probability": round(float(probabilities[best]), 6),
            "position": record.position,
        }
