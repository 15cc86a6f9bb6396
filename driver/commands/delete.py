"""`launch.py delete`: an endpoint, or everything that came from a training job."""

import argparse
from dataclasses import dataclass

from driver.aws import lineage, resources, s3
from driver.aws.resources import Kind
from driver.aws.target import Target
from driver.commandline import flags
from driver.errors import DriverError, NotFoundError, several
from driver.lifecycle import send, wait
from driver.output import Output
from driver.requests.request import Request

DESCRIPTION = """\
Deletes an endpoint, an endpoint configuration or a model. With --all-from it deletes every endpoint, configuration and
model that came from a training job, a tuning job or an endpoint, and stops jobs that still run, so that nothing is
left that AWS bills by the second. --data also deletes the jobs' objects in S3, which AWS bills while they are stored.
Records of jobs cannot be deleted and cost nothing.

  ./launch.py delete reviews
  ./launch.py delete --all-from reviews --data --aws"""

KINDS = (resources.ENDPOINT, resources.CONFIG, resources.MODEL)
PATIENCE = ("Creating", "Updating", "SystemUpdating", "RollingBack")
"""Statuses in which AWS does not let an endpoint be deleted."""


@dataclass(frozen=True, kw_only=True)
class _Options(flags.KindOptions, flags.SendingOptions):
    name: str | None
    all_from: str | None
    data: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(
        commands,
        "delete",
        "NAME | --all-from NAME ",
        "delete an endpoint, or everything that came from a job",
        DESCRIPTION,
    )
    command.add_argument("name", nargs="?", metavar="NAME", help="endpoint, endpoint configuration or model to delete")
    flags.add_kind(command, KINDS)
    command.add_argument("--all-from", metavar="NAME", help="delete everything that came from this job or endpoint")
    command.add_argument("--data", action="store_true", help="with --all-from: also delete the jobs' objects in S3")
    flags.add_sending(command)
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    output = Output(options.json or options.dry_run)
    if options.all_from and not options.name:
        return _delete_descendants(options, options.all_from, output)
    if options.all_from or not options.name:
        raise DriverError("say what to delete: a NAME, or --all-from NAME")
    if options.data:
        raise DriverError("--data deletes what jobs have stored: add --all-from NAME")
    kinds = flags.select_kinds(options, KINDS)
    if options.dry_run:
        return send.show([kinds[0].delete(options.name)], output)
    target = flags.connect(options, output)
    kind, _ = resources.describe_one(target, options.name, kinds)
    _delete(target, kind, options.name, output)
    output.result({"deleted": [{"kind": kind.flag, "name": options.name}]})
    return 0


def _delete_descendants(options: _Options, ancestor: str, output: Output) -> int:
    target = flags.connect(options, output)  # in a dry run too: only asking shows what there is, and changes nothing
    found = lineage.find_descendants(target, ancestor)
    deletable: list[tuple[Kind, str]] = [
        *((resources.ENDPOINT, name) for name in found.endpoints),
        *((resources.CONFIG, name) for name in found.configs),
        *((resources.MODEL, name) for name in found.models),
    ]
    if options.dry_run:
        return send.show(_requests(found.running, deletable), output)
    for kind, name in found.running:
        send.send(target, [kind.stop(name)], output.say)
        output.say(f"stopping the {kind.label} {name}")
    for kind, name in deletable:
        try:
            _delete(target, kind, name, output)
        except NotFoundError:  # it was being deleted when it was found
            output.say(f"the {kind.label} {name} is already gone")
    objects_deleted = 0
    for folder in found.folders if options.data else ():
        count = s3.delete(target, folder)
        objects_deleted += count
        output.say(f"deleted {several(count, 'object')} below {folder}")
    document = {
        "stopped": [{"kind": kind.flag, "name": name} for kind, name in found.running],
        "deleted": [{"kind": kind.flag, "name": name} for kind, name in deletable],
        "objects": objects_deleted,
    }
    kept = "" if options.data or not found.folders else f"; kept in S3: {', '.join(found.folders)}"
    output.result(document, [f"nothing that came from {ancestor} is billed by the second now{kept}"])
    return 0


def _requests(running: list[tuple[Kind, str]], deletable: list[tuple[Kind, str]]) -> list[Request]:
    return [*(kind.stop(name) for kind, name in running), *(kind.delete(name) for kind, name in deletable)]


def _delete(target: Target, kind: Kind, name: str, output: Output) -> None:
    status = resources.describe(target, kind, name)["EndpointStatus"] if kind is resources.ENDPOINT else ""
    if status == "Deleting":
        output.say(f"the endpoint {name} is already being deleted")
        return
    if status in PATIENCE:
        output.say(f"the endpoint {name} cannot be deleted until it has started")
        wait.wait(target, kind, name, output)
    send.send(target, [kind.delete(name)], output.say)
    output.say(f"deleted the {kind.label} {name}")
