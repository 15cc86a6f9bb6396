"""Requests a second by number of connections: `python -m bench.connections --picture FILE.svg`.

wrk sends one review a request over connections that stay open; a refusal is an error. Fails at an error, or when more
connections than a few are served more slowly.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from bench import local, pictures, report, serving
from bench.workloads import WORKLOADS

NUMBERS = (1, 4, 16, 64, 256)
FLAT = 0.9  # of the speed over 4 connections, at least, with more


def main() -> int:
    """Measure, print, draw if asked; return 1 if it is not flat."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path, help="draw the curves into this SVG file")
    parser.add_argument("--model", type=Path, help="model.tar.gz of reviews (default: train one)")
    parser.add_argument("--data", type=Path, default=serving.DATA, help="folder with the demo's packages of data")
    parser.add_argument("--seconds", type=int, default=10, help="for each measurement (default: 10)")
    parser.set_defaults(image="xgboost-sentiment", engine="process", url=None)
    arguments = parser.parse_args()
    workload = WORKLOADS[arguments.image]
    with tempfile.TemporaryDirectory() as folder:
        texts = workload.read(arguments.data, Path(folder, "train"))
        with serving.server(arguments, workload, Path(folder)) as (ours, _), local.hello() as hello:
            found = {
                name: [serving.measure(name, server, texts, 1, arguments.seconds, number) for number in NUMBERS]
                for name, server in ((arguments.image, ours), ("hello", hello))
            }
    print(f"{report.machine()}\n\n{serving.table([*found[arguments.image], *found['hello']], workload.unit)}\n")
    if arguments.picture:
        speeds = {name: (NUMBERS, [row.load.requests_per_second for row in rows]) for name, rows in found.items()}
        waits = {name: (NUMBERS, [row.load.p99 for row in rows]) for name, rows in found.items()}
        pictures.draw(
            arguments.picture,
            pictures.Panel("One review a request", "connections", "requests/s", speeds),
            pictures.Panel("Slowest of a hundred", "connections", "ms", waits),
        )
    rows = found[arguments.image]
    least = min(row.load.requests_per_second for row in rows[1:]) / rows[1].load.requests_per_second
    errors = sum(row.load.errors for row in rows)
    print(f"{errors} errors; the slowest is {least:.0%} of 4 connections, required are {FLAT:.0%}.")
    return least < FLAT or errors > 0


if __name__ == "__main__":
    sys.exit(main())
