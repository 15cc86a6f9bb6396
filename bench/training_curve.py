"""Time and memory of training by number of reviews: `python -m bench.training_curve --imdb aclImdb_v1.tar.gz`.

More reviews than IMDB has are made of it: each has the sentences of two of the training half with the same label, in
random order. The image's own `train` reads them from CSV, with its defaults. Fails when the largest channel takes much
more processor time for a review than the smallest.
"""

import argparse
import csv
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench import pictures, report
from bench.training import train
from driver.data import imdb
from emulator import engines
from emulator.engines import repository
from emulator.training.job import Channel, TrainingJob

REPOSITORY = Path(__file__).resolve().parents[1]
IMAGE = "xgboost-sentiment"
RECORDS = (10_000, 30_000, 100_000, 300_000, 1_000_000)
GROWTH = 1.5  # of the time for a review, at most, from the smallest channel to the largest


class Point(NamedTuple):
    """One training: the size of its channel, what it took from start to artefact."""

    records: int
    megabytes: float
    seconds: float
    cpu_seconds: float
    peak_megabytes: float

    @property
    def microseconds(self) -> float:
        """Processor time for a record."""
        return self.cpu_seconds / self.records * 1e6


def main() -> int:
    """Measure and print, and draw if asked; return 1 if time grows faster than the data."""
    parser = argparse.ArgumentParser(description="Time and memory of training by number of reviews.")
    parser.add_argument("--imdb", type=Path, required=True, help="aclImdb_v1.tar.gz, or the folder aclImdb")
    parser.add_argument("--records", type=int, nargs="+", default=RECORDS, help="numbers of reviews, ascending")
    parser.add_argument("--picture", type=Path, help="draw the curves into this SVG file")
    arguments = parser.parse_args()
    reviews = list(imdb.read(arguments.imdb, "train"))
    points = []
    for records in arguments.records:
        points.append(measure(reviews, records))
        print(f"{records:,} reviews: {points[-1].seconds:.1f} s", file=sys.stderr, flush=True)
    print(f"{report.machine()}\n\n{report.table([cells(point) for point in points])}\n")
    if arguments.picture:
        draw(points, arguments.picture)
    grown = points[-1].microseconds / points[0].microseconds
    print(f"For a review, the largest channel takes {grown:.2f} times the smallest's time; allowed are {GROWTH}.")
    return grown > GROWTH


def measure(reviews: list[tuple[str, str]], records: int) -> Point:
    """Train on a channel of `records` reviews."""
    engine = engines.choose("process", repository.find(REPOSITORY, IMAGE), REPOSITORY)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "train", "reviews.csv")
        file.parent.mkdir()
        with file.open("w", newline="", encoding="utf-8") as channel:
            csv.writer(channel).writerows(made(reviews, records))
        job = TrainingJob("curve", (Channel("train", file.parent, content_type="text/csv"),))
        start, used = time.perf_counter(), cpu_seconds()
        with report.peak_memory(os.getpid()) as peak:
            base = report.resident(os.getpid()) / 1e6
            assert train(engine, job, Path(folder)).artefact
        seconds = time.perf_counter() - start
        return Point(records, file.stat().st_size / 1e6, seconds, cpu_seconds() - used, peak[0] - base)


def made(reviews: list[tuple[str, str]], records: int) -> Iterator[tuple[str, str]]:
    """Yield `records` labelled reviews, the same in each run."""
    generator = random.Random(records)
    texts: dict[str, list[str]] = {}
    for label, text in reviews:
        texts.setdefault(label, []).append(text)
    labels = sorted(texts)
    for number in range(records):
        label = labels[number % len(labels)]
        sentences = ". ".join(generator.choices(texts[label], k=2)).split(". ")
        generator.shuffle(sentences)
        yield label, ". ".join(sentences[: (len(sentences) + 1) // 2])


def cpu_seconds() -> float:
    """The processor time of all processes that this one has started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cells(point: Point) -> dict[str, object]:
    """One row of the table."""
    return {
        "reviews": point.records,
        "channel, MB": round(point.megabytes),
        "from CSV to artefact, s": point.seconds,
        "processor time, s": point.cpu_seconds,
        "for a review, µs": round(point.microseconds),
        "peak memory, MB": round(point.peak_megabytes),
    }


def draw(points: list[Point], file: Path) -> None:
    """Draw processor time, which does not depend on what else the machine does, and memory by number of reviews."""
    records = [point.records for point in points]
    pictures.draw(
        file,
        pictures.Panel("Processor time", "reviews", "seconds", {"": (records, [one.cpu_seconds for one in points])}),
        pictures.Panel("Peak memory", "reviews", "MB", {"": (records, [one.peak_megabytes for one in points])}),
    )


if __name__ == "__main__":
    sys.exit(main())
