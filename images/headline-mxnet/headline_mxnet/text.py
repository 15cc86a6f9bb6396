"""Reads the channels of headlines: CSV or JSON Lines, category first, to sequences of word ids. Trains nothing.

A category is any string; white space around it does not count. Headlines are held in memory.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError, shown
from smcontract.training import texts
from smcontract.training.described import Texts
from smcontract.training.hosts import dealing
from smcontract.training.hosts.group import Group
from smcontract.training.job import Channel, Job
from smcontract.training.profile import Sample
from textprep.records import Record
from textprep.sequences import UNKNOWN, Sequences

from headline_mxnet import vectors
from headline_mxnet.prepared import Data, Prepared
from headline_mxnet.titles import Titles

EXCERPTS = 8  # golden examples, spread over the categories
NAMED = 5  # categories that a sentence names at most
log = logging.getLogger(__name__)


def read(job: Job, settings: Mapping[str, Any], workers: int, group: Group) -> Prepared | None:
    """Read all channels, and learn the words from the train channel less what is held back.

    The first host gets what all have read, the others None. Raises UserError or DataError for data that cannot be used.
    """
    channels = [job.channel("train"), *(job.channels[name] for name in ("validation", "test") if name in job.channels)]
    others = {channel.name: list(map(_stripped, dealing.gather(channel, group))) for channel in channels}
    if not group.is_leader:
        return None
    train = others.pop("train")
    if settings["validation_fraction"]:
        train, held_back = _divided(train, settings["validation_fraction"], settings["seed"])
        others = {"validation": held_back} | others
    labels = _labels(train)
    for name, records in others.items():
        _check_known(name, records, labels)
    headlines = [record.text for record in train]
    sequences = Sequences.fit(
        headlines,
        max_length=settings["max_length"],
        size=settings["vocabulary_size"],
        min_count=settings["min_count"],
        workers=workers,
    )
    encoder = Titles(sequences)
    log.info("train: %d words are known", len(sequences.words))
    data = {name: _data(name, records, encoder, labels) for name, records in ({"train": train} | others).items()}
    facts = _describe({"train": train} | others, data, labels)
    _warn_of_repetitions(facts)
    of_words, sample = _vectors(job, settings, sequences), Sample.of(headlines)
    golden = _golden(train, labels)
    return Prepared(encoder, data, labels, of_words, golden, others, facts, sequences.words, sample)


def measure(channel: Channel, limit: int) -> tuple[int, int]:
    """Return how many headlines a channel has, `limit` where there are more, and how many words.

    As many words has the longest, 1 headline in 100 aside; what stands between white space is a word. Raises as
    `texts.read` does.
    """
    lengths = sorted(len(record.text.split()) for record in islice(texts.read(channel), limit))
    return len(lengths), lengths[(len(lengths) * 99 - 1) // 100] if lengths else 0


def _stripped(record: Record) -> Record:
    return record._replace(label=_label(record).strip())


def _label(record: Record) -> str:
    return record.label or ""


def _divided(records: Iterable[Record], fraction: float, seed: int) -> tuple[list[Record], list[Record]]:
    """Train and validation records; what is held back of a category stays only if train keeps some of it."""
    held_back: list[Record] = []
    train = list(texts.hold_back(records, fraction, seed, held_back))
    known = {record.label for record in train}
    returned = [record for record in held_back if record.label not in known]
    if returned:
        log.warning("headlines not held back, because their category has no others: %d", len(returned))
    return train + returned, [record for record in held_back if record.label in known]


def _labels(train: Sequence[Record]) -> tuple[str, ...]:
    if not train:
        raise UserError("the training data hold no records: the files are blank, or validation_fraction leaves none")
    counts = Counter(map(_label, train))
    if len(counts) < 2:
        raise UserError(
            f"all {len(train)} records to train on are labelled {shown(train[0].label)}: give at least two categories"
        )
    once = sorted(label for label, count in counts.items() if count == 1)
    if once:
        log.warning("train: categories with only one headline, too few to learn from: %s", _named(once))
    return tuple(sorted(counts))


def _check_known(name: str, records: Sequence[Record], labels: Collection[str]) -> None:
    if not records:
        raise UserError(f"the {name} data hold no records: the files are blank, or validation_fraction leaves none")
    known = set(labels)
    unknown = Counter(label for label in map(_label, records) if label not in known)
    if unknown:
        raise UserError(
            f"the {name} data hold {unknown.total()} records of categories that the training data do not have: "
            f"{_named(sorted(unknown))}; remove them, or add such records to the train channel"
        )


def _data(name: str, records: Sequence[Record], encoder: Titles, labels: tuple[str, ...]) -> Data:
    counts = Counter(map(_label, records))
    log.info("%s: %d records, %s", name, len(records), ", ".join(f"{counts[label]} {shown(label)}" for label in labels))
    headlines = [record.text for record in records]
    words, others = encoder.rows(headlines)
    ids = np.where(words < encoder.n_ids, words, np.int32(UNKNOWN))
    full = np.flatnonzero(ids[:, -1])
    cut = sum(len(encoder.words(headlines[i])) > encoder.max_length for i in full)
    if cut:
        log.info("%s: headlines cut after %d words: %d", name, encoder.max_length, cut)
    strange = int((ids <= 1).all(axis=1).sum())
    if strange:
        log.warning("%s: headlines without a known word: %d", name, strange)
    numbers = {label: number for number, label in enumerate(labels)}
    return Data(ids, np.array([numbers[_label(record)] for record in records], np.int32), words, others)


def _describe(
    channels: Mapping[str, Sequence[Record]], data: Mapping[str, Data], labels: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """What evaluation.json says of each channel."""
    seen = {name: Texts.of(record.text for record in records) for name, records in channels.items()}
    known = set(seen["train"].hashes)
    found = {}
    for name, of_channel in seen.items():
        words = data[name].ids[data[name].ids > 0]
        unknown = float((words == UNKNOWN).mean()) if len(words) else None
        described = of_channel.describe(labels, data[name].labels.tolist(), None if name == "train" else known)
        found[name] = {**described, "unknown_words": unknown}
    return found


def _warn_of_repetitions(facts: Mapping[str, Mapping[str, Any]]) -> None:
    if repeated := facts["train"]["repeated"]:
        log.warning("train: texts that repeat an earlier one: %d", repeated)
    for name, of_channel in facts.items():
        if shared := of_channel.get("shared_with_train"):
            log.warning("%s: texts that are also in the training data, so its metrics are too good: %d", name, shared)


def _vectors(job: Job, settings: Mapping[str, Any], sequences: Sequences) -> NDArray[np.float32] | None:
    """Rows of zeros for padding and the unknown word, then those of the words; None without the channel."""
    if "embeddings" not in job.channels:
        return None
    of_words = vectors.read(
        job.channels["embeddings"], sequences.words, settings["embedding_dim"], seed=settings["seed"]
    )
    return np.concatenate([np.zeros((2, of_words.shape[1]), np.float32), of_words])


def _golden(train: Sequence[Record], labels: Sequence[str]) -> list[str]:
    each = max(1, EXCERPTS // len(labels))
    chosen: dict[str, list[str]] = {label: [] for label in labels[:EXCERPTS]}
    for record in train:
        label = _label(record)
        if label in chosen and len(chosen[label]) < each:
            chosen[label].append(texts.excerpt(record.text))
    return [headline for headlines in chosen.values() for headline in headlines]


def _named(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return ", ".join(map(shown, labels[:NAMED])) + more
