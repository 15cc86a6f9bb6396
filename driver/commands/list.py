"""`launch.py list`: what there is, and what of it AWS bills."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from driver.aws import resources
from driver.aws.resources import Kind
from driver.commandline import flags
from driver.output import Output, table

DESCRIPTION = """\
Lists jobs, endpoints, endpoint configurations and models, newest first, with their status. With --aws the column
BILLED shows what AWS bills right now: running jobs, and every endpoint that has not been deleted.

  ./launch.py list
  ./launch.py list --kind endpoint --aws"""


@dataclass(frozen=True, kw_only=True)
class _Options(flags.KindOptions, flags.TargetOptions):
    contains: str | None
    most: int


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "list", "", "list jobs, endpoints and models", DESCRIPTION)
    flags.add_kind(command, resources.EVERY, "that alone")
    command.add_argument("--contains", metavar="TEXT", help="list only names that contain this")
    command.add_argument(
        "--most", type=int, default=20, metavar="N", help="largest number to list of each kind (default: %(default)s)"
    )
    flags.add_target(command)
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    output = Output(options.json)
    target = flags.connect(options, output)
    entries = [
        _entry(kind, summary)
        for kind in flags.select_kinds(options, resources.EVERY)
        for summary in islice(resources.summaries(target, kind, options.contains), options.most)
    ]
    nothing = "nothing yet: start with ./launch.py train xgboost-sentiment"
    if options.kind or options.contains:
        what = options.kind.replace("-", " ") if options.kind else "resource"
        named = f" whose name contains {options.contains}" if options.contains else ""
        nothing = f"no {what}{named}: `./launch.py list{target.flags}` lists everything"
    output.result(entries, _lines(entries, not target.is_local) if entries else [nothing])
    return 0


def _entry(kind: Kind, summary: dict[str, Any]) -> dict[str, Any]:
    status = summary.get(kind.status, "")
    return {
        "kind": kind.flag, "name": summary[kind.key], "status": status, "created": summary["CreationTime"],
        "billed": kind.is_billed(status),
    }  # fmt: skip


def _lines(entries: list[dict[str, Any]], is_aws: bool) -> Iterator[str]:
    head = ["KIND", "NAME", "STATUS", "CREATED", *(["BILLED"] if is_aws else [])]
    rows = [
        [entry["kind"], entry["name"], entry["status"], f"{entry['created']:%Y-%m-%d %H:%M}",
         *(["yes" if entry["billed"] else ""] if is_aws else [])]
        for entry in entries
    ]  # fmt: skip
    yield from table(head, rows)
