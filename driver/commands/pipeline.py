"""`launch.py pipeline`: word vectors, then headlines with them, then perhaps an endpoint."""

import argparse
from dataclasses import dataclass, replace

from driver import images
from driver.aws import resources
from driver.aws.target import Target
from driver.commandline import flags as common
from driver.commandline import jobflags, modelflags
from driver.commands import deploy, train
from driver.errors import DriverError
from driver.lifecycle import resume, send
from driver.output import Output
from driver.requests import hosting as requests
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


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    about = "train word vectors, then headlines with them"
    command = common.add_command(commands, "pipeline", "NAME ", about, DESCRIPTION)
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
    common.add_sending(command)
    command.set_defaults(run=run, instance_type=None)


def run(options: argparse.Namespace) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    name = _checked_name(options)
    output = common.output(options)
    steps = Steps(options, common.target(options), output)
    # Every step is planned before the first one starts: a mistake in the last must not cost the hours of the others.
    vectors = steps.vectors(f"{name}-vectors")
    headlines = steps.headlines(f"{name}-headlines", resume.model_uri(vectors))
    sent = [*_training(vectors), *_training(headlines)]
    if options.deploy:
        sent += steps.serving(modelflags.Source(headlines.image, resume.model_uri(headlines)))
    if options.dry_run:
        return send.show(sent, output)
    steps = replace(steps, output=_Quiet())  # what the plans say has been said
    learned = resume.trained(steps.target, f"{name}-vectors", steps.vectors, output)
    job = resume.trained(steps.target, f"{name}-headlines", lambda job: steps.headlines(job, learned.model), output)
    description = resources.describe(steps.target, resources.TRAINING, job.name)
    document = {"VectorsJobName": learned.name, **description}
    lines = train.summary(steps.target, description)
    if options.deploy:
        made = steps.serving(modelflags.Source(description["AlgorithmSpecification"]["TrainingImage"], job.model))
        resume.served(steps.target, name, job, made, f"1 x {options.endpoint_instance_type}", output)
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

    options: argparse.Namespace
    target: Target
    output: Output

    def vectors(self, job: str) -> Plan:
        """Return the plan of the vectors' training job. Raises DriverError."""
        values = ["mode=skipgram", *self.options.vectors_set]
        return self._planned(self.options.vectors, name=job, train=self.options.corpus, set=values)

    def headlines(self, job: str, embeddings: str) -> Plan:
        """Return the plan of the headlines' training job, with the vectors at an S3 URI. Raises DriverError."""
        data = {channel: getattr(self.options, channel) for channel in jobflags.SHORTCUTS}
        plan = self._planned(HEADLINES, name=job, set=self.options.set, instance_count=1, **data)
        return replace(plan, channels=[*plan.channels, Channel(name="embeddings", source=embeddings)])

    def serving(self, source: modelflags.Source) -> list[Request]:
        """Return the requests that put a model behind the endpoint. Raises DriverError."""
        options = self.options
        version = modelflags.version(options, options.name)
        return [
            requests.create_model(modelflags.model(options, self.target, version, source)),
            modelflags.configuration(options, version, version, options.endpoint_instance_type, 1),
            requests.create_endpoint(options.name, version, pairs(options.tag, "--tag")),
        ]

    def _planned(self, image_name: str, **step: object) -> Plan:
        """As `train` would plan it: with the image's presets where nothing else is said."""
        preset = images.find(image_name).preset("train")
        unused = ("channel", "content_type", "hyperparameters", "image", "image_tag", *jobflags.SHORTCUTS)
        whole = {
            **vars(self.options),
            **dict.fromkeys(unused),
            "image_name": image_name,
            "instance_type": self.options.instance_type or preset["instance-type"],
            "metric": [f"{name}={regex}" for name, regex in preset.get("metric", {}).items()],
            **step,
        }
        options = argparse.Namespace(**whole)
        return train.planned(options, self.target, self.output, resources.TRAINING, tuned=(FOLLOWS,))


def _training(plan: Plan) -> list[Request]:
    return [*training.uploads(plan), training.create_training_job(plan)]


def _checked_name(options: argparse.Namespace) -> str:
    if bool(options.corpus) != bool(options.train):
        raise DriverError("the pipeline needs data for both steps: give --corpus and --train, or neither")
    if options.checkpoint_uri:
        raise DriverError("--checkpoint-uri would apply to both jobs: use --checkpoints, which gives each its own")
    if FOLLOWS in pairs(options.set, "--set"):
        raise DriverError(f"{FOLLOWS} is set by the word vectors: leave it out, or give --vectors-set vector_dim=N")
    return names.checked(options.name, "pipeline")
