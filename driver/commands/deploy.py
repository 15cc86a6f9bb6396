"""`launch.py deploy`: a model behind an endpoint."""

import argparse
from dataclasses import dataclass

from driver.aws import resources
from driver.commandline import flags, modelflags
from driver.errors import DriverError
from driver.lifecycle import send, start, wait
from driver.output import Output
from driver.requests import names

DESCRIPTION = """\
Puts a model behind an endpoint: an address that answers requests as long as it is there. Makes a model, an endpoint
configuration and the endpoint. On AWS an endpoint is billed by the second, asked or not, UNTIL YOU DELETE IT.

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
        commands, "deploy", "[JOB] ", "put a model behind an endpoint; billed until deleted", DESCRIPTION
    )
    command.add_argument("job", nargs="?", metavar="JOB", help="a training job, or a tuning job for its best one")
    command.add_argument("--name", help="the endpoint's name (default: the job's)")
    command.add_argument("--instance-type", default=INSTANCE_TYPE, metavar="TYPE",
                         help="what AWS bills by the second (default: %(default)s)")  # fmt: skip
    command.add_argument("--instance-count", type=int, default=1, metavar="N", help="how many (default: %(default)s)")
    modelflags.add(command)
    flags.add_sending(command, "the endpoint to answer")
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    output = Output(options.json or options.dry_run)
    target = flags.connect(options, output, options.dry_run)
    name = options.name or options.job
    if name is None:
        raise DriverError("the endpoint needs a name: give --name, or the training job whose name it gets")
    version = modelflags.version(options.version, names.check(name, "endpoint"))
    source = modelflags.find_source(options, target, options.job)
    machine, count = options.instance_type, options.instance_count
    requests = modelflags.create_all(options, target, name, version, source, machine, count)
    if options.dry_run:
        return send.show(requests, output)
    if resources.try_describe(target, resources.ENDPOINT, name):
        raise DriverError(f"an endpoint is called {name} already: `./launch.py update {name}` gives it another model")
    answer = start.endpoint(target, requests, f"{count} x {machine}", output.say)
    if not options.wait:
        output.result(
            {"EndpointName": name, **answer}, [f"started: `./launch.py describe {name}{target.flags}` shows it"]
        )
        return 0
    description = wait.wait(target, resources.ENDPOINT, name, output)
    wait.judge(target, resources.ENDPOINT, name, description)
    output.result(description, [f'next: ./launch.py invoke {name} "a text"{target.flags}'])
    return 0
