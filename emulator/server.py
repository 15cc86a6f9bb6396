"""The one port: SageMaker, SageMaker Runtime, the emulator's own status; and moto for the rest of AWS."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cheroot.wsgi import Gateway_10, Server
from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY

from emulator.api import protocol, request_line
from emulator.api.call import Call
from emulator.auth import content, origin
from emulator.auth.guard import Guard, NotAdmittedError
from emulator.auth.keys import Key, Keys
from emulator.aws import gateway
from emulator.aws.gateway import Gateway
from emulator.cloudwatch import protocol as cloudwatch
from emulator.hosting import runtime
from emulator.operations import OPERATIONS
from emulator.platform import Platform

HOST = "127.0.0.1"  # loopback only
NAME = "sagemaker-emulator"  # in the header Server, by which the driver knows one that does not know its key
THREADS = 64  # requests at once; one that waits for a container holds a thread
END_SECONDS = 2  # for what is being answered when the server ends; a connection that says nothing is not waited for
WAKE_SECONDS = 0.01  # cheroot looks twice a second whether it should end, and after each connection, such as ours
MAX_HEADER_BYTES = 64 << 10  # of a request's first line and headers: far above the keys and metadata of S3
STATUS_PATH = "/_emulator/status"
REQUEST = "emulator.request"
"""Where a WSGI environment has cheroot's request."""


class RequestGateway(Gateway_10):
    """Tells moto which names of headers have underscores, as keys of an object's metadata may: WSGI has only those."""

    def get_environ(self) -> Any:
        """Return the WSGI environment of a request."""
        environ = super().get_environ()  # type: ignore[no-untyped-call]
        names = [name.decode("latin-1") for name in self.req.inheaders if b"_" in name]
        environ[REQUEST] = self.req
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {f"HTTP_{name.upper().replace('-', '_')}": name for name in names}
        return environ


class Application:
    """The WSGI application over a platform. `status` makes what the status page tells."""

    def __init__(self, platform: Platform, guard: Guard, status: Callable[[], dict[str, Any]]):
        self._platform = platform
        self._guard = guard
        self._status = status
        self._gateway = Gateway(platform.objects)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        start_response = origin.close_to_pages(start_response)
        try:
            this = self._guard.admit(environ)
        except NotAdmittedError as refused:
            if not content.drain(environ["wsgi.input"]):
                environ[REQUEST].close_connection = True
            answer: Iterable[bytes] = gateway.refuse(refused.error, refused.call, environ, start_response)
        else:
            answer = self._answer(this, environ, start_response)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else answer  # a body would be taken for the next answer

    def _answer(self, this: Call, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == STATUS_PATH:
            body = json.dumps(self._status()).encode()
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        if this.service == "sagemaker" and environ.get("HTTP_X_AMZ_TARGET", "").startswith(protocol.TARGET):
            return protocol.answer(OPERATIONS, self._platform, this, environ, start_response)
        if this.service == cloudwatch.SIGNED_FOR:
            return cloudwatch.answer(self._platform, this, environ, start_response)
        if runtime.is_for(this, environ):
            return runtime.answer(self._platform, this, environ, start_response)
        return self._gateway(this, environ, start_response)


class RunningServer:
    """A server that listens, and answers within `serving`."""

    def __init__(self, platform: Platform, port: int, engine: str | None, state: Path, key: Key, is_open: bool = False):
        self._platform = platform
        self._started = time.time()
        self._facts = {"engine": engine or "what is there", "state": str(state), "pid": os.getpid(), "open": is_open}
        application = Application(platform, Guard(Keys(key), is_open), self.status)
        self._server = Server(
            (HOST, port), application, numthreads=THREADS, server_name=NAME, timeout=75, request_queue_size=128
        )
        self._server.shutdown_timeout = END_SECONDS
        self._server.gateway = RequestGateway
        self._server.ConnectionClass = request_line.Connection
        self._server.max_request_header_size = MAX_HEADER_BYTES
        self._server.keep_alive_conn_limit = None  # type: ignore[assignment]  # those that do nothing hold no thread
        self._server.prepare()
        self.endpoint_url = f"http://{HOST}:{self._server.bind_addr[1]}"

    def status(self) -> dict[str, Any]:
        """What is known of this server, as JSON has it."""
        kinds = ("training-job", "processing-job", "transform-job", "hyper-parameter-tuning-job", "endpoint")
        running = {kind: self._platform.background.running(kind) for kind in kinds}
        return {"endpoint_url": self.endpoint_url, "started": self._started, "running": running, **self._facts}

    @contextmanager
    def serving(self, ended: Callable[[], object]) -> Iterator[None]:
        """Answer requests in other threads; at the end accept no more, and finish what is being answered.

        `ended` is called when it ends by itself.
        """

        def serve() -> None:
            try:
                self._server.serve()
            finally:
                ended()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            ending = threading.Thread(target=self._server.stop)
            ending.start()
            ending.join(WAKE_SECONDS)
            with suppress(OSError):  # it has ended meanwhile
                socket.create_connection(self._server.bind_addr, END_SECONDS).close()
            ending.join()
            thread.join()
