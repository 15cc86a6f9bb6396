"""Reads the channels of reviews: CSV or JSON Lines, label first, to matrices. Trains nothing."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from smcontract.errors import shown
from smcontract.training import texts
from smcontract.training.described import Texts
from smcontract.training.hosts import dealing
from smcontract.training.hosts.group import Group
from smcontract.training.job import Job
from textprep import corpus
from textprep.corpus import Tokens
from textprep.pipeline import Pipeline
from textprep.records import Record

from xgboost_sentiment.hyperparameters import specification
from xgboost_sentiment.labels import Labels
from xgboost_sentiment.prepared import Data, Prepared, count
from xgboost_sentiment.sharing import Train
from xgboost_sentiment.words import Words

log = logging.getLogger(__name__)


def read(job: Job, settings: Mapping[str, Any], workers: int, group: Group) -> Prepared | None:
    """Read all channels, and learn the preprocessing from the train channel less what is held back.

    Hosts share the reading and splitting of the train channel; the first one puts together what one host would have,
    and learns from it; the others get None. Of what they read each holds its own part back.

    With naive-Bayes weights the matrices of two labels are weighted; those of more are not, see `rest`. Raises
    UserError or DataError for data that cannot be used.
    """
    wanted = specification(settings)
    held_back: list[tuple[int, Record]] = []
    source = dealing.deal(job.channel("train"), group, texts.files)
    if settings["validation_fraction"]:
        source = texts.hold_back(source, settings["validation_fraction"], settings["seed"], held_back)
    part = Train(source)
    gathered = part.gather(corpus.tokenise(part, wanted.tokens, workers), group)
    others: dict[str, list[Record]] = {}
    if settings["validation_fraction"]:
        others["validation"] = dealing.gather_placed(held_back, group)
    channels = (name for name in ("validation", "test") if name in job.channels)
    others |= {name: dealing.gather(job.channels[name], group) for name in channels}
    return _prepare(*gathered, others, settings, workers) if gathered else None


def _prepare(
    train: Train, tokens: Tokens, others: dict[str, list[Record]], settings: Mapping[str, Any], workers: int
) -> Prepared:
    train.settle()
    labels, names = train.labels, train.labels.names
    count("train", train.numbers, names)
    wanted = specification(settings)
    pipeline, matrix = Pipeline.fit_tokens(replace(wanted, weighting="none", norm="none"), tokens, None, workers)
    if wanted.weighting == "none" or len(names) == 2:
        pipeline, matrix = pipeline.weighted(matrix, train.numbers, wanted)
    log.info("train: %d words and n-grams", pipeline.n_features)
    _warn_of_rare_labels(train.numbers, names)
    data = {"train": Data(matrix, np.array(train.numbers, np.float32))}
    known = set(train.seen.hashes)
    facts = {"train": train.seen.describe(names, train.numbers, None)}
    if repeated := train.seen.repeated:
        log.warning("train: texts that repeat an earlier one: %d", repeated)
    if settings["validation_fraction"]:
        others["validation"] = _known(others["validation"], labels)
    for name, records in others.items():
        numbers = [labels.number(record) for record in records]
        count(name, numbers, names)
        data[name] = Data(
            pipeline.transform((record.text for record in records), workers), np.array(numbers, np.float32)
        )
        facts[name] = Texts.of(record.text for record in records).describe(names, numbers, known)
        if shared := facts[name]["shared_with_train"]:
            log.warning("%s: texts that are also in the training data, so its metrics are too good: %d", name, shared)
    return Prepared(Words(pipeline), data, names, train.golden(), others, facts, train.sample)


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
