"""`launch.py pipeline`: word vectors, then headlines with them, then perhaps an endpoint."""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from driver import images
from driver.aws import resources
from driver.aws.target import Target
from driver.commandline import flags, jobflags, modelflags, tableflags
from driver.commandline.tableflags import TableOptions
from driver.commands import deploy, train
from driver.errors import DriverError
from driver.lifecycle import resume, send
from driver.output import Output
from driver.requests import names, training
from driver.requests.channels import Channel
from driver.requests.pairs import pairs
from driver.requests.request import Request
from driver.requests.training import Plan

DESCRIPTION = """\
Trains word vectors on a corpus, then headline-mxnet with these vectors, and with --deploy deploys the result. Run the
same command again to resume: it skips finished jobs, waits for running ones, and retries failed ones under a new name.
Both jobs use the same instance type; --instance-count applies to the word vectors only.

  ./launch.py data get bbc-news
  ./launch.py pipeline news --deploy
  ./launch.py pipeline news --corpus corpus/ --train train/ --vectors blazingtext --aws --role ROLE"""

HEADLINES = "headline-mxnet"
FOLLOWS = "embedding_dim"
"""The hyperparameter of headlines that the vectors decide."""


@dataclass(frozen=True, kw_only=True)
class _Options(jobflags.MachineOptions, TableOptions, flags.SendingOptions):
    name: str
    prefix: str
    corpus: str | None
    train: str | None
    validation: str | None
    test: str | None
    vectors: str
    vectors_set: Sequence[str]
    set: Sequence[str]
    deploy: bool
    endpoint_instance_type: str
    version: str | None


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    about = "train word vectors, then headlines with them"
    command = flags.add_command(commands, "pipeline", "NAME ", about, DESCRIPTION)
    command.add_argument(
        "name", metavar="NAME", help="name of the pipeline; its jobs are called NAME-vectors and NAME-headlines"
    )
    command.add_argument(
        "--prefix", default="launch", help="folder in the bucket for the jobs' files (default: %(default)s)"
    )
    data = command.add_argument_group("data", "Files, folders or s3:// URIs. Without data, the images use their own.")
    data.add_argument("--corpus", metavar="DATA", help="text to learn word vectors from: words separated by spaces")
    for name in jobflags.SHORTCUTS:
        data.add_argument(f"--{name}", metavar="DATA", help=f"headlines for the channel {name}")
    tableflags.add(command, tableflags.JOBS)
    steps = command.add_argument_group("steps")
    steps.add_argument("--vectors", metavar="IMAGE", default="blazingtext-client",
                       help="image that learns the vectors: %(default)s (default), or blazingtext for Amazon's "
                            "algorithm")  # fmt: skip
    steps.add_argument("--vectors-set", action="append", default=[], metavar="NAME=VALUE",
                       help="a hyperparameter of the word vectors (default: mode=skipgram); repeatable")  # fmt: skip
    steps.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                       help="a hyperparameter of headline-mxnet; repeatable")  # fmt: skip
    steps.add_argument(
        "--deploy", action="store_true", help="deploy the model to the endpoint NAME; billed until deleted"
    )
    steps.add_argument("--endpoint-instance-type", default=deploy.INSTANCE_TYPE, metavar="TYPE",
                       help="instance type of the endpoint (default: %(default)s)")  # fmt: skip
    steps.add_argument("--version", metavar="NAME",
                       help="name of the endpoint's model and configuration (default: NAME and the time)")  # fmt: skip
    jobflags.add_machines(command)
    flags.add_sending(command)
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    with tempfile.TemporaryDirectory(prefix="launch-") as work:
        return _run(options, Path(work))


def _run(options: _Options, work: Path) -> int:
    name = _check(options)
    output = Output(options.json or options.dry_run)
    steps = Steps(options, flags.connect(options, output, options.dry_run), output, work)
    # Every step is planned before the first one starts: a mistake in the last must not cost the hours of the others.
    vectors = steps.vectors(f"{name}-vectors")
    headlines = steps.headlines(f"{name}-headlines", resume.model_uri(vectors))
    requests = [*_training(vectors), *_training(headlines)]
    if options.deploy:
        requests += steps.serving(modelflags.Source(headlines.image, resume.model_uri(headlines)))
    if options.dry_run:
        return send.show(requests, output)
    steps = replace(steps, output=_Quiet())  # what the plans say has been said
    learned = resume.ensure_trained(steps.target, f"{name}-vectors", steps.vectors, output)
    job = resume.ensure_trained(
        steps.target, f"{name}-headlines", lambda job: steps.headlines(job, learned.model), output
    )
    description = resources.describe(steps.target, resources.TRAINING, job.name)
    document = {"VectorsJobName": learned.name, **description}
    lines = train.summary(steps.target, description)
    if options.deploy:
        requests = steps.serving(modelflags.Source(description["AlgorithmSpecification"]["TrainingImage"], job.model))
        resume.ensure_served(steps.target, name, job, requests, f"1 x {options.endpoint_instance_type}", output)
        document["EndpointName"] = name
        lines[-1] = f'next: ./launch.py invoke {name} "a headline"{steps.target.flags}'
    output.result(document, lines)
    return 0


class _Quiet(Output):
    def say(self, line: str) -> None:
        pass


@dataclass(frozen=True)
class Steps:
    """What the options ask of each step."""

    options: _Options
    target: Target
    output: Output
    work: Path

    def vectors(self, job: str) -> Plan:
        """Return the plan of the vectors' training job. Raises DriverError."""
        values = ["mode=skipgram", *self.options.vectors_set]
        return self._plan(self.options.vectors, job, values, self.options.instance_count, self.options.corpus)

    def headlines(self, job: str, embeddings: str) -> Plan:
        """Return the plan of the headlines' training job, with the vectors at an S3 URI. Raises DriverError."""
        options = self.options
        plan = self._plan(HEADLINES, job, options.set, 1, options.train, options.validation, options.test)
        return replace(plan, channels=[*plan.channels, Channel(name="embeddings", source=embeddings)])

    def serving(self, source: modelflags.Source) -> list[Request]:
        """Return the requests that put a model behind the endpoint. Raises DriverError."""
        options = self.options
        version = modelflags.version(options.version, options.name)
        return modelflags.create_all(
            options, self.target, options.name, version, source, options.endpoint_instance_type
        )

    def _plan(
        self, image_name: str, job: str, values: Sequence[str], instance_count: int,
        train_data: str | None, validation: str | None = None, test: str | None = None,
    ) -> Plan:  # fmt: skip
        """As `train` would plan it: with the image's presets where nothing else is said."""
        preset = images.find(image_name).preset("train")
        instance_type = self.options.instance_type or preset["instance-type"]
        machines = replace(
            jobflags.MachineOptions.of(self.options), instance_type=instance_type, instance_count=instance_count
        )
        options = jobflags.JobOptions(
            **vars(machines), **vars(TableOptions.of(self.options)), image_name=image_name, name=job,
            prefix=self.options.prefix, set=values,
            train=train_data, validation=validation, test=test,
            metric=[f"{name}={regex}" for name, regex in preset.get("metric", {}).items()],
        )  # fmt: skip
        return train.plan_job(options, self.target, self.output, resources.TRAINING, self.work, (FOLLOWS,))


def _training(plan: Plan) -> list[Request]:
    return [*training.uploads(plan), training.create_training_job(plan)]


def _check(options: _Options) -> str:
    if bool(options.corpus) != bool(options.train):
        raise DriverError("the pipeline needs data for both steps: give --corpus and --train, or neither")
    if options.checkpoint_uri:
        raise DriverError("--checkpoint-uri would apply to both jobs: use --checkpoints, which gives each its own")
    if FOLLOWS in pairs(options.set, "--set"):
        raise DriverError(f"{FOLLOWS} is set by the word vectors: leave it out, or give --vectors-set vector_dim=N")
    names.check_given((options.version, "model"))
    return names.check(options.name, "pipeline")
