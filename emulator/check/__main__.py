"""The command line of the checks."""

import argparse
import sys
from pathlib import Path

from emulator import console
from emulator.check.checks import check
from emulator.check.sample import read_sample
from emulator.errors import EmulatorError


def main() -> int:
    """0 when every check passed, 1 when one failed, 2 when the checks could not be run."""
    console.install()
    parser = argparse.ArgumentParser(prog="python3 -m emulator.check", description="Check a built image from outside.")
    parser.add_argument("image", help="tag of an image on this machine, such as xgboost-sentiment:dev")
    parser.add_argument(
        "--sample",
        type=Path,
        required=True,
        help="folder with the sample's channels, hyperparameters.json and request.*",
    )
    arguments = parser.parse_args()
    try:
        failed = check(arguments.image, read_sample(arguments.sample))
    except EmulatorError as error:
        print(f"check: {error}", file=sys.stderr)
        return 2
    print(f"{failed} checks failed" if failed else "every check passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
