"""Training on several hosts of this machine: `python -m bench.distributed`.

The images' own `train`, on 1, 2 and 4 hosts that are processes of this machine (`--engine docker`: containers), each
with its share of the same files. All hosts share the machine's cores, so seconds say what dividing costs, and not what
machines of their own would gain; processor time is that of all hosts together. Fails when a model of reviews is not
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
from pathlib import Path

from bench import report
from bench.training import TrainingResult, train
from driver.data import news, reviews
from emulator import engines
from emulator.engines import repository
from emulator.training.job import Channel, TrainingJob

REPOSITORY = Path(__file__).resolve().parents[1]
FILES = 8
SEED = 16
TEST = "test.csv"
HEADLINES = 40_000  # to train on, and as many to test with
JOBS: Mapping[str, tuple[str, dict[str, str]]] = {
    "linear": ("xgboost-sentiment", {}),
    "trees": ("xgboost-sentiment", {"booster": "gbtree", "num_round": "50"}),
    "vectors": ("blazingtext-client", {"mode": "batch_skipgram", "epochs": "5"}),
    "headlines": ("headline-mxnet", {"architecture": "wide-and-deep", "epochs": "3"}),
}
LEARNT = {"linear": ("weights.npy", "features.npz"), "trees": ("model.ubj", "features.npz")}
SCORES = {"vectors": ("train:mean_rho", 0.01), "headlines": ("test:accuracy", 0.003)}
"""What the others' models are judged by: a metric, and how much less of it than one host's is still as good."""

FOLDERS = {"vectors": "text", "headlines": "headlines"}


def main() -> int:
    """Measure and print; return 1 if a model is not what it should be."""
    parser = argparse.ArgumentParser(description="Training on several hosts of this machine.")
    parser.add_argument("--engine", choices=("process", "docker"), default="process")
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 2, 4], help="numbers of hosts, the first one 1")
    parser.add_argument("--jobs", nargs="+", choices=JOBS, help="default: all that have data")
    parser.add_argument("--news", type=Path, help="NewsAggregatorDataset.zip, for the job headlines")
    parser.add_argument("--corpus", type=Path, help="text to learn vectors from; without it the reviews")
    arguments = parser.parse_args()
    chosen = arguments.jobs or [job for job in JOBS if job != "headlines" or arguments.news]
    if "headlines" in chosen and not arguments.news:
        parser.error("the job headlines needs --news NewsAggregatorDataset.zip")
    rows, problems = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, arguments.corpus, arguments.news)
        for job in chosen:
            results = {count: measure(job, count, folder, arguments.engine) for count in arguments.hosts}
            first = next(iter(results.values()))
            for count, (result, seconds) in results.items():
                rows.append(cells(job, count, result, seconds))
                if job in LEARNT and learnt(result, LEARNT[job]) != learnt(first[0], LEARNT[job]):
                    problems.append(f"{job}: the model of {count} hosts is not that of one")
                if job in SCORES and score(job, result) < score(job, first[0]) - SCORES[job][1]:
                    problems.append(
                        f"{job}: {score(job, result):.4f} on {count} hosts, {score(job, first[0]):.4f} on one"
                    )
    print(f"{report.machine()}, engine {arguments.engine}\n\n{report.table(rows)}\n")
    print("\n".join(problems) or "Every model is as good as that of one host; those of reviews are the same.")
    return len(problems) > 0


def write(folder: Path, text: Path | None, headlines: Path | None) -> None:
    """Write the channels: reviews and headlines as CSV, and text in lines of a review or of a thousand words.

    Each in FILES files, and the headlines to test with in one more.
    """
    records, _ = reviews.split(reviews.read(REPOSITORY / ".cache" / "data" / reviews.PATH))
    lines = [" ".join(review.split()) for _, review in records]
    if text is not None:
        words = text.read_text().split()
        lines = [" ".join(words[start : start + 1000]) for start in range(0, len(words), 1000)]
    every = list(news.read(headlines)) if headlines else []
    drawn = random.Random(SEED).sample(every, min(len(every), 2 * HEADLINES))
    rows = [(each.category, each.title) for each in drawn]
    train_rows, test_rows = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    for name in ("reviews", "text", "headlines"):
        (folder / name).mkdir()
    for number in range(FILES):
        for name, table in (("reviews", records), ("headlines", train_rows)):
            _write_csv(folder / name / f"{number}.csv", table[number::FILES])
        (folder / "text" / f"{number}.txt").write_text("\n".join(lines[number::FILES]) + "\n")

    _write_csv(folder / TEST, test_rows)


def _write_csv(path: Path, rows: Sequence[tuple[str, str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def measure(job: str, count: int, folder: Path, engine: str) -> tuple[TrainingResult, float]:
    """Train; return the result, and the processor seconds of all hosts."""
    image, settings = JOBS[job]
    program = engines.choose(engine, repository.find(REPOSITORY, image), REPOSITORY)
    source = folder / FOLDERS.get(job, "reviews")
    channels = [Channel("train", source, None, s3_data_distribution_type="ShardedByS3Key")]
    if job == "headlines":
        channels.append(Channel("test", folder / TEST, None))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = train(program, TrainingJob(f"{job}-{count}", tuple(channels), settings, instance_count=count), folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    _ = result.artefact  # or the error that there is none
    print(f"{job} on {count}: {result.seconds:.1f} s", file=sys.stderr, flush=True)
    return result, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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


def cells(job: str, count: int, result: TrainingResult, seconds: float) -> dict[str, object]:
    """One row of the table."""
    quality = learnt(result, LEARNT[job])[0][:12] if job in LEARNT else f"{SCORES[job][0]} {score(job, result):.4f}"
    return {
        "job": job, "hosts": count, "seconds": round(result.seconds, 1),
        "processor seconds": round(seconds, 1), "score, or the model's hash": quality,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
