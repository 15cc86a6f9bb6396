"""How the images and the emulator bear hostile input: `make fuzz`, or `python -m bench.hostile`. Fails on any fault.

For each image, in containers without a network: requests to its models, training jobs with damaged channels, settings
and configuration files, and models damaged after training. Then an emulator that is killed while callers write to it.
A fault is a status of 500 or above other than 503, a traceback, an end by a signal, more than 5 s, a partial model, or
a lost record. Every fault is named by its number; the same seed makes the same cases again.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import report
from bench.hostile import artefacts, channels, kills, requests
from bench.hostile.cases import Tally
from bench.hostile.jobs import IMAGES

FAULTS_SHOWN = 20


def main() -> int:
    """Try everything and print a table; return 1 if anything went wrong."""
    parser = argparse.ArgumentParser(
        prog="bench.hostile", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--image", action="append", choices=IMAGES, help="only this image; repeatable (default: all)")
    parser.add_argument("--requests", type=int, default=50_000, help="over all images (default: %(default)s)")
    parser.add_argument("--channels", type=int, default=2_000, help="for each image (default: %(default)s)")
    parser.add_argument("--artefacts", type=int, default=1_000, help="over all images (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=14, help="of the emulator (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="other cases (default: %(default)s)")
    arguments = parser.parse_args()
    began = time.monotonic()
    rows = []
    with tempfile.TemporaryDirectory(prefix="hostile-", ignore_cleanup_errors=True) as folder:
        for tally in measure(arguments, Path(folder)):
            print(f"{tally.image}: {tally.cases:,} {tally.what}, {len(tally.problems):,} faults", flush=True)
            for problem in tally.problems[:FAULTS_SHOWN]:
                print(f"  {problem}", flush=True)
            rows.append(tally)
    print(f"\n{report.machine()}, {time.monotonic() - began:,.0f} s, seed {arguments.seed}\n")
    print(table(rows))
    return any(tally.problems for tally in rows)


def measure(arguments: argparse.Namespace, folder: Path) -> Iterator[Tally]:
    """Yield what was seen of each image, then of the emulator."""
    images = arguments.image or IMAGES
    for image in images:
        place = folder / image
        if arguments.requests:
            yield requests.measure(image, -(-arguments.requests // len(images)), arguments.seed, place / "requests")
        if arguments.channels:
            yield channels.measure(image, arguments.channels, arguments.seed, place / "channels")
        if arguments.artefacts:
            yield artefacts.measure(image, -(-arguments.artefacts // len(images)), arguments.seed, place / "artefacts")
    if arguments.kills:
        yield kills.measure(arguments.kills, arguments.seed, folder / "kills")


def table(rows: list[Tally]) -> str:
    """A row for each kind of case."""
    return report.table(
        [
            {
                "tried on": tally.image,
                "cases": f"{tally.cases:,} {tally.what}",
                "seen": ", ".join(f"{name}: {number:,}" for name, number in tally.outcomes.items()),
                "slowest, s": tally.slowest,
                "faults": len(tally.problems),
            }
            for tally in rows
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
