"""The classic notebook: movie-review sentiment with XGBoost on counts of 5,000 words, by bare boto3.

Features are made here, uploaded as CSV without header, label first, and trained on as SageMaker's own XGBoost takes
them; then a batch transform scores the test reviews line by line. On the official IMDB data that is 86 % accurate.

    python -m examples.classic                     # the demo's reviews, against the emulator
    python -m examples.classic --imdb aclImdb_v1.tar.gz
    python -m examples.classic --aws --role ARN --bucket NAME
"""

import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from textprep.pipeline import Pipeline, Specification

from driver import console
from driver.data import imdb, reviews
from examples import account

REVIEWS = account.REPOSITORY / ".cache" / "data" / reviews.PATH
IMAGE = "xgboost-sentiment"
WORDS = 5_000
HELD_OUT = 0.4  # of the train half, to stop early by: 10,000 of the official 25,000
DEMO_REVIEWS = (5_000, 2_000)  # to train on and to test with, of the demo's data: enough to see it work
EXPECTED = {"official": 0.855, "demo": 0.80}  # accuracy
HYPERPARAMETERS = {
    "input": "features",  # the one thing that SageMaker's own image need not be told
    "objective": "binary:logistic",
    "max_depth": "5",
    "eta": "0.2",
    "gamma": "4",
    "min_child_weight": "6",
    "subsample": "0.8",
    "num_round": "500",
    "early_stopping_rounds": "10",
    "eval_metric": "error",
}

Half = tuple[list[str], list[int]]  # texts; 0 for neg, 1 for pos


def main() -> int:
    """Run all cells; 1 when the accuracy is not what it should be."""
    console.install()
    options = account.arguments(__doc__, "--imdb", "aclImdb_v1.tar.gz; the demo's reviews without it")
    here, folder, name = account.start(options, "classic")

    # 1. The data, and their features: how often each of the 5,000 most frequent stems occurs.
    (train_texts, train_labels), (test_texts, test_labels) = official(options.imdb) if options.imdb else demo()
    specification = Specification(
        WORDS, ngram_max=1, min_count=1, values="counts", weighting="none", stop_words="english"
    )
    pipeline, train = Pipeline.fit(specification, train_texts, None)
    test = pipeline.transform(test_texts)
    held_out = np.random.default_rng(0).random(len(train_labels)) < HELD_OUT

    # 2. CSV as SageMaker's XGBoost takes it: no header, the label first; none where scores are asked for.
    labels = np.array(train_labels)
    write(folder / "train.csv", train[~held_out], labels[~held_out])
    write(folder / "validation.csv", train[held_out], labels[held_out])
    write(folder / "test.csv", test)
    uris = {
        part: here.upload(folder / f"{part}.csv", f"{name}/{part}/{part}.csv")
        for part in ("train", "validation", "test")
    }

    # 3. Training.
    image = here.image(IMAGE)
    job = here.train({
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "HyperParameters": HYPERPARAMETERS,
        "InputDataConfig": [account.channel(part, uris[part], "text/csv") for part in ("train", "validation")],
    })  # fmt: skip

    # 4. Batch transform, and the accuracy of its scores.
    model = {"Image": image, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    here.sagemaker.create_model(ModelName=name, PrimaryContainer=model, ExecutionRoleArn=here.role)
    here.transform({
        "TransformJobName": name,
        "ModelName": name,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uris["test"]}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{here.bucket}/{name}/scores", "AssembleWith": "Line"},
    })  # fmt: skip
    here.sagemaker.delete_model(ModelName=name)
    scores = here.download(f"s3://{here.bucket}/{name}/scores/test.csv.out", folder / "scores.csv")
    predicted = [float(line) > 0.5 for line in scores.read_text().split()]
    accuracy = sum(map(int.__eq__, map(int, predicted), test_labels)) / len(test_labels)
    print(f"accuracy {accuracy:.4f} on {len(test_labels):,} reviews", flush=True)
    return int(accuracy < EXPECTED["official" if options.imdb else "demo"])


def official(archive: Path) -> tuple[Half, Half]:
    """Return the official halves of the IMDB data."""
    return _half(imdb.read(archive, "train")), _half(imdb.read(archive, "test"))


def demo() -> tuple[Half, Half]:
    """Return reviews to train on and to test with, some of the demo's; `make demo` installs them."""
    if not REVIEWS.is_file():
        raise SystemExit(f"{REVIEWS} is missing: `make demo` installs it, or give --imdb")
    some, _ = reviews.split(reviews.read(REVIEWS))
    n_train, n_test = DEMO_REVIEWS
    return _half(some[:n_train]), _half(some[n_train : n_train + n_test])


def _half(labelled: Iterable[Sequence[str]]) -> Half:
    texts, labels = [], []
    for label, text in labelled:
        texts.append(text)
        labels.append(int(label == "pos"))
    return texts, labels


def write(path: Path, matrix: csr_matrix, labels: NDArray[np.int64] | None = None) -> None:
    """Write every number of a matrix of counts as CSV, a label first where there are labels."""
    zeros = ["0"] * matrix.shape[1]
    with path.open("w") as file:
        for number, (start, end) in enumerate(pairwise(matrix.indptr)):
            cells = zeros.copy()
            for column, value in zip(matrix.indices[start:end], matrix.data[start:end], strict=True):
                cells[column] = f"{value:.0f}"
            file.write(",".join(cells if labels is None else [str(labels[number]), *cells]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
