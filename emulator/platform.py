"""What every operation of the API works with: records, objects, logs, metrics, engines, the threads of jobs."""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from emulator.aws.logs import Logs
from emulator.aws.s3 import Objects
from emulator.background import Background
from emulator.images import TrainingImages
from emulator.serving.fleet import Fleet
from emulator.state import folder
from emulator.state.database import Database, DatabaseError
from emulator.state.metrics import Metrics
from emulator.state.objects import ObjectStore
from emulator.state.records import Store


@dataclass(frozen=True)
class Platform:
    """One emulator over one state folder. `work` is for folders of running jobs, and empty at the start."""

    store: Store
    objects: Objects
    logs: Logs
    images: TrainingImages
    metrics: Metrics
    work: Path
    database: Database
    background: Background = field(default_factory=Background)
    fleet: Fleet = field(default_factory=Fleet)

    @classmethod
    def open(cls, state: Path, images: TrainingImages) -> Self:
        """Return the platform of a state folder, with what an earlier process kept in it."""
        work = state / folder.WORK
        work.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = Database(state / "state.sqlite", index_of=state / "objects")
        objects = Objects(ObjectStore(database, state / "objects"))
        logs = Logs(state / "logs", objects.lock)
        return cls(Store(database), objects, logs, images, Metrics(database), work, database)

    def close(self) -> None:
        """End the jobs and close the database."""
        self.background.close()
        with suppress(DatabaseError):  # a full disk
            self.metrics.flush()
        self.database.close()
