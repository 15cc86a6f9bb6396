"""What every operation of the API works with: records, objects, logs, engines, and the threads of jobs."""

from dataclasses import dataclass, field
from pathlib import Path

from emulator.aws.logs import Logs
from emulator.aws.s3 import Objects
from emulator.background import Background
from emulator.images import TrainingImages
from emulator.serving.fleet import Fleet
from emulator.state.database import Database
from emulator.state.records import Store


@dataclass(frozen=True)
class Platform:
    """One emulator over one state folder. `work` is for folders of running jobs, and empty at the start."""

    store: Store
    objects: Objects
    logs: Logs
    images: TrainingImages
    work: Path
    database: Database
    background: Background = field(default_factory=Background)
    fleet: Fleet = field(default_factory=Fleet)

    def close(self) -> None:
        """End the jobs and close the database."""
        self.background.close()
        self.database.close()
