"""Accuracy on News Aggregator: `python -m bench.headline_accuracy --news NewsAggregatorDataset.zip`.

The image goes through its own `train`, from raw CSV, and its model through `serve` and batch transform. Beside it, on
the same split in the same run: fastText (pairs of words, 5 epochs, rate 0.5) on two forms of the text, the better of
which is the reference; the wide part alone; and the workshop's network. That one froze vectors trained elsewhere, on
more text; here its vectors are those that blazingtext-client makes of the split's train half. Fails when a requirement
is missed; --limit is for a quick look, and judges nothing. `--seeds 3` draws as many other splits instead, and compares
the default with the better fastText on each.
"""

import argparse
import csv
import json
import multiprocessing
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sklearn.metrics import f1_score, recall_score
from textprep.clean import clean
from textprep.tokens import tokens

from bench import report
from bench.training import train
from driver.data import news
from emulator import engines
from emulator.engines import Engine, ProcessEngine, repository
from emulator.errors import EmulatorError
from emulator.training.job import Channel, TrainingJob
from emulator.transform.containers import transform
from emulator.transform.job import TransformJob

REPOSITORY = Path(__file__).resolve().parents[1]
IMAGE, VECTORS_IMAGE = "headline-mxnet", "blazingtext-client"
OURS, WIDE, WORKSHOP = "headline-mxnet", "headline-mxnet, wide", "workshop"
VECTORS = {"mode": "skipgram", "vector_dim": "100", "epochs": "5", "min_count": "2"}
REQUIRED_ACCURACY = {"random": 0.959, "story": 0.917}
REQUIRED_SECONDS = 90
REQUIRED_OF_WIDE = {"random": 0.956, "story": 0.909}
REQUIRED_SECONDS_OF_WIDE = 15
REQUIRED_MEGABYTES = 1_500
MEBIBYTES = REQUIRED_MEGABYTES * 10**6 // 2**20  # the same for Docker, which ends what needs more
LOWEST_LIMIT = 1_000


def as_tokens(title: str) -> str:
    """Return the words that the image reads, with spaces between them."""
    return " ".join(tokens(clean(title)))


def as_documented(title: str) -> str:
    """Return the title as fastText's documentation prepares text: lower case, punctuation apart.

    Example:
        >>> as_documented("Why, it's the Fed!")
        "why , it ' s the fed !"
    """
    return " ".join(re.sub(r"([.!?,'\"/()])", r" \1 ", title.lower()).split())


FORMS: Mapping[str, Callable[[str], str]] = {
    "fastText, the image's tokens": as_tokens,
    "fastText, prepared its way": as_documented,
}


class Split(NamedTuple):
    """A folder with both halves, for the images and for each form of fastText; the categories of the held-out half."""

    name: str
    folder: Path
    truth: Sequence[str]


class Row(NamedTuple):
    """What is measured of one classifier. The rates are in headlines/s; None is what cannot be seen from here."""

    predicted: Sequence[str]
    training_seconds: float
    training_rate: float | None
    transform_rate: float | None
    peak_megabytes: float | None


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    arguments = _arguments()
    wanted = news.SPLITS if arguments.split == "both" else (arguments.split,)
    ours, vectors = (
        engines.choose(arguments.engine, repository.find(REPOSITORY, name), REPOSITORY)
        for name in (IMAGE, VECTORS_IMAGE)
    )
    print(f"{report.machine()}, {ours.description}", flush=True)
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        if arguments.seeds:
            return _compare(ours, prepare(arguments.news, Path(folder), wanted, None, range(1, arguments.seeds + 1)))
        for split in prepare(arguments.news, Path(folder), wanted, arguments.limit):
            rows = measure(ours, vectors, split)
            print(f"\nsplit by {'headline' if split.name == 'random' else 'story'}, {len(split.truth):,} held out\n")
            print(report.table([cells(name, row, split.truth) for name, row in rows.items()]), flush=True)
            problems += missed(split, rows)
    if arguments.limit:
        print("\nA quick look at a part of the data: the requirements are not judged.")
        return 0
    print("\n" + ("\n".join(problems) or "Every requirement is met."))
    return len(problems) > 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--news", type=Path, required=True, help="NewsAggregatorDataset.zip")
    parser.add_argument(
        "--split", choices=(*news.SPLITS, "both"), default="both", help="by headline, by story, or both"
    )
    parser.add_argument("--engine", choices=["docker", "process"], default="process", help="how to run the images")
    parser.add_argument(
        "--limit", type=int, help="use about this many headlines, spread over the file; check no requirement"
    )
    parser.add_argument("--seeds", type=int, help="other splits of each kind, to compare with fastText alone")
    arguments = parser.parse_args()
    if arguments.limit is not None and arguments.limit < LOWEST_LIMIT:
        parser.error(f"--limit {arguments.limit}: give at least {LOWEST_LIMIT:,}, or too few of a category are left")
    return arguments


def prepare(
    archive: Path, folder: Path, names: Sequence[str], limit: int | None = None, seeds: Sequence[int] = (news.SEED,)
) -> list[Split]:
    """Write each split's files. The headlines themselves are not kept: this process counts in the peak memory."""
    headlines = list(news.read(archive))
    if limit:
        headlines = headlines[:: max(1, len(headlines) // limit)]
    return [_write(headlines, name, seed, folder / f"{name}-{seed}") for name in names for seed in seeds]


def _write(headlines: Sequence[news.Headline], name: str, seed: int, folder: Path) -> Split:
    parts: dict[bool, list[news.Headline]] = {False: [], True: []}
    for headline, is_held_out in zip(headlines, news.held_out(headlines, name, seed), strict=True):
        parts[is_held_out].append(headline)
    train, test = parts[False], parts[True]
    for part in ("train", "test"):
        (folder / part).mkdir(parents=True)
    with (folder / "train" / "headlines.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows((headline.category, headline.title) for headline in train)
    with (folder / "test" / "headlines.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": headline.title}) + "\n" for headline in test)
    with (folder / "corpus.txt").open("w", encoding="utf-8") as file:
        file.writelines(as_tokens(headline.title) + "\n" for headline in train)
    for form in FORMS.values():
        with (folder / f"{form.__name__}-train.txt").open("w", encoding="utf-8") as file:
            file.writelines(f"__label__{headline.category} {form(headline.title)}\n" for headline in train)
        with (folder / f"{form.__name__}-test.txt").open("w", encoding="utf-8") as file:
            file.writelines(form(headline.title) + "\n" for headline in test)
    return Split(name, folder, [headline.category for headline in test])


def _compare(ours: Engine, splits: Sequence[Split]) -> int:
    """Print for each split the accuracy of the default and of the better fastText, and the lead; 1 if one is behind."""
    leads: dict[str, list[float]] = {}
    rows = []
    for split in splits:
        job = TrainingJob("default", (Channel("train", split.folder / "train", content_type="text/csv"),))
        reached = accuracy(split.truth, _measure(ours, split, job).predicted)
        better = max(accuracy(split.truth, _fasttext(split, form.__name__).predicted) for form in FORMS.values())
        leads.setdefault(split.name, []).append(reached - better)
        figures = {OURS: reached, "the better fastText": better, "lead": reached - better}
        rows.append({"split": split.folder.name, **{name: f"{value:.4f}" for name, value in figures.items()}})
    print("\n" + report.table(rows) + "\n")
    for name, found in leads.items():
        spread = f" ± {statistics.stdev(found):.4f}" if len(found) > 1 else ""
        print(f"{name}: the lead is {statistics.mean(found):.4f}{spread}.")
    return min(lead for found in leads.values() for lead in found) <= 0


def measure(ours: Engine, vectors: Engine, split: Split) -> dict[str, Row]:
    """Train and test each classifier, one after the other."""
    channel = Channel("train", split.folder / "train", content_type="text/csv")
    rows = {OURS: _measure(ours, split, TrainingJob("default", (channel,), memory_in_mb=MEBIBYTES))}
    rows[WIDE] = _measure(ours, split, TrainingJob("wide", (channel,), {"architecture": "wide"}))
    rows |= {name: _fasttext(split, form.__name__) for name, form in FORMS.items()}
    corpus = Channel("train", split.folder / "corpus.txt", content_type="text/plain")
    artefact = train(vectors, TrainingJob("vectors", (corpus,), VECTORS), split.folder).artefact
    channels = (channel, Channel("embeddings", artefact))
    job = TrainingJob("workshop", channels, {"architecture": "workshop"})
    rows[WORKSHOP] = _measure(ours, split, job)
    return rows


def _measure(engine: Engine, split: Split, job: TrainingJob) -> Row:
    with report.peak_memory(os.getpid()) as peak:
        trained = train(engine, job, split.folder)
    transformed = transform(
        engine,
        TransformJob(
            f"{job.training_job_name}-transform",
            trained.artefact,
            split.folder / "test",
            split.folder / "predictions" / job.training_job_name,
            content_type="application/jsonlines",
            accept="application/jsonlines",
            split_type="Line",
            batch_strategy="MultiRecord",
            max_payload_in_mb=1,
        ),
    )
    if transformed.failure_reason:
        raise EmulatorError(f"{job.training_job_name}: {transformed.failure_reason}")
    with transformed.outputs[0].open(encoding="utf-8") as file:
        predicted = [json.loads(line)["label"] for line in file]
    rates = re.findall(r"epoch \d+: (\d+) records/s", trained.log.read_text(encoding="utf-8", errors="replace"))
    return Row(
        predicted,
        trained.seconds,
        statistics.median(map(int, rates)) if rates else None,
        len(predicted) / transformed.transform_time_in_seconds,
        peak[0] if isinstance(engine, ProcessEngine) else None,  # a container is not a child of this process
    )


def _fasttext(split: Split, form: str) -> Row:
    """In a process of its own, so that its memory is free again afterwards."""
    with report.peak_memory(os.getpid()) as peak, multiprocessing.get_context("spawn").Pool(1) as pool:
        predicted, seconds = pool.apply(
            directly, (split.folder / f"{form}-train.txt", split.folder / f"{form}-test.txt")
        )
    return Row(predicted, seconds, None, None, peak[0])


def directly(train_file: Path, test_file: Path) -> tuple[list[str], float]:
    """Train fastText as its documentation shows it; return a category for each line to test, and the seconds."""
    import fasttext  # heavy, and not for the process that measures memory

    start = time.perf_counter()
    model = fasttext.train_supervised(str(train_file), epoch=5, lr=0.5, wordNgrams=2, thread=10, verbose=0)
    seconds = time.perf_counter() - start
    labels, _ = model.predict(test_file.read_text(encoding="utf-8").splitlines())
    return [label.removeprefix("__label__") for (label,) in labels], seconds


def accuracy(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """Return the part that is right; the two must be of one length."""
    return sum(one == other for one, other in zip(truth, predicted, strict=True)) / len(truth)


def cells(name: str, row: Row, truth: Sequence[str]) -> Mapping[str, object]:
    """One row of the table."""
    categories = list(news.CATEGORIES)
    recalls = recall_score(truth, row.predicted, labels=categories, average=None)
    return {
        "classifier": name,
        "accuracy": f"{accuracy(truth, row.predicted):.4f}",
        "macro-F1": f"{f1_score(truth, row.predicted, labels=categories, average='macro'):.4f}",
        **{
            f"recall, {news.CATEGORIES[category]}": f"{recall:.4f}"
            for category, recall in zip(categories, recalls, strict=True)
        },
        "training, s": row.training_seconds,
        "training, headlines/s": _rounded(row.training_rate),
        "peak memory, MB": _rounded(row.peak_megabytes),
        "transform, headlines/s": _rounded(row.transform_rate),
    }


def _rounded(value: float | None) -> int | str:
    return "" if value is None else round(value)


def missed(split: Split, rows: Mapping[str, Row]) -> list[str]:
    """Return the requirements that are not met, in sentences."""
    problems = []
    for name, lowest, longest in (
        (OURS, REQUIRED_ACCURACY, REQUIRED_SECONDS),
        (WIDE, REQUIRED_OF_WIDE, REQUIRED_SECONDS_OF_WIDE),
    ):
        row, reached = rows[name], accuracy(split.truth, rows[name].predicted)
        if reached < lowest[split.name]:
            problems.append(f"{split.name}: the accuracy of {name} is below {lowest[split.name]}.")
        if reached <= max(accuracy(split.truth, rows[form].predicted) for form in FORMS):
            problems.append(f"{split.name}: the accuracy of {name} is not above fastText's.")
        if row.training_seconds > longest:
            problems.append(f"{split.name}: training {name} takes more than {longest} s.")
        if row.peak_megabytes is not None and row.peak_megabytes > REQUIRED_MEGABYTES:
            problems.append(f"{split.name}: training {name} needs more than {REQUIRED_MEGABYTES:,} MB.")
    return problems


if __name__ == "__main__":
    sys.exit(main())
