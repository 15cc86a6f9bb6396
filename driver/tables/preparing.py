"""Channels of labelled texts before the upload: checked, and imported where the image would not read them so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from driver.errors import ChoiceError, DriverError, typed
from driver.requests import channels
from driver.requests.channels import Channel
from driver.tables import checking, comparing, folders, report, writing
from driver.tables.checking import Checked
from driver.tables.labels import Takes
from driver.tables.roles import Roles
from driver.tables.table import LABELLED, Choices

LARGEST = 300_000_000
"""Bytes of a channel: checking needs several times as much memory, and more is uploaded without a look at it."""

_CHANNELS = ("train", "validation", "test")
_HEADER, _NO_HEADER = "header=present", "header=absent"
_HEAD = 65536  # bytes in which BlazingText's own form shows


def prepare(
    given: Iterable[Channel], takes: Takes, choices: Choices, work: Path, say: Callable[[str], None]
) -> tuple[list[Channel], Counter[str]]:
    """Return the channels to upload, and how often each label of `train` occurs, as far as that was looked at.

    What had to be imported is below `work`, a folder that outlives the upload. Raises DriverError when a channel cannot
    be used, ChoiceError when the user must decide.
    """
    if find_spec("pandas") is None:
        say("the data are not checked: pip install 'sagemaker-text-driver[tables]' installs what that needs")
        return list(given), Counter()
    channels_of = {channel.name: channel for channel in given}
    checked = {
        name: checking.check(_one_channel(channel), _with_header(choices, channel), takes)
        for name, channel in channels_of.items()
        if _is_ours(channel, takes, say)
    }
    comparing.demand(checked.values(), choices)
    for name, found in checked.items():
        channel = channels_of[name]
        is_csv = found.table.found["format"] == "CSV"
        if not is_read_so(found, channel, takes):
            say(f"{name}: {channel.source} is {report.form(found)}; {_roles(found.roles)}")
            say(f"{name}: imported {report.size(found)}")
            path = writing.write(found.records, work / name, stem(Path(channel.source)), takes.form)
            channels_of[name] = replace(channel, source=str(path), content_type=None)
            is_csv = path.suffix == ".csv"
        if is_csv and _with_header(choices, channel).header == "absent":
            channels_of[name] = replace(channels_of[name], content_type=f"text/csv; {_NO_HEADER}")
        for warning in found.warnings:
            say(f"{name}: {warning}")
    counts = Counter[str]()
    if "train" in checked:  # it may be in S3
        comparing.compare(checked, takes)
        for line in comparing.leaks(checked):
            say(line)
        counts = checked["train"].counts
    return list(channels_of.values()), counts


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


def _one_channel(channel: Channel) -> Path:
    """Return where a channel's data are. Raises ChoiceError for a folder of channels, such as `data import` writes."""
    path = Path(channel.source)
    if parts := folders.find_channels(path, 1 if (path / writing.NOTE).is_file() else 2):
        raise ChoiceError(
            f"{path} is a folder of channels, {', '.join(parts)}: name each of them",
            [[flag for name, part in parts.items() for flag in (f"--{name}", typed(part))]],
        )
    return path


def _with_header(choices: Choices, channel: Channel) -> Choices:
    said = next((form for form in (_HEADER, _NO_HEADER) if form in (channel.content_type or "")), None)
    return replace(choices, header=said.partition("=")[2]) if said and choices.header is None else choices


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


def _roles(roles: Roles | None) -> str:
    return f"text: {roles.text}, label: {roles.label} ({roles.reason})" if roles else ""


def stem(path: Path) -> str:
    """Return what a channel's file is called that is made of `path`."""
    return path.name.lstrip(".").partition(".")[0] or "data"
