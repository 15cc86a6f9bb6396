"""What is shown while a job runs: its status and the lines of its log. On a terminal the status stays on one line."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO

from driver import console
from driver.aws.logs import Line
from driver.errors import several

MOST_LINES = 20
"""Lines of a log shown at once; more would drown the status. The `logs` command shows all of them."""


@dataclass
class Progress:
    """Writes to `stream`. Times are counted from when it is made."""

    stream: TextIO
    started: float = field(default_factory=time.monotonic)
    _said: str = ""

    def update(self, status: str, lines: Sequence[Line]) -> None:
        """Show the new lines, and the status: a changed one on a line of its own, or in place on a terminal."""
        self._clear()
        if (left_out := len(lines) - MOST_LINES) > 0:
            self._write(f"  | ... {several(left_out, 'line')} omitted")
        for line in lines[-MOST_LINES:]:
            for shown in line.lines():
                self._write(f"  {shown}")
        if self.stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(console.safe(f"{self._elapsed()}  {status}")[:width])
            self.stream.flush()
        elif status != self._said:
            self._write(f"{self._elapsed()}  {status}")
        self._said = status

    def end(self) -> None:
        """Leave the last status standing."""
        if self.stream.isatty() and self._said:
            self.stream.write("\n")
            self.stream.flush()

    def _elapsed(self) -> str:
        seconds = int(time.monotonic() - self.started)
        return f"{seconds // 60:3}:{seconds % 60:02}"

    def _clear(self) -> None:
        if self.stream.isatty():
            console.control(self.stream, "\r\033[K")

    def _write(self, text: str) -> None:
        self.stream.write(f"{text}\n")
        self.stream.flush()
