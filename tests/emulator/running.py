"""A real `python -m emulator serve` for tests, and what must be gone when it has ended."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import psutil
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator.engines.process import free_port
from tests.emulator.forked import Forked

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 30


class RunningEmulator:
    """One emulator over a state folder, started at once; its output goes to `log`. `end` must be called.

    It is forked, see there, or for `program` started as the program that it is; so it is for `limits`, a command that
    starts it, such as prlimit. `module` is what is run instead of the emulator itself. Started again it has the same
    port: an old one might have another test's server by then, which would answer in its place.
    """

    def __init__(
        self,
        state: Path,
        *arguments: str,
        log: Path | None = None,
        limits: Sequence[str] = (),
        module: str = "emulator",
        program: bool = False,
    ):
        self.state = state
        self.log = log or state.parent / f"{state.name}.log"
        self._module = module
        self.arguments = ["serve", "--state", str(state), "--port", str(free_port()), *arguments]
        self._command = [*limits, sys.executable, "-X", "faulthandler", "-m", module, *self.arguments]
        self._program = program or bool(limits)
        self.start()

    def start(self) -> None:
        """Start it, or start it again after `kill`, and wait until it listens."""
        (self.state / "server.json").unlink(missing_ok=True)
        self.process = self._popen() if self._program else Forked(self._module, self.arguments, self.log)
        deadline = time.monotonic() + START_SECONDS
        while not (self.state / "server.json").exists():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.01)
        self.endpoint_url: str = json.loads((self.state / "server.json").read_text())["endpoint_url"]

    def _popen(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(self._command, cwd=REPOSITORY, stdout=log, stderr=subprocess.STDOUT)

    @property
    def key(self) -> dict[str, str]:
        """The access key of the state folder, as boto3 takes it."""
        written = json.loads((self.state / "credentials.json").read_text())
        return {f"aws_{name}": value for name, value in written.items()}

    def client(self, service: str, region: str = "us-east-1", **config: Any) -> Any:
        """A boto3 client of the emulator that does not retry; `config` as botocore.config.Config takes it."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint_url,
            **self.key,
            config=botocore.config.Config(**{"retries": {"total_max_attempts": 1}, **config}),
        )

    def signed(self, service: str, method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, str]:
        """The headers of a request that is sent by hand, signed as boto3 signs."""
        request = AWSRequest(method, f"{self.endpoint_url}{path}", headers, body)
        form = S3SigV4Auth if service == "s3" and "x-amz-content-sha256" not in headers else SigV4Auth
        key = Credentials(self.key["aws_access_key_id"], self.key["aws_secret_access_key"])
        form(key, service, "us-east-1").add_auth(request)
        return dict(request.headers.items())

    def kill(self) -> None:
        """`kill -9`. A program that it was just starting has its socket until it runs, so wait for that as well."""
        self.process.kill()
        self.process.wait()
        deadline = time.monotonic() + START_SECONDS
        while _listens(self.endpoint_url) and time.monotonic() < deadline:
            time.sleep(0.01)

    def end(self) -> None:
        """SIGTERM, unless it has ended already, and check that nothing is left."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGABRT)  # the log then tells where each thread is
            finally:
                code = self.process.wait()
            assert code == 0, self.log.read_text()
            assert not (self.state / "server.json").exists()
            work = self.state / "work"
            assert not (list(work.iterdir()) if work.exists() else [])
        assert not processes_of(self.state), self.log.read_text()
        if "process" not in self.arguments:  # that engine alone starts no containers
            assert not containers_of(self.state), self.log.read_text()


def _listens(endpoint_url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(endpoint_url.rpartition(":")[2]))) == 0


def processes_of(state: Path) -> list[str]:
    """The command lines of processes that work in the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(state):
                found.append(" ".join(process.cmdline()))
        except (psutil.Error, OSError):
            continue  # it has just ended
    return found


def containers_of(state: Path) -> list[str]:
    """The containers that have a folder below it mounted; none where there is no Docker."""
    try:
        listed = subprocess.run(
            ["docker", "ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Mounts}}"],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return []
    return [line.split()[0] for line in listed.stdout.splitlines() if f"{state}{os.sep}" in line]
