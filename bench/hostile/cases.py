"""Runs many small jobs of one image in one container, and judges how each ended."""

import json
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.hostile import inside
from emulator.engines import DockerEngine, Launch

HANG_SECONDS = 5.0
GOOD_CODES = (0, 1, 2, 3)  # done, the caller's mistake, ours, a worker that does not score as in training


@dataclass(frozen=True)
class Ended:
    """How one case ended, and the folder it left."""

    case: str
    folder: Path
    code: int
    seconds: float
    hung: bool
    answered: bool
    status: int | None

    @property
    def log(self) -> str:
        """What the program printed."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def faults(self) -> Iterator[str]:
        """What no input may cause, whichever program ran."""
        if self.hung or self.seconds > HANG_SECONDS:
            yield f"took {self.seconds:.1f} s"
        elif self.code not in GOOD_CODES:
            yield f"ended with {self.code}"
        if "Traceback" in self.log:
            yield "printed a traceback"


@dataclass(frozen=True)
class Tally:
    """A row of the report: what was tried, and what went wrong, each with the name that makes it again."""

    what: str
    image: str
    cases: int
    outcomes: dict[str, int]
    slowest: float
    problems: list[str]


def rng_of(seed: int, *names: object) -> random.Random:
    """The random numbers of one case, the same wherever it is made."""
    return random.Random(":".join(map(str, (seed, *names))))


def run(image: str, program: str, folder: Path) -> list[Ended]:
    """Run `program` in every folder below `folder`/cases, in the image's container without a network."""
    shutil.copyfile(inside.__file__, folder / "inside.py")
    launch = Launch(
        "hostile", "train", folder, network_isolation=True, read_only_root=True, entrypoint=("python",),
        arguments=("/opt/ml/inside.py", program, "/opt/ml"),
    )  # fmt: skip
    lines: list[str] = []
    with DockerEngine(f"{image}:dev").start(launch, lines.append) as container:
        ended = container.wait()
    if ended is None or ended.code:
        raise RuntimeError("\n".join([f"the cases of {image} came to an end: {ended}", *lines[-20:]]))
    outcomes = map(json.loads, (folder / "outcomes").read_text().splitlines())
    return [Ended(folder=folder / "cases" / each["case"], **each) for each in outcomes]


def tally(
    what: str,
    image: str,
    ended: Iterable[Ended],
    judge: Callable[[Ended], Iterator[str]],
    kind: Callable[[Ended], str],
) -> Tally:
    """Judge every case; `kind` names what is counted."""
    outcomes: dict[str, int] = {}
    problems, slowest, cases = [], 0.0, 0
    for each in ended:
        cases += 1
        outcomes[kind(each)] = outcomes.get(kind(each), 0) + 1
        slowest = max(slowest, each.seconds)
        problems += [f"{each.case}: {fault}" for fault in (*each.faults(), *judge(each))]
    return Tally(what, image, cases, outcomes, slowest, problems)
