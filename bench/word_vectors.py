"""Speed and quality of word vectors: `python -m bench.word_vectors --corpus text8`.

The image's own `train`, as a process of this machine, against gensim called directly with the same settings on the same
text, already broken into lines. Without --corpus the text is films' reviews. With --pairs the scores in eval.json are
compared with those that gensim gives vectors.txt. Fails when a word of the corpus is not trained, `train` falls behind
gensim, or the scores differ.
"""

import argparse
import csv
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gensim.models import KeyedVectors, Word2Vec
from smcontract import cpus

from bench import report
from bench.training import train
from emulator import engines
from emulator.engines import Engine, repository
from emulator.errors import EmulatorError
from emulator.files.archive import unpack
from emulator.training.job import Channel, TrainingJob

REPOSITORY = Path(__file__).resolve().parents[1]
REVIEWS = REPOSITORY / ".cache" / "data" / "movie_reviews"
LINE = 1_000  # words
LOWEST_RATIO = 0.95
RHO_TOLERANCE = 1e-3
MODES = ("skipgram", "cbow")


class Row(NamedTuple):
    """What is measured of one mode.

    `coverage` is the part of words times epochs that was trained, `expected` gensim's rho for each file of pairs.
    """

    ours: float
    gensim: float
    coverage: float
    evaluation: dict[str, Any]
    expected: Mapping[str, float]


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    arguments = _arguments()
    engine = engines.choose("process", repository.find(REPOSITORY, "blazingtext-client"), REPOSITORY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tokens = prepare(arguments, folder)
        measured = {mode: measure(engine, mode, tokens, arguments, folder) for mode in MODES}
    print(f"{tokens:,} words, {arguments.epochs} epochs, {report.machine()}\n")
    print(report.table([cells(mode, row) for mode, row in measured.items()]), end="\n\n")
    problems = [problem for mode, row in measured.items() for problem in missed(mode, row)]
    print("\n".join(problems) or "Every requirement is met.")
    return len(problems) > 0


def prepare(arguments: argparse.Namespace, folder: Path) -> int:
    """Write the train channel as one line, and the same text in short lines for gensim; return its words."""
    (folder / "train").mkdir()
    tokens = 0
    with (folder / "train" / "text").open("w") as whole, (folder / "lines").open("w") as broken:
        for words in _texts(arguments.corpus):
            kept = words[: arguments.words - tokens]
            tokens += len(kept)
            whole.write(" ".join(kept) + " ")
            broken.writelines(" ".join(kept[n : n + LINE]) + "\n" for n in range(0, len(kept), LINE))
            if tokens >= arguments.words:
                break
    return tokens


def measure(engine: Engine, mode: str, tokens: int, arguments: argparse.Namespace, folder: Path) -> Row:
    """Train both ways, one after the other."""
    channels = [Channel("train", folder / "train", content_type="text/plain")]
    if arguments.pairs:
        channels.append(Channel("evaluation", arguments.pairs, content_type="text/plain"))
    job = TrainingJob(f"{mode}-training", tuple(channels), {"mode": mode, "epochs": str(arguments.epochs)})
    result = train(engine, job, folder)
    unpack(result.artefact, folder / mode)
    words, seconds = _trained(result.log)
    evaluation = json.loads((folder / mode / "eval.json").read_text())
    wanted = tokens * arguments.epochs
    gensim_rate = wanted / directly(mode, arguments.epochs, folder / "lines")
    expected = scores(folder / mode / "vectors.txt", arguments.pairs) if arguments.pairs else {}
    return Row(words / seconds, gensim_rate, words / wanted, evaluation, expected)


def directly(mode: str, epochs: int, corpus: Path) -> float:
    """Train with gensim as its documentation shows it; return the seconds of the training alone, as ours are."""
    model = Word2Vec(
        vector_size=100, alpha=0.05, min_alpha=5e-6, window=5, min_count=5, sample=1e-4, negative=5,
        sg=int(mode == "skipgram"), workers=cpus.usable(),
    )  # fmt: skip
    model.build_vocab(corpus_file=str(corpus))
    start = time.perf_counter()
    model.train(
        corpus_file=str(corpus),
        total_examples=model.corpus_count,
        total_words=model.corpus_total_words,
        epochs=epochs,
    )
    return time.perf_counter() - start


def scores(vectors: Path, pairs: Path) -> dict[str, float]:
    """Spearman's rho of the vectors for each file in the folder `pairs`, by gensim."""
    words = KeyedVectors.load_word2vec_format(vectors)
    result = {}
    for path in sorted(pairs.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        once = {line.rpartition("\t")[0]: line for line in lines}  # BlazingText counts a pair that comes twice once
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.writelines(once.values())
            file.flush()
            result[path.name] = words.evaluate_word_pairs(file.name)[1].statistic
    return result


def cells(mode: str, row: Row) -> dict[str, object]:
    """One row of the table; a column for each file of pairs."""
    rho = {
        name.removesuffix(".txt"): f"{value['spearmans_rho']:.4f}"
        for name, value in row.evaluation.items()
        if name != "mean_rho"
    }
    return {
        "mode": mode,
        "train, words/s": round(row.ours),
        "gensim, words/s": round(row.gensim),
        "ratio": f"{row.ours / row.gensim:.2f}",
        "words trained": f"{row.coverage:.4%}",
        **rho,
        "mean_rho": f"{row.evaluation['mean_rho']:.4f}",
    }


def missed(mode: str, row: Row) -> list[str]:
    """Return the requirements that are not met, in sentences."""
    problems = []
    if row.coverage != 1:
        problems.append(f"{mode}: not every word was trained in every epoch.")
    if row.ours < LOWEST_RATIO * row.gensim:
        problems.append(f"{mode}: train has less than {LOWEST_RATIO} times gensim's words per second.")
    for name, expected in row.expected.items():
        found = row.evaluation.get(name, {}).get("spearmans_rho")
        if found is None or abs(found - expected) > RHO_TOLERANCE:
            problems.append(f"{mode}: eval.json has {found} for {name}, gensim {expected:.4f}.")
    return problems


def _trained(log: Path) -> tuple[int, float]:
    """The words that a job says it trained, and its seconds."""
    text = log.read_text(encoding="utf-8", errors="replace")
    words = re.search(r"trained (\d+) words in", text)
    seconds = re.search(r"Total training time in seconds: ([0-9.]+)", text)
    if words is None or seconds is None:
        raise EmulatorError(f"{log} does not say how many words were trained, and how long")
    return int(words[1]), max(float(seconds[1]), 0.01)


def _texts(corpus: Path | None) -> Iterator[list[str]]:
    if corpus is None:
        for path in sorted(REVIEWS.rglob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    yield re.findall(r"[a-z]+", row["text"].lower())
        return
    rest = ""
    with corpus.open(encoding="utf-8") as text:
        while piece := text.read(1 << 20):
            whole, _, rest = (rest + piece).rpartition(" ")
            yield whole.split()
    yield rest.split()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a text such as text8 (default: films' reviews)")
    parser.add_argument("--words", type=int, default=sys.maxsize, help="how many words of it (default: all)")
    parser.add_argument("--epochs", type=int, default=5, help="passes over it (default: 5)")
    parser.add_argument("--pairs", type=Path, help="folder of EN-WS-353-ALL.txt, -REL and -SIM (default: ALL alone)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
