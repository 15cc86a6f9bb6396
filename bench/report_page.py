"""The page of `launch.py report`: `python -m bench.report_page --imdb aclImdb_v1.tar.gz`, its seconds and its size.

Trains on IMDB's official halves, or without `--imdb` on the demo's reviews, and lets `launch.py report` write the page.
Fails when that takes longer or gives more than is allowed. `--picture docs/pictures/report.png` draws for the README
what the page says of quality, with Debian's chromium.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench import browser, report
from bench.page import DATA, SIZE
from driver.data import imdb, reviews
from driver.data.files import write_halves
from examples.launching import Launch
from examples.sentiment import IMAGE

NAME = "reviews"
REQUIRED_SECONDS, REQUIRED_MEGABYTES = 10, 1.5


def main() -> int:
    """Measure, print and draw; return 1 if a requirement is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--imdb", type=Path, help="aclImdb_v1.tar.gz, or the folder aclImdb (default: the demo's data)")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the demo's packages of data")
    parser.add_argument("--picture", type=Path, help="draw the page into this PNG file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        page = work / "report.html"
        if arguments.imdb:
            imdb.prepare(arguments.imdb, work)
        else:
            write_halves(*reviews.split(reviews.read(arguments.data / reviews.PATH)), work, "reviews")
        with Launch(work / "state", "process") as launch:
            launch("train", IMAGE, "--name", NAME, "--train", str(work / "train"), "--test", str(work / "test"))
            started = time.monotonic()
            launch("report", NAME, "--output", str(page))
            seconds = time.monotonic() - started
        if arguments.picture:
            with browser.opened(work) as opened:
                draw(opened, page, arguments.picture)
        megabytes = page.stat().st_size / 1e6
    print(f"{report.machine()}\n\n{report.table([{'report, s': seconds, 'page, MB': megabytes}])}\n")
    missed = seconds > REQUIRED_SECONDS or megabytes > REQUIRED_MEGABYTES
    print(f"Allowed are {REQUIRED_SECONDS} s and {REQUIRED_MEGABYTES} MB.")
    return missed


def draw(page: browser.Browser, written: Path, picture: Path) -> None:
    """Draw what the report says of quality, down to the end of its first chart."""
    page.devtools("Emulation.setScrollbarsHidden", {"hidden": True})
    page.resize(*SIZE)
    page.open(written.as_uri())
    top, bottom = page.look(_PART)
    page.resize(SIZE[0], bottom - top)
    page.look("window.scrollTo(0, arguments[0])", page.look(_PART)[0])
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(page.picture())


_PART = """
    const part = [...document.querySelectorAll("section")].find((one) => one.querySelector("figure"));
    const chart = part.querySelector("figure svg").getBoundingClientRect();
    return [part.getBoundingClientRect().top + 2, chart.bottom].map(Math.round);
"""

if __name__ == "__main__":
    sys.exit(main())
