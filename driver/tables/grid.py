"""From rows of cells to a table: titles above it, the header, its width, and the rows that do not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from driver.errors import quote
from driver.tables import columns, decoding
from driver.tables.delimited import Row
from driver.tables.table import Problem, Table

_SAMPLE = 500  # rows that a first one is compared with
_LONGEST_NAME = 50  # characters
_MOST_WORDS = 4  # of a name


@dataclass(frozen=True)
class Origin:
    """Where rows are from: the file, and what a row is there, such as `line`."""

    name: str
    unit: str = "line"

    def position(self, line: int) -> str:
        """Return the position of a row, such as `reviews.csv line 17`."""
        return f"{self.name} {self.unit} {line}"


def to_table(rows: Sequence[Row], origin: Origin, found: dict[str, str], header: str | None = None) -> Table:
    """Return the table that rows make up; `header` is `present`, `absent`, or None to compare the first with the rest.

    A table without a header has columns "1", "2"...
    """
    import pandas  # takes half a second

    notes: list[str] = []
    filled = [row for row in rows if row.error or any(map(str.strip, row.cells))]
    width = _width(filled)
    filled, titles = _without_titles(filled, width, header)
    notes += [f"{origin.position(row.line)} is above the table: {quote(' '.join(row.cells).strip())}" for row in titles]
    is_named = bool(filled) and not filled[0].error and (
        header == "present" or (header is None and is_header(filled[0].cells, [row.cells for row in filled[1:]]))
    )  # fmt: skip
    names = filled[0].cells if is_named else []
    if names and len(names) == width - 1:
        names = ["", *names]  # as R writes it: the column of row names has none
    width = max(width, len(names))
    names = _unique([name.strip() for name in names] or [str(number) for number in range(1, width + 1)], width)
    cells: list[list[str]] = []
    positions: list[str] = []
    problems: list[Problem] = []
    for row in filled[is_named:]:
        reason = row.error or _misfit(row.cells, width)
        if is_named and width > 1 and row.cells == filled[0].cells:
            reason = "the header again"
        if reason:
            problems.append(Problem(origin.position(row.line), reason))
        else:
            cells.append(row.cells[:width])
            positions.append(origin.position(row.line))
    frame = pandas.DataFrame(cells, columns=pandas.Index(names, dtype=object), dtype=object)
    empty = [name for name in names if is_named and _is_nameless(name) and not any(map(str.strip, frame[name]))]
    if empty:
        frame = frame.drop(columns=empty)
        count = f"{len(empty)} empty columns" if empty[1:] else "an empty column"
        notes.append(f"{count} without a name {'are' if empty[1:] else 'is'} left out")
    found["header"] = ", ".join(frame.columns) if is_named else "none"
    return Table(
        name=origin.name, frame=frame, positions=positions, found=found, problems=problems, notes=notes,
        is_named=is_named,
    )  # fmt: skip


def is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether a row holds names: by words that are common ones, and by comparison with the rows below it.

    Example:
        >>> is_header(["rating", "review"], [["5", "A fine film"], ["1", "A dull film"]])
        True
        >>> is_header(["pos", "Superb"], [["neg", "A dull film"], ["pos", "A fine film"]])
        False
    """
    names = [name.strip() for name in first]
    if not any(names) or any(len(name) > _LONGEST_NAME or columns.words(name) > _MOST_WORDS for name in names):
        return False
    if any(map(columns.is_number, names)):
        return False
    others = [row for row in rest[:_SAMPLE] if list(row) != list(first)]  # the same again: two exports in one file
    below = [[row[i].strip() for row in others if i < len(row) and row[i].strip()] for i in range(len(names))]
    told = [
        (name, values, columns.is_few(len(set(values)), len(values)))
        for name, values in zip(names, below, strict=True) if name and values
    ]  # fmt: skip
    if any(is_few and name in values for name, values, is_few in told):
        return False
    if any(
        columns.mostly(columns.is_number, values) or columns.mostly(columns.is_date, values) for _, values, _ in told
    ):
        return True
    is_known = any((columns.TEXT_NAMES | columns.LABEL_NAMES) & columns.parts(name) for name in names)
    has_label = any(is_few for *_, is_few in told)
    has_text = any(
        len(name.split()) == 1 and columns.mostly(lambda text, name=name: _is_longer(text, name), values)
        for name, values, _ in told
    )
    return is_known or (has_label and has_text)


def _is_longer(text: str, name: str) -> bool:
    return columns.words(text) > max(1, columns.words(name))


def _width(rows: Sequence[Row]) -> int:
    widths = Counter(len(row.cells) for row in rows if not row.error)
    return widths.most_common(1)[0][0] if widths else 0


def _without_titles(rows: list[Row], width: int, header: str | None) -> tuple[list[Row], list[Row]]:
    """Part the rows from those above the header that fill one cell: a title, as over merged cells of a spreadsheet."""
    count = 0
    while count < len(rows) and _is_title(rows[count], width):
        count += 1
    below = rows[count:]
    if count and below and (header == "present" or is_header(below[0].cells, [row.cells for row in below[1:]])):
        return below, rows[:count]
    return rows, []


def _is_title(row: Row, width: int) -> bool:
    return width > 1 and not row.error and sum(bool(text.strip()) for text in row.cells) == 1


def _misfit(cells: Sequence[str], width: int) -> str | None:
    if any(map(decoding.is_damaged, cells)):
        return decoding.NOT_UTF8
    if len(cells) == width or (len(cells) > width and not any(map(str.strip, cells[width:]))):
        return None
    advice = "put a text that has the delimiter in it in double quotes" if len(cells) > width else "complete the row"
    return f"{len(cells)} field{'s' * (len(cells) > 1)} instead of {width}: {advice}"


def _is_nameless(name: str) -> bool:
    return not name or name.startswith("Unnamed: ")


def _unique(names: Sequence[str], width: int) -> list[str]:
    unique: list[str] = []
    for number in range(width):
        name = names[number] if number < len(names) else ""
        name = name or f"Unnamed: {number}"
        unique.append(name if name not in unique else f"{name} ({number + 1})")
    return unique
