"""Runs the client's commands: `python3 -m blazingtext_client.client --help`.

What was made is said on standard output. Exit code 1 and one sentence on standard error when something is wrong with
what was given, 130 after Ctrl-C.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from smcontract.errors import UserError
from textprep.errors import DataError

from blazingtext_client.client import aws, commands, fetch, job, requests

TRAIN, VALIDATION = "train.txt", "validation.txt"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    options = commands.parser().parse_args(arguments)
    run = {"prepare": _prepare, "request": _request, "embeddings": _embeddings, "run": _run}[options.command]
    try:
        run(options)
    except (UserError, DataError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; a training job that was started goes on, and is billed: see the AWS console\n")
        return 130
    return 0


def _prepare(options: argparse.Namespace) -> None:
    job.corpus(options.sources, options.output, options.supervised, _say)


def _request(options: argparse.Namespace) -> None:
    plan = commands.plan(options, _channels(options.train, options.validation))
    create = requests.create_training_job(plan)
    puts = [{**parameters, "Body": str(path)} for path, parameters in requests.put_objects(plan)]
    everything = {
        "PutObject": puts,
        "CreateTrainingJob": create,
        "DescribeTrainingJob": requests.describe_training_job(plan),
    }
    _say(json.dumps(everything, indent=2, ensure_ascii=False))


def _embeddings(options: argparse.Namespace) -> None:
    found = fetch.embeddings(options.archive, options.output)
    _say(f"{options.output}: {found.words} words of {found.dim} dimensions")


def _run(options: argparse.Namespace) -> None:
    folder: Path = options.folder
    plan = commands.plan(options, _channels(folder / TRAIN, folder / VALIDATION if options.validation_file else None))
    sources = {"train": options.sources, "validation": options.validation_file}
    job.run(plan, sources, folder, lambda: aws.clients(plan.region, options.profile), _say)


def _channels(train: Path, validation: Path | None) -> dict[str, Path]:
    return {"train": train} | ({"validation": validation} if validation else {})


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
