"""Speed and accuracy of text classes beside fastText: `python -m bench.text_classes --news NewsAggregatorDataset.zip`.

The engine of blazingtext-client's `mode=supervised` and fastText's library train on the same words of four fifths of
the headlines, with the settings of fastText's documentation, with every core and with one; the library also with ten
threads, which mix the headlines for it. Both time all from the text to the trained model, and the library tests both
models with the rest. Each training is a process of its own. Fails when the mean accuracy is below any of fastText's
beyond noise, or the words per second, or per second of processor time, below fastText's with as many threads.
"""

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from smcontract import cpus
from smcontract.training.job import Channel

from bench import report
from bench.headline_accuracy import as_tokens
from driver.data import news

EPOCHS, RATE, NGRAMS, MIN_COUNT = 5, 0.5, 2, 1
OURS, LIBRARY, MIXING = "blazingtext-client", "fastText", 10


class Run(NamedTuple):
    """One training: the part of the held-out texts that is labelled rightly, and the time from text to model.

    `epoch` is the median of the seconds of an epoch after the first, None where it cannot be seen.
    """

    accuracy: float
    seconds: float
    of_processor: float
    epoch: float | None


Runs = Mapping[tuple[str, int], Sequence[Run]]


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    arguments = _arguments()
    problems = []
    print(report.machine())
    with tempfile.TemporaryDirectory() as name:
        for split in news.SPLITS:
            folder = Path(name) / split
            words = prepare(arguments.news, split, folder)
            rows = [(train, threads) for threads in dict.fromkeys((cpus.usable(), 1)) for train in (ours, library)]
            runs: Runs = {
                (OURS if train is ours else LIBRARY, threads): [
                    _apart(train, folder, threads) for _ in range(arguments.runs)
                ]
                for train, threads in [*rows, (library, MIXING)]
            }
            print(f"\nsplit by {split}, {words:,} words, {EPOCHS} epochs, {arguments.runs} runs\n")
            print(report.table([cells(key, runs, words * EPOCHS) for key in runs]), flush=True)
            problems += missed(split, runs)
    print("\n" + ("\n".join(problems) or "Every requirement is met."))
    return len(problems) > 0


def prepare(archive: Path, split: str, folder: Path) -> int:
    """Write both halves as lines of a label and words; return the words of the first."""
    headlines = list(news.read(archive))
    words = 0
    for part in ("train", "test"):
        (folder / part).mkdir(parents=True)
    with (folder / "train" / "text").open("w") as train, (folder / "test" / "text").open("w") as test:
        for headline, is_held_out in zip(headlines, news.held_out(headlines, split), strict=True):
            text = as_tokens(headline.title)
            words += 0 if is_held_out else len(text.split())
            (test if is_held_out else train).write(f"__label__{headline.category} {text}\n")
    return words


def ours(folder: Path, threads: int) -> Run:
    """Train and test with the image's engine."""
    from blazingtext_client import classes, examples, supervised
    from blazingtext_client.hyperparameters import TABLE, checked, defaults

    given = {
        "mode": "supervised", "epochs": str(EPOCHS), "learning_rate": str(RATE), "word_ngrams": str(NGRAMS),
        "min_count": str(MIN_COUNT),
    }  # fmt: skip
    settings = checked(TABLE.parse(given, defaults(TABLE.parse(given))))
    stop, epochs = threading.Event(), []
    start, processor = time.perf_counter(), time.process_time()
    reader = examples.Reader(stop)
    train = reader.read(Channel("train", folder / "train"), Path(tempfile.mkdtemp(dir=folder)) / "train", threads)
    model = classes.make(settings, reader, train)
    training = classes.Training(model, train, settings, stop)
    for _ in range(EPOCHS):
        begin = time.perf_counter()
        training.epoch()
        epochs.append(time.perf_counter() - begin)
        model.progress.end_epoch()
    seconds, of_processor = time.perf_counter() - start, time.process_time() - processor
    supervised.write(folder, model, settings)
    return Run(_accuracy(folder / supervised.MODEL, folder), seconds, of_processor, statistics.median(epochs[1:]))


def library(folder: Path, threads: int) -> Run:
    """Train and test with fastText's library, as its documentation shows it."""
    import fasttext

    start, processor = time.perf_counter(), time.process_time()
    model = fasttext.train_supervised(
        str(folder / "train" / "text"), epoch=EPOCHS, lr=RATE, wordNgrams=NGRAMS, minCount=MIN_COUNT, thread=threads,
        verbose=0,
    )  # fmt: skip
    seconds, of_processor = time.perf_counter() - start, time.process_time() - processor
    model.save_model(str(folder / "library.bin"))
    return Run(_accuracy(folder / "library.bin", folder), seconds, of_processor, None)


def _accuracy(model: Path, folder: Path) -> float:
    import fasttext

    return float(fasttext.load_model(str(model)).test(str(folder / "test" / "text"))[1])


def _apart(train: Callable[[Path, int], Run], folder: Path, threads: int) -> Run:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(train, (folder, threads))


def cells(key: tuple[str, int], runs: Runs, words: int) -> Mapping[str, object]:
    """One row of the table; words are those of all epochs."""
    accuracies = [run.accuracy for run in runs[key]]
    epoch = statistics.median(run.epoch or 0 for run in runs[key])
    reference = LIBRARY, key[1]
    return {
        "engine": key[0],
        "threads": key[1],
        "accuracy": f"{statistics.fmean(accuracies):.4f} ± {statistics.pstdev(accuracies):.4f}",
        "text to model, s": f"{_median(runs[key], 'seconds'):.2f}",
        "processor, s": f"{_median(runs[key], 'of_processor'):.2f}",
        "words/s": round(words / _median(runs[key], "seconds")),
        "times fastText's": f"{_median(runs[reference], 'seconds') / _median(runs[key], 'seconds'):.2f}",
        "per processor second": f"{_median(runs[reference], 'of_processor') / _median(runs[key], 'of_processor'):.2f}",
        "words/s, an epoch": round(words / EPOCHS / epoch) if epoch else "",
    }


def missed(split: str, runs: Runs) -> list[str]:
    """Return the requirements that are not met, in sentences."""
    problems = []
    accuracies = {key: [run.accuracy for run in of] for key, of in runs.items()}
    best = max((of for (who, _), of in accuracies.items() if who == LIBRARY), key=statistics.fmean)
    for (who, threads), of in runs.items():
        if who != OURS:
            continue
        ours = accuracies[who, threads]
        accuracy, theirs = statistics.fmean(ours), statistics.fmean(best)
        if accuracy + report.NOISE * report.standard_error(ours, best) < theirs:
            problems.append(f"{split}, {threads} threads: the accuracy is {accuracy:.4f}, fastText's {theirs:.4f}.")
        for what in ("seconds", "of_processor"):
            if _median(of, what) > _median(runs[LIBRARY, threads], what):
                problems.append(f"{split}, {threads} threads: more {what.replace('_', ' ')} than fastText.")
    return problems


def _median(runs: Sequence[Run], what: str) -> float:
    return float(statistics.median(getattr(run, what) for run in runs))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--news", type=Path, required=True, help="NewsAggregatorDataset.zip")
    parser.add_argument("--runs", type=int, default=3, help="trainings of each (default: 3)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
