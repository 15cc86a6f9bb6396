"""What the operations of all resources share: a record and tags for each name, and the errors without or with one.

Jobs add a status: they can be stopped while they run, and end once.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import ApiError, in_use, invalid
from emulator.api.paging import page
from emulator.platform import Platform
from emulator.resources import failures, tags
from emulator.state.records import Record, TakenError, UnknownError

RUNNING = ("InProgress", "Stopping")


def _change_nothing(record: Record) -> None:
    """The default of what a caller may change besides."""


@dataclass(frozen=True)
class Kind:
    """A kind of resource: `name` as in ARNs, `prefix` as in members of requests and records, `label` as in errors.

    `summary` holds the members that List answers beside the name, the ARN and the time of creation; `order` is SortBy
    and SortOrder of a List request without them, where it is not CreationTime and Descending.
    """

    name: str
    prefix: str
    label: str
    summary: tuple[str, ...] = ()
    order: Mapping[str, str] = field(default_factory=dict, hash=False)

    def add(self, platform: Platform, call: Call, request: Mapping[str, Any], **members: Any) -> str:
        """Keep a record of a request and further members, with its tags, and return its ARN; raises ApiError."""
        name = request[f"{self.prefix}Name"]
        arn = call.arn(self.name, name)
        record = {member: value for member, value in request.items() if member != "Tags"}
        record |= {f"{self.prefix}Arn": arn, "CreationTime": time.time(), **members}
        try:
            platform.store.add(self.name, name, record)
        except TakenError:
            raise self._taken(arn) from None
        tags.add(platform, arn, request.get("Tags", []))
        return arn

    def find(self, platform: Platform, call: Call, name: str) -> Record:
        """Return the record of a name; raises ApiError."""
        with self._requiring(call, name):
            return platform.store.get(self.name, name)

    def list_(
        self, platform: Platform, request: Mapping[str, Any], more: Callable[[Record], dict[str, Any]] = lambda _: {}
    ) -> dict[str, Any]:
        """Answer a List request; `more` returns further members of a record's summary. Raises ApiError."""
        name, arn, status = (f"{self.prefix}{member}" for member in ("Name", "Arn", "Status"))
        records = platform.store.all(self.name)
        found, token = page(records, {**self.order, **request}, name, status if status in self.summary else None)
        shown = (name, arn, "CreationTime", *self.summary)
        summaries = [{**{member: each[member] for member in shown if member in each}, **more(each)} for each in found]
        return {self._plural: summaries, **token}

    def change(self, platform: Platform, call: Call, name: str, change: Callable[[Record], None]) -> Record:
        """Let `change` edit the record, see Store.change; raises ApiError."""
        with self._requiring(call, name):
            return platform.store.change(self.name, name, change)

    def remove(self, platform: Platform, call: Call, name: str) -> None:
        """Remove the record and its tags; raises ApiError."""
        with self._requiring(call, name):
            self.forget(platform, name)

    def forget(self, platform: Platform, name: str) -> None:
        """Remove the record and its tags, outside a call; raises UnknownError."""
        record = platform.store.remove(self.name, name)
        tags.remove(platform, record[f"{self.prefix}Arn"])

    @property
    def _plural(self) -> str:
        return f"{self.prefix}s"

    def _taken(self, arn: str) -> ApiError:
        return invalid(f'Cannot create already existing {self.label} "{arn}".')

    def _unknown(self, call: Call, name: str) -> ApiError:
        return invalid(f'Could not find {self.label} "{call.arn(self.name, name)}".')

    @contextmanager
    def _requiring(self, call: Call, name: str) -> Iterator[None]:
        try:
            yield
        except UnknownError:
            raise self._unknown(call, name) from None


@dataclass(frozen=True)
class JobKind(Kind):
    """A kind of job. `taken` is the sentence for a name that another job has, without its end, the ARN."""

    taken: str = ""

    def add(self, platform: Platform, call: Call, request: Mapping[str, Any], **members: Any) -> str:
        """Keep a record of a job in progress; see Kind.add."""
        status = {f"{self.prefix}Status": "InProgress", "LastModifiedTime": time.time()}
        return super().add(platform, call, request, **status, **members)

    def stop(self, platform: Platform, call: Call, name: str, also: Callable[[Record], None] = _change_nothing) -> None:
        """Ask a job to stop; raises ApiError when it has ended. `also` edits the record when nobody asked before."""

        def change(record: Record) -> None:
            status = record[f"{self.prefix}Status"]
            if status not in RUNNING:
                raise invalid(f"The request was rejected because the {self.label} is in status {status}.")
            if status == "InProgress":
                record[f"{self.prefix}Status"] = "Stopping"
                also(record)

        self.change(platform, call, name, change)
        platform.background.stop(self.name, name)

    def finish(
        self,
        platform: Platform,
        name: str,
        status: str,
        reason: str | None = None,
        also: Callable[[Record], None] = _change_nothing,
    ) -> None:
        """Note in the record how the job ended, and when; `reason` is its FailureReason, `also` edits the rest."""

        def change(record: Record) -> None:
            record[f"{self.prefix}Status"] = status
            record[f"{self.prefix.removesuffix('Job')}EndTime"] = time.time()
            if reason:
                record["FailureReason"] = failures.shorten(reason)
            also(record)

        platform.store.change(self.name, name, change)

    def unfinished(self, platform: Platform) -> list[str]:
        """Return the names of the jobs that have not ended."""
        records = platform.store.all(self.name)
        return [record[f"{self.prefix}Name"] for record in records if record[f"{self.prefix}Status"] in RUNNING]

    def recover(self, platform: Platform) -> None:
        """Let jobs fail that an earlier process left unfinished."""
        for name in self.unfinished(platform):
            self.finish(platform, name, "Failed", failures.EMULATOR_ENDED)

    @property
    def _plural(self) -> str:
        return f"{self.prefix}Summaries"

    def _taken(self, arn: str) -> ApiError:
        return in_use(f"{self.taken} ({arn})")

    def _unknown(self, call: Call, name: str) -> ApiError:  # noqa: ARG002
        return invalid("Requested resource not found.")
