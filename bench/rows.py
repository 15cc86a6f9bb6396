"""Speed of serving rows of numbers: `python -m bench.rows`; without --model or --url a model is trained.

wrk sends rows of 5,000 counts of words, one a request over 4 connections that stay open, as CSV and as libsvm, to
xgboost-sentiment with `input` features and a hundred trees of depth 6. wrk shares the processors with the server.
Fails when a requirement is missed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from bench import local, report, serving, wrk
from bench.workloads import COLUMNS, ROWS, libsvm

LIBSVM_PER_SECOND = 10_000
SENT = 1_000  # rows, in turn


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--url", help="a server of that image that runs already, such as http://127.0.0.1:8080")
    source.add_argument("--model", type=Path, help=f"model.tar.gz of rows of {COLUMNS:,} numbers (default: train one)")
    parser.add_argument("--engine", choices=["docker", "process"], default="process", help="what runs the image")
    parser.add_argument("--data", type=Path, default=serving.DATA, help="folder with the demo's packages of data")
    parser.add_argument("--seconds", type=int, default=15, help="for each measurement (default: 15)")
    arguments = parser.parse_args()
    if not wrk.installed():
        parser.error("wrk is not installed: on Debian, apt-get install wrk")
    if not arguments.data.is_dir():
        parser.error(f"{arguments.data} is missing: `make demo` installs it; use --data for another folder")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        rows = ROWS.read(arguments.data, work / "train")[:SENT]
        lines = list(map(libsvm, rows))
        with local.hello() as reference:
            table = [serving.load("hello", reference, rows, 1, arguments.seconds, content_type="text/csv")]
        with serving.server(arguments, ROWS, work) as (found, _):
            for name, bodies, content_type in (("CSV", rows, "text/csv"), ("libsvm", lines, "text/libsvm")):
                measured = serving.load(name, found, bodies, 1, arguments.seconds, content_type=content_type)
                table.append(measured)
    stored = sum(line.count(":") for line in lines) / len(lines)
    print(f"{report.machine()}; of {COLUMNS:,} numbers {stored:.0f} are not 0, on average\n")
    print(serving.table(table, ROWS.unit))
    required = {"CSV": ROWS.required.requests_per_second, "libsvm": LIBSVM_PER_SECOND}
    problems = [
        f"{row.server}: fewer than {required[row.server]:,} requests/s"
        for row in table[1:]
        if row.load.requests_per_second < required[row.server]
    ]
    problems += [f"{row.server}: {row.load.errors} errors" for row in table[1:] if row.load.errors]
    print("\n" + ("\n".join(problems) or "All requirements are met."))
    return len(problems) > 0


if __name__ == "__main__":
    sys.exit(main())
