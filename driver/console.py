"""Standard output and standard error that no text can misuse: control characters are escaped, whoever wrote them.

Text from containers, logs, answers and file names may hold sequences that fill a terminal's clipboard, set its title or
erase what it shows. `install`, once at a program's start, makes everything printed from then on go through here, help
and tracebacks too. driver/ and emulator/ each have this file, since neither imports the other.
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 but for tab and newline, DEL, C1, line separators, what turns the direction of text, and lone surrogates."""


def safe(text: str) -> str:
    r"""Return the text with control characters as JSON escapes them, so that JSON stays JSON.

    Example:
        >>> safe("film\x1b]0;title\x07")
        'film\\u001b]0;title\\u0007'
    """
    return _UNSAFE.sub(lambda match: _escape(match[0]), text)


class Console:
    """A text stream that writes safe text, and escapes what its encoding lacks. `unescaped` is the stream below."""

    def __init__(self, stream: TextIO):
        self.unescaped = stream
        self.is_gone = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unescaped, name)

    def write(self, text: str) -> int:
        """Write the text; OSError when that fails."""
        with self._let_go():
            self.unescaped.write(_encodable(safe(text), self.unescaped.encoding or "utf-8"))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts; OSError when that fails."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what is buffered; OSError when that fails."""
        with self._let_go():
            self.unescaped.flush()

    @contextmanager
    def _let_go(self) -> Iterator[None]:
        try:
            yield
        except OSError:  # a reader that has gone, a full disk: what is buffered would fail again at the program's end
            self.is_gone = True
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.unescaped.fileno())
            raise


def install() -> None:
    """Put a Console before standard output and standard error, unless one is there; one that is closed takes all.

    A program whose reader has gone, such as one before `| head`, ends without a traceback.
    """
    os.environ["PYTHON_COLORS"] = "0"  # of argparse and tracebacks: they would be escaped too
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name) or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (for good)
        if not isinstance(stream, Console):
            setattr(sys, name, Console(stream))
    sys.excepthook = _report


def control(stream: Any, sequence: str) -> None:
    """Write a control sequence of our own."""
    getattr(stream, "unescaped", stream).write(sequence)


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    has_reader = not any(isinstance(stream, Console) and stream.is_gone for stream in (sys.stdout, sys.stderr))
    if has_reader or not issubclass(kind, BrokenPipeError):
        sys.__excepthook__(kind, error, trace)


def _encodable(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return _escape(text) if len(text) == 1 else "".join(_encodable(character, encoding) for character in text)
    return text


def _escape(character: str) -> str:
    return json.dumps(character)[1:-1]
