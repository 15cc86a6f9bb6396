"""What models, endpoint configurations and endpoints do alike: a record for each name, and what is said without one."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import ApiError, invalid
from emulator.platform import Platform
from emulator.resources import tags
from emulator.state.records import Record, TakenError, UnknownError


@dataclass(frozen=True)
class Kind:
    """A kind of thing: `name` as ARNs have it, `prefix` as members of requests have it, `words` as errors have it."""

    name: str
    prefix: str
    words: str

    def add(self, platform: Platform, call: Call, request: Mapping[str, Any], **members: Any) -> str:
        """Keep a record of a request and further members, with its tags, and return its ARN; raises ApiError."""
        name = request[f"{self.prefix}Name"]
        arn = call.arn(self.name, name)
        record = {member: value for member, value in request.items() if member != "Tags"}
        record |= {f"{self.prefix}Arn": arn, "CreationTime": time.time(), **members}
        try:
            platform.store.add(self.name, name, record)
        except TakenError:
            raise invalid(f'Cannot create already existing {self.words} "{arn}".') from None
        tags.add(platform, arn, request.get("Tags", []))
        return arn

    def find(self, platform: Platform, call: Call, name: str) -> Record:
        """Return the record of a name; raises ApiError."""
        try:
            return platform.store.get(self.name, name)
        except UnknownError:
            raise self._unknown(call, name) from None

    def change(self, platform: Platform, call: Call, name: str, change: Callable[[Record], None]) -> Record:
        """Let `change` edit the record, see Store.change; raises ApiError."""
        try:
            return platform.store.change(self.name, name, change)
        except UnknownError:
            raise self._unknown(call, name) from None

    def remove(self, platform: Platform, call: Call, name: str) -> None:
        """Forget it and its tags; raises ApiError."""
        record = self.find(platform, call, name)
        platform.store.remove(self.name, name)
        tags.remove(platform, record[f"{self.prefix}Arn"])

    def summary(self, record: Record, *more: str) -> dict[str, Any]:
        """Return what List answers of a record."""
        return {member: record[member] for member in (f"{self.prefix}Name", f"{self.prefix}Arn", "CreationTime", *more)}

    def _unknown(self, call: Call, name: str) -> ApiError:
        return invalid(f'Could not find {self.words} "{call.arn(self.name, name)}".')
