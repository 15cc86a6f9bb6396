"""What the emulator's console shows, read through its API: jobs with logs and curves, endpoints, objects. No writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import Any

from flask import Flask, abort, request

from driver import output
from driver.aws import calls, logs, resources
from driver.aws.logs import Tail
from driver.aws.resources import Kind
from driver.aws.target import Target

KINDS = {kind.flag: kind for kind in (resources.TRAINING, resources.TUNING, resources.TRANSFORM, resources.ENDPOINT)}

MOST = 100
"""Of each kind that are listed, the newest."""

MOST_LINES = 5000
"""Of a log that are kept, the latest."""

MOST_OBJECTS = 1000
PREVIEW = 64 * 1024
"""Bytes of an object that are shown."""


@dataclass
class Log:
    """The latest lines of a log. `first` is the number of the first of them, counted from 0."""

    tail: Tail
    lines: list[str] = field(default_factory=list)
    first: int = 0
    _lock: Lock = field(default_factory=Lock)

    def after(self, number: int) -> tuple[list[str], int]:
        """Return the lines from a number on, as far as they are kept, and the number of the one to come."""
        with self._lock:
            self.lines += [text for line in self.tail.lines() for text in line.lines()]
            surplus = max(0, len(self.lines) - MOST_LINES)
            del self.lines[:surplus]
            self.first += surplus
            return self.lines[max(0, number - self.first) :], self.first + len(self.lines)


@dataclass
class Console:
    """What the console asks for."""

    target: Target
    _logs: dict[tuple[str, str], Log] = field(default_factory=dict)

    def overview(self) -> list[dict[str, Any]]:
        """Jobs and endpoints, of each kind the newest first."""
        return [
            {
                "kind": kind.flag, "name": summary[kind.key], "status": summary[kind.status],
                "created": summary["CreationTime"].isoformat(), "ended": summary[kind.status] in kind.terminal_statuses,
            }
            for kind in KINDS.values()
            for summary in islice(resources.summaries(self.target, kind), MOST)
        ]  # fmt: skip

    def item(self) -> dict[str, Any]:
        """One of them: what was asked for and what has come of it; values that look secret are hidden."""
        kind, name = _asked()
        description = json.loads(output.as_json(resources.describe(self.target, kind, name)))
        status = description[kind.status]
        return {"description": description, "status": status, "ended": status in kind.terminal_statuses}

    def log(self) -> dict[str, Any]:
        """The lines of its log from a number on, and the metrics that these lines report."""
        kind, name = _asked()
        tail = logs.tail(self.target, kind, name)
        if tail is None:
            return {"lines": [], "next": 0, "metrics": {}}
        log = self._logs.setdefault((kind.flag, name), Log(tail))
        lines, following = log.after(request.args.get("after", 0, int))
        return {"lines": lines, "next": following, "metrics": curves(lines, self._definitions(kind, name))}

    def objects(self) -> dict[str, Any]:
        """Buckets; of a bucket what is below a prefix, as folders and objects; of a key its first bytes."""
        s3, given = self.target.client("s3"), request.args
        bucket, prefix = given.get("bucket"), given.get("prefix", "")
        with calls.explain_errors("look at the objects"):
            if not bucket:
                return {"folders": [each["Name"] for each in s3.list_buckets()["Buckets"]], "objects": []}
            if key := given.get("key"):
                answer = s3.get_object(Bucket=bucket, Key=key)
                content = answer["Body"].read(PREVIEW)
                answer["Body"].close()
                return {"text": _as_text(content), "size": answer["ContentLength"]}
            found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter="/", MaxKeys=MOST_OBJECTS)
        return {
            "folders": [each["Prefix"] for each in found.get("CommonPrefixes", [])],
            "objects": [
                {"key": each["Key"], "size": each["Size"], "modified": each["LastModified"].isoformat()}
                for each in found.get("Contents", [])
            ],
            "more": found["IsTruncated"],
        }

    def _definitions(self, kind: Kind, name: str) -> Sequence[Mapping[str, str]]:
        if kind is not resources.TRAINING:
            return ()
        found = resources.describe(self.target, kind, name)["AlgorithmSpecification"].get("MetricDefinitions", ())
        return list(found)


def add(app: Flask, target: Target) -> None:
    """Add the console's part of the API."""
    console = Console(target)
    app.add_url_rule("/api/console", view_func=console.overview)
    app.add_url_rule("/api/console/item", view_func=console.item)
    app.add_url_rule("/api/console/log", view_func=console.log)
    app.add_url_rule("/api/console/objects", view_func=console.objects)


def curves(lines: Sequence[str], definitions: Sequence[Mapping[str, str]]) -> dict[str, list[float]]:
    """Return the values of each metric in these lines, found as SageMaker finds them.

    Example:
        >>> curves(["loss=0.5;", "loss=0.25;"], [{"Name": "loss", "Regex": "loss=([0-9.]+);"}])
        {'loss': [0.5, 0.25]}
    """
    found: dict[str, list[float]] = {}
    for definition in definitions:
        pattern = re.compile(definition["Regex"])
        for match in filter(None, map(pattern.search, lines)):
            try:
                found.setdefault(definition["Name"], []).append(float(match[1]))
            except (ValueError, IndexError):  # the expression is the user's
                continue
    return found


def _asked() -> tuple[Kind, str]:
    kind = KINDS.get(request.args.get("kind", ""))
    if kind is None:
        abort(400, f"the kind is none of {', '.join(KINDS)}: follow a link of the console")
    return kind, request.args.get("name", "")


def _as_text(content: bytes) -> str | None:
    """Return the bytes as text, None if they are none; the last character may be cut in two."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        return content[: error.start].decode("utf-8") if error.start > len(content) - 4 else None
