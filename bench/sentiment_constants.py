"""How the constants of xgboost-sentiment's recipe were chosen: `python -m bench.sentiment_constants --imdb FILE`.

Cross-validation within the training half of IMDB; the test half is never read. Words and n-grams are found once, as
they need no labels; weights are learnt in each fold from its own training part. A fold is a run of reviews that stand
together in the archive, because those of one film do, and a film's name must not tell what its other reviews say.

Each line changes one thing of the recipe. `--only TEXT` tries the lines whose name has the text; `--folds-used 2` is
quicker. Two standard errors of a difference between two lines are about 0.002 with all folds.
"""

import argparse
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from smcontract.training.hosts.group import Group
from smcontract.training.metrics import MetricLog
from textprep import bagofwords
from textprep.pipeline import Pipeline
from xgboost_sentiment.hyperparameters import TABLE, checked, defaults, specification
from xgboost_sentiment.learner import learn
from xgboost_sentiment.prepared import Data

from bench import report
from driver.data import imdb

FOLDS = 5
ROUNDS = (6, 8, 10, 12, 15, 20)

CHANGES: Mapping[str, Mapping[str, str]] = {
    "the recipe": {},
    "before: 1,000,000 columns, log-count ratios": {
        "vocabulary_size": "1000000", "weighting": "naive-bayes", "norm": "none", "punctuation": "none",
        "lambda": "3e-4",
    },
    "no punctuation": {"punctuation": "none"},
    "counts": {"values": "counts"},
    "log-count ratios": {"weighting": "naive-bayes"},
    "rows as long as they are": {"norm": "none", "lambda": "1e-2"},
    "100,000 columns": {"vocabulary_size": "100000"},
    "400,000 columns": {"vocabulary_size": "400000"},
    "pairs": {"ngram_max": "2"},
    "words as they stand": {"language": "none"},
    "lambda 2e-6": {"lambda": "2e-6"},
    "lambda 2e-5": {"lambda": "2e-5"},
    "eta 1": {"eta": "1"},
}  # fmt: skip
"""Hyperparameters that differ from the defaults."""


class Fold(NamedTuple):
    """Rows to learn from and rows to measure on."""

    train: Data
    validation: Data


class Quiet(MetricLog):
    """Keeps the metrics of each round to itself."""

    def report(self, epoch: int | None, metrics: Mapping[str, float]) -> None:
        """Remember one round."""
        self.history.append({"epoch": epoch, **metrics})


def main() -> int:
    """Try the changes and print the accuracies after each of ROUNDS."""
    parser = argparse.ArgumentParser(description="Cross-validation of the recipe within the training half of IMDB.")
    parser.add_argument("--imdb", type=Path, required=True, help="aclImdb_v1.tar.gz, or the folder aclImdb")
    parser.add_argument("--only", default="", metavar="TEXT", help="only changes whose name has this text")
    parser.add_argument("--folds-used", type=int, default=FOLDS, metavar="N", help="folds to measure on, 5 at most")
    arguments = parser.parse_args()
    names, texts = zip(*imdb.read(arguments.imdb, "train"), strict=True)
    labels = np.array([name == "pos" for name in names], np.float32)
    for name, change in CHANGES.items():
        if arguments.only in name:
            print(
                report.table([{"change": name, **accuracies(texts, labels, change, arguments.folds_used)}]), flush=True
            )
    return 0


def accuracies(
    texts: tuple[str, ...], labels: NDArray[np.float32], change: Mapping[str, str], used: int
) -> dict[str, object]:
    """Return the mean accuracy over the folds after each of ROUNDS."""
    raw = {**change, "num_round": str(ROUNDS[-1])}
    settings = checked(TABLE.parse(raw, defaults(TABLE.parse(raw))))
    plain = specification({**settings, "weighting": "none", "norm": "none"})
    _, matrix = Pipeline.fit(plain, texts, None)
    found = []
    for fold in list(folds(matrix, labels, settings))[:used]:
        log = Quiet()
        learn(fold._asdict(), settings, 1, threading.Event(), log, Group.alone())
        found.append([line["validation:accuracy"] for line in log.history])
    return {str(count): f"{np.mean(found, axis=0)[count - 1]:.4f}" for count in ROUNDS}


def folds(matrix: csr_matrix, labels: NDArray[np.float32], settings: Mapping[str, Any]) -> Iterator[Fold]:
    """Yield each fold, its columns weighted by what its own training part says."""
    places = np.zeros(len(labels), np.int64)
    for label in (0, 1):
        (here,) = (labels == label).nonzero()
        places[here] = np.arange(len(here)) * FOLDS // len(here)
    for number in range(FOLDS):
        train, validation = (matrix[places != number], matrix[places == number])
        weights = bagofwords.column_weights(settings["weighting"], train, labels[places != number])
        for part in (train, validation):
            if weights is not None:
                bagofwords.weigh(part, weights)
            if settings["norm"] == "l2":
                bagofwords.normalise(part)
        yield Fold(Data(train, labels[places != number]), Data(validation, labels[places == number]))


if __name__ == "__main__":
    sys.exit(main())
