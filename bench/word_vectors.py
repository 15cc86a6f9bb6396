"""Speed and quality of word vectors: `python -m bench.word_vectors --corpus text8`.

The image's own `train`, as a process of this machine, then its engine and gensim, each with the same settings on the
same text with every core, and the engine with one. gensim trains skip-grams beside `batch_skipgram`, which it does not
have. Without --corpus the text is films' reviews, without --pairs the quality is Spearman's rho of WordSim-353 alone.
Speed is also given for a second of processor time, which other programs on the machine hardly change: ratios are of
that. With --seeds, quality is the mean of as many trainings; scaling compares the fastest with all cores to the fastest
with one, since two virtual processors may share no cache for minutes. gensim's quality is that of one thread: with
several, its learning rate does not fall to 0, because each counts its own sentences as a part of all. All its lines are
as long as the engine's sentences, because it lowers the learning rate line by line, however short they are. Fails when
a word of the corpus is not trained, a requirement of speed is missed, rho is below gensim's beyond noise, or eval.json
is not what gensim finds.
"""

import argparse
import contextlib
import json
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from blazingtext_client import corpus, engine, wordsim
from blazingtext_client.hyperparameters import TABLE, checked, defaults
from gensim.models import KeyedVectors, Word2Vec
from numpy.typing import NDArray
from smcontract import cpus
from smcontract.training import job as contract
from smcontract.training.checkpoints import Checkpoints

from bench import report
from bench.large_corpus import reviews
from bench.training import train
from emulator import engines
from emulator.engines import Engine, repository
from emulator.errors import EmulatorError
from emulator.files.archive import unpack
from emulator.training.job import Channel, TrainingJob

REPOSITORY = Path(__file__).resolve().parents[1]
LINE = 1_000  # words
RHO_TOLERANCE = 1e-3
LOWEST_RATIO = {"batch_skipgram": 4.0, "skipgram": 1.5, "cbow": 1.5}
LOWEST_SPEED = {"batch_skipgram": 2_400_000}
LOWEST_SCALING = 1.7

Vector = Callable[[str], NDArray[np.float32] | None]


class Run(NamedTuple):
    """One training: words per second, and per second of processor time; Spearman's rho of each set of pairs."""

    speed: float
    of_processor: float
    rho: Mapping[str, float]


class Row(NamedTuple):
    """What is measured of one mode: `train` itself, and the trainings of our engine and of gensim.

    `coverage` is the part of words times epochs that `train` trained; `expected` is gensim's rho for its vectors.
    `ours` and `gensim` have every core, `alone` and `reference` one.
    """

    coverage: float
    evaluation: Mapping[str, Any]
    expected: Mapping[str, float]
    ours: list[Run]
    alone: list[Run]
    gensim: Run
    reference: list[Run]

    @property
    def ratio(self) -> float:
        """How many times as many words as gensim in a second of processor time."""
        return _mean(run.of_processor for run in self.ours) / self.gensim.of_processor

    @property
    def scaling(self) -> float:
        """How many times the words per second of one core all of them have, both at their fastest."""
        return max(run.speed for run in self.ours) / max(run.speed for run in self.alone)


class Text(NamedTuple):
    """The text in its forms: the train channel, the parts for all cores and for one, and lines for gensim."""

    channel: Path
    parts: corpus.Corpus
    whole: corpus.Corpus
    lines: Path


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    arguments = _arguments()
    program = engines.choose("process", repository.find(REPOSITORY, "blazingtext-client"), REPOSITORY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = prepare(arguments, folder)
        measured = {mode: measure(program, mode, text, arguments, folder) for mode in LOWEST_RATIO}
    print(f"{text.whole.tokens:,} words, {arguments.epochs} epochs, {arguments.seeds} seeds, {report.machine()}\n")
    print(report.table([speeds(mode, row) for mode, row in measured.items()]), end="\n\n")
    print(report.table([line for mode, row in measured.items() for line in qualities(mode, row)]), end="\n\n")
    problems = [problem for mode, row in measured.items() for problem in missed(mode, row)]
    print("\n".join(problems) or "Every requirement is met.")
    return len(problems) > 0


def prepare(arguments: argparse.Namespace, folder: Path) -> Text:
    """Write the train channel as one line, and the same text in the forms of both engines."""
    for name in ("train", "parts", "whole"):
        (folder / name).mkdir()
    words = islice(chain.from_iterable(_texts(arguments.corpus)), arguments.words)
    with (folder / "train" / "text").open("w") as whole, (folder / "lines").open("w") as broken:
        while line := " ".join(islice(words, LINE)):
            whole.write(line + " ")
            broken.write(line + "\n")
    channel = contract.Channel("train", folder / "train")
    parts, alone = (
        corpus.read(channel, folder / name, n, threading.Event())
        for name, n in (("parts", cpus.usable()), ("whole", 1))
    )
    return Text(folder / "train", parts, alone, folder / "lines")


def measure(program: Engine, mode: str, text: Text, arguments: argparse.Namespace, folder: Path) -> Row:
    """Train in every way, one after the other."""
    channels = [Channel("train", text.channel, content_type="text/plain")]
    if arguments.pairs:
        channels.append(Channel("evaluation", arguments.pairs, content_type="text/plain"))
    job = TrainingJob(f"{mode}-training", tuple(channels), {"mode": mode, "epochs": str(arguments.epochs)})
    result = train(program, job, folder)
    unpack(result.artefact, folder / mode)
    sets = wordsim.shipped()
    if arguments.pairs:
        sets = {path.name: wordsim.parse(path.read_text("utf-8"), path.name) for path in arguments.pairs.glob("*.txt")}
    seeds = range(1, arguments.seeds + 1)
    return Row(
        coverage=_trained(result.log) / (text.whole.tokens * arguments.epochs),
        evaluation=json.loads((folder / mode / "eval.json").read_text()),
        expected=scores(folder / mode / "vectors.txt", arguments.pairs) if arguments.pairs else {},
        ours=[with_ours(mode, text.parts, arguments.epochs, seed, sets) for seed in seeds],
        alone=[with_ours(mode, text.whole, arguments.epochs, seed, sets) for seed in seeds],
        gensim=with_gensim(mode, text, arguments.epochs, 1, sets, cpus.usable()),
        reference=[with_gensim(mode, text, arguments.epochs, seed, sets, 1) for seed in seeds],
    )


def with_ours(mode: str, text: corpus.Corpus, epochs: int, seed: int, sets: Mapping[str, wordsim.Pairs]) -> Run:
    """Train with our engine, a thread for each part of the text."""
    given = {"mode": mode, "epochs": str(epochs)}
    settings = checked(TABLE.parse(given, defaults(TABLE.parse(given))))
    model = engine.make(settings, text, engine.vocabulary(text, settings["min_count"]), seed)
    with contextlib.redirect_stdout(sys.stderr):  # its progress lines do not belong in the table
        seconds = _timed(lambda: engine.train(model, text, settings, threading.Event(), Checkpoints(None, {})))
    return _run(text.tokens * epochs, seconds, sets, dict(zip(model.words, model.vectors(), strict=True)).get)


def with_gensim(mode: str, text: Text, epochs: int, seed: int, sets: Mapping[str, wordsim.Pairs], threads: int) -> Run:
    """Train with gensim as its documentation shows it."""
    model = Word2Vec(
        vector_size=100, alpha=0.05, min_alpha=5e-6, window=5, min_count=5, sample=1e-4, negative=5,
        sg=int(mode != "cbow"), workers=threads, seed=seed,
    )  # fmt: skip
    model.build_vocab(corpus_file=str(text.lines))
    seconds = _timed(
        lambda: model.train(
            corpus_file=str(text.lines),
            total_examples=model.corpus_count,
            total_words=model.corpus_total_words,
            epochs=epochs,
        )
    )
    words = text.whole.tokens * epochs
    return _run(words, seconds, sets, lambda word: model.wv[word] if word in model.wv.key_to_index else None)


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


def speeds(mode: str, row: Row) -> dict[str, object]:
    """One row of the first table."""
    return {
        "mode": mode,
        "words/s": round(_mean(run.speed for run in row.ours)),
        "gensim's": round(row.gensim.speed),
        "words per processor second": round(_mean(run.of_processor for run in row.ours)),
        "gensim's, per processor second": round(row.gensim.of_processor),
        "ratio": f"{row.ratio:.2f}",
        "words/s, one core": round(_mean(run.speed for run in row.alone)),
        "scaling": f"{row.scaling:.2f}",
        "words trained": f"{row.coverage:.4%}",
    }


def qualities(mode: str, row: Row) -> Iterator[dict[str, object]]:
    """Two rows of the second table: rho of each set of pairs, its mean and standard deviation over the seeds."""
    for who, runs in ((mode, row.ours), (f"gensim, {'cbow' if mode == 'cbow' else 'skip-gram'}", row.reference)):
        rho = {name: [run.rho[name] for run in runs] for name in runs[0].rho}
        yield {
            "engine": who,
            **{
                name.removesuffix(".txt"): f"{_mean(values):.4f} ± {statistics.pstdev(values):.4f}"
                for name, values in rho.items()
            },
        }


def missed(mode: str, row: Row) -> list[str]:
    """Return the requirements that are not met, in sentences."""
    problems = []
    if row.coverage != 1:
        problems.append(f"{mode}: not every word was trained in every epoch.")
    if row.ratio < LOWEST_RATIO[mode]:
        problems.append(f"{mode}: {row.ratio:.2f} times gensim's words per processor second, not {LOWEST_RATIO[mode]}.")
    if _mean(run.speed for run in row.ours) < LOWEST_SPEED.get(mode, 0):
        problems.append(f"{mode}: fewer than {LOWEST_SPEED[mode]:,} words per second.")
    if cpus.usable() == 2 and row.scaling < LOWEST_SCALING:
        problems.append(f"{mode}: two cores are {row.scaling:.2f} times as fast as one, not {LOWEST_SCALING}.")
    for name in row.reference[0].rho:
        rhos = [[run.rho[name] for run in runs] for runs in (row.ours, row.reference)]
        ours, theirs = map(_mean, rhos)
        error = report.standard_error(*rhos)
        if ours + report.NOISE * error < theirs:
            problems.append(f"{mode}: rho of {name} is {ours:.4f}, gensim's {theirs:.4f}.")
    for name, expected in row.expected.items():
        found = row.evaluation.get(name, {}).get("spearmans_rho")
        if found is None or abs(found - expected) > RHO_TOLERANCE:
            problems.append(f"{mode}: eval.json has {found} for {name}, gensim {expected:.4f}.")
    return problems


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that pass, and those of the processor in all threads."""
    start, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - processor


def _run(words: int, seconds: tuple[float, float], sets: Mapping[str, wordsim.Pairs], vector: Vector) -> Run:
    result = wordsim.evaluate(sets, vector)
    rho = {name: float(result[name]["spearmans_rho"]) for name in sorted(sets)}
    return Run(words / seconds[0], words / seconds[1], rho)


def _mean(values: Iterator[float] | list[float]) -> float:
    return statistics.fmean(values)


def _trained(log: Path) -> int:
    """The words that a job says it trained."""
    words = re.search(r"trained (\d+) words in", log.read_text(encoding="utf-8", errors="replace"))
    if words is None:
        raise EmulatorError(f"{log} does not say how many words were trained")
    return int(words[1])


def _texts(corpus: Path | None) -> Iterator[list[str]]:
    if corpus is None:
        yield from (words for _, words in reviews())
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
    parser.add_argument("--seeds", type=int, default=1, help="trainings of each mode by each engine (default: 1)")
    parser.add_argument("--pairs", type=Path, help="folder of EN-WS-353-ALL.txt, -REL and -SIM (default: ALL alone)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
