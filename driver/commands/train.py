"""`launch.py train`: upload the data, create a training job, wait for the model."""

import argparse
import tempfile
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from driver.aws import resources
from driver.aws.resources import Kind
from driver.aws.target import Target
from driver.commandline import flags, jobflags
from driver.errors import DriverError, several
from driver.images import Image
from driver.lifecycle import quality, send, start, wait
from driver.output import Output
from driver.requests import names, training
from driver.tables import preparing

DESCRIPTION = """\
Trains a model: uploads the data, starts the image on them, and stores the result as model.tar.gz. Without --aws this
happens on this machine. On AWS you pay for the instance by the second while it trains, and for what is stored.

With neither validation nor test data, a part of the training data is held back to measure the model's quality, where
the image can do so; --no-holdout trains on all of it.

  ./launch.py train xgboost-sentiment
  ./launch.py train xgboost-sentiment --train reviews.csv --set num_round=30 --name reviews
  ./launch.py train xgboost-sentiment --train stars.xlsx --map "1,2=neg 4,5=pos" --drop 3
  ./launch.py train headline-mxnet --train news/ --aws --role arn:aws:iam::123456789012:role/Trainer --spot"""


_ENOUGH = 8  # records of all labels but the most frequent: of these a fifth can be held back


@dataclass(frozen=True, kw_only=True)
class _Options(jobflags.JobOptions, flags.SendingOptions):
    no_holdout: bool
    wait: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "train", "[IMAGE] ", "train a model", DESCRIPTION)
    jobflags.add(command)
    command.add_argument(
        "--no-holdout", action="store_true",
        help="train on all data: hold nothing back to measure quality where there are no validation or test data",
    )  # fmt: skip
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
    plan = plan_job(options, target, output, resources.TRAINING, work, holds_out=not options.no_holdout)
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
    found = _quality(target, description, output)
    output.result(description | ({"Quality": found} if found else {}), summary(target, description, found))
    wait.judge(target, resources.TRAINING, plan.name, description)
    return 0


def plan_job(
    options: jobflags.JobOptions,
    target: Target,
    output: Output,
    kind: Kind,
    work: Path,
    tuned: Collection[str] = (),
    holds_out: bool = False,
) -> training.Plan:
    """Return the plan of one training job, or of all in a tuning job. Raises DriverError before anything is sent.

    What of the data must be imported is written below the folder `work`. `tuned` are the hyperparameters that get their
    values elsewhere. `holds_out`: where there are neither validation nor test data, a part of the training data is held
    back, as it always is to compare the jobs of a tuning job.
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
        counts = Counter[str]()
        if not is_own and (takes := image.takes(values)):
            data, counts = preparing.prepare(data, takes, options.choices, work, output.say)
        if holds_out and not there & {"validation", "test"}:
            values = _hold_out(image, values, counts, output)
    else:
        output.say(f"{uri} is not an image of this repository, so its hyperparameters are not checked here")
    return jobflags.plan(options, target, name, uri, data, values)


def _hold_out(image: Image, values: dict[str, str], counts: Counter[str], output: Output) -> dict[str, str]:
    """Return the hyperparameters with those that hold a part of the training data back; say so.

    Nothing is held back where so few records, by the `counts` of labels, might leave training with a single label.
    """
    added = {name: value for name, value in image.holdout(values).items() if name not in values}
    rarer = sum(sorted(counts.values())[:-1])
    if added and 0 < rarer < _ENOUGH:
        output.say(
            "nothing is held back to measure the model's quality: of all labels but the most frequent there "
            f"{'is' if rarer == 1 else 'are'} only {several(rarer, 'record')}"
        )
        return values
    if added:
        how = ", ".join(f"{name}={value}" for name, value in added.items())
        output.say(
            "there are neither validation nor test data, so a part of the training data is held back to measure the "
            f"model's quality ({how}); --no-holdout trains on all of it"
        )
    return added | values


def _quality(target: Target, description: dict[str, Any], output: Output) -> dict[str, Any] | None:
    try:
        return quality.fetch(target, description)
    except DriverError as error:  # the model is there all the same
        output.say(f"the model's quality cannot be shown: {error}")
        return None


def summary(target: Target, description: dict[str, Any], found: dict[str, Any] | None = None) -> list[str]:
    """Return for people what a training job has come to; `found` is its quality.json, which has metrics of its own."""
    name = description["TrainingJobName"]
    of_quality = quality.lines(found, name, target.flags) if found else []
    shown = f"{found['channel']}:" if found and of_quality else None
    lines = [
        f"{metric['MetricName']} {metric['Value']:.4f}"
        for metric in description.get("FinalMetricDataList", [])
        if not shown or not metric["MetricName"].startswith(shown)
    ]
    lines += of_quality
    if seconds := description.get("TrainingTimeInSeconds"):
        billed = description.get("BillableTimeInSeconds", seconds)
        lines.append(f"trained in {seconds} s" + ("" if target.is_local else f", {billed} s billed"))
    if description["TrainingJobStatus"] == "Completed":
        lines.append(f"the model: {description['ModelArtifacts']['S3ModelArtifacts']}")
        lines.append(f"next: ./launch.py deploy {name}{target.flags}")
    return lines
