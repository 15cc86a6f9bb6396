"""The command line of `launch.py transform`: the data and their form, labels to compare with, the machines."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from driver.commandline import flags, modelflags, tableflags
from driver.errors import DriverError
from driver.requests import addresses, channels, names
from driver.tables.table import Choices


@dataclass(frozen=True, kw_only=True)
class TransformOptions(modelflags.ModelOptions, flags.SendingOptions):
    """What a transform is given."""

    source: str
    data: str
    name: str | None
    prefix: str
    output: Path | None
    join: bool
    id: str | None
    text: str | None
    label: str | None
    labels: Path | None
    skip_bad: bool
    header: str | None
    delimiter: str | None
    encoding: str | None
    sheet: str | None
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

    @property
    def choices(self) -> Choices:
        """What the user says of the table."""
        return Choices(
            text=self.text, skip_bad=self.skip_bad, header=self.header, delimiter=self.delimiter,
            encoding=self.encoding, sheet=self.sheet,
        )  # fmt: skip

    @property
    def is_remote(self) -> bool:
        """Whether the data are in S3 already. Raises DriverError for another address."""
        return addresses.is_remote(self.data)

    @property
    def needs_rows(self) -> bool:
        """Whether the user asks for what only a table has."""
        own_labels = self.label and not self.labels
        return bool(self.join or self.id or own_labels or self.choices != Choices())


def add(command: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    command.add_argument("source", metavar="NAME", help="training job, tuning job (its best model is used), or model")
    command.add_argument("data", metavar="DATA", help="file or folder to upload, or an s3:// URI")
    command.add_argument("--name", help="name of the transform job (default: NAME and the time)")
    command.add_argument(
        "--prefix", default="launch", help="folder in the bucket for the job's files (default: %(default)s)"
    )
    command.add_argument(
        "--output", type=Path, metavar="DIR", help="folder to download the answers to (default: run/NAME)"
    )
    table = command.add_argument_group("your own data", "For tables of texts; what is not certain is asked for.")
    table.add_argument("--text", metavar="COLUMN", help="column of the texts: its name, or its number from 1")
    table.add_argument("--join", action="store_true", help="put label and score beside the columns of DATA")
    table.add_argument("--id", metavar="COLUMN", help="put label and score beside this column of DATA alone")
    table.add_argument("--label", metavar="COLUMN", help="column of the true labels, of DATA or of --labels, to print "
                       "the accuracy")  # fmt: skip
    table.add_argument(
        "--labels", type=Path, metavar="FILE", help="file with the true labels, one per record, to print the accuracy"
    )
    tableflags.add_form(table)
    form = command.add_argument_group("form", "For data that are sent as they are.")
    form.add_argument(
        "--content-type", metavar="TYPE", help="content type of the data (default: by the file's extension)"
    )
    form.add_argument("--accept", metavar="TYPE", help="media type of the answers (default: application/jsonlines for "
                      "images of this repository, else that of the data)")  # fmt: skip
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


def check(options: TransformOptions) -> None:
    """Raise DriverError for names that cannot be, for data that are missing, and for what does not go together."""
    names.check_given((options.name, "transform job"), (options.version, "model"))
    if not options.wait and (wanted := _first_given(options, ("join", "id", "label", "labels"))):
        raise DriverError(f"--no-wait returns before there are answers: leave it out, or leave out --{wanted}")
    if options.is_remote:
        if wanted := _first_given(options, ("id", "header", "delimiter", "encoding", "sheet", "skip_bad")):
            raise DriverError(f"--{wanted} is for local files: download the data, or leave it out")
        if options.label and not options.labels:
            raise DriverError("--label names a column of a local file: for data in S3 give --labels FILE")
        return
    channels.files(Path(options.data), "DATA")
    if options.needs_rows and (wanted := _first_given(options, ("content_type", "split", "compression"))):
        raise DriverError(
            f"--{wanted} is for data that are sent as they are, and a table is sent as JSON Lines: leave it out"
        )


def _first_given(options: TransformOptions, flags: tuple[str, ...]) -> str | None:
    return next((flag.replace("_", "-") for flag in flags if getattr(options, flag)), None)
