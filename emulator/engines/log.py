"""A container's output: all of it in a file, the last lines in memory, each line handed on as it comes."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

KEPT_LINES = 20  # enough for a traceback's end, few enough to read under an error message
SHOWN_CHARACTERS = 500  # of each of them

OnLine = Callable[[str], None]
"""Gets each line as it comes: of a container's output, or a note of the emulator's own."""


class Log:
    """A sink for lines; call it with each one. A context manager that closes its file."""

    def __init__(self, path: Path, on_line: OnLine | None = None):
        self.path = path
        self._file = path.open("w", encoding="utf-8")
        self._on_line = on_line
        self._last: deque[str] = deque(maxlen=KEPT_LINES)

    def __call__(self, line: str) -> None:
        """Keep the line and hand it on."""
        self._last.append(line)
        self._file.write(line + "\n")
        self._file.flush()
        if self._on_line:
            self._on_line(line)

    @property
    def tail(self) -> str:
        """The last lines, indented, under a heading; empty when there was no output."""
        lines = tuple(self._last)
        return (
            "".join(["\nlast lines of output:", *(f"\n  {line[:SHOWN_CHARACTERS]}" for line in lines)]) if lines else ""
        )

    def __enter__(self) -> "Log":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
