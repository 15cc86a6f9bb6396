"""Rows from memory and from disk, side by side: `python -m bench.many_rows`.

Synthetic libsvm rows of 2,000 columns train trees by xgboost-sentiment's own `train`, as a process of this machine: as
usual up to `--in-memory`, and with `use_external_memory` for each of `--gigabytes`. Fails when the latter takes more
than 2,000 MB of memory, or the models of the same rows differ.
"""

import argparse
import os
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from bench import report
from bench.training import train
from emulator import engines
from emulator.engines import Engine, repository
from emulator.training.job import Channel, TrainingJob

REPOSITORY = Path(__file__).resolve().parents[1]
MOST_MEGABYTES = 2_000
BLOCK = 40_000  # rows that differ; the files hold them over and over
COLUMNS, STORED = 2_000, 60
VALUES = 20  # of a column: fewer than bins, so that both ways have the same cuts
FILE = 250 * 10**6
SETTINGS = {"input": "features", "objective": "binary:logistic", "num_round": "5"}

Row = Mapping[str, object]


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, nargs="+", default=[2, 4], help="of libsvm (default: 2 4)")
    parser.add_argument("--in-memory", type=float, default=2, help="most that is also trained as usual (default: 2)")
    parser.add_argument("--folder", type=Path, help="where the files go for a while (default: the system's)")
    arguments = parser.parse_args()
    program = engines.choose("process", repository.find(REPOSITORY, "xgboost-sentiment"), REPOSITORY)
    rows: list[Row] = []
    for gigabytes in sorted(arguments.gigabytes):
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            count = write(Path(folder) / "train", gigabytes)
            for way in ("memory", "disk") if gigabytes <= arguments.in_memory else ("disk",):
                rows.append({"GB": float(gigabytes), "rows": count, **measure(program, way, Path(folder))})
    shown = [{name: value for name, value in row.items() if name != "model"} for row in rows]
    print(f"{report.machine()}\n\n{report.table(shown)}\n")
    problems = list(missed(rows))
    print("\n".join(problems) or "Every requirement is met.")
    return len(problems) > 0


def write(folder: Path, gigabytes: float) -> int:
    """Write files of rows, a rule and noise in their labels; return how many rows."""
    random = np.random.default_rng(0)
    lines = []
    for _ in range(BLOCK):
        columns = np.unique(random.integers(0, COLUMNS, STORED))
        values = random.integers(1, VALUES + 1, len(columns)) / VALUES
        label = int(np.sum(values * np.where(columns % 2, 1, -1)) + random.normal() > 0)
        pairs = (f"{column}:{value:.3f}" for column, value in zip(columns.tolist(), values.tolist(), strict=True))
        lines.append(f"{label} {' '.join(pairs)}\n")
    block = "".join(lines).encode()
    folder.mkdir()
    written = number = 0
    while written < gigabytes * 1e9:
        with (folder / f"{number:04}.libsvm").open("wb") as file:
            while file.tell() < FILE and written < gigabytes * 1e9:
                written += file.write(block)
        number += 1
    return written // len(block) * BLOCK


def measure(program: Engine, way: str, folder: Path) -> Row:
    """Return what one job took, and its model."""
    channel = Channel("train", folder / "train", content_type="text/libsvm")
    settings = SETTINGS if way == "memory" else {**SETTINGS, "use_external_memory": "true"}
    own = report.resident(os.getpid())
    with report.peak_memory(os.getpid()) as peak:
        result = train(program, TrainingJob(way, (channel,), settings), folder)
    with tarfile.open(result.artefact) as archive:
        found = archive.extractfile("xgboost-model")
        model = found.read() if found else b""
    return {"rows in": way, "seconds": result.seconds, "peak memory, MB": round(peak[0] - own / 1e6), "model": model}


def missed(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the requirements that are not met, in sentences."""
    by_size: dict[object, set[object]] = {}
    for row in rows:
        by_size.setdefault(row["GB"], set()).add(row["model"])
    yield from (f"{size} GB: the models differ." for size, models in by_size.items() if len(models) > 1)
    peaks = [int(str(row["peak memory, MB"])) for row in rows if row["rows in"] == "disk"]
    if max(peaks) > MOST_MEGABYTES:
        yield f"Rows on disk take more than {MOST_MEGABYTES:,} MB of memory."


if __name__ == "__main__":
    sys.exit(main())
