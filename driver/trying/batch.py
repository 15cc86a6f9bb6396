"""A table that was dropped on the page: every text is asked, and compared with its label if it has one."""

import csv
import io
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from driver.errors import ChoiceError, DriverError, RefusedError
from driver.tables import columns, roles
from driver.tables.table import Choices
from driver.transforming import outcome, results, rows
from driver.transforming.outcome import Asked
from driver.transforming.rows import Rows
from driver.trying.asking import Endpoint

MOST_ROWS = 10_000
"""More would keep the page waiting, and are what a batch transform is for."""

SHOWN_ROWS = 200
"""Rows of the result on the page; the file has them all."""

_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the page shows: counts and accuracy for people, the first rows, and the whole as CSV."""

    lines: list[str]
    evaluation: dict[str, Any] | None
    head: list[str]
    rows: list[list[str]]
    csv: str

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def predict(endpoint: Endpoint, name: str, content: bytes, text: str | None, label: str | None) -> Result:
    """Ask for every row of a table, whose file is called `name`; `text` and `label` name columns, if anything does.

    Raises DriverError for a table that cannot be read, and when the endpoint answers with an error.
    """
    choices = Choices(text=text or None, label=label or None, skip_bad=True)
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name).name.lstrip(".")[-100:] or "table.csv")
        path.write_bytes(content)
        try:
            table = rows.find(path, choices, True, lines.append)
        except ChoiceError as error:
            raise DriverError(f"{error.sentence}: name the columns beside the file") from error
        except DriverError as error:
            raise DriverError(str(error).replace(str(path), path.name)) from error
        if table is None:
            raise DriverError(f"{path.name} is not a table of texts: drop a CSV, Excel, Parquet or JSON Lines file")
        texts = list(table.table.frame[table.text])
        if len(texts) > MOST_ROWS:
            raise DriverError(
                f"{path.name} has {len(texts):,} rows, and this page takes {MOST_ROWS:,}: use `./launch.py transform`"
            )
        answered = Path(folder) / "answers.jsonl.out"
        with answered.open("w", encoding="utf-8") as file:
            for start in range(0, len(texts), _AT_ONCE):
                file.writelines(json.dumps(each) + "\n" for each in _answers(endpoint, texts[start : start + _AT_ONCE]))
        beside = {column: list(table.table.frame[column]) for column in table.table.columns}
        truth = _truth(table, choices)
        found = outcome.gather([answered], Asked(table=table, beside=beside, truth=truth, is_written=True))
        if found.error:
            raise found.error
        (written,) = found.document["Predictions"]
        return _result(lines, found.document, Path(written).read_text("utf-8"))


def _answers(endpoint: Endpoint, texts: Sequence[str]) -> list[Any]:
    """Return an answer for each text; a container refuses all that came together for one, which gets the error."""
    try:
        return list(endpoint.plain(texts).answers)
    except RefusedError as error:
        if error.code != "ModelError":
            raise
        if len(texts) == 1:
            return [{"error": str(error)}]
    half = len(texts) // 2
    return [*_answers(endpoint, texts[:half]), *_answers(endpoint, texts[half:])]


def _truth(table: Rows, choices: Choices) -> list[str] | None:
    """Return the true labels; None where no column certainly holds them."""
    facts = columns.describe(table.table.frame)
    if choices.label is None:
        try:
            found = roles.choose(table.table.name, facts, table.table.is_named, choices)
        except DriverError:
            return None
        if found.text != table.text or found.label is None:
            return None
        return table.column(found.label, "label")
    return table.column(choices.label, "the column of labels")


def _result(lines: list[str], document: dict[str, Any], text: str) -> Result:
    head, *others = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    failures = [(each["row"], each["reason"]) for each in document["Failed"]]
    return Result(
        lines=[*lines, results.summary(document["Rows"], failures)], evaluation=document.get("Evaluation"), head=head,
        rows=others[:SHOWN_ROWS], csv=text,
    )  # fmt: skip
