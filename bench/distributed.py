"""Training on several hosts of this machine: `python -m bench.distributed`.

The images' own `train`, on 1, 2 and 4 hosts that are processes of this machine (`--engine docker`: containers), each
with its share of the same files. All hosts share the machine's cores, so seconds say what dividing costs, and not what
machines of their own would gain; processor time is that of all hosts together. Fails when a model of reviews is not
byte for byte that of one host, or when vectors are worse than those of one host by more than 0.01 on WordSim-353.
"""

import argparse
import csv
import hashlib
import resource
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import report
from bench.training import TrainingResult, train
from driver.data import reviews
from emulator import engines
from emulator.engines import repository
from emulator.training.job import Channel, TrainingJob

REPOSITORY = Path(__file__).resolve().parents[1]
FILES = 8
TOLERANCE = 0.01
JOBS: Mapping[str, tuple[str, dict[str, str]]] = {
    "linear": ("xgboost-sentiment", {}),
    "trees": ("xgboost-sentiment", {"booster": "gbtree", "num_round": "50"}),
    "vectors": ("blazingtext-client", {"mode": "batch_skipgram", "epochs": "5"}),
}
LEARNT = {"linear": ("weights.npy", "features.npz"), "trees": ("model.ubj", "features.npz"), "vectors": ()}


def main() -> int:
    """Measure and print; return 1 if a model is not what it should be."""
    parser = argparse.ArgumentParser(description="Training on several hosts of this machine.")
    parser.add_argument("--engine", choices=("process", "docker"), default="process")
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 2, 4], help="numbers of hosts, the first one 1")
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS))
    parser.add_argument("--corpus", type=Path, help="text to learn vectors from; without it the reviews")
    arguments = parser.parse_args()
    rows, problems = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, arguments.corpus)
        for job in arguments.jobs:
            results = {count: measure(job, count, folder, arguments.engine) for count in arguments.hosts}
            first = next(iter(results.values()))
            for count, (result, seconds) in results.items():
                rows.append(cells(job, count, result, seconds))
                if learnt(result, LEARNT[job]) != learnt(first[0], LEARNT[job]):
                    problems.append(f"{job}: the model of {count} hosts is not that of one")
                if job == "vectors" and rho(result) < rho(first[0]) - TOLERANCE:
                    problems.append(f"vectors: {rho(result):.3f} on {count} hosts, {rho(first[0]):.3f} on one")
    print(f"{report.machine()}, engine {arguments.engine}\n\n{report.table(rows)}\n")
    print("\n".join(problems) or "Every model is as good as that of one host; those of reviews are the same.")
    return len(problems) > 0


def write(folder: Path, text: Path | None) -> None:
    """Write the channels: reviews as CSV, and text in lines of a review or of a thousand words, in FILES files each."""
    records, _ = reviews.split(reviews.read(REPOSITORY / ".cache" / "data" / reviews.PATH))
    lines = [" ".join(review.split()) for _, review in records]
    if text is not None:
        words = text.read_text().split()
        lines = [" ".join(words[start : start + 1000]) for start in range(0, len(words), 1000)]
    for name in ("reviews", "text"):
        (folder / name).mkdir()
    for number in range(FILES):
        with (folder / "reviews" / f"{number}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(records[number::FILES])
        (folder / "text" / f"{number}.txt").write_text("\n".join(lines[number::FILES]) + "\n")


def measure(job: str, count: int, folder: Path, engine: str) -> tuple[TrainingResult, float]:
    """Train; return the result, and the processor seconds of all hosts."""
    image, settings = JOBS[job]
    program = engines.choose(engine, repository.find(REPOSITORY, image), REPOSITORY)
    source = folder / ("text" if job == "vectors" else "reviews")
    channel = Channel("train", source, None, s3_data_distribution_type="ShardedByS3Key")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = train(program, TrainingJob(f"{job}-{count}", (channel,), settings, instance_count=count), folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    _ = result.artefact  # or the error that there is none
    print(f"{job} on {count}: {result.seconds:.1f} s", file=sys.stderr, flush=True)
    return result, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def learnt(result: TrainingResult, names: Sequence[str]) -> list[str]:
    """Return the hashes of files of the model."""
    with tarfile.open(result.artefact) as archive:
        files = [archive.extractfile(name) for name in names]
        return [hashlib.sha256(file.read()).hexdigest() for file in files if file]


def rho(result: TrainingResult) -> float:
    """Return what `train` says of its vectors: the mean of Spearman's rho."""
    line = next(line for line in result.log.read_text().splitlines() if line.startswith("train:mean_rho="))
    return float(line.partition("=")[2].rstrip(";"))


def cells(job: str, count: int, result: TrainingResult, seconds: float) -> dict[str, object]:
    """One row of the table."""
    quality = f"rho {rho(result):.3f}" if job == "vectors" else learnt(result, LEARNT[job])[0][:12]
    return {
        "job": job, "hosts": count, "seconds": round(result.seconds, 1),
        "processor seconds": round(seconds, 1), "rho, or the model's hash": quality,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
