"""Which host reads which records of a channel, and their order: that in which one host would read them all.

A channel of ShardedByS3Key has been divided by file. In one of FullyReplicated every host has every file, so blocks of
records are dealt out in turn: all hosts read, each keeps its own.
"""

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import TypeVar

from textprep.records import Record

from smcontract.errors import UserError, shown
from smcontract.training import texts
from smcontract.training.hosts.group import Group
from smcontract.training.job import Channel

BLOCK = 1000  # records that are dealt at once
_FILE = 1 << 40  # records, more than a file has

Item = TypeVar("Item")
Files = Callable[[Channel], Iterable[tuple[Path, Iterable[Item]]]]


def deal(channel: Channel, group: Group, files: Files[Item]) -> Iterator[tuple[int, Item]]:
    """Yield this host's records, each with its place among those of all hosts; `files` yields those of each file.

    All hosts must take at least one step of it. Raises UserError when no host has a file.
    """
    names = [path.relative_to(channel.folder).as_posix() for path in channel.files()]
    every = {name for each in group.all_gather({"names": names}) for name in each["names"]}
    if not every:
        raise UserError(f"channel {shown(channel.name)} holds no data on any host: check its S3Uri")
    firsts = {name: number * _FILE for number, name in enumerate(sorted(every, key=PurePosixPath))}
    seen = 0
    for path, records in files(channel):
        first = firsts[path.relative_to(channel.folder).as_posix()]
        for number, record in enumerate(records):
            if channel.is_divided or seen // BLOCK % group.size == group.rank:
                yield first + number, record
            seen += 1


def gather(channel: Channel, group: Group) -> list[Record]:
    """Return all records of a channel of labelled texts, in order, to the first host; nothing to the others."""
    if not channel.is_divided:
        return list(texts.read(channel)) if group.is_leader else []
    return gather_placed(list(deal(channel, group, texts.files)), group)


def gather_placed(records: Iterable[tuple[int, Record]], group: Group) -> list[Record]:
    """Return the records of all hosts in the order of their places to the first host; nothing to the others."""
    found = [pair for each in group.gather({"records": list(records)}) for pair in each["records"]]
    return [Record(*record) for _, record in sorted(found, key=itemgetter(0))]
