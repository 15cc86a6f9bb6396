"""One instance of an endpoint: a container that is restarted whenever it ends, until it is closed."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from emulator.aws.logs import Stream
from emulator.errors import EmulatorError, EndpointError
from emulator.serving.container import INVOCATION_SECONDS, Invocation, ServingContainer

POLL_SECONDS = 0.1
FIRST_PAUSE_SECONDS = 1.0  # before a container is started again; doubled each time up to the longest
LONGEST_PAUSE_SECONDS = 60.0
STEADY_SECONDS = 60.0  # a container that ran so long is started again after the first pause

Open = Callable[[Callable[[], bool]], ServingContainer]
"""Makes an endpoint, given a function that says when to give up its start."""


class NoContainerError(EmulatorError):
    """The container has ended and is not back yet."""


class Instance:
    """Keeps a container running. `log` is the stream of its output, which is closed in the end."""

    def __init__(self, name: str, open_endpoint: Open, log: Stream):
        self._open = open_endpoint
        self._log = log
        self._stop = threading.Event()
        self._settled = threading.Event()
        self._failure: str | None = None
        self._endpoint: ServingContainer | None = None
        self._lock = threading.Lock()
        self._outstanding = 0
        self._thread = threading.Thread(target=self._keep, name=f"instance {name}", daemon=True)
        self._thread.start()

    @property
    def outstanding(self) -> int:
        """How many requests are under way."""
        return self._outstanding

    def wait_until_in_service(self, given_up: threading.Event) -> None:
        """Wait for the first healthy answer. EndpointError when the container does not get that far."""
        while not self._settled.wait(POLL_SECONDS):
            if given_up.is_set():
                raise EndpointError("stopped before the container was healthy")
        if self._endpoint is None:
            raise EndpointError(self._failure or "the container ended")

    def enter(self) -> None:
        """Count a request that is going to be sent: `drain` waits for it."""
        with self._lock:
            self._outstanding += 1

    def leave(self) -> None:
        """The request is over."""
        with self._lock:
            self._outstanding -= 1

    def invoke(
        self, body: bytes, content_type: str | None, accept: str | None, headers: Mapping[str, str]
    ) -> Invocation:
        """POST /invocations; see ServingContainer.invoke. NoContainerError while there is no container."""
        endpoint = self._endpoint
        if endpoint is None or not endpoint.running:
            raise NoContainerError(self._failure or "the container ended")
        return endpoint.invoke(body, content_type, accept, headers, INVOCATION_SECONDS)

    def drain(self, abandoned: threading.Event) -> None:
        """Wait until no request is under way, at most as long as one may take, or until the event is set."""
        deadline = time.monotonic() + INVOCATION_SECONDS
        while self._outstanding and time.monotonic() < deadline and not abandoned.is_set():
            time.sleep(POLL_SECONDS)

    def ask_to_close(self) -> None:
        """Begin to stop the container."""
        self._stop.set()

    def close(self) -> None:
        """Stop the container and wait until it has ended."""
        self.ask_to_close()
        self._thread.join()

    def _keep(self) -> None:
        try:
            with self._log:
                self._start_again_and_again()
        finally:
            self._settled.set()

    def _start_again_and_again(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                self._run()
            except Exception as error:  # noqa: BLE001 (whatever it is: requests are told, and it is tried again)
                self._failure = str(error)
                if not self._settled.is_set():
                    break
            if self._stop.is_set():
                break
            if time.monotonic() - started > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            with suppress(OSError):  # a full disk
                self._log(f"the container ended or did not start; restarting it in {pause:.0f} s")
            self._stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _run(self) -> None:
        """One container's life."""
        with self._open(self._stop.is_set) as endpoint:
            self._endpoint = endpoint
            self._settled.set()
            while endpoint.running and not self._stop.wait(POLL_SECONDS):
                pass
            self._endpoint = None
            if ended := endpoint.ended:
                self._failure = f"the container ended with {ended}{endpoint.last_lines}"
