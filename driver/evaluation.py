"""Compares the answers of a batch transform with the true labels: accuracy and confusion matrix."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driver.errors import DriverError, quote
from driver.output import table

PREFIX = "__label__"
"""What BlazingText and fastText write before a label."""

THRESHOLD = 0.5
"""A score above it is the label 1, and one of exactly 0.5 the label 0, as the images have it: see docs/contract.md."""

MOST_LABELS = 20
"""Nobody reads a larger confusion matrix."""


@dataclass(frozen=True)
class Evaluation:
    """How often each true label, first, was answered with each label."""

    counts: Counter[tuple[str, str]]

    @property
    def accuracy(self) -> float:
        """The part of the records whose answer is right."""
        return sum(number for (true, said), number in self.counts.items() if true == said) / self.counts.total()

    @property
    def labels(self) -> list[str]:
        """All labels, true ones and answers."""
        return sorted({label for pair in self.counts for label in pair})

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it: a row of the matrix is a true label."""
        matrix = [[self.counts[true, said] for said in self.labels] for true in self.labels]
        return {"accuracy": self.accuracy, "records": self.counts.total(), "labels": self.labels, "confusion": matrix}

    def lines(self) -> list[str]:
        """Return it for people."""
        head = f"accuracy {self.accuracy:.4f} on {self.counts.total():,} records"
        if len(self.labels) > MOST_LABELS:
            return [head, f"{len(self.labels)} labels: --json prints the confusion matrix"]
        rows = [[f"actual {true}", *(f"{self.counts[true, said]:,}" for said in self.labels)] for true in self.labels]
        return [head, *table(["", *(f"predicted {label}" for label in self.labels)], rows)]


def evaluate(labels: Sequence[str], answers: Sequence[str]) -> Evaluation:
    """Compare. Raises DriverError when there is not one label for each answer.

    Scores are answers too where the labels are two of 0 and 1: above 0.5 a score is 1.

    Example:
        >>> evaluate(["0", "1", "1"], ["0.2", "0.9", "0.4"]).accuracy
        0.6666666666666666
    """
    if len(labels) != len(answers):
        raise DriverError(f"there are {len(labels):,} labels and {len(answers):,} answers: give one label per record")
    if not labels:
        raise DriverError("nothing to compare: neither labels nor answers")
    if set(labels) <= {"0", "1"} and not set(answers) <= {"0", "1"}:
        answers = [_round(answer) for answer in answers]
    elif all(map(_is_number, answers)) and not any(map(_is_number, labels)):
        raise DriverError(
            f"the answers are numbers, such as {answers[0]}, but the labels are words, such as {labels[0]}: "
            "--accept application/jsonlines gets answers with labels"
        )
    return Evaluation(Counter(zip(labels, answers, strict=True)))


def read_labels(path: Path) -> list[str]:
    """Return the first column of a CSV file, or each `label` of JSON Lines. Raises DriverError for anything else."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            if path.suffix.lower() in (".jsonl", ".jsonlines", ".json"):
                return [plain(json.loads(line)["label"]) for line in file if line.strip()]
            return [plain(row[0]) for row in csv.reader(file) if row]
    except OSError as error:
        raise DriverError(f"cannot read the labels {path}: {error.strerror}; check its name") from error
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise DriverError(
            f"the labels in {path} cannot be read ({error}): expected CSV with the label first, or JSON Lines with "
            "the key label"
        ) from error


def read_answers(paths: Sequence[Path]) -> list[str]:
    """Return the label, or else the score, of every record in the outputs of a transform job, in order."""
    return [answer for path in paths for answer in _answers(path)]


def plain(label: object) -> str:
    """Return a label as text, of a list the first, without BlazingText's prefix.

    Example:
        >>> plain(["__label__sport"]), plain(1)
        ('sport', '1')
    """
    first = label[0] if isinstance(label, list) and label else label
    return str(first).strip().removeprefix(PREFIX)


def _answers(path: Path) -> Iterator[str]:
    text = path.read_text("utf-8")
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        yield from (plain(row[0]) for row in csv.reader(text.splitlines()) if row)
        return
    decoder, position = json.JSONDecoder(), 0
    while position < len(text):  # documents one after another, each on one line or on several
        if text[position].isspace():
            position += 1
            continue
        try:
            document, position = decoder.raw_decode(text, position)
        except ValueError as error:
            raise DriverError(f"{path} is neither CSV nor JSON ({error}): it cannot be compared with labels") from error
        yield from _of_document(document, path)


def _of_document(document: Any, path: Path) -> Iterator[str]:
    if isinstance(document, dict) and "predictions" in document:
        document = document["predictions"]
    for record in document if isinstance(document, list) else [document]:
        answer = record.get("label", record.get("score")) if isinstance(record, dict) else record
        if answer is None:
            raise DriverError(f"{path}: {quote(record)} has neither label nor score: it cannot be compared with labels")
        yield plain(answer)


def _round(score: str) -> str:
    return str(int(float(score) > THRESHOLD)) if _is_number(score) else score


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
