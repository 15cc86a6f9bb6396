"""`launch.py train`: upload the data, create a training job, wait for the model."""

import argparse
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from driver.aws import resources
from driver.aws.resources import Kind
from driver.aws.target import Target
from driver.commandline import flags, jobflags
from driver.errors import DriverError
from driver.lifecycle import send, start, wait
from driver.output import Output
from driver.requests import names, training
from driver.tables import preparing

DESCRIPTION = """\
Trains a model: uploads the data, starts the image on them, and stores the result as model.tar.gz. Without --aws this
happens on this machine. On AWS you pay for the instance by the second while it trains, and for what is stored.

  ./launch.py train xgboost-sentiment
  ./launch.py train xgboost-sentiment --train reviews.csv --set num_round=30 --name reviews
  ./launch.py train xgboost-sentiment --train stars.xlsx --map "1,2=neg 4,5=pos" --drop 3
  ./launch.py train headline-mxnet --train news/ --aws --role arn:aws:iam::123456789012:role/Trainer --spot"""


@dataclass(frozen=True, kw_only=True)
class _Options(jobflags.JobOptions, flags.SendingOptions):
    wait: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "train", "[IMAGE] ", "train a model", DESCRIPTION)
    jobflags.add(command)
    flags.add_sending(command, "the job's end")
    flags.set_run(command, run, _Options, lambda options: jobflags.preset(options, "train"))


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    with tempfile.TemporaryDirectory(prefix="launch-") as work:
        return _run(options, Path(work))


def _run(options: _Options, work: Path) -> int:
    names.check_given((options.name, resources.TRAINING.label))
    output = Output(options.json or options.dry_run)
    target = flags.connect(options, output, options.dry_run)
    plan = plan_job(options, target, output, resources.TRAINING, work)
    if options.dry_run:
        return send.show([*training.uploads(plan), training.create_training_job(plan)], output)
    answer = start.training_job(target, plan, output.say)
    if not options.wait:
        output.result(
            {"TrainingJobName": plan.name, **answer},
            [f"started: `./launch.py logs {plan.name}{target.flags} --follow` follows its log"],
        )
        return 0
    description = wait.wait(target, resources.TRAINING, plan.name, output)
    output.result(description, summary(target, description))
    wait.judge(target, resources.TRAINING, plan.name, description)
    return 0


def plan_job(
    options: jobflags.JobOptions, target: Target, output: Output, kind: Kind, work: Path, tuned: Collection[str] = ()
) -> training.Plan:
    """Return the plan of one training job, or of all in a tuning job. Raises DriverError before anything is sent.

    What of the data must be imported is written below the folder `work`. `tuned` are the hyperparameters that get their
    values elsewhere.
    """
    image, uri = jobflags.choose_image(options, target)
    label = image.algorithm or image.name if image else uri.rpartition("/")[2].partition(":")[0]
    name = names.check(options.name or names.with_time(label, datetime.now(UTC), kind.label), kind.label)
    data, values = jobflags.parse_channels(options), jobflags.read_hyperparameters(options)
    is_own = not data
    if is_own:
        if image is None:
            raise DriverError("no data were given: name them with --train, or --channel NAME=DATA")
        own = image.own_data()
        suited = {key: value for key, value in own.hyperparameters.items() if key not in tuned}
        data, values = jobflags.own_channels(own), suited | values
        hint = f"; for real data: ./launch.py data get {image.data_set}" if own.is_sample and image.data_set else ""
        output.say(f"no data were given, so {label} trains on {own.description}{hint}")
    if image:
        there = {channel.name for channel in data}
        if "train" not in there:
            raise DriverError(f"the {label} needs data for the channel train: name them with --train")
        piped = [channel.name for channel in data if channel.mode == "Pipe"]
        if piped and not image.algorithm:
            raise DriverError(
                f"channel {piped[0]}: {label} reads files, not pipes: leave out mode=Pipe, or give FastFile"
            )
        if kind is resources.TUNING and "validation" not in there:
            values = image.without_validation() | values
        image.check(values)
        if not is_own and (takes := image.takes(values)):
            data = preparing.prepare(data, takes, options.choices, work, output.say)
    else:
        output.say(f"{uri} is not an image of this repository, so its hyperparameters are not checked here")
    return jobflags.plan(options, target, name, uri, data, values)


def summary(target: Target, description: dict[str, Any]) -> list[str]:
    """Return for people what a training job has come to."""
    name = description["TrainingJobName"]
    lines = [f"{metric['MetricName']} {metric['Value']:.4f}" for metric in description.get("FinalMetricDataList", [])]
    if seconds := description.get("TrainingTimeInSeconds"):
        billed = description.get("BillableTimeInSeconds", seconds)
        lines.append(f"trained in {seconds} s" + ("" if target.is_local else f", {billed} s billed"))
    if description["TrainingJobStatus"] == "Completed":
        lines.append(f"the model: {description['ModelArtifacts']['S3ModelArtifacts']}")
        lines.append(f"next: ./launch.py deploy {name}{target.flags}")
    return lines
