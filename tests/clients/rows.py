"""What a client's program does, one feature after the other, and how each ended: a line of JSON for each.

Runs in the environment of the client, where nothing of the tests' own is installed. The SDKs wait for jobs in steps of
several seconds; here these are short.
"""

import contextlib
import json
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

QUIET = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}
"""A configuration with which the SDKs do not tell Amazon, over the internet, what they are used for."""
MOST_SECONDS = 1
_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(seconds, MOST_SECONDS))

Feature = Callable[[Any], None]


class Rows:
    """The features of one client, in the order in which they are tried; each gets what `run` is given."""

    def __init__(self, client: str) -> None:
        self._client = client
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
            try:
                with contextlib.redirect_stdout(sys.stderr):
                    feature(given)
                result = "works" if works else "FAILED: it was not refused"
            except ClientError as error:
                result = f"FAILED: {traceback.format_exc()}" if works else f"refused: {sentence(error)}"
            except Exception:
                result = f"FAILED: {traceback.format_exc()}"
            row = {"client": self._client, "version": version, "feature": name, "result": result}
            print(json.dumps(row), flush=True)


def sentence(error: Exception) -> str:
    """What an error of boto3 says, without the names of this run."""
    text = str(error).rpartition("operation: ")[2].replace("\n", " ")
    return re.sub(r"\d{4}-\d\d-\d\d-[\d-]+", "TIME", text)


@contextlib.contextmanager
def expecting(text: str) -> Iterator[None]:
    """Require that what is done inside prints the text, by whatever stream: loggers keep those of the start."""
    with tempfile.TemporaryFile() as file:
        before = [os.dup(number) for number in (1, 2)]
        try:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
            yield
        finally:
            for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
                stream.flush()
            for number, kept in zip((1, 2), before, strict=True):
                os.dup2(kept, number)
                os.close(kept)
        file.seek(0)
        said = file.read().decode()
    assert text in said, said[-2000:]
