"""A self-contained HTML page of headings, tables, figures and quotations. Knows nothing of jobs.

The page loads nothing, runs nothing and sends nothing: its own Content-Security-Policy says so too. Whatever text it is
given is shown as text.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
from markupsafe import Markup

from driver.errors import DriverError

Cell = str | int | float | None
"""What stands in a table. A number is shown to four digits, and its whole value is in the `value` attribute."""


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Warnings:
    """Sentences that a reader must not miss."""

    sentences: Sequence[str]


@dataclass(frozen=True)
class Facts:
    """Pairs of a term and its value."""

    rows: Sequence[tuple[str, Cell]]


@dataclass(frozen=True)
class Table:
    """Rows of cells, the first of each its name.

    `shades` has a number from 0 to 1 for each cell: the depth of its background.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    shades: Sequence[Sequence[float | None]] = ()

    def is_numeric(self, column: int) -> bool:
        """Whether a column, other than the first, holds numbers alone."""
        return column > 0 and not any(isinstance(row[column], str) for row in self.rows)

    @property
    def cells(self) -> list[list[tuple[Cell, float | None]]]:
        """Each row's cells with their shades."""
        blank = [[None] * len(row) for row in self.rows]
        return [
            list(zip(row, shades, strict=True)) for row, shades in zip(self.rows, self.shades or blank, strict=True)
        ]


@dataclass(frozen=True)
class Figure:
    """A chart as `charts` draws it, and the table that says the same."""

    title: str
    svg: str
    table: Table


@dataclass(frozen=True)
class Quotation:
    """A text of the data, and what is said about it."""

    text: str
    about: str


@dataclass(frozen=True)
class Quotations:
    """Texts of the data, in an order that means something."""

    caption: str
    items: Sequence[Quotation]


Block = Text | Warnings | Facts | Table | Figure | Quotations


@dataclass(frozen=True)
class Section:
    """A heading and what is below it."""

    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)


def render(title: str, summary: str, sections: Sequence[Section], origin: str) -> str:
    """Return the page's HTML. `summary` is the sentence below the title, `origin` the last line: who wrote it, when."""
    html: str = (
        _environment()
        .get_template("page.html")
        .render(title=title, summary=summary, sections=[each for each in sections if each.blocks], origin=origin)
    )
    return html.encode(errors="backslashreplace").decode()  # a lone surrogate, which JSON can escape, as Python does


def write(path: Path, content: str) -> None:
    """Write a report to a file, whose folder is made if it is missing. Raises DriverError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8", errors="backslashreplace")
    except OSError as error:
        raise DriverError(f"cannot write {path}: {error.strerror}; give another file") from error


def shown(value: Cell) -> str:
    """Return how a page shows a value.

    Example:
        >>> shown(0.902761), shown(25000), shown(1.5e-7), shown(None), shown("pos")
        ('0.9028', '25,000', '1.5e-07', '–', 'pos')
    """
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    if value and not 0.001 <= abs(value) < 1e6:
        return f"{value:.4g}"
    return f"{value:,.4f}" if abs(value) < 1000 else f"{value:,.1f}"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    environment.filters["drawing"] = Markup  # of a Figure alone: charts escape what they are given
    environment.tests["numeric"] = lambda value: isinstance(value, int | float) and math.isfinite(value)
    environment.tests["block"] = lambda value, name: type(value).__name__ == name
    return environment
