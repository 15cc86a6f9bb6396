"""`make demo`: from raw text to served predictions, with launch.py and the emulator, on this machine.

Run it as `python3 -m examples.demo` from the repository. It fails when an accuracy is not what it should be.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

from driver import console
from driver.data import headlines, reviews
from examples import news, sentiment
from examples.launching import REPOSITORY, Launch, LaunchError
from examples.steps import heading, say

DATA = REPOSITORY / ".cache" / "data"


def main() -> int:
    """Parse the command line, run the demo, return its exit code."""
    console.install()
    parser = argparse.ArgumentParser(description="Train, transform and serve on this machine.")
    parser.add_argument("--engine", choices=["docker", "process"], default="process", help="how to run the images")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the two packages of data")
    parser.add_argument("--output", type=Path, default=Path("run/demo"), help="folder for the results")
    arguments = parser.parse_args()
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, lambda *_: sys.exit(1))  # leave by the same door as Ctrl-C: the emulator is ended
    try:
        for path in (arguments.data / reviews.PATH, arguments.data / headlines.PATH):
            if not path.exists():
                raise LaunchError(f"{path} is missing: `make demo` installs it; use --data for another folder")
        with Launch(arguments.output / "state", arguments.engine) as launch:
            return demo(launch, arguments.data, arguments.output)
    except (LaunchError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted; nothing is left running", file=sys.stderr)
        return 130


def demo(launch: Launch, data: Path, output: Path) -> int:
    """Both parts. 0 when the models are as accurate as they should be."""
    started = time.monotonic()
    heading("Movie reviews: xgboost-sentiment")
    problems = sentiment.run(launch, data / reviews.PATH, output)
    heading("News headlines: blazingtext-client trains word vectors, headline-mxnet learns from them")
    problems += news.run(launch, data / headlines.PATH, data / reviews.PATH, output / "news")
    heading("What to try next")
    say(f"Results: {output}/ (the data, the models, the predictions, and in state/ the emulator's records)")
    say(f"Report:  {output / sentiment.REPORT}")
    state = f"--state {output / 'state'}"
    say(f"./launch.py deploy {sentiment.JOB} {state} && ./launch.py try {sentiment.JOB} --open {state}")
    say("                                the reviews' model on a page, as you type")
    say("./launch.py --help              all commands, for your own data; with --aws they go to Amazon SageMaker")
    say("make demo ENGINE=docker         the same in the images' own containers")
    say("./build.sh all                  build those images")
    say("images/                         input, output and hyperparameters of each image")
    say(f"Done in {time.monotonic() - started:.0f} s.")
    for problem in problems:
        print(f"demo: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
