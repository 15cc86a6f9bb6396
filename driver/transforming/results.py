"""What a transform has come to: one CSV of rows and answers, and how many rows failed, where and why."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from driver.errors import DriverError
from driver.transforming import rows
from driver.transforming.answers import Answer

_MOST_REASONS = 3


def write(path: Path, beside: Mapping[str, Sequence[str]], answers: Sequence[Answer]) -> None:
    """Write a CSV file with a row for each answer: the cells of the columns `beside`, then label and score.

    Columns that no answer has are left out, and `error` is there if a row failed. A column of the answers whose name
    is taken becomes `predicted_NAME`. Raises DriverError when the file cannot be written.
    """
    kinds = [kind for kind in Answer._fields if any(getattr(answer, kind) for answer in answers)]
    head = [*beside, *(_free(kind, beside) for kind in kinds)]
    cells = zip(*beside.values(), strict=True) if beside else [()] * len(answers)
    temporary = path.with_name(f".{path.name}.part")
    try:
        # The byte order mark is for Excel, which takes CSV without one for the encoding of its country.
        with temporary.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(head)
            for row, answer in zip(cells, answers, strict=True):
                writer.writerow([*row, *(getattr(answer, kind) for kind in kinds)])
        temporary.replace(path)
    except OSError as error:
        raise DriverError(f"cannot write {path}: {error.strerror}; check folder and disk") from error
    finally:
        temporary.unlink(missing_ok=True)


def failed(answers: Iterable[Answer], positions: Iterable[str]) -> list[tuple[str, str]]:
    """Return (position, reason) of each row that failed."""
    return [(position, answer.error) for answer, position in zip(answers, positions, strict=True) if answer.error]


def summary(total: int, failures: Sequence[tuple[str, str]]) -> str:
    """Say how many rows there were, and which failed.

    Example:
        >>> summary(121, [("a.csv line 6", "the text is empty"), ("a.csv line 10", "the text is empty")])
        '121 rows, 2 failed (lines 6, 10: the text is empty)'
    """
    counted = f"{total:,} row{'' if total == 1 else 's'}"
    if not failures:
        return counted
    reasons: dict[str, list[str]] = {}
    for position, reason in failures:
        reasons.setdefault(reason, []).append(position)
    parts = [f"{rows.say_places(places)}: {reason}" for reason, places in list(reasons.items())[:_MOST_REASONS]]
    more = len(reasons) - _MOST_REASONS
    parts += [f"and {more} other reasons"] if more > 0 else []
    return f"{counted}, {len(failures):,} failed ({'; '.join(parts)})"


def _free(name: str, taken: Iterable[str]) -> str:
    while name in taken:
        name = f"predicted_{name}"
    return name
