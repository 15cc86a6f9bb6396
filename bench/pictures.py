"""Draws curves as SVG files for the documentation: the same bytes from the same numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

WIDTH, HEIGHT = 4.2, 3.0  # inches, of a panel


class Panel(NamedTuple):
    """A diagram with logarithmic axes; `curves` by name, each of abscissas and ordinates."""

    title: str
    x: str
    y: str
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]


def draw(file: Path, *panels: Panel) -> None:
    """Draw the panels beside each other."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    style = {"svg.hashsalt": "textimages", "svg.fonttype": "none", "axes.spines.top": False, "axes.spines.right": False}
    with pyplot.rc_context(style):
        figure, axes = pyplot.subplots(1, len(panels), figsize=(WIDTH * len(panels), HEIGHT), squeeze=False)
        for place, panel in zip(axes[0], panels, strict=True):
            for name, (abscissas, ordinates) in panel.curves.items():
                place.plot(abscissas, ordinates, marker="o", label=name)
            place.set(title=panel.title, xlabel=panel.x, ylabel=panel.y, xscale="log", yscale="log")
            place.grid(alpha=0.3)
            if len(panel.curves) > 1:
                place.legend()
        figure.tight_layout()
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
