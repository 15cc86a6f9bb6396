"""`launch.py transform`: predictions for whole files, without an endpoint."""

import argparse
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from driver import evaluation
from driver.aws import lineage, media, resources, s3
from driver.aws.target import Target
from driver.commandline import flags, modelflags
from driver.errors import DriverError
from driver.lifecycle import send, wait
from driver.output import Output
from driver.requests import addresses, channels, names, transform
from driver.requests.pairs import pairs
from driver.requests.request import Request

DESCRIPTION = """\
Runs batch predictions on a file or a folder, and downloads the answers: one .out file per input file, with its
records in the same order. On AWS you pay for the instance by the second while it works; nothing is left running.
With --labels it also prints the accuracy.

  ./launch.py transform reviews unseen.jsonl --output predictions
  ./launch.py transform reviews features.csv --labels labels.csv
  ./launch.py transform reviews s3://bucket/unseen/ --content-type text/csv --aws"""

LINES = (media.CSV, media.JSON_LINES, "text/plain", "text/libsvm")
"""Content types with a record on each line."""


@dataclass(frozen=True, kw_only=True)
class _Options(modelflags.ModelOptions, flags.SendingOptions):
    source: str
    data: str
    name: str | None
    prefix: str
    output: Path | None
    labels: Path | None
    content_type: str | None
    accept: str | None
    split: str | None
    strategy: str | None
    payload_mb: int | None
    concurrent: int | None
    compression: str | None
    instance_type: str
    instance_count: int
    wait: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "transform", "NAME DATA ", "run batch predictions on files", DESCRIPTION)
    command.add_argument("source", metavar="NAME", help="training job, tuning job (its best model is used), or model")
    command.add_argument("data", metavar="DATA", help="file or folder to upload, or an s3:// URI")
    command.add_argument("--name", help="name of the transform job (default: NAME and the time)")
    command.add_argument(
        "--prefix", default="launch", help="folder in the bucket for the job's files (default: %(default)s)"
    )
    command.add_argument(
        "--output", type=Path, metavar="DIR", help="folder to download the answers to (default: run/NAME)"
    )
    command.add_argument("--labels", type=Path, metavar="FILE", help="file with the true labels, one per record: CSV "
                         "with the label first, or JSON Lines")  # fmt: skip
    form = command.add_argument_group("form")
    form.add_argument(
        "--content-type", metavar="TYPE", help="content type of the data (default: by the file's extension)"
    )
    form.add_argument("--accept", metavar="TYPE", help="media type of the answers (default: that of the data)")
    form.add_argument("--split", choices=["None", "Line", "RecordIO", "TFRecord"],
                      help="how files are split into records (default: Line for CSV, JSON Lines and text)")  # fmt: skip
    form.add_argument("--strategy", choices=["MultiRecord", "SingleRecord"],
                      help="send one record per request, or as many as fit (default: as many as fit)")  # fmt: skip
    form.add_argument("--payload-mb", type=int, metavar="MB", help="largest request, in MB (default: 6, as on AWS)")
    form.add_argument(
        "--concurrent", type=int, metavar="N", help="number of requests in parallel (default: the container's choice)"
    )
    form.add_argument("--compression", choices=["None", "Gzip"], help="compression of the data (default: None)")
    machines = command.add_argument_group("machines")
    machines.add_argument(
        "--instance-type", default="ml.m5.large", metavar="TYPE", help="instance type (default: %(default)s)"
    )
    machines.add_argument(
        "--instance-count", type=int, default=1, metavar="N", help="number of instances (default: %(default)s)"
    )
    modelflags.add(command)
    flags.add_sending(command, "the job's end")
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    output = Output(options.json or options.dry_run)
    target = flags.connect(options, output, options.dry_run)
    name = options.name or names.with_time(options.source, datetime.now(UTC), "transform job")
    labels = evaluation.read_labels(options.labels) if options.labels else None
    # A folder of its own: a training job may have the same name, and the job takes all that is below its input.
    place = f"{names.folder(target.bucket, options.prefix, names.check(name, 'transform job'))}/{lineage.TRANSFORM}"
    puts = (
        []
        if addresses.is_remote(options.data)
        else channels.puts(Path(options.data), f"{place}/input", options.kms_key, "DATA")
    )
    model, created = _model(options, target)
    plan = _plan(options, name, model, place, [put.file for put in puts if put.file])
    prepared = [*puts, *created, transform.create_transform_job(plan)]
    if options.dry_run:
        return send.show(prepared, output)
    resources.check_free(target, resources.TRANSFORM, name)
    target.ensure_bucket()
    answer = send.send(target, prepared, output.say)
    if not options.wait:
        output.result(
            {"TransformJobName": name, **answer},
            [
                f"started: `./launch.py logs {name}{target.flags} --follow` follows its log",
                f"the answers will be in {plan.output}",
            ],
        )
        return 0
    description = wait.wait(target, resources.TRANSFORM, name, output)
    wait.judge(target, resources.TRANSFORM, name, description)
    folder = options.output or Path("run") / name
    files = s3.download(target, f"{plan.output}/", folder)
    document: dict[str, Any] = {**description, "Files": [str(file) for file in files]}
    lines = [f"{len(files)} file{'s' if files[1:] else ''} in {folder}: {', '.join(file.name for file in files[:5])}"]
    if labels is not None:
        found = evaluation.evaluate(labels, evaluation.read_answers(files))
        document["Evaluation"] = found.document()
        lines += found.lines()
    output.result(document, lines)
    return 0


def _model(options: _Options, target: Target) -> tuple[str, list[Request]]:
    """Return the model's name, and the request that makes it unless it is there."""
    if (
        options.model_data is None
        and not target.is_offline
        and resources.try_describe(target, resources.MODEL, options.source)
    ):
        return options.source, []
    source = modelflags.find_source(options, target, options.source)
    name = modelflags.version(options.version, options.source)
    return name, [modelflags.create_model(options, target, name, source)]


def _plan(options: _Options, name: str, model: str, place: str, files: list[Path]) -> transform.Plan:
    content_type = options.content_type
    if content_type is None:
        ends = {file.suffix.lower() for file in files} or {Path(options.data).suffix.lower()}
        found = {media.TYPES.get(end) for end in ends}
        content_type = found.pop() if len(found) == 1 else None
        if content_type is None:
            raise DriverError(f"cannot tell the content type of {options.data} from its name: give --content-type")
    kind = media.parse(content_type).name
    split = options.split or ("Line" if kind in LINES else "None")
    return transform.Plan(
        name=name,
        model=model,
        source=options.data if addresses.is_remote(options.data) else f"{place}/input/",
        output=f"{place}/output",
        instance_type=options.instance_type,
        instance_count=options.instance_count,
        content_type=content_type,
        accept=options.accept or (kind if kind in (media.CSV, media.JSON_LINES) else None),
        split=split,
        strategy=options.strategy or ("MultiRecord" if split != "None" else None),
        assemble="Line" if split == "Line" else "None",
        compression=options.compression,
        payload_mb=options.payload_mb,
        concurrent=options.concurrent,
        kms_key=options.kms_key,
        tags=pairs(options.tag, "--tag"),
    )
