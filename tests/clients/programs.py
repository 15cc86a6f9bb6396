"""Runs the clients' programs against an emulator, and lays out what they print as the table of docs/clients.md."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.emulator.running import REPOSITORY, RunningEmulator

PAGE = REPOSITORY / "docs" / "clients.md"
MARKERS = ("<!-- made by `make clients` -->\n\n", "<!-- end -->")
HEAD = ("| client | version | feature | result |", "|---|---|---|---|")
ENVIRONMENTS = REPOSITORY / ".venvs" / "clients"
PYTHONS = {
    "sdk2": ENVIRONMENTS / "sdk2" / "bin" / "python",
    "sdk3": ENVIRONMENTS / "sdk3" / "bin" / "python",
    "data": ENVIRONMENTS / "data" / "bin" / "python",
    "cli": Path(sys.executable),
}
"""The interpreter of each program's environment, which `make` fills."""


def run(program: str, emulator: RunningEmulator, folder: Path) -> list[dict[str, Any]]:
    """Run a program with the emulator's address and key in its environment, and return its rows.

    It is told the state folder too, and has the file system and the home of nobody else.
    """
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAUNCH_", "PYTEST_"))}
    key = {name.upper(): value for name, value in emulator.key.items()}
    region = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [PYTHONS[program], REPOSITORY / "tests" / "clients" / f"{program}.py", emulator.state],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
        env={**plain, **key, **region, "AWS_ENDPOINT_URL": emulator.endpoint_url, "HOME": str(folder),
             "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-5000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"client"')]


def lay_out(rows: list[dict[str, Any]]) -> list[str]:
    """Return a line of the table for each row."""
    cells = ([row[name].replace("|", "\\|") for name in ("client", "version", "feature", "result")] for row in rows)
    return [f"| {' | '.join(row)} |" for row in cells]


def on_page(clients: set[str]) -> list[str]:
    """Return the lines that the page has of these clients."""
    table = PAGE.read_text().partition(MARKERS[0])[2].partition(MARKERS[1])[0]
    return [line for line in table.splitlines() if line.split(" | ")[0].removeprefix("| ") in clients]


def write(rows: list[dict[str, Any]]) -> None:
    """Put the rows into the page."""
    before, start, rest = PAGE.read_text().partition(MARKERS[0])
    _, end, after = rest.partition(MARKERS[1])
    table = "\n".join([*HEAD, *lay_out(rows)])
    PAGE.write_text(f"{before}{start}{table}\n{end}{after}")
