"""Reads the channels of reviews: CSV or JSON Lines, label first, to matrices. Trains nothing."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from smcontract.training import texts
from smcontract.training.job import Channel, Job
from textprep.pipeline import Pipeline, Specification
from textprep.records import Record

from xgboost_sentiment.hyperparameters import TEXT
from xgboost_sentiment.labels import Labels
from xgboost_sentiment.prepared import Data, Prepared, count
from xgboost_sentiment.words import Words

EXCERPTS = 4  # of each class, as golden examples

Labelled = tuple[Record, int]

log = logging.getLogger(__name__)


class _Reviews:
    """A stream of texts; of those that have passed it keeps labels, hashes and a few excerpts; all, if `held_out`."""

    def __init__(self, name: str, labelled: Iterable[Labelled], labels: Labels, held_out: bool = False) -> None:
        self.numbers: list[int] = []
        self.hashes: list[int] = []
        self.records: list[Record] = []
        self.excerpts: tuple[list[str], list[str]] = ([], [])
        self._name, self._labelled, self._labels, self._held_out = name, labelled, labels, held_out

    def __iter__(self) -> Iterator[str]:
        for record, number in self._labelled:
            self.numbers.append(number)
            self.hashes.append(hash(record.text))
            if len(self.excerpts[number]) < EXCERPTS:
                self.excerpts[number].append(texts.excerpt(record.text))
            if self._held_out:
                self.records.append(record)
            yield record.text
        count(self._name, self.numbers, self._labels.names)


def read(job: Job, settings: Mapping[str, Any], workers: int) -> Prepared:
    """Read all channels, and learn the preprocessing from the train channel less what is held back.

    Raises UserError or DataError for data that cannot be used.
    """
    labels = Labels()
    held_back: list[Labelled] = []
    labelled = _labelled(job.channel("train"), labels)
    if settings["validation_fraction"]:
        labelled = texts.hold_back(labelled, settings["validation_fraction"], settings["seed"], held_back)
    train = _Reviews("train", labelled, labels)
    specification = Specification(**{name: settings[name] for name in TEXT})
    pipeline, matrix = Pipeline.fit(specification, train, train.numbers, workers)
    log.info("train: %d words and n-grams", pipeline.n_features)
    data = {"train": Data(matrix, np.array(train.numbers, np.float32))}
    known = set(train.hashes)
    if len(known) < len(train.hashes):
        log.warning("train: texts that repeat an earlier one: %d", len(train.hashes) - len(known))
    others: dict[str, Iterable[Labelled]] = {"validation": held_back} if settings["validation_fraction"] else {}
    others |= {name: _labelled(job.channels[name], labels) for name in ("validation", "test") if name in job.channels}
    held_out: dict[str, list[Record]] = {}
    for name, source in others.items():
        reviews = _Reviews(name, source, labels, held_out=True)
        matrix = pipeline.transform(reviews, workers)
        data[name] = Data(matrix, np.array(reviews.numbers, np.float32))
        held_out[name] = reviews.records
        if shared := sum(text in known for text in reviews.hashes):
            log.warning("%s: texts that are also in the training data, so its metrics are too good: %d", name, shared)
    return Prepared(Words(pipeline), data, labels.names, [*train.excerpts[0], *train.excerpts[1]], held_out)


def _labelled(channel: Channel, labels: Labels) -> Iterator[Labelled]:
    for record in texts.read(channel):
        yield record, labels.number(record)
