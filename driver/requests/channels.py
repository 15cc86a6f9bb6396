"""Input channels: what `--channel` says, the files to upload for it, and its entry in InputDataConfig."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from driver.errors import DriverError, quote
from driver.requests.addresses import SCHEME, is_remote, location
from driver.requests.request import Request

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OPTION = re.compile(r",(content-type|distribution|type|compression|wrapper|mode)=([^,]*)$")
_VALUES = {
    "distribution": ("FullyReplicated", "ShardedByS3Key"),
    "type": ("S3Prefix", "ManifestFile"),
    "compression": ("None", "Gzip"),
    "wrapper": ("None", "RecordIO"),
    "mode": ("File", "FastFile", "Pipe"),
}


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel's name, where its data are (a path, or an `s3://` URI), and their options for SageMaker."""

    name: str
    source: str
    content_type: str | None = None
    distribution: str = "FullyReplicated"
    type: str = "S3Prefix"
    compression: str | None = None
    wrapper: str | None = None
    mode: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether the data must be uploaded."""
        return not self.source.startswith(SCHEME)


def parse(text: str, content_type: str | None = None) -> Channel:
    """Return the channel that `NAME=SOURCE[,OPTION=VALUE...]` says. Raises DriverError for another form, and for
    options that SageMaker refuses together.

    Example:
        >>> parse("train=data/train,content-type=text/csv,distribution=ShardedByS3Key").distribution
        'ShardedByS3Key'
    """
    name, equals, rest = text.partition("=")
    options: dict[str, str] = {}
    while found := _OPTION.search(rest):
        key, value = found.groups()
        if value not in _VALUES.get(key, (value,)):
            raise DriverError(f"channel {name}: {key} is {quote(value)}: expected one of {', '.join(_VALUES[key])}")
        options[key.replace("-", "_")] = value
        rest = rest[: found.start()]
    if not (equals and rest and _NAME.fullmatch(name)):
        raise DriverError(f"the channel {quote(text)}: expected NAME=PATH or NAME=s3://bucket/prefix")
    is_remote(rest)
    channel = replace(Channel(name=name, source=rest, content_type=content_type), **options)
    for option in ("compression", "wrapper"):
        value = getattr(channel, option) or "None"
        if value != "None" and channel.mode != "Pipe":
            raise DriverError(
                f"channel {name}: SageMaker takes {option}={value} only in Pipe mode: leave it out, or add mode=Pipe "
                "for an image that reads pipes"
            )
    return channel


def uploads(channel: Channel, folder: str, kms_key: str | None) -> list[Request]:
    """Return a PutObject for each file of a local channel, below `folder`/NAME/. Hidden files are left out.

    Raises DriverError when the file or folder does not exist, or is empty.
    """
    if not channel.is_local:
        return []
    return puts(Path(channel.source), f"{folder}/{channel.name}", kms_key, f"channel {channel.name}")


def puts(source: Path, folder: str, kms_key: str | None, what: str) -> list[Request]:
    """Return a PutObject for a file, or for each file in a folder, below the S3 URI `folder`."""
    bucket, prefix = location(folder)
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    found = files(source, what)
    return [
        Request("s3", "PutObject", {"Bucket": bucket, "Key": f"{prefix}/{key}", **encrypted}, path)
        for key, path in found.items()
    ]


def files(source: Path, what: str) -> dict[str, Path]:
    """Return the files of a path by their names below it, in order. Raises DriverError when there are none."""
    if source.is_file():
        return {source.name: source}
    if source.exists() and not source.is_dir():  # a pipe, which cannot be read twice
        raise DriverError(f"{what}: {source} is not a file or folder: save it as a file first")
    if not source.is_dir():
        raise DriverError(f"{what}: {source} does not exist: check the path")
    paths = {path.relative_to(source): path for path in sorted(source.rglob("*")) if path.is_file()}
    visible = {str(name): path for name, path in paths.items() if not any(part.startswith(".") for part in name.parts)}
    if not visible:
        raise DriverError(f"{what}: the folder {source} is empty: put the data files there, or name another folder")
    return visible


def entry(channel: Channel, folder: str) -> dict[str, Any]:
    """Return the channel's entry in InputDataConfig; local data are where `uploads` puts them."""
    uri = channel.source
    if channel.is_local:
        # The slash matters: without it the prefix would take in a channel whose name begins alike.
        name = Path(uri).name if channel.type == "ManifestFile" else ""
        uri = f"{folder}/{channel.name}/{name}"
    source = {"S3DataType": channel.type, "S3Uri": uri, "S3DataDistributionType": channel.distribution}
    more = {
        "ContentType": channel.content_type,
        "CompressionType": channel.compression,
        "RecordWrapperType": channel.wrapper,
        "InputMode": channel.mode,
    }
    return {
        "ChannelName": channel.name,
        "DataSource": {"S3DataSource": source},
        **{key: value for key, value in more.items() if value},
    }
