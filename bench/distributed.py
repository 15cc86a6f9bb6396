"""Training on several hosts of this machine: `python -m bench.distributed`.

The images' own `train`, on 1, 2 and 4 hosts that are processes of this machine (`--engine docker`: containers), each
with its share of the same files. All hosts share the machine's cores, so seconds say what dividing costs, and not what
machines of their own would gain; processor time is that of all hosts together. Of containers the table also has the
first host's part of it, and the bytes that host sent and got. Fails when a model of reviews is not
byte for byte that of one host, when vectors are worse than those of one host by more than 0.01 on WordSim-353, or
headlines, which `--news` gives, by more than 0.003 of the accuracy on held-out ones.
"""

import argparse
import csv
import hashlib
import random
import re
import resource
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple

from bench import report
from bench.training import TrainingResult, train
from bench.usage import Usage, watched
from driver.data import news, reviews
from emulator import engines
from emulator.engines import repository
from emulator.training.job import Channel, TrainingJob

REPOSITORY = Path(__file__).resolve().parents[1]
FILES = 8
SEED = 16
TEST = "test.csv"
JOBS: Mapping[str, tuple[str, dict[str, str]]] = {
    "linear": ("xgboost-sentiment", {}),
    "trees": ("xgboost-sentiment", {"booster": "gbtree", "num_round": "50"}),
    "vectors": ("blazingtext-client", {"mode": "batch_skipgram", "epochs": "5"}),
    "headlines": ("headline-mxnet", {}),
    "network": ("headline-mxnet", {"epochs": "3", "batch_size": "512"}),
}
OF_NEWS = ("headlines", "network")
LEARNT = {"linear": ("weights.npy", "features.npz"), "trees": ("model.ubj", "features.npz")}
SCORES = {"vectors": ("train:mean_rho", 0.01), **dict.fromkeys(OF_NEWS, ("test:accuracy", 0.003))}
"""What the others' models are judged by: a metric, and how much less of it than one host's is still as good."""

FOLDERS = {"vectors": "text", **dict.fromkeys(OF_NEWS, "headlines")}


class Measured(NamedTuple):
    """A job's result, the processor seconds of all hosts, and of containers what each has used, by its name."""

    result: TrainingResult
    seconds: float
    hosts: Mapping[str, Usage]


def main() -> int:
    """Measure and print; return 1 if a model is not what it should be."""
    parser = argparse.ArgumentParser(description="Training on several hosts of this machine.")
    parser.add_argument("--engine", choices=("process", "docker"), default="process")
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 2, 4], help="numbers of hosts, the first one 1")
    parser.add_argument("--jobs", nargs="+", choices=JOBS, help="default: all that have data")
    parser.add_argument("--news", type=Path, help="NewsAggregatorDataset.zip, for headlines")
    parser.add_argument("--reviews", type=int, help="how many, not all")
    parser.add_argument("--headlines", type=int, default=40_000, help="to train on, and as many to test with")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="other hyperparameters of all jobs")
    parser.add_argument("--corpus", type=Path, help="text to learn vectors from; without it the reviews")
    arguments = parser.parse_args()
    chosen = arguments.jobs or [job for job in JOBS if job not in OF_NEWS or arguments.news]
    if not arguments.news and not set(OF_NEWS).isdisjoint(chosen):
        parser.error(f"the jobs {' and '.join(OF_NEWS)} need --news NewsAggregatorDataset.zip")
    changed = dict(pair.split("=", 1) for pair in arguments.set)
    rows, problems = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_reviews(folder, arguments.corpus, arguments.reviews)
        write_headlines(folder, arguments.news, arguments.headlines)
        for job in chosen:
            results = {count: measure(job, count, folder, arguments.engine, changed) for count in arguments.hosts}
            first = next(iter(results.values())).result
            for count, measured in results.items():
                rows.append(cells(job, count, measured))
                result = measured.result
                if job in LEARNT and learnt(result, LEARNT[job]) != learnt(first, LEARNT[job]):
                    problems.append(f"{job}: the model of {count} hosts is not that of one")
                if job in SCORES and score(job, result) < score(job, first) - SCORES[job][1]:
                    problems.append(f"{job}: {score(job, result):.4f} on {count} hosts, {score(job, first):.4f} on one")
    print(f"{report.machine()}, engine {arguments.engine}\n\n{report.table(rows)}\n")
    print("\n".join(problems) or "Every model is as good as that of one host; those of reviews are the same.")
    return len(problems) > 0


def write_reviews(folder: Path, text: Path | None, count: int | None) -> None:
    """Write reviews as CSV, and text in lines of a review or of a thousand words, each in FILES files."""
    records, _ = reviews.split(reviews.read(REPOSITORY / ".cache" / "data" / reviews.PATH))
    records = records[:count]
    lines = [" ".join(review.split()) for _, review in records]
    if text is not None:
        words = text.read_text().split()
        lines = [" ".join(words[start : start + 1000]) for start in range(0, len(words), 1000)]
    _write_csvs(folder / "reviews", records)
    (folder / "text").mkdir()
    for number in range(FILES):
        (folder / "text" / f"{number}.txt").write_text("\n".join(lines[number::FILES]) + "\n")


def write_headlines(folder: Path, archive: Path | None, count: int) -> None:
    """Write headlines as CSV, `count` in FILES files, and as many to test with in one more."""
    every = list(news.read(archive)) if archive else []
    drawn = random.Random(SEED).sample(every, min(len(every), 2 * count))
    rows = [(each.category, each.title) for each in drawn]
    _write_csvs(folder / "headlines", rows[: len(rows) // 2])
    _write_csv(folder / TEST, rows[len(rows) // 2 :])


def _write_csvs(folder: Path, rows: Sequence[tuple[str, str]]) -> None:
    folder.mkdir()
    for number in range(FILES):
        _write_csv(folder / f"{number}.csv", rows[number::FILES])


def _write_csv(path: Path, rows: Sequence[tuple[str, str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def measure(job: str, count: int, folder: Path, engine: str, changed: Mapping[str, str]) -> Measured:
    """Train; return the result and what it took."""
    image, settings = JOBS[job][0], {**JOBS[job][1], **changed}
    program = engines.choose(engine, repository.find(REPOSITORY, image), REPOSITORY)
    source = folder / FOLDERS.get(job, "reviews")
    channels = [Channel("train", source, None, s3_data_distribution_type="ShardedByS3Key")]
    if job in OF_NEWS:
        channels.append(Channel("test", folder / TEST, None))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    name = f"{job}-{count}"
    counting: AbstractContextManager[Mapping[str, Usage]] = watched(name) if engine == "docker" else nullcontext({})
    with counting as hosts:
        result = train(
            program, TrainingJob(name, tuple(channels), {**settings, **changed}, instance_count=count), folder
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    _ = result.artefact  # or the error that there is none
    ours = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    measured = Measured(result, sum(host.seconds for host in hosts.values()) if hosts else ours, hosts)
    print(f"{job} on {count}: {cells(job, count, measured)}", file=sys.stderr, flush=True)
    return measured


def learnt(result: TrainingResult, names: Sequence[str]) -> list[str]:
    """Return the hashes of files of the model."""
    with tarfile.open(result.artefact) as archive:
        files = [archive.extractfile(name) for name in names]
        return [hashlib.sha256(file.read()).hexdigest() for file in files if file]


def score(job: str, result: TrainingResult) -> float:
    """Return what `train` says of its model: the mean of Spearman's rho, or the accuracy."""
    name = f"{SCORES[job][0]}="
    found = re.findall(rf"{name}([\d.e+-]+);", result.log.read_text())
    return float(found[-1])


def cells(job: str, count: int, measured: Measured) -> dict[str, object]:
    """One row of the table."""
    result = measured.result
    quality = learnt(result, LEARNT[job])[0][:12] if job in LEARNT else f"{SCORES[job][0]} {score(job, result):.4f}"
    row = {"job": job, "hosts": count, "seconds": round(result.seconds, 1)}
    row["processor seconds"] = round(measured.seconds, 1)
    if first := measured.hosts.get("algo-1"):
        row |= {"of the first host": round(first.seconds, 1)}
        row |= {"it sent, MB": round(first.sent / 1e6, 1), "it got, MB": round(first.received / 1e6, 1)}
    return {**row, "score, or the model's hash": quality}


if __name__ == "__main__":
    sys.exit(main())
