"""Reads the channels of numbers, label first, in the forms that SageMaker's own XGBoost takes. Trains nothing.

A zero, a blank cell and an absent index are one and the same; but where this image stands in for that algorithm, a zero
is a value, as it is there.
"""

import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract import media
from smcontract.errors import UserError
from smcontract.records import RecordError, Row
from smcontract.training import channels, texts
from smcontract.training.hosts import dealing
from smcontract.training.hosts.group import Group
from smcontract.training.job import Channel, Job
from textprep.pipeline import Rows
from textprep.records import read_text

from xgboost_sentiment import columns, objectives, pieces, recordio
from xgboost_sentiment.lines import Labelled, Parser
from xgboost_sentiment.pieces import Table
from xgboost_sentiment.prepared import Data, count
from xgboost_sentiment.standin import StandIn

ENDINGS = {".libsvm": media.LIBSVM, ".svm": media.LIBSVM, ".pbr": media.RECORDIO, ".parquet": media.PARQUET}
_NO_ROWS = np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Read:
    """What the channels hold: `data` by channel, `train` always; `golden` are a few records as a JSON request has them.

    `zeros` says whether a zero is a value.
    """

    n_features: int
    zeros: bool
    data: Mapping[str, Table]
    golden: Sequence[str]


class _Reader:
    """Reads channels; all CSV rows must have the same number of columns."""

    def __init__(self, settings: Mapping[str, Any], stand_in: StandIn) -> None:
        self._objective = settings["objective"]
        self._rule = objectives.rule(settings["objective"], settings["num_class"])
        self._untyped = media.LIBSVM if stand_in else media.CSV
        self.parser = Parser(zeros=bool(stand_in), weights=bool(settings["csv_weights"]))

    def read(self, channel: Channel, group: Group) -> list[Labelled]:
        """Return the records, of a channel that is divided those of all hosts, to the first host; none to the others.

        Blank lines are skipped, and so are comments in libsvm.
        """
        if group.size == 1 or not channel.is_divided:
            table = list(self.records(channel)) if group.is_leader else []
        else:
            table = self._gather(list(dealing.deal(channel, group, self._files)), group)
        grouped = {labelled.group is not None for labelled in table}
        if len(grouped) > 1:
            raise UserError(f"channel {channel.name}: some lines have a qid and some have none: give all of them one")
        return table

    def records(self, channel: Channel) -> Iterator[Labelled]:
        """Yield the records of this host."""
        return itertools.chain.from_iterable(records for _, records in self._files(channel))

    def _gather(self, placed: Sequence[tuple[int, Labelled]], group: Group) -> list[Labelled]:
        rows = columns.join([labelled.row for _, labelled in placed]) if placed else Rows(*_NO_ROWS)
        others = [[place, label, weight, group] for place, (label, _, weight, group) in placed]
        messages = group.gather({"records": others, "parser": self.parser.seen, **rows._asdict()})
        self.parser.join([message["parser"] for message in messages])
        table = []
        for message in messages:
            ends = message["starts"][1:-1]
            cut = (np.split(message[name], ends) for name in ("features", "values"))
            for (place, label, weight, query), *row in zip(message["records"], *cut, strict=False):
                table.append((place, Labelled(label, Row(*row), weight, query)))
        return [labelled for _, labelled in sorted(table, key=itemgetter(0))]

    def _files(self, channel: Channel) -> Iterator[tuple[Path, Iterator[Labelled]]]:
        has_header = channels.has_header(channel)
        for form, path in channels.files(channel, ENDINGS, self._untyped):
            yield path, self._checked(self._records(form, path, bool(has_header)))

    def _checked(self, records: Iterator[tuple[str, Labelled]]) -> Iterator[Labelled]:
        for position, labelled in records:
            if self._rule is not None and not self._rule.fits(labelled.label):
                raise UserError(
                    f"{position}: the label is {labelled.label:g}; with {self._objective} {self._rule.sentence}"
                )
            yield labelled

    def _records(self, form: str, path: Path, has_header: bool) -> Iterator[tuple[str, Labelled]]:
        if form == media.PARQUET:
            raise UserError(
                f"{path.name} is Parquet, which this image cannot read: convert it to CSV, label first, such as "
                "with pandas.read_parquet(...).to_csv(..., header=False, index=False)"
            )
        if form == media.RECORDIO:
            yield from self._messages(path)
            return
        for number, record in enumerate(read_text([path])):
            if has_header and number == 0:
                continue
            line = record.text.partition("#")[0].split(None, 1) if form == media.LIBSVM else None
            if line != []:
                yield record.position, self.parser.csv(record) if line is None else self.parser.libsvm(record, *line)

    def _messages(self, path: Path) -> Iterator[tuple[str, Labelled]]:
        try:
            with path.open("rb") as file:
                for number, message in enumerate(recordio.read(file, path.stat().st_size), start=1):
                    position = f"{path.name} record {number}"
                    yield position, self.parser.message(position, message)
        except RecordError as error:
            raise UserError(f"{path.name}: {error}") from None


def read(
    job: Job, settings: Mapping[str, Any], stand_in: StandIn, group: Group, folder: Path | None = None
) -> Read | None:
    """Read all channels; the first host gets the rows of all hosts, the others None.

    With a `folder`, for one host alone, the rows stay there, in pieces. Raises UserError or DataError for data that
    cannot be used.
    """
    reader = _Reader(settings, stand_in)
    found = {"train": job.channel("train")}
    found |= {name: job.channels[name] for name in ("validation", "test") if name in job.channels}
    if folder:
        written = {name: pieces.write(reader.records(channel), folder / name) for name, channel in found.items()}
        _count({name: each.labels for name, each in written.items()}, reader, settings)
        data = {name: each._replace(n_features=reader.parser.n_features) for name, each in written.items()}
        return Read(reader.parser.n_features, bool(stand_in), data, _golden(data["train"].first))
    tables = {name: reader.read(channel, group) for name, channel in found.items()}
    if not group.is_leader:
        return None
    golden = _golden(tables["train"][: pieces.FIRST])
    grouped = [name for name, table in tables.items() if table and table[0].group is not None]
    if settings["validation_fraction"]:
        tables |= _held_back(tables["train"], settings, grouped)
    if settings["_kfold"] and grouped:
        raise UserError("the lines have a qid, and cross-validation would divide the groups: leave _kfold out")
    if settings["objective"].startswith("rank:") and not grouped:
        log.info("no line has a qid: all rows of a channel are ranked as one group")
    _count({name: [labelled.label for labelled in table] for name, table in tables.items()}, reader, settings)
    rows = {name: _data(table, reader.parser.n_features) for name, table in tables.items()}
    return Read(reader.parser.n_features, bool(stand_in), rows, golden)


def _count(
    labels: Mapping[str, Sequence[float] | NDArray[np.float32]], reader: _Reader, settings: Mapping[str, Any]
) -> None:
    names = objectives.labels(settings["objective"], settings["num_class"])
    for name, of_channel in labels.items():
        count(name, of_channel, (names[0], names[1]) if len(names) == 2 else None)
    if not reader.parser.n_features:
        raise UserError("no row has a feature that is not zero: check the data")


def _held_back(
    table: Sequence[Labelled], settings: Mapping[str, Any], grouped: Sequence[str]
) -> dict[str, list[Labelled]]:
    """Divide the train data at random, the same way for the same seed."""
    if grouped:
        raise UserError("the lines have a qid, and validation_fraction would divide the groups: give a channel")
    held: list[Labelled] = []
    kept = list(texts.hold_back(table, settings["validation_fraction"], settings["seed"], held))
    return {"train": kept, "validation": held}


def _data(table: Sequence[Labelled], n_features: int) -> Data:
    labels, rows, weights, groups = zip(*table, strict=True)
    return Data(
        columns.matrix(columns.join(rows), n_features),
        np.array(labels, np.float32),
        np.array(weights, np.float32) if any(weight != 1 for weight in weights) else None,
        None if groups[0] is None else np.array(groups, np.int64),
    )


def _golden(records: Sequence[Labelled]) -> list[str]:
    """The rows as libsvm lines, with a label so that a row of zeros is one too."""
    return [
        " ".join(["0", *(f"{index}:{value!s}" for index, value in zip(*labelled.row, strict=True))])
        for labelled in records
    ]
