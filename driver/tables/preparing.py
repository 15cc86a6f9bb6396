"""Channels of labelled texts before the upload: checked, and imported where the image would not read them so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from driver.errors import DriverError
from driver.requests import channels
from driver.requests.channels import Channel
from driver.tables import checking, folders, labels, report, writing
from driver.tables.checking import Checked
from driver.tables.labels import Takes
from driver.tables.roles import Roles
from driver.tables.table import LABELLED, Choices

LARGEST = 300_000_000
"""Bytes of a channel: checking needs several times as much memory, and more is uploaded without a look at it."""

_CHANNELS = ("train", "validation", "test")
_HEADER = "header=present"
_HEAD = 65536  # bytes in which BlazingText's own form shows


def prepare(
    given: Iterable[Channel], takes: Takes, choices: Choices, work: Path, say: Callable[[str], None]
) -> list[Channel]:
    """Return the channels to upload. What had to be imported is below `work`, a folder that outlives the upload.

    Raises DriverError when a channel cannot be used, ChoiceError when the user must decide.
    """
    if find_spec("pandas") is None:
        say("the data are not checked: pip install 'sagemaker-text-driver[tables]' installs what that needs")
        return list(given)
    ready: list[Channel] = []
    checked: dict[str, Checked] = {}
    for channel in given:
        if not _is_ours(channel, takes, say):
            ready.append(channel)
            continue
        header = "present" if _HEADER in (channel.content_type or "") else None
        found = _check(channel, takes, replace(choices, header=choices.header or header))
        checked[channel.name] = found
        if is_read_so(found, channel, takes):
            ready.append(channel)
        else:
            say(f"{channel.name}: {channel.source} is {report.form(found)}; {_roles(found.roles)}")
            say(f"{channel.name}: imported {report.size(found)}")
            path = writing.write(found.records, work / channel.name, stem(Path(channel.source)), takes.form)
            ready.append(replace(channel, source=str(path), content_type=None))
        for warning in found.warnings:
            say(f"{channel.name}: {warning}")
    _compare(checked, str.lower if takes.pairs else str)
    for line in leaks(checked):
        say(line)
    return ready


def leaks(checked: Mapping[str, Checked]) -> list[str]:
    """Say which texts of the channel train, or else of the first table, are also in the others."""
    train = checked.get("train") or next(iter(checked.values()), None)
    return [
        f"{name}: texts that are also in {train.path}, so metrics on them are too good: {count:,}"
        for name, other in checked.items()
        if train and other is not train and (count := checking.shared(other.records, train.records))
    ]


def _is_ours(channel: Channel, takes: Takes, say: Callable[[str], None]) -> bool:
    """Whether a channel holds labelled texts to be looked at."""
    if channel.name not in _CHANNELS or not channel.is_local or channel.type != "S3Prefix" or channel.mode == "Pipe":
        return False
    kind = (channel.content_type or "text/csv").partition(";")[0].strip().lower()
    if kind not in ("text/csv", "csv", "application/jsonlines"):
        return False
    files = list(channels.files(Path(channel.source), f"channel {channel.name}").values())
    if sum(file.stat().st_size for file in files) > LARGEST:
        say(f"{channel.name}: more than {LARGEST // 10**6} MB, uploaded without a check")
        return False
    return takes.form != "blazingtext" or not _is_blazingtext(files[0])


def _is_blazingtext(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise DriverError(f"cannot read {path}: {error.strerror}; check the file and its permissions") from error
    return b"__label__" in head or b'"source"' in head


def _check(channel: Channel, takes: Takes, choices: Choices) -> Checked:
    path = Path(channel.source)
    if parts := folders.find_channels(path):
        flags = " ".join(f"--{name} {part}" for name, part in sorted(parts.items()))
        raise DriverError(f"{path} holds several channels, {', '.join(sorted(parts))}: name each of them: {flags}")
    checked = checking.check(path, choices, takes, has_all_labels=channel.name == "train")
    checked.demand(choices.skip_bad)
    return checked


def is_read_so(checked: Checked, channel: Channel, takes: Takes) -> bool:
    """Whether the image reads the files as they are."""
    table, roles = checked.table, checked.roles
    if takes.form != "labelled" or table.form != LABELLED or checked.problems or checked.dropped or checked.is_renamed:
        return False
    kind = (channel.content_type or "").partition(";")[0]
    if table.found["format"] != "CSV":
        return (
            roles is not None
            and (roles.label, roles.text) == ("label", "text")
            and kind in ("", "application/jsonlines")
        )
    is_header = _HEADER in (channel.content_type or "")
    return (
        roles is not None and [roles.label, roles.text] == table.columns and table.is_named == is_header
        and kind != "application/jsonlines"
    )  # fmt: skip


def _compare(checked: Mapping[str, Checked], spelling: Callable[[str], str]) -> None:
    """Raise DriverError when a model cannot be trained on these labels, or not be judged by them."""
    if "train" not in checked:
        return
    train = checked["train"]
    if len(train.counts) < 2:
        raise DriverError(
            f"all {len(train.records):,} records of {train.path} have the label {next(iter(train.counts))}: give texts "
            "of two labels or more"
        )
    known = set(map(spelling, train.counts))
    for name, other in checked.items():
        if unknown := [label for label in other.counts if spelling(label) not in known]:
            raise DriverError(
                f"{other.path}, the channel {name}, has labels that {train.path} does not: {labels.named(unknown)}; "
                "correct them, or leave these records out with --drop"
            )


def _roles(roles: Roles | None) -> str:
    return f"text: {roles.text}, label: {roles.label} ({roles.reason})" if roles else ""


def stem(path: Path) -> str:
    """Return what a channel's file is called that is made of `path`."""
    return path.name.lstrip(".").partition(".")[0] or "data"
