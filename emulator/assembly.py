"""Puts a platform together over a state folder."""

from pathlib import Path

from emulator.aws.logs import Logs
from emulator.aws.s3 import Objects
from emulator.images import TrainingImages
from emulator.platform import Platform
from emulator.state import folder
from emulator.state.database import Database
from emulator.state.objects import Shelf
from emulator.state.records import Store


def assemble(state: Path, repository: Path, engine: str | None) -> Platform:
    """Return the platform of a state folder, with what an earlier process kept in it."""
    work = state / folder.WORK
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(state / "state.sqlite", index_of=state / "objects")
    objects = Objects(Shelf(database, state / "objects"))
    return Platform(
        store=Store(database),
        objects=objects,
        logs=Logs(state / "logs", objects.lock),
        images=TrainingImages(repository, engine, str(state)),
        work=work,
        database=database,
    )
