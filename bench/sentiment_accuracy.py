"""Accuracy on the official IMDB split: `python -m bench.sentiment_accuracy --imdb aclImdb_v1.tar.gz`.

Each recipe goes through the image's own `train`, from raw CSV, and its model through `serve` and batch transform, as
processes of this machine. Fails when a requirement is missed.
"""

import argparse
import csv
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bench import report
from bench.training import train
from driver.data import imdb
from emulator import engines
from emulator.engines import Engine, repository
from emulator.errors import EmulatorError
from emulator.training.job import Channel, TrainingJob
from emulator.transform.containers import transform
from emulator.transform.job import TransformJob

REPOSITORY = Path(__file__).resolve().parents[1]
IMAGE = "xgboost-sentiment"
REQUIRED_SECONDS = 12
REQUIRED_MEGABYTES = 600


class Recipe(NamedTuple):
    """Hyperparameters, what is published of the same data, and the accuracy that is required."""

    hyperparameters: Mapping[str, str]
    published: str
    lowest: float
    highest: float


class Row(NamedTuple):
    """What is measured of one recipe."""

    accuracy: float
    training_seconds: float
    peak_megabytes: float
    model_megabytes: float
    reviews_per_second: float


def recipes() -> dict[str, Recipe]:
    """The default one, and the one that the image documents as classic."""
    classic = json.loads((REPOSITORY / "images" / IMAGE / "recipes" / "classic.json").read_text())
    return {
        "default": Recipe({}, "NB-SVM with pairs (Wang and Manning 2012): 0.9122; with triples: 0.919", 0.922, 1),
        "classic": Recipe(classic, "XGBoost on 5,000 words: 0.86", 0.855, 0.865),
    }


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    parser = argparse.ArgumentParser(description="Accuracy on the official IMDB split.")
    parser.add_argument("--imdb", type=Path, required=True, help="aclImdb_v1.tar.gz, or the folder aclImdb")
    arguments = parser.parse_args()
    engine = engines.choose("process", repository.find(REPOSITORY, IMAGE), REPOSITORY)
    with tempfile.TemporaryDirectory() as folder:
        labels = prepare(arguments.imdb, Path(folder))
        measured = {name: measure(engine, name, recipe, Path(folder), labels) for name, recipe in recipes().items()}
    print(f"{report.machine()}\n\n{report.table([cells(name, row) for name, row in measured.items()])}\n")
    problems = [problem for name, row in measured.items() for problem in missed(name, row)]
    print("\n".join(problems) or "Every requirement is met.")
    return len(problems) > 0


def prepare(archive: Path, folder: Path) -> list[str]:
    """Write the train channel and the transform's input; return the labels of the latter."""
    for name in ("train", "test"):
        (folder / name).mkdir()
    with (folder / "train" / "reviews.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(imdb.read(archive, "train"))
    labels = []
    with (folder / "test" / "reviews.jsonl").open("w", encoding="utf-8") as file:
        for label, text in imdb.read(archive, "test"):
            labels.append(label)
            file.write(json.dumps({"text": text}) + "\n")
    return labels


def measure(engine: Engine, name: str, recipe: Recipe, folder: Path, labels: list[str]) -> Row:
    """Train, transform the test half, compare."""
    channel = Channel("train", folder / "train", content_type="text/csv")
    job = TrainingJob(f"{name}-training", (channel,), recipe.hyperparameters)
    with report.peak_memory(os.getpid()) as peak:
        trained = train(engine, job, folder)
    transformed = transform(
        engine,
        TransformJob(
            f"{name}-transform",
            trained.artefact,
            folder / "test",
            folder / "predictions" / name,
            content_type="application/jsonlines",
            accept="application/jsonlines",
            split_type="Line",
            batch_strategy="MultiRecord",
            max_payload_in_mb=1,
        ),
    )
    if transformed.failure_reason:
        raise EmulatorError(f"{name}: {transformed.failure_reason}")
    with transformed.outputs[0].open(encoding="utf-8") as file:
        right = sum(json.loads(line)["label"] == label for line, label in zip(file, labels, strict=True))
    return Row(
        right / len(labels),
        trained.seconds,
        peak[0],
        trained.artefact.stat().st_size / 1e6,
        len(labels) / transformed.transform_time_in_seconds,
    )


def cells(name: str, row: Row) -> dict[str, object]:
    """One row of the table."""
    return {
        "recipe": name,
        "accuracy": f"{row.accuracy:.4f}",
        "published": recipes()[name].published,
        "training, s": row.training_seconds,
        "peak memory, MB": round(row.peak_megabytes),
        "model.tar.gz, MB": row.model_megabytes,
        "transform, reviews/s": round(row.reviews_per_second),
    }


def missed(name: str, row: Row) -> list[str]:
    """Return the requirements that are not met, in sentences."""
    recipe = recipes()[name]
    problems = []
    if not recipe.lowest <= row.accuracy <= recipe.highest:
        problems.append(f"{name}: the accuracy is not from {recipe.lowest} to {recipe.highest}.")
    if row.training_seconds > REQUIRED_SECONDS:
        problems.append(f"{name}: training takes more than {REQUIRED_SECONDS} s.")
    if row.peak_megabytes > REQUIRED_MEGABYTES:
        problems.append(f"{name}: training needs more than {REQUIRED_MEGABYTES:,} MB.")
    return problems


if __name__ == "__main__":
    sys.exit(main())
