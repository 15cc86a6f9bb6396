"""Time and price of N hosts: `python -m examples.scaling.cost --reviews 1e8` prints the table of docs/scaling.md.

The seconds of a job are START + each / CORES + records * (divided / (N * CORES) + first / CORES + alone) + bytes /
BANDWIDTH. `each` are seconds of one core that every host spends for any number of records. Of a record `divided` are
those that all hosts share, `first` those that the first host has to spend, on all its cores, and `alone` those that
more cores do not shorten. The bytes are those that the first host gets and then sends, and those that each host sends,
while it gets as many, when all add up their state in a ring, 2 * (N - 1) / N times the state (Patarasuk and Yuan 2009,
"Bandwidth optimal all-reduce algorithms for clusters of workstations").
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

HOSTS = (1, 2, 4, 8, 16)
CORES = 4  # of ml.m5.xlarge; a virtual one is half of a real one, so work may take up to twice as long there
BANDWIDTH = 1.25e9 / 8  # bytes/s that an m5.xlarge sends for long; for some minutes up to 8 times as many
START = 240.0  # seconds until the container runs and has its data: an assumption
PRICE = 0.23  # USD an hour for ml.m5.xlarge: the example of the notebooks

REVIEW_BYTES, REVIEW_WORDS = 1_325, 270  # of IMDB: text, words with punctuation
HEADLINE_BYTES = 104  # of News Aggregator, as a message has it: 57 of text, the rest label, file and line
SAMPLE = 10_000  # texts that each host sends to the first one, which describes them for monitoring


def _nothing(records: float, hosts: int) -> float:  # noqa: ARG001
    return 0.0


Bytes = Callable[[float, int], float]
"""Of a number of records and of hosts."""


@dataclass(frozen=True)
class Job:
    """What a job does with a record, in seconds of one core, and the bytes that N hosts move; see the module."""

    name: str
    divided: float = 0.0
    first: float = 0.0
    alone: float = 0.0
    each: float = 0.0
    got: Bytes = _nothing
    sent: Bytes = _nothing
    ring: Bytes = _nothing

    def seconds(self, records: float, hosts: int) -> float:
        """Return how long it takes.

        Example:
            >>> Job("none", divided=4e-4).seconds(1e6, 2)
            290.0
        """
        of_one = self.divided / (hosts * CORES) + self.first / CORES + self.alone
        return START + self.each / CORES + records * of_one + self.moved(records, hosts) / BANDWIDTH

    def moved(self, records: float, hosts: int) -> float:
        """Return the bytes that pass the first host's network, one after the other."""
        return sum(each(records, hosts) for each in (self.got, self.sent, self.ring))

    def processor(self, records: float, hosts: int) -> tuple[float, float]:
        """Return the processor seconds of the first host, and of each other one, without start and end.

        Example:
            >>> Job("none", divided=4e-6, first=2e-6).processor(1e6, 2)
            (4.0, 2.0)
        """
        share = self.each + records * self.divided / hosts
        return share + records * (self.first + self.alone), share


def added(state: float, hosts: int) -> float:
    """Return the bytes that each host sends to add up `state` bytes in a ring."""
    return 2 * (hosts - 1) / hosts * state


def dealt(whole: float, hosts: int) -> float:
    """Return the bytes that each host sends when `whole` bytes of all hosts together are redistributed."""
    return (hosts - 1) / hosts * whole / hosts


def of_others(whole: float, hosts: int) -> float:
    """Return the bytes that all hosts but the first one have of `whole`."""
    return (hosts - 1) / hosts * whole


def words(reviews: float, hosts: int) -> float:
    """Return the bytes of words that the first host gets: 4 a word, 36 a review, and the samples of text."""
    sampled = (hosts - 1) * min(SAMPLE, reviews / hosts)
    return of_others(reviews * (4 * REVIEW_WORDS + 36), hosts) + sampled * REVIEW_BYTES


DEPTH, ROUNDS, COLUMNS, BINS = 5, 100, 5_000, 8  # trees: the smaller child of each node is counted, of 16 bytes a bin
COUNTED = 100  # columns that a review has, with the number of each: 8 bytes
STEP, EPOCHS = 512, 6  # headlines of a batch of the network
ROWS = 0.54 * STEP * 9 * (4 * 104 + 8 + 4 * 16 + 8)  # 9 words a headline, with their pairs; measured: 0.54 differ
DENSE = 4 * 128 * 104 * (1 + 2 + 3)  # of filters
VECTOR_STATE, VECTOR_EPOCHS, WORDS_AN_EXCHANGE = 2 * 4 * 100 * 200_000, 5, 200 * 200_000


def exchanges(reviews: float, hosts: int) -> float:
    """Return the bytes of word vectors that the first host gets, or sends."""
    return reviews * REVIEW_WORDS * VECTOR_EPOCHS / WORDS_AN_EXCHANGE * (hosts - 1) * VECTOR_STATE


PREPARE = Job(
    "prepare: words, pairs, triples",
    divided=REVIEW_BYTES / 3.4e6,
    ring=lambda reviews, hosts: dealt(reviews * REVIEW_WORDS * 16 * 0.5, hosts),  # half of the runs differ
)
TREES = Job(
    "xgboost-sentiment: trees, from text",
    divided=5.0 * 2 / 25_000 - 126e-6,
    first=126e-6,  # it learns words and n-grams
    each=ROUNDS * 2**DEPTH * COLUMNS * BINS * 14e-9,  # all hosts look at all bins of all nodes
    got=words,
    sent=lambda reviews, hosts: of_others(reviews * (8 * COUNTED + 8), hosts),
    ring=lambda _, hosts: ROUNDS * added(2 ** (DEPTH - 1) * COLUMNS * BINS * 16, hosts),
)
LINEAR = Job("xgboost-sentiment: linear, from text", divided=24e-6, first=152e-6, alone=40e-6, got=words)
HEADLINES = Job(
    "headline-mxnet (for headlines)",
    divided=4e-6,
    first=7e-6 + 27e-6,
    alone=57e-6,  # the largest of four models, which is one thread
    got=lambda headlines, hosts: of_others(headlines * HEADLINE_BYTES, hosts),
)
NETWORK = Job(
    "headline-mxnet, the network alone",
    divided=181.3 * 2 / 338_000,
    got=lambda headlines, hosts: EPOCHS * headlines / STEP * (hosts - 1) * (ROWS / hosts + DENSE),
    sent=lambda headlines, hosts: EPOCHS * headlines / STEP * (hosts - 1) * (ROWS + DENSE),
)
VECTORS = Job(
    "blazingtext-client: batch_skipgram",
    divided=REVIEW_WORDS * VECTOR_EPOCHS / 1.68e6,
    got=exchanges,
    sent=exchanges,
)
JOBS = (PREPARE, TREES, LINEAR, HEADLINES, NETWORK, VECTORS)


def markdown(records: float = 1e8) -> str:
    """Return the table for a number of reviews or headlines."""
    lines = ["| job | hosts | hours | through the first host, GB | USD |", "|---|---:|---:|---:|---:|"]
    for job in JOBS:
        for hosts in HOSTS:
            hours, moved = job.seconds(records, hosts) / 3_600, job.moved(records, hosts) / 1e9
            lines.append(f"| {job.name} | {hosts} | {hours:,.2f} | {moved:,.1f} | {hours * hosts * PRICE:,.2f} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reviews", type=float, default=1e8, help="default: %(default)g")
    print(markdown(parser.parse_args().reviews))
    return 0


if __name__ == "__main__":
    sys.exit(main())
