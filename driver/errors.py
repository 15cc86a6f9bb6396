"""What can go wrong in the driver. Every message is a sentence: what arrived, why it is wrong, what to do."""

import json
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

MISTAKE = 1
"""Exit code: the user's mistake, or AWS refused."""

USAGE = 2
"""Exit code: a wrong command line, as argparse leaves."""

FAILED = 3
"""Exit code: the job or endpoint ended as Failed."""

STOPPED = 4
"""Exit code: the job ended as Stopped."""

DRIFTED = 5
"""Exit code: requests differ from the training data."""

INTERRUPTED = 130
"""Exit code: Ctrl-C, as shells have it."""


class DriverError(Exception):
    """The command line prints the sentence and leaves with `exit_code`."""

    def __init__(self, sentence: str, exit_code: int = MISTAKE):
        self.exit_code = exit_code
        super().__init__(sentence)


class ChoiceError(DriverError):
    """Only the user can decide. `ways` are the flags that would do it, the likeliest first.

    The command line asks on a terminal; elsewhere it ends the sentence in the command with the first of them.
    """

    def __init__(self, sentence: str, ways: Sequence[Sequence[str]]):
        self.sentence = sentence
        self.ways = ways
        super().__init__(f"{sentence}: add {shlex.join(ways[0])}")


class NotFoundError(DriverError):
    """It does not exist on AWS, or in the emulator."""


class RefusedError(DriverError):
    """AWS answered with an error; `code` is its name there, such as ResourceInUse."""

    def __init__(self, sentence: str, code: str):
        self.code = code
        super().__init__(sentence)


@contextmanager
def extra(name: str, purpose: str) -> Iterator[None]:
    """Import within it what this package has as an extra. Raises DriverError that says how to install it."""
    try:
        yield
    except ImportError as error:
        raise DriverError(
            f"{purpose} needs the package {error.name}, which is not installed: `pip install "
            f"'sagemaker-text-driver[{name}]'`"
        ) from error


def cut(text: str, limit: int = 40) -> str:
    """Return a name that data have given, such as a label, cut after `limit` characters.

    Example:
        >>> cut("sport"), cut("x" * 100, limit=8)
        ('sport', 'xxxxxxxx…')
    """
    return text if len(text) <= limit else text[:limit] + "…"


def typed(path: object) -> str:
    """Return a path as a command takes it: one that begins with - would be a flag.

    Example:
        >>> typed("-reviews.csv"), typed("reviews.csv")
        ('./-reviews.csv', 'reviews.csv')
    """
    return f"./{path}" if str(path).startswith("-") else str(path)


def several(count: int, thing: str) -> str:
    """Return how many things there are, as people say it.

    Example:
        >>> several(1, "record"), several(1200, "record")
        ('1 record', '1,200 records')
    """
    return f"{count:,} {thing}{'s' * (count != 1)}"


def quote(value: object, limit: int = 60) -> str:
    """Return `value` for use in a sentence: as JSON, cut after `limit` characters.

    Example:
        >>> quote("ml.tiny"), quote("x" * 100, limit=8)
        ('"ml.tiny"', '"xxxxxxx…')
    """
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else text[:limit] + "…"
