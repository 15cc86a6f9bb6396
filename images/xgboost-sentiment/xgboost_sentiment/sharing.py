"""The texts of the train channel as one host sees them, and as the first host has those of all, in order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
from smcontract.training import texts
from smcontract.training.described import Texts
from smcontract.training.hosts.connection import Message
from smcontract.training.hosts.group import Group
from smcontract.training.profile import Sample
from textprep import corpus
from textprep.corpus import Tokens
from textprep.records import Record

from xgboost_sentiment.labels import Labels

GOLDEN = 8  # golden examples


class Train:
    """A stream of placed records as texts; of those that have passed it keeps labels, what `seen` holds, excerpts,
    and a `sample`.

    `numbers` are those of the labels; after `settle` their positions in `labels.names`.
    """

    def __init__(self, source: Iterable[tuple[int, Record]] = ()) -> None:
        self.labels = Labels()
        self.numbers: list[int] = []
        self.seen = Texts()
        self.sample = Sample()
        self._source = source
        self._places: list[int] = []
        self._excerpts: dict[int, list[tuple[int, str]]] = defaultdict(list)

    def __iter__(self) -> Iterator[str]:
        for place, record in self._source:
            self.numbers.append(self.labels.add(record, place))
            self._places.append(place)
            self.seen.add(record.text)
            self.sample.see(record.text, place)
            excerpts = self._excerpts[self.numbers[-1]]
            if len(excerpts) < GOLDEN // 2:
                excerpts.append((place, texts.excerpt(record.text)))
            yield record.text

    def settle(self) -> None:
        """Put the labels in order. Raises UserError as `Labels.settle` does."""
        settled = self.labels.settle(self.numbers)
        self._excerpts = {
            new: self._excerpts[old] for old, new in dict(zip(self.numbers, settled, strict=True)).items()
        }
        self.numbers = settled

    def golden(self) -> list[str]:
        """Return some of the excerpts, as many of each of the first labels."""
        names = self.labels.names
        of_each = max(1, GOLDEN // len(names))
        every = (sorted(self._excerpts[number])[:of_each] for number in range(len(names)))
        return [text for _, text in chain.from_iterable(every)][:GOLDEN]

    def gather(self, tokens: Tokens, group: Group) -> "tuple[Train, Tokens] | None":
        """Return to the first host what it would have seen of all hosts' texts, and their tokens; to others None."""
        if group.size == 1:
            return self, tokens
        messages = group.gather(
            {
                **tokens._asdict(),
                "places": np.array(self._places, np.int64),
                "numbers": np.array(self.numbers, np.int32),
                "hashes": np.array(self.seen.hashes, np.int64),
                "spaces": np.array(self.seen.lengths, np.int64),
                "labels": self.labels.described(),
                "excerpts": list(self._excerpts.items()),
                "sample": self.sample.kept,
            }
        )
        return _joined(messages) if messages else None


def _joined(messages: Sequence[Message]) -> tuple[Train, Tokens]:
    whole = Train()
    whole.labels, new = Labels.joined([message["labels"] for message in messages])
    places = [message["places"] for message in messages]
    order = np.argsort(np.concatenate(places))
    numbers = [found[message["numbers"]] for found, message in zip(new, messages, strict=True)]
    whole.numbers = np.concatenate(numbers)[order].tolist()
    for name, kept in (("hashes", whole.seen.hashes), ("spaces", whole.seen.lengths)):
        kept += np.concatenate([message[name] for message in messages])[order].tolist()
    for found, message in zip(new, messages, strict=True):
        for number, excerpts in message["excerpts"]:
            whole._excerpts[int(found[number])] += map(tuple, excerpts)
        whole.sample.join(map(tuple, message["sample"]))
    tokens = [Tokens(*(message[name] for name in Tokens._fields)) for message in messages]
    return whole, corpus.join(tokens, places)
