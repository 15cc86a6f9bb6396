"""A line for each check, as it is made."""

import contextlib
import http.client
from collections.abc import Iterator

from emulator.errors import EmulatorError


class Scorecard:
    """Prints a line for each check and counts those that failed."""

    def __init__(self) -> None:
        self.failed = 0

    @contextlib.contextmanager
    def check(self, what: str) -> Iterator[list[str]]:
        """One check: it fails when an error is raised inside. What is put into the list is printed with a success."""
        notes: list[str] = []
        try:
            yield notes
        except (EmulatorError, OSError, http.client.HTTPException) as error:
            self.failed += 1
            print(f"FAILED  {what}: {error}", flush=True)
        else:
            print(f"ok      {what}{''.join(f', {note}' for note in notes)}", flush=True)
