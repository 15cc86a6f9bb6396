"""Log streams of moto's CloudWatch Logs whose events are lines of a file: a time in milliseconds, a space, the message.

moto holds all events in memory and goes through all of them for every page. Here a token of a page is a place in the
file, so that following a log of any size reads each line once.
"""

import heapq
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.logs import models, urls
from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogGroup, LogsBackend, LogStream
from moto.logs.responses import LogsResponse
from moto.logs.utils import EventMessageFilter

from emulator.aws.content import read

MAX_EVENTS = 10_000  # of a page, as on AWS
MAX_PAGE_BYTES = 1 << 20  # too
NO_STREAM = ""  # no stream has this name; without names all are meant


@dataclass(frozen=True)
class Event:
    """A line: its time in milliseconds since 1970, and where in the file it begins and ends."""

    timestamp: int
    message: str
    start: int
    end: int


def install() -> None:
    """Let moto use the classes below."""
    models.LogGroup = FileGroup
    urls.url_paths["{0}/$"] = Responses.dispatch
    models.logs_backends.backend = FileBackend


def encode(seconds: float, line: str) -> bytes:
    r"""Return the line of the file for an event, or those of several if it has several lines.

    CloudWatch knows no empty message.

    Example:
        >>> encode(1.5, "epoch=1\n")
        b'1500 epoch=1\n1500  \n'
    """
    return "".join(f"{int(seconds * 1000)} {part or ' '}\n" for part in line.split("\n")).encode("utf-8", "replace")


class FileStream(LogStream):  # type: ignore[misc]  # moto is not followed
    """A stream whose events are in the file at `path`."""

    def __new__(cls, *_: Any, **__: Any) -> "FileStream":
        return object.__new__(cls)  # moto's own remembers all that there ever were

    def __init__(self, group: Any, name: str, path: Path):
        super().__init__(group, name)
        self.path = path

    def read_from(self, start: int) -> Iterator[Event]:
        """The events from a place in the file on. Raises InvalidParameterException where none can begin."""
        with self.path.open("rb") as file:
            file.seek(max(start - 1, 0))
            if start and file.read(1) != b"\n":
                raise InvalidParameterException("The specified nextToken is invalid.")
            for line in file:
                if not line.endswith(b"\n"):
                    return  # it is being written, or was cut short by kill -9
                yield _event(line, start)
                start += len(line)

    def to_describe_dict(self) -> dict[str, Any]:
        size = self.path.stat().st_size
        first, last = next(self.read_from(0), None), next(_backwards(self.path, size), None)
        described = {"arn": self.arn, "logStreamName": self.log_stream_name, "storedBytes": size}
        if first is None or last is None:
            return {**described, "creationTime": int(self.path.stat().st_mtime * 1000)}
        return {
            **described,
            "creationTime": first.timestamp,
            "firstEventTimestamp": first.timestamp,
            "lastEventTimestamp": last.timestamp,
            "lastIngestionTime": last.timestamp,
            "uploadSequenceToken": f"{last.end}",
        }

    def get_log_events(
        self, start_time: int, end_time: int, limit: int, next_token: str, start_from_head: bool
    ) -> tuple[list[dict[str, Any]], str, str]:
        forwards, place = _parse_token(next_token, start_from_head, self.path.stat().st_size)
        events = self.read_from(place) if forwards else _backwards(self.path, place)
        page = _page((e for e in events if _within(e, start_time, end_time)), limit)
        if not forwards:
            page.reverse()
        ends = (page[0].start, page[-1].end) if page else (place, place)
        answers = [{"timestamp": e.timestamp, "message": e.message, "ingestionTime": e.timestamp} for e in page]
        return answers, f"b/{ends[0]:056d}", f"f/{ends[1]:056d}"


class FileGroup(LogGroup):  # type: ignore[misc]
    """A group that may have such streams."""

    def delete_log_stream(self, log_stream_name: str) -> None:
        stream = self.streams.get(log_stream_name)
        super().delete_log_stream(log_stream_name)
        if isinstance(stream, FileStream):
            stream.path.unlink(missing_ok=True)

    def filter_log_events(
        self, name: str, names: list[str], start: int, end: int, limit: int, token: str, pattern: str, interleaved: bool
    ) -> tuple[list[dict[str, Any]], str | None, list[dict[str, Any]]]:
        streams = [stream for one, stream in list(self.streams.items()) if not names or one in names]
        if not all(isinstance(stream, FileStream) for stream in streams):
            return super().filter_log_events(name, names, start, end, limit, token, pattern, interleaved)  # type: ignore[no-any-return]
        places = _parse_places(token)
        wanted = EventMessageFilter(pattern)
        found: list[dict[str, Any]] = []
        size = 0
        for stream, event in heapq.merge(*(_events(s, places) for s in streams), key=lambda pair: pair[1].timestamp):
            if len(found) == (limit or MAX_EVENTS) or size > MAX_PAGE_BYTES:
                return found, json.dumps(places), []
            places[stream] = event.end
            if _within(event, start, end + 1 if end else None) and wanted.matches(event.message):
                size += len(event.message)
                found.append(
                    {
                        "eventId": f"{stream}:{event.start}",
                        "logStreamName": stream,
                        "timestamp": event.timestamp,
                        "ingestionTime": event.timestamp,
                        "message": event.message,
                    }
                )
        return found, None, []


class Responses(LogsResponse):  # type: ignore[misc]
    """Reads members of FilterLogEvents that moto passes over; refuses patterns to which it finds every event."""

    def filter_log_events(self) -> str:
        request = json.loads(self.raw_body)
        identifier = request.pop("logGroupIdentifier", None)
        prefix, pattern = request.pop("logStreamNamePrefix", None), request.get("filterPattern", "").strip()
        if (identifier is None) == ("logGroupName" not in request):
            raise InvalidParameterException("Give one of logGroupName and logGroupIdentifier")
        if prefix is not None and "logStreamNames" in request:
            raise InvalidParameterException("Give one of logStreamNames and logStreamNamePrefix, not both")
        if pattern and not (pattern[0].isalpha() or pattern[0] == '"'):
            wanted = 'words, or one phrase in "quotation marks"'
            raise InvalidParameterException(
                f"filterPattern {pattern!r} is not supported by the emulator: give {wanted}"
            )
        if identifier is not None:
            request["logGroupName"] = identifier.partition(":log-group:")[2].removesuffix(":*") or identifier
        group = self.logs_backend.groups.get(request["logGroupName"])
        if prefix is not None and group:
            request["logStreamNames"] = [name for name in group.streams if name.startswith(prefix)] or [NO_STREAM]
        self.body = json.dumps(request)
        return super().filter_log_events()  # type: ignore[no-any-return]


class FileBackend(LogsBackend):  # type: ignore[misc]
    """Removes the files of a deleted group."""

    @property
    def _url_module(self) -> Any:
        return urls  # moto looks for it beside this class

    def delete_log_group(self, log_group_name: str) -> None:
        group = self.groups.get(log_group_name)
        for name in list(group.streams) if group else []:
            group.delete_log_stream(name)
        super().delete_log_group(log_group_name)


def _event(line: bytes, start: int) -> Event:
    timestamp, _, message = line[:-1].partition(b" ")
    return Event(int(timestamp), message.decode("utf-8", "replace"), start, start + len(line))


def _within(event: Event, start: int | None, end: int | None) -> bool:
    return (not start or event.timestamp >= start) and (not end or event.timestamp < end)


def _page(events: Iterator[Event], limit: int | None) -> list[Event]:
    page: list[Event] = []
    size = 0
    for event in events:
        size += event.end - event.start
        if page and size > MAX_PAGE_BYTES:
            break
        page.append(event)
        if len(page) == (limit or MAX_EVENTS):
            break
    return page


def _backwards(path: Path, end: int) -> Iterator[Event]:
    """The events before a place in the file, the last first."""
    content = read(path)
    end = content.rfind(b"\n", 0, end) + 1  # what follows is being written, or was cut short
    while end:
        start = content.rfind(b"\n", 0, end - 1) + 1
        yield _event(content[start:end], start)
        end = start


def _parse_token(token: str | None, from_head: bool, size: int) -> tuple[bool, int]:
    """Whether to read forwards, and from where."""
    if not token:
        return bool(from_head), 0 if from_head else size
    direction, _, place = token.partition("/")
    if direction not in ("f", "b") or not re.fullmatch("[0-9]{1,56}", place) or int(place) > size:
        raise InvalidParameterException("The specified nextToken is invalid.")
    return direction == "f", int(place)


def _parse_places(token: str | None) -> dict[str, int]:
    try:
        places = json.loads(token or "{}")
        if all(type(place) is int and 0 <= place < 1 << 63 for place in places.values()):
            return dict(places)
    except (ValueError, AttributeError, RecursionError):
        pass
    raise InvalidParameterException("The specified nextToken is invalid.")


def _events(stream: FileStream, places: dict[str, int]) -> Iterator[tuple[str, Event]]:
    for event in stream.read_from(places.get(stream.log_stream_name, 0)):
        yield stream.log_stream_name, event
