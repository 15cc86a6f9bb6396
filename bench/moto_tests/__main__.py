"""Run moto's tests of some services twice, in moto itself and against the emulator; list what only moto passes.

    make moto
    python -m bench.moto_tests logs ecr

The tests come with the source distribution of the moto release that `driver/launch.lock` names, and run in the
environment of `tests/clients/moto.lock`. Fails when a test has no reason to fail here, see `reasons`, or when a reason
has no test any more. A run of all services writes the table of docs/emulator.md.
"""

import argparse
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from bench.moto_tests import reasons, table
from bench.moto_tests.outcomes import REPOSITORY, Outcomes, run

LOCK = REPOSITORY / "driver" / "launch.lock"
SERVICES = {"s3": "S3", "sagemaker": "SageMaker", "logs": "Logs", "ecr": "ECR"}


def main() -> int:
    """Print the tests that pass in moto and fail here, by reason; 1 if one has no reason, or a reason no test."""
    parser = argparse.ArgumentParser(prog="python -m bench.moto_tests", description=__doc__.split("\n")[0])
    parser.add_argument("service", nargs="*", help=f"one of {', '.join(SERVICES)}; all by default")
    services = parser.parse_args().service or list(SERVICES)
    source = fetch()
    compared = {SERVICES[each]: Compared(run(source, each), run(source, each, is_emulated=True)) for each in services}
    found = {service: reasons.sort(each.lost) for service, each in compared.items()}
    for service, lost in found.items():
        print(f"\n{service}: {compared[service].summary}")
        for why, tests in lost.items():
            print(f"\n{len(tests)}: {why or 'NO REASON IS KNOWN'}")
            for name, failure in tests.items():
                print(f"  {name}" + ("" if why else f": {failure}"))
    unknown = sum(len(lost.get("", ())) for lost in found.values())
    is_whole = set(services) == set(SERVICES)
    idle = [why for why in reasons.REASONS if is_whole and not any(why in lost for lost in found.values())]
    print(f"\n{unknown} tests without a reason; reasons without a test: {idle or 'none'}")
    if is_whole and not unknown and not idle:
        table.write({name: (each.both, each.alone, found[name]) for name, each in compared.items()})
    return bool(unknown or idle)


class Compared:
    """The outcomes of one service's tests, in moto and here."""

    def __init__(self, plain: Outcomes, emulated: Outcomes):
        passing = [name for name, failure in plain.items() if failure is None]
        self.lost = {name: failure for name in passing if (failure := emulated.get(name)) is not None}
        self.both = sum(name in emulated and emulated[name] is None for name in passing)
        self.alone = sum(name not in emulated for name in passing)

    @property
    def summary(self) -> str:
        """How many pass, in a line."""
        return f"{self.both} pass in both, {len(self.lost)} in moto only, {self.alone} never ask a server"


def fetch() -> Path:
    """Return the folder of moto's source, with its tests, of the release in the lock."""
    lines = LOCK.read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("moto=="))
    end = next(number for number in range(start, len(lines)) if not lines[number].endswith("\\"))
    version = lines[start].split()[0].removeprefix("moto==")
    folder = REPOSITORY / ".cache" / f"moto-{version}"
    if not (folder / "tests").exists():
        folder.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as download:
            requirement = Path(download, "moto.lock")
            requirement.write_text("\n".join(lines[start : end + 1]) + "\n")
            pip = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--no-binary", ":all:"]
            pip += ["--no-build-isolation", "--require-hashes", "--dest", download, "-r", str(requirement)]
            subprocess.run(pip, check=True)
            with tarfile.open(next(Path(download).glob("*.tar.gz"))) as archive:
                archive.extractall(folder.parent, filter="data")
    return folder


if __name__ == "__main__":
    sys.exit(main())
