"""What bench.serving sends to which image: texts, the model they are sent to, and what is required of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.training import train
from driver.data import headlines, reviews
from driver.data.files import write_labelled
from emulator.engines import Engine
from emulator.training.job import Channel, TrainingJob

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

COLUMNS, TRAINING_ROWS = 5_000, 4_000


@dataclass(frozen=True)
class Required:
    """What a server must reach; `many` in texts/s, the times as their names say."""

    requests_per_second: int
    p99_ms: float
    texts_per_second: int
    start_seconds: float
    explained_per_second: int = 0
    ping_ms: float = 100


@dataclass(frozen=True)
class Workload:
    """One image's; `read` takes the demo's data and a folder for a train channel, and returns unseen texts."""

    image: str
    unit: str
    many: int
    required: Required
    read: Callable[[Path, Path], list[str]]
    hyperparameters: Mapping[str, str] = field(default_factory=dict)

    def fit(self, engine: Engine, work: Path) -> Path:
        """Train on the channel in `work`/train; the artefact."""
        channel = Channel("train", work / "train", "text/csv")
        return train(engine, TrainingJob("bench", (channel,), self.hyperparameters), work).artefact


def bodies(texts: Sequence[str], size: int) -> list[list[str]]:
    """The texts in requests of `size`; what is left over is not sent.

    Example:
        >>> bodies(["a", "b", "c"], 2)
        [['a', 'b']]
    """
    return [list(texts[start : start + size]) for start in range(0, len(texts) - size + 1, size)]


def _reviews(data: Path, channel: Path) -> list[str]:
    training, unseen = reviews.split(reviews.read(data / reviews.PATH))
    write_labelled(training, channel / "reviews.csv")
    return [review.text for review in unseen]


def _headlines(data: Path, channel: Path) -> list[str]:
    training, unseen = headlines.split(headlines.read(data / headlines.PATH))
    write_labelled(((article.category, article.headline) for article in training), channel / "headlines.csv")
    return [article.headline for article in unseen]


def _rows(data: Path, channel: Path) -> list[str]:
    """The unseen reviews as rows of CSV: how often each of the 5,000 most frequent stems but stop words occurs."""
    from textprep.pipeline import Pipeline, Specification

    training, unseen = reviews.split(reviews.read(data / reviews.PATH))
    counts = Specification(COLUMNS, ngram_max=1, values="counts", weighting="none", stop_words="english")
    pipeline, matrix = Pipeline.fit(counts, [review.text for review in training[:TRAINING_ROWS]], None)
    channel.mkdir(parents=True, exist_ok=True)
    with (channel / "rows.csv").open("w") as file:
        for review, row in zip(training, _cells(matrix), strict=False):
            file.write(f"{int(review.label == 'pos')},{row}\n")
    return list(_cells(pipeline.transform([review.text for review in unseen])))


def _cells(matrix: "csr_matrix") -> Iterator[str]:
    for row in matrix:
        yield ",".join(map(str, row.toarray()[0].astype(int)))


def libsvm(row: str) -> str:
    """A row of CSV as a line of libsvm, without its zeros.

    Example:
        >>> libsvm("0,7,0,2")
        '1:7 3:2'
    """
    return " ".join(f"{column}:{cell}" for column, cell in enumerate(row.split(",")) if cell != "0")


WORKLOADS: Mapping[str, Workload] = {
    "xgboost-sentiment": Workload(
        "xgboost-sentiment", "reviews", 100, Required(12_000, 5, 60_000, 0.7, 10_000), _reviews
    ),
    "headline-mxnet": Workload("headline-mxnet", "headlines", 100, Required(4_000, 5, 60_000, 1), _headlines),
}

ROWS = Workload(
    "xgboost-sentiment",
    "rows",
    1,
    Required(4_000, 5, 4_000, 3),
    _rows,
    {"input": "features", "objective": "binary:logistic", "num_round": "100"},
)
"""Rows of numbers, for `bench.rows`: what it requires is for CSV."""
