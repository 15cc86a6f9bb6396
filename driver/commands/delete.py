"""`launch.py delete`: an endpoint, or everything that came from a training job."""

import argparse

from driver.aws import lineage, resources, s3
from driver.aws.resources import Kind
from driver.aws.target import Target
from driver.commandline import flags as common
from driver.errors import DriverError, NotFoundError
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


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = common.add_command(
        commands,
        "delete",
        "NAME | --all-from NAME ",
        "delete an endpoint, or everything that came from a job",
        DESCRIPTION,
    )
    command.add_argument("name", nargs="?", metavar="NAME", help="endpoint, endpoint configuration or model to delete")
    common.add_kind(command, KINDS)
    command.add_argument("--all-from", metavar="NAME", help="delete everything that came from this job or endpoint")
    command.add_argument("--data", action="store_true", help="with --all-from: also delete the jobs' objects in S3")
    common.add_sending(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    if bool(options.name) == bool(options.all_from):
        raise DriverError("say what to delete: a NAME, or --all-from NAME")
    if options.data and not options.all_from:
        raise DriverError("--data deletes what jobs have stored: add --all-from NAME")
    output = common.output(options)
    if options.all_from:
        return _everything(options, output)
    wanted = common.wanted(options, KINDS)
    if options.dry_run:
        return send.show([wanted[0].delete(options.name)], output)
    target = common.target(options)
    kind, _ = resources.one(target, options.name, wanted)
    _delete(target, kind, options.name, output)
    output.result({"deleted": [{"kind": kind.flag, "name": options.name}]})
    return 0


def _everything(options: argparse.Namespace, output: Output) -> int:
    options.dry_run, is_dry = False, options.dry_run  # what there is can be known only by asking, which changes nothing
    target = common.target(options)
    found = lineage.everything(target, options.all_from)
    deletable: list[tuple[Kind, str]] = [
        *((resources.ENDPOINT, name) for name in found.endpoints),
        *((resources.CONFIG, name) for name in found.configs),
        *((resources.MODEL, name) for name in found.models),
    ]
    if is_dry:
        return send.show(_requests(found.running, deletable), Output(as_json=True))
    for kind, name in found.running:
        send.send(target, [kind.stop(name)], output.say)
        output.say(f"stopping the {kind.word} {name}")
    for kind, name in deletable:
        try:
            _delete(target, kind, name, output)
        except NotFoundError:  # it was being deleted when it was found
            output.say(f"the {kind.word} {name} is already gone")
    objects_deleted = 0
    for folder in found.folders if options.data else ():
        count = s3.delete(target, folder)
        objects_deleted += count
        output.say(f"deleted {count} objects below {folder}")
    document = {
        "stopped": [{"kind": kind.flag, "name": name} for kind, name in found.running],
        "deleted": [{"kind": kind.flag, "name": name} for kind, name in deletable],
        "objects": objects_deleted,
    }
    kept = "" if options.data or not found.folders else f"; kept in S3: {', '.join(found.folders)}"
    output.result(document, [f"nothing that came from {options.all_from} is billed by the second now{kept}"])
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
    output.say(f"deleted the {kind.word} {name}")
