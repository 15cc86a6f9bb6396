"""Runs moto's tests of one service, in moto itself or against emulators, and reads how each ended."""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree

REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON = REPOSITORY / ".venvs" / "clients" / "moto" / "bin" / "python"

Outcomes = dict[str, str | None]
"""By test: None if it passed, else the last line of its failure. Those that were skipped are not there."""


def run(source: Path, service: str, is_emulated: bool = False) -> Outcomes:
    """Run the tests of a service."""
    options = ["-p", "bench.moto_tests.plugin"] if is_emulated else []
    settings = {
        **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test"),
        "AWS_DEFAULT_REGION": "us-east-1",
        "PYTHONPATH": f"{REPOSITORY}:{source}",
        "TESTS_SKIP_REQUIRES_DOCKER": "true",  # those run functions of Lambda in images from the internet
        **({"TEST_SERVER_MODE": "true"} if is_emulated else {}),
    }
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        command = [str(PYTHON), "-m", "pytest", "--quiet", "--tb=line", f"--junit-xml={report.name}", *options]
        command += ["-c", "/dev/null", f"--rootdir={source}", "--numprocesses", "2", "-p", "no:cacheprovider"]
        command += [f"tests/test_{service}"]
        subprocess.run(command, check=False, cwd=source, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
        tests = [test for test in ElementTree.parse(report.name).iter("testcase") if test.find("skipped") is None]
        return {f"{test.get('classname')}::{test.get('name')}": _failure(test) for test in tests}


def _failure(test: ElementTree.Element) -> str | None:
    found = next((child for child in test if child.tag in ("failure", "error")), None)
    return None if found is None else re.sub(r"\s+", " ", found.get("message", "") or "failed")[:300]
