"""Training on several hosts of this machine: `python -m bench.distributed`.

The images' own `train`, on 1, 2 and 4 hosts that are processes of this machine (`--engine docker`: containers), each
with its share of the same files. All hosts share the machine's cores, so seconds say what dividing costs, and not what
machines of their own would gain; processor time is that of all hosts together. Of containers the table also has the
first host's part of it, and the bytes that host sent and got. Word vectors are trained several times, on the same text
in another order each time, since the order alone moves rho by some hundredths; the means are compared. Fails when a
model of reviews is not byte for byte that of one host, when vectors are worse than those of one host by more than 0.01
on WordSim-353 and by more than chance explains, or headlines, which `--news` gives, by more than 0.003 of the accuracy
on held-out ones.
"""

import argparse
import csv
import hashlib
import random
import re
import resource
import statistics
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple

from bench import large_corpus, report
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

FOLDERS = {"vectors": "text-{number}", **dict.fromkeys(OF_NEWS, "headlines")}


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
    parser.add_argument("--corpus", type=Path, help="text to learn vectors from; without it the words of the reviews")
    parser.add_argument("--times", type=int, default=5, help="trainings of word vectors on as many hosts (default: 5)")
    arguments = parser.parse_args()
    chosen = arguments.jobs or [job for job in JOBS if job not in OF_NEWS or arguments.news]
    if not arguments.news and not set(OF_NEWS).isdisjoint(chosen):
        parser.error(f"the jobs {' and '.join(OF_NEWS)} need --news NewsAggregatorDataset.zip")
    changed = dict(pair.split("=", 1) for pair in arguments.set)
    rows: list[dict[str, object]] = []
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_reviews(folder, arguments.reviews)
        write_text(folder, arguments.corpus, arguments.times)
        write_headlines(folder, arguments.news, arguments.headlines)
        for job in chosen:
            results = {count: measure(job, count, folder, arguments, changed) for count in arguments.hosts}
            rows += [cells(job, count, runs) for count, runs in results.items()]
            problems += missed(job, results)
    print(f"{report.machine()}, engine {arguments.engine}\n\n{report.table(rows)}\n")
    print("\n".join(problems) or "Every model is as good as that of one host; those of reviews are the same.")
    return len(problems) > 0


def write_reviews(folder: Path, count: int | None) -> None:
    """Write reviews as CSV, in FILES files."""
    records, _ = reviews.split(reviews.read(REPOSITORY / ".cache" / "data" / reviews.PATH))
    _write_csvs(folder / "reviews", records[:count])


def write_text(folder: Path, path: Path | None, times: int) -> None:
    """Write the words of reviews, or of a text in lines of a thousand, in FILES files; each time in another order."""
    words = path.read_text().split() if path else []
    lines = [words[start : start + 1000] for start in range(0, len(words), 1000)]
    lines = lines or [found for _, found in large_corpus.reviews()]
    for number in range(times):
        place = folder / f"text-{number}"
        place.mkdir()
        random.Random(number).shuffle(lines)
        for file in range(FILES):
            part = lines[file::FILES]
            (place / f"{file}.txt").write_text("".join(" ".join(line) + "\n" for line in part))


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


def measure(
    job: str, count: int, folder: Path, arguments: argparse.Namespace, changed: Mapping[str, str]
) -> Sequence[Measured]:
    """Train on as many hosts: once, word vectors several times; return the results and what they took."""
    runs = [
        once(job, number, count, folder, arguments.engine, changed)
        for number in range(arguments.times if job == "vectors" else 1)
    ]
    print(f"{job} on {count}: {cells(job, count, runs)}", file=sys.stderr, flush=True)
    return runs


def once(job: str, number: int, count: int, folder: Path, engine: str, changed: Mapping[str, str]) -> Measured:
    """Train for the time of this number."""
    image, settings = JOBS[job][0], {**JOBS[job][1], **changed}
    program = engines.choose(engine, repository.find(REPOSITORY, image), REPOSITORY)
    source, name = folder / FOLDERS.get(job, "reviews").format(number=number), f"{job}-{count}-{number}"
    channels = [Channel("train", source, None, s3_data_distribution_type="ShardedByS3Key")]
    if job in OF_NEWS:
        channels.append(Channel("test", folder / TEST, None))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    counting: AbstractContextManager[Mapping[str, Usage]] = watched(name) if engine == "docker" else nullcontext({})
    with counting as hosts:
        result = train(program, TrainingJob(name, tuple(channels), settings, instance_count=count), folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    _ = result.artefact  # or the error that there is none
    ours = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(result, sum(host.seconds for host in hosts.values()) if hosts else ours, hosts)


def learnt(result: TrainingResult, names: Sequence[str]) -> list[str]:
    """Return the hashes of files of the model."""
    with tarfile.open(result.artefact) as archive:
        files = [archive.extractfile(name) for name in names]
        return [hashlib.sha256(file.read()).hexdigest() for file in files if file]


def scores(job: str, runs: Sequence[Measured]) -> list[float]:
    """Return what `train` says of its models: the mean of Spearman's rho, or the accuracy."""
    logs = [run.result.log.read_text() for run in runs]
    return [float(re.findall(rf"{SCORES[job][0]}=([\d.e+-]+);", log)[-1]) for log in logs]


def missed(job: str, results: Mapping[int, Sequence[Measured]]) -> Iterator[str]:
    """Yield the requirements that are not met, in sentences."""
    first = next(iter(results.values()))
    for count, runs in results.items():
        if job in LEARNT and learnt(runs[0].result, LEARNT[job]) != learnt(first[0].result, LEARNT[job]):
            yield f"{job}: the model of {count} hosts is not that of one"
        if job in SCORES:
            found, alone = scores(job, runs), scores(job, first)
            error = report.standard_error(found, alone)
            lost = statistics.fmean(alone) - statistics.fmean(found)
            if lost > max(SCORES[job][1], report.NOISE * error):
                yield f"{job}: {count} hosts lose {lost:.4f} ± {error:.4f}"


def cells(job: str, count: int, runs: Sequence[Measured]) -> dict[str, object]:
    """One row of the table: the means of several trainings."""
    row: dict[str, object] = {"job": job, "hosts": count}
    row["seconds"] = _mean(run.result.seconds for run in runs)
    row["processor seconds"] = _mean(run.seconds for run in runs)
    if firsts := [run.hosts["algo-1"] for run in runs if run.hosts]:
        row["of the first host"] = _mean(first.seconds for first in firsts)
        row["it sent, MB"] = _mean(first.sent / 1e6 for first in firsts)
        row["it got, MB"] = _mean(first.received / 1e6 for first in firsts)
    if job in LEARNT:
        quality = learnt(runs[0].result, LEARNT[job])[0][:12]
    else:
        found = scores(job, runs)
        quality = f"{SCORES[job][0]} {statistics.fmean(found):.4f}"
        quality += f" ± {statistics.pstdev(found):.4f}" * (len(found) > 1)
    return {**row, "score, or the model's hash": quality}


def _mean(values: Iterable[float]) -> float:
    return round(statistics.fmean(values), 1)


if __name__ == "__main__":
    sys.exit(main())
