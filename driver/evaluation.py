"""Compares the answers of a batch transform with the true labels: accuracy and confusion matrix."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from driver.errors import DriverError, cut, several
from driver.output import table

PREFIX = "__label__"
"""What BlazingText and fastText write before a label."""

THRESHOLD = 0.5
"""A score above it is the label 1, and one of exactly 0.5 the label 0, as the images have it: see docs/contract.md."""

MOST_LABELS = 20
"""Nobody reads a larger confusion matrix."""

_WHOLE = re.compile(r"(-?\d+)\.0+")


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
        head = f"accuracy {self.accuracy:.4f} on {several(self.counts.total(), 'record')}"
        if len(self.labels) > MOST_LABELS:
            return [head, f"{len(self.labels)} labels: --json prints the confusion matrix"]
        rows = [
            [f"actual {cut(true)}", *(f"{self.counts[true, said]:,}" for said in self.labels)] for true in self.labels
        ]
        return [head, *table(["", *(f"predicted {cut(label)}" for label in self.labels)], rows)]


def evaluate(
    labels: Sequence[str],
    answers: Sequence[str],
    may_be_scores: bool = True,
    meaning: Callable[[str], str] = str,
) -> Evaluation:
    """Compare. Raises DriverError when there is not one label for each answer.

    Labels of one `meaning` are equal, and so are `1` and `1.0`; the evaluation has the spelling of the answers.
    Scores are answers too where the labels are two of 0 and 1: above 0.5 a score is 1. Not so where the answers are
    known to be labels, such as one of 0, 1 and 2.

    Example:
        >>> evaluate(["0", "1", "1"], ["0.2", "0.9", "0.4"]).accuracy
        0.6666666666666666
        >>> evaluate(["1.0", "Pos"], ["1", "pos"], meaning=str.lower).counts
        Counter({('1', '1'): 1, ('pos', 'pos'): 1})
    """
    if len(labels) != len(answers):
        raise DriverError(
            f"{several(len(labels), 'label')} for {several(len(answers), 'answer')}: give one label per record"
        )
    if not labels:
        raise DriverError("nothing to compare: neither labels nor answers")
    labels = [_whole(label) for label in labels]
    if may_be_scores and set(labels) <= {"0", "1"} and not set(answers) <= {"0", "1"}:
        answers = [_round(answer) for answer in answers]
    elif all(map(is_number, answers)) and not any(map(is_number, labels)):
        raise DriverError(
            f"the answers are numbers, such as {cut(answers[0])}, but the labels are words, such as {cut(labels[0])}: "
            "--accept application/jsonlines gets answers with labels"
        )
    keys = {label: meaning(_whole(label)) for label in (*labels, *answers)}
    spelling = {keys[label]: label for label in (*labels, *answers)}
    pairs = zip(labels, answers, strict=True)
    return Evaluation(Counter((spelling[keys[true]], spelling[keys[said]]) for true, said in pairs))


def plain(label: object) -> str:
    """Return a label as text, of a list the first, without BlazingText's prefix.

    Example:
        >>> plain(["__label__sport"]), plain(1)
        ('sport', '1')
    """
    first = label[0] if isinstance(label, list) and label else label
    return str(first).strip().removeprefix(PREFIX)


def _whole(label: str) -> str:
    found = _WHOLE.fullmatch(label)
    return found[1] if found else label


def _round(score: str) -> str:
    return str(int(float(score) > THRESHOLD)) if is_number(score) else score


def is_number(text: str) -> bool:
    """Whether a text is a number to Python."""
    try:
        float(text)
    except ValueError:
        return False
    return True
