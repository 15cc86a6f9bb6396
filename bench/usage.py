"""What the containers of a job on several hosts use, each by its host name: asked of the Docker engine as they run.

The engine starts containers, not this process, so the system does not add their time to ours. The engine is asked
every `INTERVAL` seconds; what a container uses after the last answer is missing.
"""

import http.client
import json
import os
import socket
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from emulator.engines.docker import LABEL

INTERVAL = 0.1
SOCKET = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")


class Usage(NamedTuple):
    """Processor seconds, and the bytes that went through the network, headers included."""

    seconds: float
    sent: int
    received: int


@contextmanager
def watched(job: str) -> Iterator[dict[str, Usage]]:
    """Yield what each container of a job, which runs during the block, has used, by the names of the hosts."""
    found: dict[str, Usage] = {}
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(job, found, over))
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def _watch(job: str, found: dict[str, Usage], over: threading.Event) -> None:
    names: dict[str, str] = {}
    wanted = urllib.parse.quote(json.dumps({"name": [f"{LABEL}-{job}-"]}))
    while not over.wait(INTERVAL):
        for each in _ask(f"/containers/json?filters={wanted}") or []:
            if each["Id"] not in names and (details := _ask(f"/containers/{each['Id']}/json")):
                names[each["Id"]] = details["Config"]["Hostname"]
            statistics = _ask(f"/containers/{each['Id']}/stats?stream=false&one-shot=true")
            if each["Id"] in names and statistics and statistics.get("networks"):  # it has not ended meanwhile
                networks = statistics["networks"].values()
                found[names[each["Id"]]] = Usage(
                    statistics["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9,
                    sum(network["tx_bytes"] for network in networks),
                    sum(network["rx_bytes"] for network in networks),
                )


def _ask(path: str) -> Any:
    """Return the engine's answer, or None where it has none, or an empty one: the container is gone."""
    connection = _Engine("localhost")
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        return json.loads(content) if content and answer.status == http.client.OK else None
    finally:
        connection.close()


class _Engine(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(SOCKET)
