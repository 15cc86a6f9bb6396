"""What requests may take of the memory that is there once the model is loaded: a few limits, the same in each worker.

A small record costs many times its bytes once it is an object. So records are counted before they become objects, and
what does not fit is refused with the number that does.
"""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from smcontract import media
from smcontract.httperrors import TooManyRecordsError
from smcontract.records import RecordError
from smcontract.serving.codecs import length

CGROUP = Path("/sys/fs/cgroup")
MEMINFO = Path("/proc/meminfo")
KIB = 1024

# Bytes of memory, rounded up from what a process of CPython 3.11 grows by with 200,000 records or values.

# A record of one letter, from its line to the text handed to the model: up to 349, as an object of JSON Lines, and 534
# for an emoji there. The dict of a prediction, 230 more, is there for 1,000 records at a time.
RECORD = 600

# A value of a JSON body, or a cell of CSV: an array of one number 108, a cell or a text of two letters 90 and 77.
VALUE = 110

CHARACTER = 40  # a character of a text of two-letter words, cut into words and their features: 30

# What each value of a body has at least once, beside its lines. An object of one key takes 209 bytes, two values. So
# may an entry of libsvm, a number with its place.
_SIGNS = MappingProxyType(
    {media.JSON: b",{{[", media.JSON_LINES: b",{{[", media.CSV: b",", media.LIBSVM: b"::", media.PLAIN: b""}
)


class Limits(NamedTuple):
    """The limits of one worker.

    `held` (bytes): bodies under way or waiting, and answers that are not read yet, of all its clients together.
    `body` and `answer` (bytes), `records`, `values`: of one request. `text` (characters): of one record.
    """

    held: int
    body: int
    answer: int
    records: int
    values: int
    text: int

    @classmethod
    def of(cls, memory: int, workers: int) -> "Limits":
        """Divide this many bytes.

        A quarter of a worker's share is held. Of what is left, a text in memory may take four bytes a character beside
        its body, an answer is there up to three times while it is put together, and a quarter is for records.

        Example:
        >>> Limits.of(800_000_000, workers=2)
        Limits(held=100000000, body=25000000, answer=25000000, records=166666, values=909090, text=2500000)
        """
        share = memory // workers
        return cls(
            share // 4, share // 16, share // 16, share // 4 // RECORD, share // 4 // VALUE, share // 4 // CHARACTER
        )

    def check(self, body: bytes, media_type: str) -> None:
        """Raise TooManyRecordsError if the body would become more objects than there is memory for."""
        if len(body) <= min(self.records, self.values):  # each takes a byte at least
            return
        lines = body.count(b"\n") if media_type != media.JSON else 0  # in JSON a new line is white space
        if lines > self.records:
            raise TooManyRecordsError(f"the body has {lines} lines", self.records)
        values = sum(body.count(sign) for sign in _signs(media_type))
        if values > self.values:
            raise TooManyRecordsError(
                f"the body has {values} values, more than the limit of {self.values}", self.records
            )

    def check_records(self, parts: Sequence[Any], size: int) -> Sequence[Any]:
        """The parts with an error in the place of each text that is too long; raises TooManyRecordsError.

        `size` is that of the body, in which each character and each value takes a byte at least.
        """
        if len(parts) > self.records:
            raise TooManyRecordsError(f"the body has {len(parts)} records", self.records)
        if size <= self.text or max(map(length, parts), default=0) <= self.text:
            return parts
        return [self._long(size) if (size := length(part)) > self.text else part for part in parts]

    def _long(self, size: int) -> RecordError:
        return RecordError(
            f"it has {size} characters, and this server has memory for {self.text} in one record; send a shorter text"
        )


def _signs(media_type: str) -> list[bytes]:
    return [bytes([sign]) for sign in _SIGNS.get(media_type, b"")]


def available(cgroup: Path = CGROUP, meminfo: Path = MEMINFO) -> int:
    """The bytes that processes here can still take: of the machine, or of a container's limit (cgroup version 2 or 1).

    The page cache counts as available, since the kernel gives it up.
    """
    fields = dict(line.split(":") for line in meminfo.read_text().splitlines())
    free = int(fields["MemAvailable"].split()[0]) * KIB
    for limit, stat, used in (
        ("memory.max", "memory.stat", "anon"),
        ("memory/memory.limit_in_bytes", "memory/memory.stat", "total_rss"),
    ):
        if (cgroup / limit).is_file() and (most := (cgroup / limit).read_text().strip()) != "max":
            taken = dict(line.split() for line in (cgroup / stat).read_text().splitlines())
            free = min(free, int(most) - int(taken.get(used, 0)))
    return max(free, 0)
