"""`python -m tests.clients`: run the clients' programs, and write docs/clients.md again. Programs may be named."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.clients import programs
from tests.emulator.client import start


def rows(names: list[str]) -> Iterator[dict[str, Any]]:
    """The rows of the programs; what failed is told, and the page stays as it is then."""
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            emulator = start(Path(folder) / "state")
            try:
                for row in programs.run(name, emulator, Path(folder)):
                    print(f"{name}: {row['feature']}: {row['result']}", flush=True)
                    yield row
            finally:
                emulator.end()


if __name__ == "__main__":
    found = list(rows(sys.argv[1:] or list(programs.PYTHONS)))
    if any(row["result"].startswith("FAILED") for row in found):
        sys.exit("some features failed: docs/clients.md was not written")
    if not sys.argv[1:]:
        programs.write(found)
