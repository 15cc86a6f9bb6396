"""`launch.py update`: another model or other machines for an endpoint, without a pause."""

import argparse
from dataclasses import dataclass
from typing import Any

from driver.aws import resources
from driver.aws.target import Target
from driver.commandline import flags, modelflags
from driver.errors import FAILED, DriverError
from driver.lifecycle import send, wait
from driver.output import Output
from driver.requests import hosting, names

DESCRIPTION = """\
Deploys another model to an endpoint, or changes its instances. The new version starts beside the old one and takes over
once it is healthy, so no request is lost; if it does not become healthy, the old version stays. On AWS both are billed
during the update.

  ./launch.py update reviews better-reviews
  ./launch.py update reviews --instance-count 2 --aws"""


@dataclass(frozen=True, kw_only=True)
class _Options(modelflags.ModelOptions, flags.SendingOptions):
    endpoint: str
    job: str | None
    instance_type: str | None
    instance_count: int | None
    wait: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(
        commands,
        "update",
        "ENDPOINT [JOB] ",
        "deploy another model to an endpoint, or change its instances",
        DESCRIPTION,
    )
    command.add_argument("endpoint", metavar="ENDPOINT", help="name of the endpoint")
    command.add_argument("job", nargs="?", metavar="JOB", help="training job, or a tuning job to deploy its "
                         "best model (default: keep the model)")  # fmt: skip
    command.add_argument("--instance-type", metavar="TYPE", help="instance type (default: unchanged)")
    command.add_argument("--instance-count", type=int, metavar="N", help="number of instances (default: unchanged)")
    modelflags.add(command)
    flags.add_sending(command, "the new version to answer")
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    names.check_given((options.endpoint, "endpoint"), (options.version, "model"))
    output = Output(options.json or options.dry_run)
    target = flags.connect(options, output, options.dry_run)
    name = options.endpoint
    version = modelflags.version(options.version, name)
    is_whole = options.model_data and options.instance_type and options.instance_count
    if target.is_offline and not is_whole:
        raise DriverError(
            "a dry run sends nothing, so it cannot look up the endpoint: give --model-data, --image, "
            "--instance-type and --instance-count"
        )
    model, machine, count, kept = ("", "", 0, {}) if is_whole else _now(target, name)
    requests = []
    if options.job or options.model_data:
        source = modelflags.find_source(options, target, options.job)
        requests.append(modelflags.create_model(options, target, version, source, name))
        model = version
    machine, count = options.instance_type or machine, options.instance_count or count
    captured = modelflags.capture(options.capture, target, name) or kept
    requests.append(modelflags.create_configuration(options, version, model, machine, count, captured))
    requests.append(hosting.update_endpoint(name, version))
    if options.dry_run:
        return send.show(requests, output)
    answer = send.send(target, requests, output.say)
    if not options.wait:
        output.result(
            {"EndpointName": name, **answer}, [f"started: `./launch.py describe {name}{target.flags}` shows its status"]
        )
        return 0
    description = wait.wait(target, resources.ENDPOINT, name, output)
    if description["EndpointStatus"] == "InService" and description["EndpointConfigName"] != version:
        raise DriverError(
            f"the endpoint {name} could not be updated and keeps its old version: {wait.reason(description)}; its "
            f"log: ./launch.py logs {name} --kind endpoint{target.flags}",
            FAILED,
        )
    wait.judge(target, resources.ENDPOINT, name, description)
    output.result(description, [f"endpoint {name} now has version {version}"])
    return 0


def _now(target: Target, name: str) -> tuple[str, str, int, dict[str, Any]]:
    """Return model, instance type, instance count and DataCaptureConfig of an endpoint as it is."""
    endpoint = resources.describe(target, resources.ENDPOINT, name)
    if endpoint["EndpointStatus"] != "InService":
        raise DriverError(
            f"the endpoint {name} is {endpoint['EndpointStatus']}: only an endpoint that is InService can be updated"
        )
    config = resources.describe(target, resources.CONFIG, endpoint["EndpointConfigName"])
    variant = config["ProductionVariants"][0]
    captured = config.get("DataCaptureConfig", {})
    return variant["ModelName"], variant["InstanceType"], variant["InitialInstanceCount"], captured
