"""Drift of IMDB's reviews: `python -m bench.drift --imdb aclImdb_v1.tar.gz --news NewsAggregatorDataset.zip`.

A model of the training half is asked in windows of 500 records, drawn 20 times: reviews of the test half, the same with
misspelt words, headlines, and texts of your own (`--other NAME=FILE`, JSON Lines with `text`). Fails when a window of
reviews raises an alarm, or one of other texts does not. Then one server answers reviews with metrics and without, for
the processor time of a request.
"""

import argparse
import csv
import json
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import local, report
from bench.serving import REPOSITORY, load
from bench.training import train
from driver.data import imdb, news
from driver.drift import gather
from driver.drift.baseline import Baseline, Record
from emulator import engines
from emulator.engines import Engine, repository
from emulator.errors import EmulatorError
from emulator.training.job import Channel, TrainingJob
from emulator.transform.containers import transform
from emulator.transform.job import TransformJob

IMAGE = "xgboost-sentiment"
HANDLER = "xgboost_sentiment.serve:Handler"
SAMPLES = 20
MISSPELT = 0.1  # of the words
REVIEWS, NOISE = "held-out reviews", "held-out reviews, 10 % of the words misspelt"
HEADLINES = 20_000
JSON_LINES = "application/jsonlines"


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--imdb", type=Path, required=True, help="aclImdb_v1.tar.gz, or the folder aclImdb")
    parser.add_argument("--news", type=Path, help="NewsAggregatorDataset.zip, for headlines")
    parser.add_argument("--other", action="append", default=[], metavar="NAME=FILE", help="texts that must be an alarm")
    parser.add_argument("--seconds", type=int, default=10, help="for each measurement of the server (default: 10)")
    parser.add_argument("--rounds", type=int, default=3, help="with metrics and without in turn (default: 3)")
    arguments = parser.parse_args()
    engine = engines.choose("process", repository.find(REPOSITORY, IMAGE), REPOSITORY)
    sets = read(arguments)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        artefact = fit(engine, arguments.imdb, work)
        baseline = Baseline.parse(gather.manifest(artefact, str(artefact)).get("baseline"), str(artefact))
        records = {name: ask(engine, artefact, texts, work / str(n)) for n, (name, texts) in enumerate(sets.items())}
        rows = [row(name, windows(baseline, found)) for name, found in records.items()]
        costs = cost(artefact, sets[REVIEWS], arguments)
    print(f"{report.machine()}\n\n{report.table(rows)}\n\n{report.table(costs)}\n")
    problems = missed({str(each["requests"]): str(each["windows with an alarm"]) for each in rows})
    print("\n".join(problems) or "Every requirement is met.")
    return len(problems) > 0


def read(arguments: argparse.Namespace) -> dict[str, list[str]]:
    """Return the texts of each set, in a random order."""
    source = random.Random(1)
    held_out = [text for _, text in imdb.read(arguments.imdb, "test")]
    source.shuffle(held_out)
    held_out = held_out[:10_000]
    sets = {REVIEWS: held_out, NOISE: [misspell(text, source) for text in held_out]}
    if arguments.news:
        sets["headlines"] = source.sample([headline.title for headline in news.read(arguments.news)], HEADLINES)
    for given in arguments.other:
        name, _, path = given.partition("=")
        sets[name] = [json.loads(line)["text"] for line in Path(path).read_text("utf-8").splitlines()]
    return sets


def misspell(text: str, source: random.Random) -> str:
    """Return a text in which one word of ten, of three letters or more, has two neighbouring letters exchanged."""
    words = text.split(" ")
    for number, word in enumerate(words):
        if len(word) > 2 and source.random() < MISSPELT:
            at = source.randrange(len(word) - 1)
            words[number] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def fit(engine: Engine, archive: Path, work: Path) -> Path:
    """Train on the training half, of which a fifth is held back; return the artefact."""
    (work / "train").mkdir()
    with (work / "train" / "reviews.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(imdb.read(archive, "train"))
    channel = Channel("train", work / "train", content_type="text/csv")
    return train(engine, TrainingJob("drift", (channel,), {"validation_fraction": "0.2"}), work).artefact


def ask(engine: Engine, artefact: Path, texts: Sequence[str], folder: Path) -> list[Record]:
    """Return the texts with the model's answers, by batch transform."""
    texts = [text for text in texts if text.strip()]
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "texts.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
    done = transform(engine, TransformJob(
        "drift", artefact, folder / "in", folder / "out", content_type=JSON_LINES, accept=JSON_LINES,
        split_type="Line", batch_strategy="MultiRecord", max_payload_in_mb=1,
    ))  # fmt: skip
    if done.failure_reason:
        raise EmulatorError(done.failure_reason)
    answers = [json.loads(line) for line in done.outputs[0].read_text("utf-8").splitlines()]
    return [
        Record(text, answer["label"], answer["probabilities"][answer["label"]])
        for text, answer in zip(texts, answers, strict=True)
    ]


def windows(baseline: Baseline, records: Sequence[Record]) -> list[dict[str, float]]:
    """Return for each window the index of each statistic divided by its threshold.

    Windows have no record in common where there are enough; else each is drawn with replacement.
    """
    source, size = random.Random(2), baseline.window
    if len(records) >= SAMPLES * size:
        drawn = [records[number * size : (number + 1) * size] for number in range(SAMPLES)]
    elif len(records) >= size:
        drawn = [source.sample(records, size) for _ in range(SAMPLES)]
    else:
        drawn = [source.choices(records, k=size) for _ in range(SAMPLES)]
    return [baseline.ratios(baseline.indices(baseline.measure(window))) for window in drawn]


def row(name: str, found: Sequence[Mapping[str, float]]) -> dict[str, object]:
    """One row of the table: alarms, and the range of each statistic."""
    alarms = sum(max(ratios.values()) >= 1 for ratios in found)
    ranges = {
        statistic.replace("_", " "): f"{min(each[statistic] for each in found):.2f} to "
        f"{max(each[statistic] for each in found):.2f}"
        for statistic in found[0]
    }
    return {"requests": name, "windows with an alarm": f"{alarms} of {len(found)}", **ranges}


def cost(artefact: Path, texts: Sequence[str], arguments: argparse.Namespace) -> list[dict[str, object]]:
    """Return the processor time of a request of one review, the least of some rounds, without and with metrics."""
    requests = [json.dumps({"instances": [text]}) for text in texts[:5000]]
    least: dict[str, float] = {}
    for _ in range(arguments.rounds):
        for metrics in ("", "emf"):
            with local.image(HANDLER, artefact, {"SAGEMAKER_METRICS": metrics}) as server:
                measured = load(IMAGE, server, requests, 1, arguments.seconds).cpu or 0.0
            least[metrics] = min(measured, least.get(metrics, measured))
    return [
        {"SAGEMAKER_METRICS": metrics or "none", "server's CPU, µs a request": round(used, 1),
         "of none": f"{used / least['']:.0%}"}
        for metrics, used in least.items()
    ]  # fmt: skip


def missed(alarms: Mapping[str, str]) -> list[str]:
    """Return the requirements that are not met, in sentences."""
    problems = []
    for name, count in alarms.items():
        wanted = f"0 of {SAMPLES}" if name == REVIEWS else f"{SAMPLES} of {SAMPLES}"
        if name != NOISE and count != wanted:
            problems.append(f"{name}: an alarm in {count} windows, required in {wanted}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
