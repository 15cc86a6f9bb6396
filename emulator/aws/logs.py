"""CloudWatch Logs from within: what containers print, in the groups and streams that AWS uses, a file a stream."""

import threading
import time
import urllib.parse
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from moto.logs import models

from emulator.api.call import ACCOUNT
from emulator.aws import logfiles


class Logs:
    """Makes streams under a folder, and finds those that an earlier process made there."""

    def __init__(self, folder: Path, moto: AbstractContextManager[object]):
        """`moto` is the lock that whoever uses moto holds."""
        self._folder, self._moto = folder, moto
        folder.mkdir(parents=True, exist_ok=True)
        logfiles.install()
        for path in sorted(folder.glob("*/*/*.log")):
            region, group, name = (urllib.parse.unquote(part) for part in path.relative_to(folder).parts)
            _register(region, group, name.removesuffix(".log"), path)

    def stream(self, region: str, group: str, name: str) -> "Stream":
        """Return a stream to append to, new or existing."""
        path = self._folder / region / _quote(group) / f"{_quote(name)}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = Stream(group, name, path)
        with self._moto:
            _register(region, group, name, path)
        return opened


class Stream:
    """A sink for lines, to be called with each: what was written is kept, and seen by readers, at once."""

    def __init__(self, group: str, name: str, path: Path):
        self.group, self.name = group, name
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()

    def __call__(self, line: str) -> None:
        """Add a line."""
        with self._lock:
            self._file.write(logfiles.encode(time.time(), line))

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End it; it may be opened again."""
        self._file.close()


def _register(region: str, group: str, name: str, path: Path) -> None:
    backend = models.logs_backends[ACCOUNT][region]
    if group not in backend.groups:
        backend.create_log_group(group, {})
    streams = backend.groups[group].streams
    if name not in streams:
        streams[name] = logfiles.FileStream(backend.groups[group], name, path)


def _quote(name: str) -> str:
    return urllib.parse.quote(name, safe="")
