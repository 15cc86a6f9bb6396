"""What training, tuning and transform jobs do alike: they are stopped while they run, and have failed after a crash."""

from collections.abc import Callable
from dataclasses import dataclass

from emulator.api.errors import invalid
from emulator.platform import Platform
from emulator.state.records import Record

RUNNING = ("InProgress", "Stopping")


def _nothing(record: Record) -> None:
    """Change nothing more."""


@dataclass(frozen=True)
class Jobs:
    """A kind of job: `kind` as ARNs have it, `prefix` as members of records have it, `words` as errors have it.

    `stopping` changes what there is to change beside the status when a job is asked to stop.
    """

    kind: str
    prefix: str
    words: str
    stopping: Callable[[Record], None] = _nothing

    def stop(self, platform: Platform, name: str) -> None:
        """Ask a job that there is to stop; raises ApiError when it has ended."""

        def change(record: Record) -> None:
            status = record[f"{self.prefix}Status"]
            if status not in RUNNING:
                raise invalid(f"The request was rejected because the {self.words} is in status {status}.")
            if status == "InProgress":
                record[f"{self.prefix}Status"] = "Stopping"
                self.stopping(record)

        platform.store.change(self.kind, name, change)
        platform.background.stop(self.kind, name)

    def unfinished(self, platform: Platform) -> list[str]:
        """Return the names of the jobs that have not ended."""
        records = platform.store.all(self.kind)
        return [record[f"{self.prefix}Name"] for record in records if record[f"{self.prefix}Status"] in RUNNING]
