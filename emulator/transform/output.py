"""One output object of a batch transform: written beside its place, renamed when whole, or not written at all."""

from pathlib import Path
from typing import BinaryIO


class Output:
    """The output of the input object called `name`. `failure` says why there is none."""

    def __init__(self, name: str, source: Path, target: Path, line_after_each: bool):
        self.name = name
        self.source = source
        self.target = target
        self.failure: str | None = None
        self._line_after_each = line_after_each
        self._part = target.with_name(f".{target.name}.part")
        self._file: BinaryIO | None = None

    def write(self, answer: bytes) -> None:
        """Add a transformed body. AssembleWith Line ends it with a newline, unless its last line already has one."""
        if self.failure:
            return
        file = self._open()
        file.write(answer)
        if self._line_after_each and not answer.endswith(b"\n"):
            file.write(b"\n")

    def fail(self, reason: str) -> None:
        """Give the object up; the first reason is kept."""
        self.failure = self.failure or reason

    def finish(self) -> None:
        """Put the file in its place, unless it failed: then not even an earlier job's output stays there."""
        if self.failure:
            self.abandon()
            self.target.unlink(missing_ok=True)
        else:
            self._open().close()
            self._part.replace(self.target)

    def abandon(self) -> None:
        """Remove what is not finished."""
        if self._file:
            self._file.close()
            self._part.unlink(missing_ok=True)

    def _open(self) -> BinaryIO:
        if self._file is None:  # not before the first write: a job may have more objects than files can be open
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("wb")
        return self._file
