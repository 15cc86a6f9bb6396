"""Runs the client's commands: `python3 -m blazingtext_client.client --help`.

What was made is said on standard output. When something goes wrong, one sentence on standard error says what; the exit
codes are those of the driver, such as 1 for what was given wrongly and 130 after Ctrl-C.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from smcontract.errors import UserError
from textprep.errors import DataError

from blazingtext_client.client import commands, fetch, job, plans
from driver import console
from driver.aws import resources
from driver.errors import INTERRUPTED, MISTAKE, DriverError
from driver.lifecycle import send
from driver.output import Output
from driver.requests import training

TRAIN, VALIDATION = "train.txt", "validation.txt"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    console.install()
    options = commands.parser().parse_args(arguments)
    run = {"prepare": _prepare, "request": _request, "embeddings": _embeddings, "run": _run}[options.command]
    try:
        run(options)
    except (UserError, DataError, DriverError) as error:
        sys.stderr.write(f"{error}\n")
        return getattr(error, "exit_code", MISTAKE)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    return 0


def _prepare(options: argparse.Namespace) -> None:
    job.corpus(options.sources, options.output, options.supervised, Output().say)


def _request(options: argparse.Namespace) -> None:
    where = commands.target(options, is_offline=True)
    plan = commands.plan(options, where, _channels(options.train, options.validation))
    create = plans.create_training_job(plan)
    send.show([*training.uploads(plan), create, resources.TRAINING.describe(plan.name)], Output(as_json=True))


def _embeddings(options: argparse.Namespace) -> None:
    found = fetch.embeddings(options.archive, options.output)
    Output().say(f"{options.output}: {found.words} words of {found.dim} dimensions")


def _run(options: argparse.Namespace) -> None:
    folder: Path = options.folder
    where = commands.target(options)
    files = _channels(folder / TRAIN, folder / VALIDATION if options.validation_file else None)
    sources = {"train": options.sources, "validation": options.validation_file}
    job.run(commands.plan(options, where, files), sources, folder, where, Output())


def _channels(train: Path, validation: Path | None) -> dict[str, Path]:
    return {"train": train} | ({"validation": validation} if validation else {})


if __name__ == "__main__":
    sys.exit(main())
