"""`python -m tests.emulator.with_fixtures serve ...`: the emulator, whose images are tests/fixtures/programs besides.

An image `program-NAME` is run by the process engine, and so are the repository's images unless docker is asked for:
from the environment of these tests, which has their packages, instead of one of their own. All else is the emulator's.
"""

import os
import sys
from pathlib import Path

from emulator import __main__
from emulator.engines import Engine, ProcessEngine, repository
from emulator.engines.log import OnLine
from emulator.images import RunnableImage, TrainingImages

PROGRAMS = Path(__file__).resolve().parents[1] / "fixtures" / "programs"
PREFIX = "program-"


class WithPrograms(TrainingImages):
    """Knows the programs too."""

    def resolve(self, uri: str, region: str) -> RunnableImage:
        """Return a program, or what the emulator knows."""
        if not uri.startswith(PREFIX):
            return super().resolve(uri, region)
        programs = PROGRAMS / uri.removeprefix(PREFIX)
        return RunnableImage(uri, lambda _: ProcessEngine(programs, {"PATH": os.environ["PATH"]}, self.owner))

    def _choose_engine(self, name: str, uri: str, on_line: OnLine) -> Engine:
        if self.setting == "docker":
            return super()._choose_engine(name, uri, on_line)
        environment = repository.find(self.repository, name).environment
        return ProcessEngine(Path(sys.executable).parent, environment, self.owner)


if __name__ == "__main__":
    sys.exit(__main__.main(WithPrograms))
