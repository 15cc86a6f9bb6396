"""The numbers of evaluation.json as tables of pandas, and what follows from them. Draws nothing."""

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Document = Mapping[str, Any]
CONFIDENT = 1.959964
"""Standard deviations on each side of a mean that hold 95 % of a normal distribution."""


def rounds(document: Document) -> dict[str, pd.DataFrame]:
    """Return by the metric's name, such as accuracy, its values by round: a column for each channel.

    Where each label has a model of its own, a column is the channel and the label.
    """
    lines = [line for line in document["metrics"]["history"] if "epoch" in line]
    found: dict[str, dict[str, dict[int, float]]] = {}
    for line in lines:
        for name, value in line.items():
            channel, separator, metric = str(name).partition(":")
            if separator and isinstance(value, int | float):
                column = f"{channel}, {line['label']}" if "label" in line else channel
                found.setdefault(metric, {}).setdefault(column, {}).setdefault(line["epoch"], value)
    frames = {metric: pd.DataFrame(columns).sort_index() for metric, columns in found.items()}
    return {metric: frame.rename_axis("round") for metric, frame in frames.items()}


def confusion(held_out: Document) -> pd.DataFrame:
    """Return the confusion matrix: a row for each true label, a column for each predicted one."""
    return pd.DataFrame(held_out["confusion"], index=held_out["labels"], columns=held_out["labels"])


def of_labels(held_out: Document) -> pd.DataFrame:
    """Return precision, recall, F1 and the number of records of each label."""
    matrix = confusion(held_out)
    columns = {name: pd.Series(held_out[name], dtype=float) for name in ("precision", "recall", "f1")}
    return pd.DataFrame(columns).reindex(matrix.index).assign(records=matrix.sum(axis=1)).rename_axis("label")


def curve(held_out: Document, name: str, axes: tuple[str, str]) -> pd.DataFrame:
    """Return a curve of each label over a common grid of 101 points; `axes` names both axes."""
    grid = np.linspace(0, 1, 101)
    columns = {}
    for each in held_out["curves"]:
        x, y = np.array(each[name], dtype=float).T
        columns[str(each["label"])] = np.interp(grid, x, y)
    return pd.DataFrame(columns, index=pd.Index(grid.round(2), name=axes[0]))


def calibration(held_out: Document) -> pd.DataFrame:
    """Return, for each bin, the mean probability (index), and how often the label was right."""
    bins = pd.DataFrame(held_out["calibration"]["bins"])
    return pd.DataFrame(
        {"share that is right": bins["share"].to_numpy(), "records": bins["records"].to_numpy()},
        index=pd.Index(bins["probability"].round(4), name="mean probability"),
    )


def lengths(document: Document) -> pd.DataFrame:
    """Return percentiles of the number of words in a text, a column for each channel."""
    columns = {name: dict(of["words"]) for name, of in document["data"].items() if of["words"]}
    return pd.DataFrame(columns).sort_index().rename_axis("% of the texts")


def words(document: Document) -> dict[str, pd.DataFrame]:
    """Return by label its strongest n-grams with their weights."""
    return {
        label: pd.DataFrame({"weight": [weight for _, weight in pairs]}, index=[word for word, _ in pairs])
        for label, pairs in document["words"].items()
        if pairs
    }


def right(held_out: Document) -> NDArray[np.bool_] | None:
    """Return whether each record got its label, bool (n_records,); None where the job did not keep it."""
    if "right" not in held_out:
        return None
    bits = np.frombuffer(base64.b64decode(held_out["right"]), np.uint8)
    return np.unpackbits(bits)[: held_out["records"]].astype(bool)


def wilson(share: float, records: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927): where that of all records of this kind may be.

    Example:
        >>> [round(bound, 4) for bound in wilson(0.9, 100)]
        [0.8256, 0.9448]
    """
    square = CONFIDENT**2
    middle = (share + square / (2 * records)) / (1 + square / records)
    half = CONFIDENT * math.sqrt(share * (1 - share) / records + square / (4 * records**2)) / (1 + square / records)
    return middle - half, middle + half


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the p-value of McNemar's exact test (McNemar 1947), two-sided: a binomial test of the records that differ.

    The arguments count the records that one model alone labels rightly. A small value says that two models as good as
    each other would hardly differ so much.

    Example:
        >>> mcnemar(5, 5), mcnemar(1, 9)
        (1.0, 0.021484375)
    """
    total, least = only_first + only_second, min(only_first, only_second)
    term = tail = 1
    for number in range(least):
        term = term * (total - number) // (number + 1)
        tail += term
    return float(min(1.0, 2 * tail / 2**total))


def main_channel(document: Document) -> str | None:
    """Return the channel whose records say how good the model is: test, else validation."""
    return next((name for name in ("test", "validation") if name in document.get("held_out", {})), None)
