"""What has come of a transform job: its answers put together with the rows, files, counts and accuracy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from driver import evaluation
from driver.errors import FAILED, DriverError, several
from driver.tables import preparing
from driver.transforming import answers, results
from driver.transforming.answers import Answer
from driver.transforming.rows import Rows

PREDICTIONS = ".predictions.csv"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the answers are put together with.

    `table` are the rows that were sent, if a table was; `beside` the columns of them to carry; `truth` the true labels
    of all records, and `meaning` what two that are equal to the image have in common. `unit` is what a record is in a
    file. `is_joined` says that SageMaker has joined the answers; `is_read` that answers without label and score are an
    error, and `is_written` that a CSV is made of them.
    """

    table: Rows | None = None
    beside: Mapping[str, Sequence[str]] = field(default_factory=dict)
    truth: Sequence[str] | None = None
    meaning: Callable[[str], str] = str
    unit: str = "line"
    is_joined: bool = False
    is_written: bool = False


@dataclass(frozen=True)
class Outcome:
    """The result for programs and for people, and the error of a job of which nothing is left."""

    document: dict[str, Any]
    lines: list[str]
    error: DriverError | None = None


def gather(files: Sequence[Path], asked: Asked) -> Outcome:
    """Read the outputs, write the CSV of predictions, and compare with the true labels. Raises DriverError."""
    try:
        found = {path: answers.read(path, asked.is_joined) for path in files}
    except DriverError:
        if asked.table or asked.truth is not None:
            raise
        return Outcome({}, [])  # such as word vectors
    everything = [answer for each in found.values() for answer in each]
    positions = _positions(found, asked)
    failures = results.failed(everything, positions)
    document: dict[str, Any] = {
        "Rows": len(everything),
        "Failed": [{"row": position, "reason": reason} for position, reason in failures],
    }
    lines = []
    if asked.is_written:
        document["Predictions"] = []
        for path, each in found.items():
            stem = preparing.stem(path) if asked.table else path.name.removesuffix(".out")
            written = path.with_name(f"{stem}{PREDICTIONS}")
            results.write(written, asked.beside, each)
            document["Predictions"].append(str(written))
            lines.append(f"label and score of each row: {written}")
    lines.append(results.summary(len(everything), failures))
    if everything and len(failures) == len(everything):
        return Outcome(document, lines, DriverError(f"every row failed, the first with: {failures[0][1]}", FAILED))
    if asked.truth is not None:
        compared = _compare(asked.truth, everything, asked.meaning)
        document["Evaluation"] = compared.document()
        lines += compared.lines()
    return Outcome(document, lines)


def _positions(found: Mapping[Path, Sequence[Answer]], asked: Asked) -> list[str]:
    count = sum(map(len, found.values()))
    if asked.table is None:
        names = {path: path.name.removesuffix(".out") for path in found}
        return [f"{names[path]} {asked.unit} {n}" for path, each in found.items() for n in range(1, len(each) + 1)]
    positions = asked.table.table.positions
    if len(positions) != count:
        where = ", ".join(map(str, found))
        raise DriverError(f"{several(count, 'answer')} came for {several(len(positions), 'row')}: look into {where}")
    return positions


def _compare(
    truth: Sequence[str], everything: Sequence[Answer], meaning: Callable[[str], str]
) -> evaluation.Evaluation:
    if len(truth) != len(everything):
        return evaluation.evaluate(truth, [answer.said for answer in everything])  # which says so
    pairs = [(label, answer) for label, answer in zip(truth, everything, strict=True) if not answer.error]
    are_scores = not any(answer.label for answer in everything)
    return evaluation.evaluate([label for label, _ in pairs], [answer.said for _, answer in pairs], are_scores, meaning)
