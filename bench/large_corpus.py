"""A corpus as large as the memory that training may have: `python -m bench.large_corpus`.

The demo's film reviews, over and over until they are 1,000 MB, train word vectors and text classes for one epoch by the
image's own `train`, as a process of this machine. Fails when that takes more than 2,000 MB of memory, or not every word
is trained.
"""

import argparse
import csv
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import chain, count
from pathlib import Path

from bench import report
from bench.training import train
from emulator import engines
from emulator.engines import Engine, repository
from emulator.training.job import Channel, TrainingJob

REPOSITORY = Path(__file__).resolve().parents[1]
REVIEWS = REPOSITORY / ".cache" / "data" / "movie_reviews"
MOST_MEGABYTES = 2_000
QUICK = {"epochs": "1", "evaluation": "False"}


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1_000, help="size of the corpus (default: 1,000)")
    arguments = parser.parse_args()
    program = engines.choose("process", repository.find(REPOSITORY, "blazingtext-client"), REPOSITORY)
    rows = []
    for mode in ("batch_skipgram", "supervised"):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(program, mode, arguments.megabytes * 10**6, Path(folder)))
    print(f"{report.machine()}\n\n{report.table(rows)}\n")
    problems = [problem for row in rows for problem in missed(row)]
    print("\n".join(problems) or "Every requirement is met.")
    return len(problems) > 0


def measure(program: Engine, mode: str, size: int, folder: Path) -> Mapping[str, object]:
    """Return one row of the table."""
    (folder / "train").mkdir()
    words = written = 0
    with (folder / "train" / "text").open("w") as file:
        for label, text in chain.from_iterable(reviews() for _ in count()):
            written += file.write(
                f"__label__{label} {' '.join(text)}\n" if mode == "supervised" else " ".join(text) + "\n"
            )
            words += len(text)
            if written >= size:
                break
    job = TrainingJob(mode, (Channel("train", folder / "train", content_type="text/plain"),), {"mode": mode, **QUICK})
    own = report.resident(os.getpid())
    with report.peak_memory(os.getpid()) as peak:
        result = train(program, job, folder)
    result.artefact.stat()  # raises an error if there is none
    trained = re.search(r"trained (\d+) words in", result.log.read_text(encoding="utf-8", errors="replace"))
    return {
        "mode": mode,
        "corpus, MB": written // 10**6,
        "words": words,
        "words trained": int(trained[1]) if trained else 0,
        "seconds": result.seconds,
        "peak memory, MB": round(peak[0] - own / 1e6),
    }


def missed(row: Mapping[str, object]) -> Iterator[str]:
    """Yield the requirements that are not met, in sentences."""
    if row["words trained"] != row["words"]:
        yield f"{row['mode']}: {row['words trained']:,} words were trained, not {row['words']:,}."
    if int(str(row["peak memory, MB"])) > MOST_MEGABYTES:
        yield f"{row['mode']}: training takes more than {MOST_MEGABYTES:,} MB."


def reviews() -> Iterator[tuple[str, list[str]]]:
    """Yield the label and the words of each of the demo's film reviews."""
    for path in sorted(REVIEWS.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if words := re.findall(r"[a-z]+", row["text"].lower()):
                    yield row["label"], words


if __name__ == "__main__":
    sys.exit(main())
