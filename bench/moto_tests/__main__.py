"""Run moto's tests of some services twice, in moto itself and against the emulator; list what only moto passes.

    make moto
    python -m bench.moto_tests logs ecr

The tests come with the source distribution of the moto release that `driver/launch.lock` names, and run in the
environment of `tests/clients/moto.lock`.
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

from bench.moto_tests.reasons import REASONS

REPOSITORY = Path(__file__).resolve().parents[2]
LOCK = REPOSITORY / "driver" / "launch.lock"
PYTHON = REPOSITORY / ".venvs" / "clients" / "moto" / "bin" / "python"
SERVICES = ("s3", "sagemaker", "logs", "ecr")


def main() -> int:
    """Print the tests that pass in moto and fail here, by reason; 1 if one has no reason."""
    parser = argparse.ArgumentParser(prog="python -m bench.moto_tests", description=__doc__.split("\n")[0])
    parser.add_argument("service", nargs="*", default=SERVICES, help=f"one of {', '.join(SERVICES)}; all by default")
    services = parser.parse_args().service
    source = fetch()
    plain = outcomes(source, services)
    emulated = outcomes(source, services, "-p", "bench.moto_tests.plugin", TEST_SERVER_MODE="true")
    passing = [name for name, failure in plain.items() if failure is None]
    lost = {name: emulated[name] for name in passing if emulated.get(name)}
    print(f"{len(passing)} tests pass in moto; {sum(name in emulated for name in passing)} of them can ask a server")
    by_reason = defaultdict(list)
    for name, failure in lost.items():
        by_reason[reason(name, failure or "")].append((name, failure))
    for why, tests in sorted(by_reason.items()):
        print(f"\n{len(tests)}: {why or 'NO REASON IS KNOWN'}")
        for name, failure in tests:
            print(f"  {name}" + ("" if why else f": {failure}"))
    return bool(by_reason[""])


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


def outcomes(source: Path, services: list[str], *options: str, **environment: str) -> dict[str, str | None]:
    """Run the tests of some services: the failure's last line for each that did not pass, None for each that did."""
    keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        command = [str(PYTHON), "-m", "pytest", "--quiet", "--tb=line", f"--junit-xml={report.name}", *options]
        command += ["-c", "/dev/null", f"--rootdir={source}", "--numprocesses", "2", "-p", "no:cacheprovider"]
        command += [f"tests/test_{service}" for service in services]
        paths = {"PYTHONPATH": f"{REPOSITORY}:{source}", "AWS_DEFAULT_REGION": "us-east-1"}
        paths["TESTS_SKIP_REQUIRES_DOCKER"] = "true"  # those run Lambda functions in images of Docker Hub
        subprocess.run(command, check=False, cwd=source, env={**os.environ, **keys, **paths, **environment})
        ran = [test for test in ElementTree.parse(report.name).iter("testcase") if test.find("skipped") is None]
        return {f"{test.get('classname')}::{test.get('name')}": failure(test) for test in ran}


def failure(test: ElementTree.Element) -> str | None:
    """Return what a test of a report failed with, in a line; None if it passed."""
    found = next((child for child in test if child.tag in ("failure", "error")), None)
    return None if found is None else re.sub(r"\s+", " ", found.get("message", "") or "failed")[:300]


def reason(name: str, failure: str) -> str:
    """Why a test cannot pass here; empty if nobody knows."""
    return next((why for pattern, why in REASONS.items() if re.search(pattern, f"{name} {failure}")), "")


if __name__ == "__main__":
    sys.exit(main())
