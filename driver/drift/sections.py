"""The sections of a report on drift. Fetches nothing."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from driver.drift.baseline import EDGES, Baseline
from driver.drift.windows import Window
from driver.errors import several
from driver.report import charts
from driver.report.page import Block, Facts, Section, Text, Warnings

NAMES = {
    "length": "length in words", "unknown_words": "unknown words", "words": "choice of words",
    "confidence": "confidence", "labels": "predicted labels",
}  # fmt: skip
"""What a reader calls the statistics."""


def of_windows(windows: Sequence[Window], baseline: Baseline | None, source: str) -> list[Section]:
    """Return all sections; those of which nothing is known have no blocks."""
    parts = [
        ("Result", _result(windows, baseline, source)),
        ("Drift over time", _drift(windows)),
        ("Requests over time", _requests(windows)),
        ("The last window beside the training data", _distributions(windows[-1], baseline)),
        ("How to read this", _explanation()),
    ]
    return [Section(title, list(blocks)) for title, blocks in parts]


def summary(windows: Sequence[Window]) -> str:
    """Return the sentence below the title.

    Example:
        >>> summary([])
        'No records.'
    """
    if not windows:
        return "No records."
    alarms = [window for window in windows if window.is_alarm]
    span = f"{windows[0].first:%Y-%m-%d %H:%M} to {windows[-1].last:%Y-%m-%d %H:%M} UTC"
    if all(window.drift is None for window in windows):
        return f"Drift is not known: the log has no full window. {span}."
    if not alarms:
        return f"No drift: no alarm in {several(len(windows), 'window')}, {span}."
    causes = sorted({NAMES[name] for window in alarms for name, ratio in window.ratios.items() if ratio >= 1})
    named = f" ({', '.join(causes)})" if causes else ""
    raising = f"{several(len(windows), 'window')} raise{'s' * (len(alarms) == 1)}"
    return f"Drift: {len(alarms)} of {raising} an alarm{named}, {span}."


def _result(windows: Sequence[Window], baseline: Baseline | None, source: str) -> Iterator[Block]:
    alarms = [window for window in windows if window.is_alarm]
    yield Facts([
        ("Requests from", source),
        ("Windows", len(windows)),
        ("Records in a window", baseline.window if baseline else windows[0].records),
        ("Windows with an alarm", len(alarms)),
        ("Largest drift", max((window.drift for window in windows if window.drift is not None), default=None)),
        ("Drift of the last window", windows[-1].drift),
    ])  # fmt: skip
    if alarms:
        first = alarms[0]
        yield Warnings([f"{summary(windows)} The first begins at {first.first:%Y-%m-%d %H:%M:%S} UTC."])


def _drift(windows: Sequence[Window]) -> Iterator[Block]:
    names = [name for name in NAMES if any(name in window.ratios for window in windows)]
    columns = {NAMES[name]: [window.ratios.get(name, np.nan) for window in windows] for name in names}
    columns = columns or {"drift": [np.nan if window.drift is None else window.drift for window in windows]}
    frame = _by_time(windows, {**columns, "alarm": [1.0] * len(windows)})
    yield charts.lines("Drift: 1 or more is an alarm", frame, "index / threshold", markers=True)
    if names:
        indices = {NAMES[name]: [window.indices.get(name, np.nan) for window in windows] for name in names}
        yield charts.table("Population stability index of each window", _by_time(windows, indices))


def _requests(windows: Sequence[Window]) -> Iterator[Block]:
    for title, values in (
        ("Share of unknown words", [window.unknown_words for window in windows]),
        ("Mean confidence", [window.confidence for window in windows]),
    ):
        if any(value is not None for value in values):
            frame = _by_time(windows, {title.lower(): [np.nan if value is None else value for value in values]})
            yield charts.lines(title, frame, title.lower(), markers=True)
    labels = list(dict.fromkeys(label for window in windows for label in window.label_shares))
    if labels:
        shares = {label: [window.label_shares.get(label, np.nan) for window in windows] for label in labels}
        yield charts.lines("Shares of the predicted labels", _by_time(windows, shares), "share", markers=True)


def _distributions(window: Window, baseline: Baseline | None) -> Iterator[Block]:
    if baseline is None or window.figures is None:
        return
    for name, counts in window.figures.counts.items():
        if name == "words" or not counts.any():
            continue
        of_training = baseline.counts[name]
        bins = _bins(name) if name in EDGES else [*baseline.labels[: len(counts)]]
        frame = pd.DataFrame(
            {"training": of_training / of_training.sum(), "last window": counts / counts.sum()}, pd.Index(bins)
        )
        yield charts.bars(f"{NAMES[name].capitalize()}, share of the records", frame, "share of the records")


def _bins(name: str) -> list[str]:
    edges = EDGES[name]
    ranges = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return [f"below {edges[0]:g}", *ranges, f"from {edges[-1]:g}"]


def _explanation() -> Iterator[Block]:
    yield Text(
        "Each window is compared with the training data by the population stability index, the sum over the bins of "
        "(a - e) * ln(a / e), where e is a bin's share in training and a its share in the window. Drift is the index "
        "divided by its alarm threshold, which was measured when the model was trained: windows drawn from the "
        "training data stay below it. Drift says that requests differ, not that answers are wrong: label some of the "
        "records of an alarm, and compare."
    )


def _by_time(windows: Sequence[Window], columns: dict[str, list[float]]) -> pd.DataFrame:
    """A row for each window, by the hours since the first began."""
    start = windows[0].first
    hours = [(window.last - start).total_seconds() / 3600 for window in windows]
    return pd.DataFrame(columns, pd.Index(hours, name=f"hours since {start:%Y-%m-%d %H:%M} UTC"))
