"""What a client's program does, one feature after the other, and how each ended: lines of JSON for the matrix.

Runs in the environment of the client, where nothing of the tests' own is installed. The SDKs wait for jobs in steps of
several seconds; here these are short.
"""

import contextlib
import io
import json
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

MOST_SECONDS = 0.1
_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(seconds, MOST_SECONDS))

Feature = Callable[[Any], None]


class Rows:
    """The features of one client, in the order in which they are tried; each gets what `run` is given."""

    def __init__(self) -> None:
        self._features: list[tuple[str, bool, Feature]] = []

    def works(self, name: str) -> Callable[[Feature], Feature]:
        """A feature that must work."""
        return self._add(name, works=True)

    def refused(self, name: str) -> Callable[[Feature], Feature]:
        """A feature that must raise, with a sentence of the emulator's."""
        return self._add(name, works=False)

    def _add(self, name: str, works: bool) -> Callable[[Feature], Feature]:
        def add(feature: Feature) -> Feature:
            self._features.append((name, works, feature))
            return feature

        return add

    def run(self, version: str, given: Any) -> None:
        """Try all, and print a line for each."""
        for name, works, feature in self._features:
            said = io.StringIO()
            try:
                with contextlib.redirect_stdout(said):
                    feature(given)
                result = "works" if works else "UNEXPECTED: works"
            except Exception as error:
                result = f"refused: {sentence(error)}" if not works else f"FAILED: {traceback.format_exc()}"
            print(json.dumps({"version": version, "feature": name, "result": result}), flush=True)


def sentence(error: Exception) -> str:
    """What an error of boto3 says, without the names of this run."""
    text = str(error).rpartition("operation: ")[2].replace("\n", " ")
    return re.sub(r"\d{4}-\d\d-\d\d-[\d-]+", "TIME", text)


@contextlib.contextmanager
def expecting(text: str) -> Iterator[None]:
    """Require that what is done inside prints the text, on standard output or by a logger on standard error."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        yield
    assert text in said.getvalue(), said.getvalue()[-2000:]
    sys.stderr.write(said.getvalue())
