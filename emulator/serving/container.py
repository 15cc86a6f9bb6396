"""Hosts a model behind the serve contract: unpacks it read-only, waits for /ping, invokes."""

import contextlib
import http.client
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from emulator.engines import Engine, Exit, Launch
from emulator.engines.log import Log, OnLine
from emulator.errors import EndpointError, ModelError
from emulator.files import archive, modes
from emulator.files.temporary import temporary
from emulator.serving.client import Connections, Reply
from emulator.serving.health import START_LIMIT_SECONDS, wait_until_healthy

STOP_GRACE_SECONDS = 30  # between SIGTERM and SIGKILL
INVOCATION_SECONDS = 60.0  # for a whole answer
STOP_POLL_SECONDS = 0.1
PROBE_SECONDS = 2.0
DYING_SECONDS = 1.0  # a dying container lets go of its connections before it has ended
NO_ANSWER = 0  # the original status the service reports when a container gave none
CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


@dataclass(frozen=True)
class ModelSpecification:
    """What CreateModel says: the artefact (a model.tar.gz, a folder, or None for nothing) and how to run it."""

    model_name: str
    model_data: Path | None
    environment: Mapping[str, str] = field(default_factory=dict)
    enable_network_isolation: bool = False
    memory_in_mb: int | None = None
    container_hostname: str | None = None


@dataclass(frozen=True)
class Invocation:
    """A good answer to InvokeEndpoint."""

    body: bytes
    content_type: str
    custom_attributes: str | None


class ServingContainer:
    """A running, healthy `serve`. Use it as a context manager; it is stopped with SIGTERM at the end.

    `work` is where its folder is made. `given_up` is asked while it starts: True ends that with an EndpointError.
    `abandoned` is asked while it stops: True kills the container at once.
    """

    address: tuple[str, int]
    seconds_to_healthy: float
    stop_grace_seconds: float = STOP_GRACE_SECONDS

    def __init__(
        self,
        engine: Engine,
        model: ModelSpecification,
        on_line: OnLine | None = None,
        health_check_timeout: float = START_LIMIT_SECONDS,
        work: Path | None = None,
        given_up: Callable[[], bool] = lambda: False,
        abandoned: Callable[[], bool] = lambda: False,
    ):
        self._engine = engine
        self._model = model
        self._on_line = on_line
        self._health_check_timeout = health_check_timeout
        self._work = work
        self._given_up = given_up
        self._abandoned = abandoned
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "ServingContainer":
        with contextlib.ExitStack() as stack:
            work = stack.enter_context(temporary("endpoint-", self._work))
            _lay_out(self._model.model_data, work / "ml" / "model")
            self._log = stack.enter_context(Log(work / "log", self._on_line))
            self._container = stack.enter_context(self._engine.start(self._launch(work / "ml"), self._log))
            self.address = self._container.address
            self._connections = stack.enter_context(contextlib.closing(Connections(self.address)))
            self._wait()
            self._open = stack.pop_all()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._open:
            self._connections.close()
            if kind is None:  # after an error the container is not asked but killed
                self._stop()

    @property
    def running(self) -> bool:
        """Whether the container has not ended."""
        return self._container.running

    @property
    def ended(self) -> Exit | None:
        """How the container has ended, None while it runs."""
        return self._container.wait(0)

    @property
    def last_lines(self) -> str:
        """The last lines of the container's output, for an error message."""
        return self._log.tail

    def get(self, path: str) -> Reply:
        """GET another path, such as /execution-parameters, whatever the status. ModelError without an answer."""
        return self._request("GET", path, None, {}, PROBE_SECONDS)

    def invoke(
        self,
        body: bytes | BinaryIO,
        content_type: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = INVOCATION_SECONDS,
    ) -> Invocation:
        """POST /invocations. ModelError when the container answers with an error, or not within `timeout` seconds."""
        types = {"Content-Type": content_type, "Accept": accept}
        sent = {**{name: value for name, value in types.items() if value}, **(headers or {})}
        reply = self._request("POST", "/invocations", body, sent, timeout)
        if reply.status >= 400:
            raise ModelError(reply.status, reply.body.decode("utf-8", "replace").strip())
        return Invocation(reply.body, reply.headers.get("Content-Type", ""), reply.headers.get(CUSTOM_ATTRIBUTES))

    def _request(
        self, method: str, path: str, body: bytes | BinaryIO | None, headers: Mapping[str, str], timeout: float
    ) -> Reply:
        try:
            return self._connections.request(method, path, body, headers, timeout=timeout)
        except TimeoutError as error:
            raise ModelError(NO_ANSWER, f"the container did not complete its answer within {timeout:.0f} s") from error
        except (OSError, http.client.HTTPException) as error:
            ended = self._container.wait(DYING_SECONDS)
            why = f"the container ended with {ended}" if ended else f"the connection broke: {error!r}"
            raise ModelError(NO_ANSWER, f"{why}{self.last_lines}") from error

    def _launch(self, opt_ml: Path) -> Launch:
        return Launch(
            self._model.model_name,
            "serve",
            opt_ml,
            self._model.environment,
            read_only=("model",),
            network_isolation=self._model.enable_network_isolation,
            memory_in_mb=self._model.memory_in_mb,
            hostname=self._model.container_hostname,
        )

    def _stop(self) -> None:
        """SIGTERM; what still runs after the time of grace is killed when the container is left."""
        self._container.terminate()
        deadline = time.monotonic() + self.stop_grace_seconds
        while time.monotonic() < deadline and not self._abandoned():
            if self._container.wait(STOP_POLL_SECONDS):
                return

    def _wait(self) -> None:
        started = time.monotonic()
        healthy, history = wait_until_healthy(
            self.address, lambda: self._container.running and not self._given_up(), self._health_check_timeout
        )
        self.seconds_to_healthy = time.monotonic() - started
        if healthy:
            return
        ended = self._container.wait(0)
        if not ended and self._given_up():
            raise EndpointError(f"the container of {self._model.model_name} was stopped before it was healthy")
        what = f"ended with {ended}" if ended else f"was not healthy within {self._health_check_timeout:.0f} s"
        pings = "".join(f"\n  {streak}" for streak in history)
        name = self._model.model_name
        raise EndpointError(f"the container of {name} {what}\n/ping since it started:{pings}{self.last_lines}")


def _lay_out(model_data: Path | None, folder: Path) -> None:
    """Make the folder of a model, which the service unpacks read-only; a container may run as any user."""
    folder.mkdir(parents=True)
    if model_data is None:
        pass
    elif model_data.is_dir():
        shutil.copytree(model_data, folder, dirs_exist_ok=True)
    else:
        archive.unpack(model_data, folder)
    folder.parent.chmod(0o755)
    modes.open_to_all(folder, 0o555, 0o444)
