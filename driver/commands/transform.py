"""`launch.py transform`: predictions for whole files, without an endpoint."""

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from driver import evaluation, images
from driver.aws import lineage, media, resources, s3
from driver.aws.target import Target
from driver.commandline import flags, modelflags, transformflags
from driver.commandline.transformflags import TransformOptions
from driver.errors import DriverError, several
from driver.images import Image
from driver.lifecycle import send, wait
from driver.output import Output
from driver.requests import channels, names, transform
from driver.requests.pairs import pairs
from driver.requests.request import Request
from driver.tables.labels import Takes
from driver.tables.table import Choices
from driver.transforming import labels, outcome, rows
from driver.transforming.outcome import Asked
from driver.transforming.rows import Rows

DESCRIPTION = """\
Runs batch predictions on a file or a folder, and downloads the answers. A table of texts (CSV, Excel, JSON, Parquet)
is sent as JSON Lines, a text each, and answered by one CSV with label and score, a row for each row. Other files are
sent as they are; each gets an .out file with its records in the same order. On AWS you pay for the instance by the
second while it works; nothing is left running, and the model made for the job is deleted.

  ./launch.py transform reviews unseen.csv --join
  ./launch.py transform reviews new.csv --text review --id id
  ./launch.py transform reviews test.csv --label stars
  ./launch.py transform reviews features.csv --labels labels.csv
  ./launch.py transform reviews s3://bucket/unseen/ --content-type text/csv --aws"""

LINES = (media.CSV, media.JSON_LINES, "text/plain", "text/libsvm")
"""Content types with a record on each line."""


class _Served(NamedTuple):
    """The model, the request that makes it unless it is there, its image, and the training job if it is known."""

    model: str
    created: list[Request]
    image: Image | None
    job: str | None = None
    hyperparameters: Mapping[str, str] | None = None

    @property
    def takes(self) -> Takes | None:
        """Return what texts a table may hold for it; None where none, or an unknown image."""
        if self.image is None:
            return None
        # A tuning job adds names of its own, such as _tuning_objective_metric.
        own = {name: value for name, value in (self.hyperparameters or {}).items() if not name.startswith("_")}
        return self.image.takes(own or None)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "transform", "NAME DATA ", "run batch predictions on files", DESCRIPTION)
    transformflags.add(command)
    flags.set_run(command, run, TransformOptions)


def run(options: TransformOptions) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    transformflags.check(options)
    with tempfile.TemporaryDirectory(prefix="launch-") as work:
        return _run(options, Path(work))


def _run(options: TransformOptions, work: Path) -> int:
    output = Output(options.json or options.dry_run)
    target = flags.connect(options, output, options.dry_run)
    name = options.name or names.with_time(options.source, datetime.now(UTC), "transform job")
    truth = labels.read(options.labels, Choices(label=options.label)) if options.labels else None
    served = _find_model(options, target)
    table = _find_rows(options, served, output)
    if table and options.label and not options.labels:
        truth = [evaluation.plain(cell) for cell in table.column(options.label, "--label")]
    if table and truth is not None and len(truth) != len(table.table.positions):
        raise DriverError(
            f"{several(len(truth), 'label')} for {several(len(table.table.positions), 'row')}: give one label per row"
        )
    beside = _beside(options, table)
    # A folder of its own: a training job may have the same name, and the job takes all that is below its input.
    place = "/".join(filter(None, (names.folder(target.bucket, options.prefix, name), lineage.TRANSFORM, served.job)))
    data = table.write(work, _key(served)) if table else Path(options.data)
    puts = [] if options.is_remote else channels.puts(data, f"{place}/input", options.kms_key, "DATA")
    plan = _plan(options, name, served, place, [put.file for put in puts if put.file])
    prepared = [*puts, *served.created, transform.create_transform_job(plan)]
    if options.dry_run:  # of what is written for the job nothing is left, so it is shown where it comes from
        shown = [replace(each, file=Path(options.data)) if table and each.file else each for each in prepared]
        return send.show(shown, output)
    resources.check_free(target, resources.TRANSFORM, name)
    target.ensure_bucket()
    answer = send.send(target, prepared, output.say)
    if not options.wait:
        output.result({"TransformJobName": name, **answer}, _started(plan, served, target))
        return 0
    description = wait.wait(target, resources.TRANSFORM, name, output)
    _delete_model(target, served, output)
    wait.judge(target, resources.TRANSFORM, name, description)
    folder = options.output or Path("run") / name
    files = s3.download(target, f"{plan.output}/", folder)
    is_csv = media.parse(plan.content_type or "").name == media.CSV and plan.accept == media.JSON_LINES
    asked = Asked(
        table=table, beside=beside, truth=truth, meaning=served.takes.meaning if served.takes else str,
        unit="line" if plan.split == "Line" else "record",
        is_joined=plan.is_joined, is_written=bool(table) or (is_csv and options.accept is None),
    )  # fmt: skip
    found = outcome.gather(files, asked)
    lines = [f"{len(files)} file{'s' if files[1:] else ''} in {folder}: {', '.join(file.name for file in files[:5])}"]
    output.result({**description, "Files": list(map(str, files)), **found.document}, [*lines, *found.lines])
    if found.error:
        raise found.error
    return 0


def _started(plan: transform.Plan, served: _Served, target: Target) -> list[str]:
    lines = [
        f"started: `./launch.py logs {plan.name}{target.flags} --follow` follows its log",
        f"the answers will be in {plan.output}",
    ]
    if served.created:
        lines.append(f"then delete its model: ./launch.py delete {served.model} --kind model{target.flags}")
    return lines


def _delete_model(target: Target, served: _Served, output: Output) -> None:
    """Delete the model that was made for the job, which has ended: whoever runs many jobs would pile them up."""
    try:
        for request in served.created:
            send.send(target, [resources.MODEL.delete(request.parameters[resources.MODEL.key])], output.say)
    except DriverError as error:
        output.say(f"{error}; the model {served.model} is left, which costs nothing")


def _find_model(options: TransformOptions, target: Target) -> _Served:
    """Return the model of that name, or one to be made of what the options name. Raises DriverError."""
    if options.model_data is None and not target.is_offline:
        there = resources.try_describe(target, resources.MODEL, options.source)
        if there is not None:
            image = there.get("PrimaryContainer", {}).get("Image")
            return _Served(options.source, [], images.find_by_uri(image) if image else None)
    source = modelflags.find_source(options, target, options.source)
    name = modelflags.version(options.version, options.source)
    created = [modelflags.create_model(options, target, name, source)]
    return _Served(name, created, images.find_by_uri(source.image), source.job, source.hyperparameters)


def _find_rows(options: TransformOptions, served: _Served, output: Output) -> Rows | None:
    """Return the table to send as JSON Lines; None for data that are sent as they are. Raises DriverError."""
    is_raw = bool(options.content_type or options.split or options.compression)
    if options.is_remote or is_raw or not (options.needs_rows or served.takes):
        return None
    return rows.find(Path(options.data), options.choices, options.needs_rows, output.say)


def _beside(options: TransformOptions, table: Rows | None) -> dict[str, list[str]]:
    """Return the columns of the table that the answers are put beside."""
    if table is None:
        return {}
    if options.join:
        return {name: list(table.table.frame[name]) for name in table.table.columns}
    return {options.id: table.column(options.id, "--id")} if options.id else {}


def _key(served: _Served) -> str:
    """Return the key under which the image looks for a text."""
    return "source" if served.takes and served.takes.form == "blazingtext" else "text"


def _plan(options: TransformOptions, name: str, served: _Served, place: str, files: list[Path]) -> transform.Plan:
    content_type = options.content_type
    if content_type is None:
        ends = {file.suffix.lower() for file in files} or {Path(options.data).suffix.lower()}
        found = {media.TYPES.get(end) for end in ends}
        content_type = found.pop() if len(found) == 1 else None
        if content_type is None:
            raise DriverError(f"cannot tell the content type of {options.data} from its name: give --content-type")
    kind = media.parse(content_type).name
    split = options.split or ("Line" if kind in LINES else "None")
    is_joined = options.join and options.is_remote
    fields: dict[str, Any] = {}
    if options.is_remote and options.text:
        fields["input_filter"] = transform.input_filter(options.text, kind)
    accept = options.accept or (kind if kind in (media.CSV, media.JSON_LINES) else None)
    if kind == media.CSV and options.accept is None and served.image and not is_joined and not fields:
        accept = media.JSON_LINES  # CSV answers of some images lack the label
    return transform.Plan(
        name=name,
        model=served.model,
        source=options.data if options.is_remote else f"{place}/input/",
        output=f"{place}/output",
        instance_type=options.instance_type,
        instance_count=options.instance_count,
        content_type=content_type,
        accept=accept,
        split=split,
        strategy=options.strategy or ("MultiRecord" if split != "None" else None),
        assemble="Line" if split == "Line" else "None",
        compression=options.compression,
        is_joined=is_joined,
        payload_mb=options.payload_mb,
        concurrent=options.concurrent,
        kms_key=options.kms_key,
        tags=pairs(options.tag, "--tag"),
        **fields,
    )
