"""Accuracy with few headlines: `python -m bench.few_headlines`.

headline-mxnet with its defaults, through its own `train`, beside two logistic regressions and fastText on the same
texts: BBC headlines, of which 200, 500, 1,000 and all 1,676 are trained on, the 500 that are never trained on tested
with. And all of them with the demo's word vectors, which blazingtext-client makes of articles and reviews. Fails when
headline-mxnet is below the better regression, or with all headlines below what is required.
"""

import argparse
import csv
import random
import re
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from bench import report
from bench.headline_accuracy import IMAGE, REPOSITORY, VECTORS_IMAGE, accuracy, as_tokens, directly
from bench.training import train
from driver.data import headlines, reviews
from driver.data.files import write_corpus
from emulator import engines
from emulator.engines import Engine, repository
from emulator.errors import EmulatorError
from emulator.training.job import Channel, TrainingJob
from examples.news import VECTORS

SIZES, DRAWS = (200, 500, 1_000, 1_676), 3
DATA = REPOSITORY / ".cache" / "data"
REQUIRED, REQUIRED_WITH_VECTORS = 0.845, 0.865  # with all headlines
REGRESSIONS: Mapping[str, Mapping[str, object]] = {
    "regression, words and pairs": {"ngram_range": (1, 2)},
    "regression, characters 2 to 5": {"analyzer": "char", "ngram_range": (2, 5)},
}


class Text(NamedTuple):
    """A text and its category."""

    category: str
    text: str


class Figures(NamedTuple):
    """How good a classifier is on what it has not seen."""

    accuracy: float
    macro_f1: float


def main() -> int:
    """Measure and print; return 1 if a regression is better, or the accuracy below what is required."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="what `make demo` keeps there")
    parser.add_argument("--draws", type=int, default=DRAWS, help="draws of each size, of which the mean is shown")
    arguments = parser.parse_args()
    engine = engines.choose("process", repository.find(REPOSITORY, IMAGE), REPOSITORY)
    print(f"{report.machine()}, {engine.description}", flush=True)
    rows: list[dict[str, str]] = []
    problems: list[str] = []
    seen, unseen = headlines.split(headlines.read(arguments.data / headlines.PATH))
    many, tested = ([Text(each.category, each.headline) for each in part] for part in (seen, unseen))
    for size in (min(size, len(many)) for size in SIZES):
        draws = [random.Random(seed).sample(many, size) for seed in range(1 if size == len(many) else arguments.draws)]
        found = [measure(engine, part, tested) for part in draws]
        means = {one: statistics.mean(row[one].accuracy for row in found) for one in found[0]}
        rows.append({"headlines": f"{size:,}", **{one: f"{mean:.3f}" for one, mean in means.items()}})
        if means[IMAGE] < max(means[one] for one in REGRESSIONS):
            problems.append(f"A regression is better on {size:,} headlines.")
        if size == len(many) and means[IMAGE] < REQUIRED:
            problems.append(f"The accuracy with {size:,} headlines is below {REQUIRED}.")
    print("\n" + report.table(rows), flush=True)
    with_vectors = _with_vectors(engine, arguments.data)
    print(f"\nBBC headlines, all, with the demo's word vectors: {with_vectors:.3f}")
    if with_vectors < REQUIRED_WITH_VECTORS:
        problems.append(f"The accuracy with word vectors is below {REQUIRED_WITH_VECTORS}.")
    print("\n" + ("\n".join(problems) or "Every requirement is met."))
    return len(problems) > 0


def measure(engine: Engine, part: Sequence[Text], tested: Sequence[Text]) -> dict[str, Figures]:
    """Train each classifier on `part`; return how good each is on `tested`."""
    truth = [one.category for one in tested]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {IMAGE: _ours(engine, folder, part, tested)}
        for one, settings in REGRESSIONS.items():
            pipeline = make_pipeline(CountVectorizer(**settings), LogisticRegression(max_iter=1000))
            pipeline.fit([text for _, text in part], [category for category, _ in part])
            found[one] = _figures(truth, pipeline.predict([text for _, text in tested]).tolist())
        labels = {category: f"c{number}" for number, category in enumerate(sorted({one.category for one in part}))}
        lines = [f"__label__{labels[category]} {as_tokens(text)}\n" for category, text in part]
        (folder / "train.txt").write_text("".join(lines), encoding="utf-8")
        (folder / "test.txt").write_text("".join(f"{as_tokens(text)}\n" for _, text in tested), encoding="utf-8")
        predicted, _ = directly(folder / "train.txt", folder / "test.txt")
        found["fastText"] = _figures([labels[category] for category in truth], predicted)
        return found


def _figures(truth: Sequence[str], predicted: Sequence[str]) -> Figures:
    return Figures(accuracy(truth, predicted), float(f1_score(truth, predicted, average="macro")))


def _with_vectors(engine: Engine, data: Path) -> float:
    """The accuracy with all headlines and the vectors of `make demo`, trained here with its settings."""
    seen, unseen = headlines.split(headlines.read(data / headlines.PATH))
    watched, _ = reviews.split(reviews.read(data / reviews.PATH))
    maker = engines.choose("process", repository.find(REPOSITORY, VECTORS_IMAGE), REPOSITORY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = [f"{each.headline}\n{each.body}" for each in seen] + [review.text for review in watched]
        write_corpus(texts, folder / "corpus" / "corpus.txt")
        corpus = Channel("train", folder / "corpus", content_type="text/plain")
        made = train(maker, TrainingJob("vectors", (corpus,), VECTORS), folder).artefact
        part, tested = ([Text(each.category, each.headline) for each in half] for half in (seen, unseen))
        return _ours(engine, folder, part, tested, Channel("embeddings", made)).accuracy


def _ours(engine: Engine, folder: Path, part: Sequence[Text], tested: Sequence[Text], *more: Channel) -> Figures:
    """What a job with a channel `test` reports, trained on `part` and with `more` channels."""
    for name, texts in (("train", part), ("test", tested)):
        (folder / name).mkdir()
        with (folder / name / "texts.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(texts)
    channels = tuple(Channel(name, folder / name, content_type="text/csv") for name in ("train", "test"))
    trained = train(engine, TrainingJob("few", (*channels, *more)), folder)
    found = dict(re.findall(r"test:(accuracy|macro_f1)=([0-9.]+);", trained.log.read_text(encoding="utf-8")))
    if len(found) < 2:
        raise EmulatorError(f"the job reported no accuracy: {trained.failure_reason}{trained.last_lines}")
    return Figures(float(found["accuracy"]), float(found["macro_f1"]))


if __name__ == "__main__":
    sys.exit(main())
