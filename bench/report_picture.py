"""Draws a report for the README: `python -m bench.report_picture docs/pictures/report.png`, with Debian's chromium.

Trains on the demo's reviews, lets `launch.py report` write the page, and draws what it says of quality.
"""

import argparse
import tempfile
from pathlib import Path

from bench import browser
from bench.page import DATA, SIZE
from driver.data import reviews
from driver.data.files import write_halves
from examples.launching import Launch
from examples.sentiment import IMAGE

NAME = "reviews"


def main() -> None:
    """Draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path, help="the PNG to write")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the demo's packages of data")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_halves(*reviews.split(reviews.read(arguments.data / reviews.PATH)), work, "reviews")
        with Launch(work / "state", "process") as launch:
            channels = ("--train", str(work / "train"), "--validation", str(work / "test"))
            launch("train", IMAGE, "--name", NAME, *channels)
            launch("report", NAME, "--output", str(work / "report.html"))
        with browser.opened(work) as page:
            draw(page, work / "report.html", arguments.picture)


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
    main()
