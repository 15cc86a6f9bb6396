"""Log lines from CloudWatch Logs, where SageMaker's containers write: a stream for each host of a job."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from driver.aws import calls
from driver.aws.resources import Kind
from driver.aws.target import Target
from driver.errors import NotFoundError

_STARTED = re.compile(r"-[0-9]{9,}$")
"""The end of a job's stream: when the host started, in seconds since 1970."""


class Line(NamedTuple):
    """A line, and the host that wrote it, such as `algo-1`."""

    host: str
    text: str

    def lines(self) -> list[str]:
        """Return it for people; an event may hold several lines, and each says whose it is."""
        return [f"{self.host} | {part}" for part in self.text.split("\n")]


@dataclass
class Tail:
    """What is new in the streams of a group whose names begin with `prefix`, each time it is asked."""

    target: Target
    group: str
    prefix: str
    _tokens: dict[str, str] = field(default_factory=dict)

    def lines(self) -> Iterator[Line]:
        """Yield the lines that are new since the last time; none before the log exists. Raises DriverError."""
        client = self.target.client("logs")
        for stream in self._streams(client):
            yield from self._new(client, stream)

    def _streams(self, client: Any) -> list[str]:
        parameters = {"logGroupName": self.group, **({"logStreamNamePrefix": self.prefix} if self.prefix else {})}
        try:
            found = list(
                calls.pages(client, "DescribeLogStreams", parameters, f"read the log {self.group}/{self.prefix}")
            )
        except NotFoundError:  # the group comes into being with its first line
            return []
        return [stream["logStreamName"] for page in found for stream in page["logStreams"]]

    def _new(self, client: Any, stream: str) -> Iterator[Line]:
        host = _STARTED.sub("", stream.rpartition("/")[2])
        while True:
            known = self._tokens.get(stream)
            parameters = {"logGroupName": self.group, "logStreamName": stream, "startFromHead": True}
            if known:
                parameters["nextToken"] = known
            answer = calls.call(client, "GetLogEvents", parameters, f"read the log {self.group}/{stream}")
            self._tokens[stream] = answer["nextForwardToken"]
            for event in answer["events"]:
                yield Line(host, event["message"].rstrip("\r\n"))
            if answer["nextForwardToken"] == known or (known is None and not answer["events"]):
                return


def tail(target: Target, kind: Kind, name: str) -> Tail | None:
    """Return the log of a job or an endpoint; None for a kind that has none."""
    if kind.log_group is None:
        return None
    if kind.api_name == "Endpoint":
        return Tail(target, f"{kind.log_group}/{name}", "")
    return Tail(target, kind.log_group, f"{name}/")
