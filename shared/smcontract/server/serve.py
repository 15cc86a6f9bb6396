"""The `serve` program: loads the model, then becomes gunicorn's master, which forks the workers.

The process that SageMaker starts is the master itself: no shell, no supervisor and no second web server stands between
it and SIGTERM. What is heavy is imported late: from the first moment SIGTERM ends the program, and numeric libraries
read how many threads they may start when they are imported.
"""

import gc
import importlib
import logging
import logging.config
import os
import signal
import sys
from typing import TYPE_CHECKING

from smcontract.errors import ContractError, UserError
from smcontract.server.rehearsal import rehearse
from smcontract.serving import modelcode
from smcontract.serving.settings import Settings

if TYPE_CHECKING:
    from smcontract.manifest import Model
    from smcontract.serving.handler import Handler

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"bare": {"format": "%(message)s"}, "full": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {
        "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "bare"},
        "stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "full"},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"smcontract.serving.requestlog": {"handlers": ["stdout"], "propagate": False}},
}

log = logging.getLogger(__name__)


def main() -> None:
    """Serve until SIGTERM; a model or a setting that is wrong ends the program with one sentence."""
    logging.config.dictConfig(LOGGING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until gunicorn's own handler takes over
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # each worker has a CPU; OpenMP threads would not survive the fork
    os.environ.pop("SCRIPT_NAME", None)  # gunicorn would take it for a part of every path
    try:
        settings = Settings.from_environment(os.environ)
        modelcode.check(settings.model_dir, os.environ)
        from smcontract.server.master import Server

        handler = _handler(settings)
        server = Server(handler, _model(handler, settings), settings)
    except ContractError as error:
        log.error("%s", error)
        sys.exit(error.exit_code)
    gc.freeze()  # the model is not garbage: to look through it costs time, and memory that the workers share
    log.info("serving %s on port %d with %d workers", settings.serving_module, settings.port, settings.workers)
    server.run()


def _model(handler: "Handler", settings: Settings) -> "Model":
    def load() -> "Model":
        return handler.default_model_fn(str(settings.model_dir))

    size = sum(path.stat().st_size for path in settings.model_dir.rglob("*") if path.is_file())
    rehearse(load, handler.check, size)
    return load()


def _handler(settings: Settings) -> "Handler":
    module, _, name = settings.serving_module.partition(":")
    try:
        handler = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UserError(f"SAGEMAKER_SERVING_MODULE={settings.serving_module} cannot be loaded: {error}") from error
    return handler(settings.batch)  # type: ignore[no-any-return]
