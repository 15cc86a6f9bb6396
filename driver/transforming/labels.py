"""True labels, which answers are compared with."""

import json
from pathlib import Path

from driver.errors import ChoiceError, DriverError
from driver.evaluation import plain
from driver.tables import columns, roles
from driver.tables.columns import Column
from driver.tables.labels import flag
from driver.tables.table import Choices, Table
from driver.transforming import rows


def read(path: Path, choices: Choices) -> list[str]:
    """Return the labels of a file: of its column `choices.label`, of the one that holds labels, or of the only one.

    Without a header the first column has them if no other is certain. Raises DriverError for what cannot be read,
    ChoiceError where the user must name the column.
    """
    if path.suffix.lower() in (".json", ".jsonl", ".jsonlines") and not choices.label:
        return _of_json(path)
    table = rows.read(path, choices)
    if table.problems:
        first = table.problems[0]
        raise DriverError(f"the labels in {path} cannot be read: {first.position}: {first.reason}")
    return [plain(cell) for cell in table.frame[_column(path, table, choices)]]


def _column(path: Path, table: Table, choices: Choices) -> str:
    facts = columns.describe(table.frame)
    if choices.label:
        return str(roles.given(facts, "--label", choices.label))
    filled = [one for one in facts if one.kind != "empty"]
    if len(filled) == 1:
        return filled[0].name
    if not filled:
        raise DriverError(f"{path} has no labels: give a file with one for each record")
    if table.is_named:
        return _named(path, facts, filled)
    try:
        return str(roles.choose(table.name, facts, table.is_named, choices).label)
    except DriverError:
        return table.columns[0]


def _named(path: Path, facts: list[Column], filled: list[Column]) -> str:
    likely = [one.name for one in filled if one.is_named_label] or [one.name for one in facts if one.kind == "label"]
    if len(likely) == 1:
        return likely[0]
    names = ", ".join(one.name for one in filled)
    raise ChoiceError(
        f"{path} has the columns {names}, and it is not certain which has the true labels",
        [flag("--label", name) for name in likely or [one.name for one in filled]],
    )


def _of_json(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return [plain(json.loads(line)["label"]) for line in file if line.strip()]
    except OSError as error:
        raise DriverError(f"cannot read the labels {path}: {error.strerror}; check its name") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DriverError(
            f"the labels in {path} cannot be read ({error}): expected an object with the key label on each line; "
            "another key is named with --label"
        ) from error
