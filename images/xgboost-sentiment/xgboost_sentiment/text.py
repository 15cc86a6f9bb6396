"""Reads the channels of reviews: CSV or JSON Lines, label first, to matrices. Trains nothing."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import shown
from smcontract.training import texts
from smcontract.training.described import Texts
from smcontract.training.job import Job
from smcontract.training.profile import Sample
from textprep.pipeline import Pipeline
from textprep.records import Record

from xgboost_sentiment.hyperparameters import specification
from xgboost_sentiment.labels import Labels
from xgboost_sentiment.prepared import Data, Prepared, count
from xgboost_sentiment.words import Words

GOLDEN = 8  # golden examples

log = logging.getLogger(__name__)


class _Reviews:
    """A stream of texts; of those that have passed it keeps labels, what `seen` holds, and a few excerpts.

    If `held_out` it keeps all of each, else a `sample`.
    """

    def __init__(self, name: str, source: Iterable[Record], labels: Labels, held_out: bool = False) -> None:
        self.numbers: list[int] = []
        self.seen = Texts()
        self.records: list[Record] = []
        self.sample = Sample()
        self._excerpts: dict[int, list[str]] = defaultdict(list)
        self._name, self._source, self._labels, self._held_out = name, source, labels, held_out

    def __iter__(self) -> Iterator[str]:
        number = self._labels.number if self._held_out else self._labels.add
        for record in self._source:
            self.numbers.append(number(record))
            self.seen.add(record.text)
            excerpts = self._excerpts[self.numbers[-1]]
            if len(excerpts) < GOLDEN // 2:
                excerpts.append(texts.excerpt(record.text))
            if self._held_out:
                self.records.append(record)
            else:
                self.sample.see(record.text)
            yield record.text
        if not self._held_out:
            settled = self._labels.settle(self.numbers)
            self._excerpts = {new: self._excerpts[old] for old, new in zip(self.numbers, settled, strict=True)}
            self.numbers = settled
        count(self._name, self.numbers, self._labels.names)

    @property
    def data_labels(self) -> NDArray[np.float32]:
        """The labels of the texts as `prepared.Data` has them."""
        return np.array(self.numbers, np.float32)

    def golden(self) -> list[str]:
        """Return some of the excerpts, as many of each of the first labels."""
        names = self._labels.names
        of_each = max(1, GOLDEN // len(names))
        return [text for number in range(len(names)) for text in self._excerpts[number][:of_each]][:GOLDEN]


def read(job: Job, settings: Mapping[str, Any], workers: int) -> Prepared:
    """Read all channels, and learn the preprocessing from the train channel less what is held back.

    With naive-Bayes weights the matrices of two labels are weighted; those of more are not, see `rest`. Raises
    UserError or DataError for data that cannot be used.
    """
    labels = Labels()
    held_back: list[Record] = []
    source = texts.read(job.channel("train"))
    if settings["validation_fraction"]:
        source = texts.hold_back(source, settings["validation_fraction"], settings["seed"], held_back)
    train = _Reviews("train", source, labels)
    wanted = specification(settings)
    pipeline, matrix = Pipeline.fit(replace(wanted, weighting="none", norm="none"), train, None, workers)
    if wanted.weighting == "none" or len(labels.names) == 2:
        pipeline, matrix = pipeline.weighted(matrix, train.numbers, wanted)
    log.info("train: %d words and n-grams", pipeline.n_features)
    _warn_of_rare_labels(train.numbers, labels.names)
    data = {"train": Data(matrix, train.data_labels)}
    known = set(train.seen.hashes)
    facts = {"train": train.seen.describe(labels.names, train.numbers, None)}
    if repeated := train.seen.repeated:
        log.warning("train: texts that repeat an earlier one: %d", repeated)
    others: dict[str, Iterable[Record]] = {}
    if settings["validation_fraction"]:
        others["validation"] = _known(held_back, labels)
    others |= {name: texts.read(job.channels[name]) for name in ("validation", "test") if name in job.channels}
    held_out: dict[str, list[Record]] = {}
    for name, records in others.items():
        reviews = _Reviews(name, records, labels, held_out=True)
        matrix = pipeline.transform(reviews, workers)
        data[name] = Data(matrix, reviews.data_labels)
        held_out[name] = reviews.records
        facts[name] = reviews.seen.describe(labels.names, reviews.numbers, known)
        if shared := facts[name]["shared_with_train"]:
            log.warning("%s: texts that are also in the training data, so its metrics are too good: %d", name, shared)
    return Prepared(Words(pipeline), data, labels.names, train.golden(), held_out, facts, train.sample)


def _warn_of_rare_labels(numbers: Sequence[int], names: Sequence[str]) -> None:
    once = [names[number] for number, count in sorted(Counter(numbers).items()) if count == 1]
    if once and len(names) > 2:
        log.warning("train: labels with only one record, too few to learn from: %s", ", ".join(map(shown, once)))


def _known(held_back: list[Record], labels: Labels) -> list[Record]:
    """Leave out what was held back of labels that have no other records: nothing has been learnt of them."""
    known = [record for record in held_back if labels.has(record)]
    if unknown := {(record.label or "").strip() for record in held_back if not labels.has(record)}:
        log.warning(
            "validation: left out records of labels that have no others to train on: %d, of %s; give more of them",
            len(held_back) - len(known),
            ", ".join(map(shown, sorted(unknown))),
        )
    return known
