"""How soon the page of `launch.py try` answers who types: `python -m bench.page`, with Debian's chromium.

Trains on the demo's reviews, serves the page, types a review at ten keys a second, and measures in the browser from the
event of each key to the answer on the page. With --picture the page is drawn for the README. Fails when the median is
over 50 ms.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import browser, report
from driver.data import reviews
from driver.data.files import write_halves
from examples.launching import REPOSITORY, Launch
from examples.sentiment import IMAGE, REVIEW

DATA = REPOSITORY / ".cache" / "data"
LONGEST_MEDIAN = 50.0  # ms
PAUSE = 100  # ms after a key: a fast typist's
NAME = "reviews"
SIZE = (760, 700)  # of the picture


def main() -> int:
    """Measure and print; return 1 if the requirement is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the demo's packages of data")
    parser.add_argument("--state", type=Path, help=f"an emulator that has an endpoint {NAME} (default: train one)")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="write a PNG of the page, such as "
                        "docs/pictures/try.png")  # fmt: skip
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        with (
            _endpoint(arguments.state, arguments.data, work) as state,
            _page(state) as url,
            browser.opened(work) as page,
        ):
            measured = _type(page, url)
            if arguments.picture:
                _draw(page, arguments.picture)
    median, slow = statistics.median(measured), statistics.quantiles(measured, n=10)[-1]
    print(f"{report.machine()}; from a key to the answer on the page, {len(measured)} answers to {len(REVIEW)} keys\n")
    print(report.table([{"": "ms", "median": median, "slowest tenth from": slow, "slowest": max(measured)}]))
    if median > LONGEST_MEDIAN:
        print(f"\nThe median is {median:.1f} ms: at most {LONGEST_MEDIAN:.0f} are required.")
    return median > LONGEST_MEDIAN


@contextmanager
def _endpoint(state: Path | None, data: Path, work: Path) -> Iterator[Path]:
    """Yield the state folder of an emulator with the endpoint; unless given, it is made for this."""
    if state:
        yield state
        return
    write_halves(*reviews.split(reviews.read(data / reviews.PATH)), work, "reviews")
    with Launch(work / "state", "process") as launch:
        launch("train", IMAGE, "--name", NAME, "--train", str(work / "train"), "--no-holdout")
        launch("deploy", NAME)
        yield work / "state"


@contextmanager
def _page(state: Path) -> Iterator[str]:
    """Yield the address of the page."""
    command = [sys.executable, str(REPOSITORY / "launch.py"), "try", NAME, "--state", str(state), "--json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAUNCH_"))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as program:
        assert program.stdout is not None
        try:
            yield json.loads(_document(program.stdout))["url"]
        finally:
            program.send_signal(signal.SIGINT)


def _document(lines: Iterator[str]) -> str:
    said = ""
    for line in lines:
        said += line
        if line.startswith("}"):
            return said
    raise SystemExit("the page was not served: see what launch.py says above")


def _type(page: browser.Browser, url: str) -> Sequence[float]:
    """Type the review, and return the milliseconds of each answer that the page has shown."""
    page.resize(*SIZE)
    page.open(url)
    page.wait("return document.querySelector('.panel')")
    page.keys("Warm ", pause=PAUSE)  # the first answers find out what the container can say
    page.wait("return document.querySelector('.label')")
    page.keys("\ue003" * len("Warm "), pause=PAUSE)
    page.look("performance.clearMeasures()")
    page.keys(REVIEW, pause=PAUSE)
    page.wait("return document.querySelector('.text')?.textContent == arguments[0]", REVIEW)
    return [
        float(each) for each in page.look("return performance.getEntriesByName('answer').map((one) => one.duration)")
    ]


def _draw(page: browser.Browser, file: Path) -> None:
    """Draw the page as it is. The line of measured times is left out: it differs each time."""
    hidden = "document.querySelector('.latency'), document.getElementById('spoken'), document.getElementById('batch')"
    page.look(f"[{hidden}].forEach((one) => (one.hidden = true)); document.activeElement.blur()")
    page.devtools("Emulation.setScrollbarsHidden", {"hidden": True})
    page.resize(SIZE[0], page.look("return Math.ceil(document.body.getBoundingClientRect().height)"))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(page.picture())


if __name__ == "__main__":
    sys.exit(main())
