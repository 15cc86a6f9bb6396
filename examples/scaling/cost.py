"""Time and price of N hosts: `python -m examples.scaling.cost --gigabytes 1000` prints the table of docs/scaling.md.

A job takes START + work / (N * CORES) + N > 1: 2 * (N - 1) / N * exchanged / BANDWIDTH seconds. `work` are seconds of
one core, by the rates below, which were measured on one machine; `exchanged` are the bytes that every host must have in
the end, and 2 * (N - 1) / N of them is what a host sends in a ring of N (Patarasuk and Yuan 2009).
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HOSTS = (1, 2, 4, 8, 16)
CORES = 4  # of ml.m5.xlarge
BANDWIDTH = 1.25e9 / 8  # bytes/s that ml.m5.xlarge sends for long; for minutes it is 8 times as much
START = 240.0  # seconds until an instance runs a container, and has its data: an assumption
PRICE = 0.23  # USD an hour for ml.m5.xlarge, as an example

BYTES_A_REVIEW = 1_325  # IMDB
WORDS_A_REVIEW = 240


@dataclass(frozen=True)
class Job:
    """What a job over a number of reviews has to do: seconds of one core, and bytes that all hosts must have."""

    name: str
    work: Callable[[float], float]
    exchanged: Callable[[float], float]

    def seconds(self, reviews: float, hosts: int) -> float:
        """Return how long it takes.

        Example:
            >>> Job("none", lambda reviews: 0, lambda reviews: 0).seconds(1e6, 4)
            240.0
        """
        return START + self.work(reviews) / (hosts * CORES) + self.sent(reviews, hosts) / BANDWIDTH

    def sent(self, reviews: float, hosts: int) -> float:
        """Return the bytes that each host sends."""
        return 2 * (hosts - 1) / hosts * self.exchanged(reviews)


COUNTED = 24.0  # bytes of an n-gram and its count on the way, of which FRACTION of the words of a file are different
FRACTION = 0.25
PREPARE = Job(
    "prepare, pairs and triples",
    lambda reviews: reviews * BYTES_A_REVIEW / 1e6 / 4.0,
    lambda reviews: reviews * WORDS_A_REVIEW * FRACTION * COUNTED,
)
COLUMNS, BINS, DEPTH, ROUNDS = 5_000, 8, 5, 500
TREES = Job(
    "xgboost-sentiment, trees",
    lambda reviews: reviews * ROUNDS * 0.4e-6,
    lambda reviews: ROUNDS * 2 ** (DEPTH - 1) * COLUMNS * BINS * 16.0,
)


def jobs() -> Iterator[Job]:
    """Yield what the table has."""
    yield from (PREPARE, TREES)


def markdown(reviews: float) -> str:
    """Return the table for a number of reviews."""
    lines = ["| job | hosts | hours | each host sends, GB | USD |", "|---|---:|---:|---:|---:|"]
    for job in jobs():
        for hosts in HOSTS:
            hours = job.seconds(reviews, hosts) / 3_600
            sent = job.sent(reviews, hosts) / 1e9
            lines.append(f"| {job.name} | {hosts} | {hours:,.2f} | {sent:,.1f} | {hours * hosts * PRICE:,.2f} |")
    return "\n".join(lines)
