"""Time and price of N hosts: `python -m examples.scaling.cost --reviews 1e8` prints the table of docs/scaling.md.

The seconds of a job are START + work / (N * CORES) + sent / BANDWIDTH, where `work` are seconds of one core, as
measured, and `sent` the bytes that each host sends: 2 * (N - 1) / N * state for each exchange in which all hosts
add up their state in a ring (Patarasuk and Yuan 2009, "Bandwidth optimal all-reduce algorithms for clusters of
workstations"); (N - 1) / N of a host's share where shares are redistributed or gathered.
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

REVIEW_BYTES, REVIEW_WORDS, REVIEW_ENTRIES = 1_325, 270, 420  # of IMDB: text, words with punctuation, features


@dataclass(frozen=True)
class Job:
    """What a job does with a number of reviews: seconds of one core, divisible or not, and bytes that N hosts send."""

    name: str
    work: float
    fixed: float
    sent: Callable[[float, int], float]

    def seconds(self, reviews: float, hosts: int) -> float:
        """Return how long it takes; `work` and `fixed` are for a review.

        Example:
            >>> Job("none", 4e-4, 0, lambda reviews, hosts: 0).seconds(1e6, 2)
            290.0
        """
        alone = reviews * (self.fixed + self.work / (hosts * CORES))
        return START + alone + self.sent(reviews, hosts) / BANDWIDTH


def added(state: float, hosts: int) -> float:
    """Return the bytes that each host sends to add up `state` bytes in a ring."""
    return 2 * (hosts - 1) / hosts * state


def by_the_first(state: float, hosts: int) -> float:
    """Return the bytes that the first host gets, and then sends, when `state` bytes are put together by it."""
    return 2 * (hosts - 1) * state


def dealt(share: float, hosts: int) -> float:
    """Return the bytes that each host sends when `share` bytes of all hosts together are redistributed."""
    return (hosts - 1) / hosts * share / hosts


DEPTH, ROUNDS, COLUMNS, BINS = 5, 100, 5_000, 8  # trees: the smaller child of each node is counted, of 16 bytes a bin
HEADLINES_A_STEP, HEADLINE_EPOCHS = 512, 6
STEP_STATE = HEADLINES_A_STEP * 9 * 4 * 104  # 9 words a headline, each with a row of its own at most
VECTOR_STATE, VECTOR_EPOCHS, WORDS_AN_EXCHANGE = 2 * 4 * 100 * 200_000, 5, 200 * 200_000

JOBS = (
    Job(
        "prepare: words, pairs, triples",
        work=REVIEW_BYTES / 3.4e6,
        fixed=0,
        sent=lambda reviews, hosts: dealt(reviews * REVIEW_WORDS * 16 * 0.5, hosts),  # half of the runs differ
    ),
    Job(
        "xgboost-sentiment: trees, from text",
        work=5.0 * 2 / 25_000 - 126e-6,
        fixed=126e-6 / CORES,  # the first host learns words and n-grams
        sent=lambda reviews, hosts: (
            ROUNDS * added(2 ** (DEPTH - 1) * COLUMNS * BINS * 16, hosts)
            + dealt(reviews * REVIEW_WORDS * 4, hosts) * hosts  # words go to the first host
        ),
    ),
    Job(
        "xgboost-sentiment: linear, from text",
        work=24e-6,
        fixed=152e-6 / CORES + 40e-6,  # the first host learns words and n-grams, and trains
        sent=lambda reviews, hosts: dealt(reviews * REVIEW_WORDS * 4, hosts) * hosts,
    ),
    Job(
        "headline-mxnet (for headlines)",
        work=181.3 * 2 / 338_000,
        fixed=0,
        sent=lambda reviews, hosts: (
            HEADLINE_EPOCHS * reviews / HEADLINES_A_STEP * (1 + 1 / hosts) * (hosts - 1) * STEP_STATE
        ),
    ),
    Job(
        "blazingtext-client: batch_skipgram",
        work=REVIEW_WORDS * VECTOR_EPOCHS / 1.68e6,
        fixed=0,
        sent=lambda reviews, hosts: (
            reviews * REVIEW_WORDS * VECTOR_EPOCHS / WORDS_AN_EXCHANGE * by_the_first(VECTOR_STATE, hosts)
        ),
    ),
)


def markdown(reviews: float = 1e8) -> str:
    """Return the table for a number of reviews."""
    lines = ["| job | hosts | hours | a host sends or gets, GB | USD |", "|---|---:|---:|---:|---:|"]
    for job in JOBS:
        for hosts in HOSTS:
            hours, sent = job.seconds(reviews, hosts) / 3_600, job.sent(reviews, hosts) / 1e9
            lines.append(f"| {job.name} | {hosts} | {hours:,.2f} | {sent:,.1f} | {hours * hosts * PRICE:,.2f} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reviews", type=float, default=1e8, help="default: %(default)g")
    print(markdown(parser.parse_args().reviews))
    return 0


if __name__ == "__main__":
    sys.exit(main())
