"""`launch.py deploy`: a model behind an endpoint."""

import argparse
from dataclasses import dataclass

from driver import emulator
from driver.aws import examples, resources
from driver.commandline import flags, modelflags
from driver.errors import DriverError
from driver.lifecycle import send, start, wait
from driver.output import Output
from driver.requests import names

DESCRIPTION = """\
Deploys a model to an endpoint: an address that answers requests until you delete it. Creates a model, an endpoint
configuration and the endpoint. On AWS an endpoint is billed by the second, used or not, UNTIL YOU DELETE IT.

  ./launch.py deploy reviews
  ./launch.py deploy reviews --name reviews-live --instance-type ml.c5.large --aws
  ./launch.py deploy --name bought --model-data s3://bucket/model.tar.gz --image xgboost-sentiment --aws"""

INSTANCE_TYPE = "ml.m5.large"


@dataclass(frozen=True, kw_only=True)
class _Options(modelflags.ModelOptions, flags.SendingOptions):
    job: str | None
    name: str | None
    instance_type: str
    instance_count: int
    wait: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(
        commands, "deploy", "[JOB] ", "deploy a model to an endpoint; billed until deleted", DESCRIPTION
    )
    command.add_argument("job", nargs="?", metavar="JOB", help="training job, or a tuning job to deploy its best model")
    command.add_argument("--name", help="name of the endpoint (default: the job's name)")
    command.add_argument("--instance-type", default=INSTANCE_TYPE, metavar="TYPE",
                         help="instance type (default: %(default)s)")  # fmt: skip
    command.add_argument(
        "--instance-count", type=int, default=1, metavar="N", help="number of instances (default: %(default)s)"
    )
    modelflags.add(command)
    flags.add_sending(command, "the endpoint to answer")
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    name = options.name or options.job
    if name is None:
        raise DriverError("the endpoint needs a name: give --name, or a training job to take the name from")
    names.check_given((name, "endpoint"), (options.version, "model"))
    output = Output(options.json or options.dry_run)
    target = flags.connect(options, output, options.dry_run)
    version = modelflags.version(options.version, name)
    source = modelflags.find_source(options, target, options.job)
    machine, count = options.instance_type, options.instance_count
    requests = modelflags.create_all(options, target, name, version, source, machine, count, options.capture)
    if options.dry_run:
        return send.show(requests, output)
    if resources.try_describe(target, resources.ENDPOINT, name):
        raise DriverError(
            f"an endpoint called {name} already exists: `./launch.py update {name}` deploys another model to it"
        )
    answer = start.endpoint(target, requests, f"{count} x {machine}", output.say)
    if not options.wait:
        output.result(
            {"EndpointName": name, **answer}, [f"started: `./launch.py describe {name}{target.flags}` shows its status"]
        )
        return 0
    description = wait.wait(target, resources.ENDPOINT, name, output)
    wait.judge(target, resources.ENDPOINT, name, description)
    credentials = emulator.command("env", options.state) if target.is_local else examples.exporting(target.profile)
    lines = [f'next: ./launch.py invoke {name} "a text"{target.flags}']
    output.result(description, [*lines, *examples.of_endpoint(target, name, credentials)])
    return 0
