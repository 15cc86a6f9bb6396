"""Charts as SVG of the page's own colours, each with the table that says the same. Knows nothing of jobs.

Matplotlib draws with stand-ins for colours, for which the page's CSS variables are put in, so that one drawing suits
light, dark and paper. Text stays text.
"""

import io
import itertools
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from driver.report.page import Cell, Figure, Table

INK, LINE = "#000001", "#000002"
SERIES = tuple(f"#0000{number:02x}" for number in range(17, 23))
_COLOURS = {INK: "currentColor", LINE: "var(--line)"} | {
    colour: f"var(--series-{number})" for number, colour in enumerate(SERIES, 1)
}
_DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
MOST_LINES = len(SERIES)
"""In one chart: more cannot be told from each other."""
MOST_ROWS = 100
"""Of the table below a chart: a longer one has as many of its rows, evenly spread."""
LONGEST = 40
"""Characters of a name in a chart."""
FEW = 50
"""Points that are drawn large."""
WIDE, NARROW, LARGE = (7.0, 3.4), (7.0, 5.2), (9.5, 8.0)
"""Inches, 72 of whose parts are a pixel of the page where there is room."""
_SVG = "http://www.w3.org/2000/svg"
_LINK = "http://www.w3.org/1999/xlink"
_STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "report", "font.family": ["DejaVu Sans"], "font.size": 9,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": LINE, "xtick.color": INK, "ytick.color": INK,
    "axes.grid": True, "grid.color": LINE, "grid.linewidth": 0.5, "axes.axisbelow": True, "legend.frameon": False,
    "axes.spines.top": False, "axes.spines.right": False, "lines.linewidth": 1.6, "text.parse_math": False,
}  # fmt: skip
_counter = itertools.count(1)


def lines(title: str, frame: pd.DataFrame, y: str = "", *, diagonal: bool = False, markers: bool = False) -> Figure:
    """Draw a line for each column over the index, whose name is that of the x axis; `y` names the other.

    Of many columns the first MOST_LINES are drawn, and the title says so. A missing value leaves a gap. `diagonal` adds
    the line from (0, 0) to (1, 1).
    """
    if len(frame.columns) > MOST_LINES:
        title = f"{title}, {MOST_LINES} of {len(frame.columns)}"
        frame = frame.iloc[:, :MOST_LINES]

    def draw(axes: Axes, frame: pd.DataFrame) -> None:
        if diagonal:
            axes.plot([0, 1], [0, 1], color=LINE, linewidth=1)
        for (name, column), colour, dash in zip(frame.items(), _cycle(SERIES), _cycle(_DASHES), strict=False):
            present = column.dropna()
            mark = "o" if markers or len(present) == 1 else None
            axes.plot(present.index, present, color=colour, linestyle=dash, marker=mark, markersize=4, label=name)
        axes.set(xlabel=str(frame.index.name or ""), ylabel=_short(y))
        if len(frame.columns) > 1:
            axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))

    return _figure(title, frame, draw, WIDE)


def bars(title: str, frame: pd.DataFrame, x: str = "") -> Figure:
    """Draw horizontal bars, those of a row together, the first row on top; the index names the rows."""

    def draw(axes: Axes, frame: pd.DataFrame) -> None:
        height = 0.8 / len(frame.columns)
        for number, ((name, column), colour) in enumerate(zip(frame.items(), _cycle(SERIES), strict=False)):
            axes.barh([row + number * height for row in range(len(frame))], column, height, color=colour, label=name)
        middle = 0.4 - height / 2
        axes.set_yticks([row + middle for row in range(len(frame))], list(frame.index))
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set(xlabel=_short(x))
        if len(frame.columns) > 1:
            axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))

    return _figure(title, frame, draw, (7.0, 0.8 + 0.24 * max(3, len(frame) * (1 + 0.4 * (len(frame.columns) - 1)))))


def histogram(title: str, frame: pd.DataFrame, y: str = "") -> Figure:
    """Draw each column as steps over the index, which holds the lower bounds of bins of one width."""

    def draw(axes: Axes, frame: pd.DataFrame) -> None:
        for (name, column), colour, dash in zip(frame.items(), _cycle(SERIES), _cycle(_DASHES), strict=False):
            axes.step(frame.index, column, where="post", color=colour, linestyle=dash, label=name)
        axes.set(xlabel=str(frame.index.name or ""), ylabel=_short(y))
        axes.set_ylim(bottom=0)
        if len(frame.columns) > 1:
            axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))

    return _figure(title, frame, draw, WIDE)


def scatter(title: str, frame: pd.DataFrame, *, named: bool = False, axes_hidden: bool = False) -> Figure:
    """Draw a point for each row, at its first two columns, whose names are those of the axes.

    `named` writes the index beside the points. `axes_hidden` is for a map, on which only nearness means something.
    """

    def draw(axes: Axes, frame: pd.DataFrame) -> None:
        x, y = frame.columns[:2]
        size = 5 if named else 10 if len(frame) > FEW else 30
        axes.scatter(frame[x], frame[y], s=size, color=SERIES[0], alpha=None if named else 0.6, linewidths=0)
        if named:
            for name, across, up in zip(frame.index, frame[x], frame[y], strict=True):
                axes.annotate(name, (across, up), (2, 2), textcoords="offset points", fontsize=7)
        axes.set(xlabel=str(x), ylabel=str(y))
        if axes_hidden:
            axes.set(xlabel="", ylabel="", xticks=[], yticks=[])

    return _figure(title, frame, draw, LARGE if named else NARROW)


def _figure(
    title: str, frame: pd.DataFrame, draw: Callable[[Axes, pd.DataFrame], None], size: tuple[float, float]
) -> Figure:
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()  # whatever a matplotlibrc of the user's says
        mpl.rcParams.update(_STYLE)
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the browser has other fonts, for which the text is kept
        drawing = Drawing(figsize=size, layout="constrained")
        drawing.patch.set_visible(False)
        axes = drawing.subplots()
        axes.patch.set_visible(False)
        draw(axes, _drawable(frame))
        content = io.BytesIO()
        drawing.savefig(content, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return Figure(title, _adapted(content.getvalue(), title), table(title, frame))


def table(caption: str, frame: pd.DataFrame, most: int = MOST_ROWS) -> Table:
    """Return a frame as the page's table, the index first; of a long one at most `most` rows, evenly spread."""
    step = -(-len(frame) // most) or 1
    kept = frame.iloc[::step]
    rows = [[_cell(name), *map(_cell, row)] for name, row in zip(kept.index, kept.itertuples(index=False), strict=True)]
    return Table(caption, [str(frame.index.name or "name"), *map(str, frame.columns)], rows)


def _cell(value: Any) -> Cell:
    if value is None or value != value:  # NaN is not itself
        return None
    plain = value.item() if hasattr(value, "item") else value
    return plain if isinstance(plain, str | int | float) else str(plain)


def _adapted(content: bytes, title: str) -> str:
    """Return Matplotlib's SVG as part of a page: named for screen readers, its ids its own, in the page's colours."""
    root = ElementTree.fromstring(content)  # noqa: S314 - Matplotlib has just written it
    prefix = f"c{next(_counter)}-"
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{{{_SVG}}}metadata":
                parent.remove(child)
        if "id" in parent.attrib:
            parent.set("id", prefix + parent.attrib["id"])
        for name, value in parent.attrib.items():
            if name == f"{{{_LINK}}}href":
                parent.set(name, value.replace("#", f"#{prefix}", 1))
            elif name in ("style", "clip-path"):
                parent.set(name, _colours(value.replace("url(#", f"url(#{prefix}")))
    for name in ("width", "height"):
        del root.attrib[name]
    root.attrib |= {"role": "img", "aria-label": f"Chart: {_short(title)}. The table below it has the numbers."}
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _LINK)
    return ElementTree.tostring(root, encoding="unicode")


def _colours(style: str) -> str:
    return re.sub(r"#0000[0-9a-f]{2}", lambda found: _COLOURS.get(found[0], found[0]), style)


def _cycle(values: Sequence[Any]) -> "itertools.cycle[Any]":
    return itertools.cycle(values)


def _drawable(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with names that Matplotlib can write."""
    numeric = pd.api.types.is_numeric_dtype(frame.index)
    index = frame.index if numeric else pd.Index(map(_short, map(str, frame.index)))
    return frame.set_axis(index.rename(_short(str(frame.index.name or "")))).set_axis(
        [_short(str(name)) for name in frame.columns], axis=1
    )


def _short(name: str) -> str:
    """A name as a chart shows it: XML has no control characters, and a long name leaves no room for the chart.

    Matplotlib leaves names that begin with `_` out of its legend.
    """
    clean = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]", "\ufffd", name)
    clean = f"\u200b{clean}" if clean.startswith("_") else clean
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"
