"""A Ray cluster on this machine, or on all hosts of a processing job, and tasks that run where their files are."""

import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from textprep import DataError

PART = 64 * 2**20  # bytes of text whose counts are added at a time
MOST_PARTS = 1_000  # Ray keeps an object of each file for each part
PORT = 6379
WAIT = 300  # seconds that hosts have to find each other
RAY = (sys.executable, "-m", "ray.scripts.scripts")
FINISHED = "PREPARE_FINISHED"  # variable of each host: the file that says that all is done

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class File:
    """A file of the input, and the host that has it: the identifier of a node of Ray."""

    node: str
    path: Path
    size: int


class Cluster:
    """Runs functions on the hosts of a Ray cluster; those for a file on the host that has it."""

    def __init__(self, ray: Any, folder: Path) -> None:
        self._ray, self.get, self.put = ray, ray.get, ray.put
        self.nodes = [node["NodeID"] for node in ray.nodes() if node["Alive"]]
        by_name: dict[Path, list[File]] = {}
        for found in self.get([self._on(node, listed).remote(node, folder) for node in self.nodes]):
            for file in found:
                by_name.setdefault(file.path, []).append(file)
        if not by_name:
            raise DataError(f"{folder} holds no files on any host; give a folder with CSV or JSON Lines")
        taken: Counter[str] = Counter()
        self.files = []
        for _, everywhere in sorted(by_name.items()):  # FullyReplicated: every host has it
            self.files.append(min(everywhere, key=lambda file: taken[file.node]))
            taken[self.files[-1].node] += file.size
        self.parts = max(2, min(MOST_PARTS, sum(file.size for file in self.files) // PART))

    def of_files(self, function: Callable[..., Any], *shared: Any, returns: int = 1) -> list[Any]:
        """Call the function with each file's path; return references to what it returns, by file."""
        kept = [self.put(each) for each in shared]
        return [self._on(file.node, function, returns).remote(file.path, *kept) for file in self.files]

    def of_parts(
        self, function: Callable[..., Any], parts: Iterable[Iterable[Any]], *shared: Any, returns: int = 1
    ) -> list[Any]:
        """Call the function with each of the parts; return references to what it returns, by part."""
        task = self._ray.remote(function).options(num_returns=returns)
        return [task.remote(*shared, *part) for part in parts]

    def on_all(self, function: Callable[..., Any]) -> None:
        """Call the function once on each host."""
        self.get([self._on(node, function).remote() for node in self.nodes])

    def _on(self, node: str, function: Callable[..., Any], returns: int = 1) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        there = NodeAffinitySchedulingStrategy(node, soft=False)
        return self._ray.remote(function).options(scheduling_strategy=there, num_returns=returns)


def listed(node: str, folder: Path) -> list[File]:
    """List what a host has of the input."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [File(node, path, path.stat().st_size) for path in paths]


def finished() -> None:
    """Tell the host that all is done."""
    Path(os.environ[FINISHED]).touch()


@contextmanager
def joined(folder: Path, resources: Path, limits: Mapping[str, Any]) -> Iterator[Any]:
    """Start Ray; yield it on this machine, or on the first of a job's hosts when all are there; None on the others.

    `folder`, with a short name, is for Ray's files; `resources` is the resourceconfig.json of a job, if it is there;
    `limits` are arguments of ray.init. On the others this ends when the first host has finished; DataError when it is
    not there, or gone before that.
    """
    hosts, current = [""], ""
    if resources.is_file():
        config = json.loads(resources.read_text())
        hosts, current = sorted(config["hosts"]), config["current_host"]
    os.environ |= {FINISHED: f"{folder}/finished", "RAY_USAGE_STATS_ENABLED": "0"}
    install(folder)
    ray = import_module("ray")
    if len(hosts) == 1:
        ray.init(**limits, include_dashboard=False, logging_level="ERROR", _temp_dir=str(folder))
        try:
            yield ray
        finally:
            ray.shutdown()
        return
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in limits.items()]
    flags += ["--disable-usage-stats", f"--node-ip-address={socket.gethostbyname(current)}"]
    if current != hosts[0]:
        serve(hosts[0], flags)
        yield None
        return
    head = ["--head", f"--port={PORT}", "--include-dashboard=false", f"--temp-dir={folder}"]
    subprocess.run([*RAY, "start", *head, *flags], check=True, stdout=subprocess.DEVNULL)
    try:
        ray.init(address=f"{current}:{PORT}", logging_level="ERROR")
        await_hosts(ray, len(hosts))
        yield ray
    finally:
        ray.shutdown()
        subprocess.run([*RAY, "stop"], check=True, stdout=subprocess.DEVNULL)


def install(folder: Path) -> None:
    """Install Ray into a folder when it is missing, as in an image of ours: from an index, by the lock beside this."""
    if find_spec("ray"):
        return
    lock, target = Path(__file__).with_name("requirements.lock"), str(folder / "packages")
    log.info("installing Ray from %s", lock.name)
    flags = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--target", target]
    subprocess.run([sys.executable, "-m", "pip", "install", *flags, "-r", str(lock)], check=True)
    sys.path.append(target)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), target]))


def serve(head: str, flags: Sequence[str]) -> None:
    """Work for the first host until it has finished. Raises DataError when it is not there, or is gone before that."""
    limit = time.monotonic() + WAIT
    while subprocess.run([*RAY, "start", f"--address={head}:{PORT}", "--block", *flags], check=False).returncode:
        if Path(os.environ[FINISHED]).exists():
            return
        if time.monotonic() > limit:
            raise DataError(f"the host {head} does not answer, or ended before all was done: see its log")
        time.sleep(1)


def await_hosts(ray: Any, count: int) -> None:
    """Wait for all hosts. Raises DataError when not all of them come."""
    limit = time.monotonic() + WAIT
    while (there := sum(node["Alive"] for node in ray.nodes())) < count:
        if time.monotonic() > limit:
            raise DataError(f"{there} of {count} hosts joined the cluster within {WAIT} s: see the logs of the others")
        time.sleep(1)
