"""The application as gunicorn's master and workers see it, and how gunicorn is set up for it."""

import logging
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from smcontract.errors import ContractError
from smcontract.manifest import Model
from smcontract.server.sharing import CLOSED, Sharing
from smcontract.server.worker import DRAIN_SECONDS, Worker
from smcontract.serving.app import Application
from smcontract.serving.handler import Handler
from smcontract.serving.health import Health
from smcontract.serving.settings import Settings

KERNEL_BYTES = 128 * 1024  # of each connection, for each direction; Linux doubles it. By itself it would take megabytes
SWITCH_SECONDS = 0.001  # how long a busy prediction keeps the interpreter from the thread that answers /ping

log = logging.getLogger(__name__)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """One master, and workers forked from it that share the loaded model's memory."""

    def __init__(self, handler: Handler, model: Model, settings: Settings) -> None:
        self.settings = settings
        self.health = Health()
        self.sharing = Sharing(settings.workers)
        self.limits = settings.limits()
        self.application = Application(handler, model, settings, self.limits, self.health)
        self._golden = lambda: handler.check(model)
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn; none of its files or variables are read."""
        for name, value in self._config().items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """What gunicorn calls the WSGI application, and leaves to the worker."""
        return self.application

    def _config(self) -> dict[str, Any]:
        return {
            "bind": f"{self.settings.address}:{self.settings.port}",
            "workers": self.settings.workers,
            "worker_class": Worker,
            "preload_app": True,
            "timeout": self.settings.timeout,
            "graceful_timeout": DRAIN_SECONDS + 2,
            # Nobody may set the WSGI environment, or the scheme, by a header.
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "http_parser": "python",
            "worker_tmp_dir": memory_folder(),
            "control_socket_disable": True,
            "when_ready": self._limit_buffers,
            "pre_fork": self._place,
            "post_worker_init": self._check,
        }

    def _limit_buffers(self, arbiter: Arbiter) -> None:
        """Let the kernel hold little for each client; connections inherit this from the listener."""
        for listener in arbiter.LISTENERS:
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                listener.setsockopt(socket.SOL_SOCKET, option, KERNEL_BYTES)

    def _place(self, arbiter: Arbiter, worker: Worker) -> None:
        """Give a new worker the place of the one it replaces."""
        free = set(range(self.settings.workers)) - {other.place for other in arbiter.WORKERS.values()}
        worker.place = min(free, default=0)
        self.sharing.tell(worker.place, CLOSED)  # until it is ready

    def _check(self, worker: Worker) -> None:
        """Before a worker takes requests: its golden examples must score as they did at training time."""
        sys.setswitchinterval(SWITCH_SECONDS)
        try:
            self.health.check(self._golden)
        except ContractError as error:
            log.error("the model is not served: %s", error)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)  # at which the master ends too, rather than trying for ever
        self.application.enter(worker.place)
        self.sharing.tell(worker.place, 0)
        log.info("worker %d is ready", worker.pid)


def memory_folder(shared: Path = Path("/dev/shm")) -> str:  # noqa: S108  # nothing is kept there
    """Where heartbeat files live: in memory where there is such a place, since a slow disk would look like a hang."""
    return str(shared) if os.access(shared, os.W_OK) else tempfile.gettempdir()
