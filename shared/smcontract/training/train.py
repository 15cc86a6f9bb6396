"""Running an algorithm under the `train` program of sagemaker-training, which calls us in its own process.

Adds what that program lacks: checked hyperparameters, SIGTERM, failure reasons that fit. What it reads itself before
it calls us, `smcontract.training.start` has looked at.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sagemaker_training.errors import ClientError

from smcontract.errors import AlgorithmError, UserError
from smcontract.hyperparameters import Table
from smcontract.paths import Paths
from smcontract.training import artefact, failure, signals
from smcontract.training.evaluation import Evaluation
from smcontract.training.job import Job, read_hyperparameters
from smcontract.training.metrics import MetricLog

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Context:
    """All that an algorithm is given.

    It should look at `stop` every few seconds: when set, save what there is and return, or leave by `sys.exit(0)`.
    `given` are the names of the hyperparameters that the job sets, and does not leave to their defaults.
    """

    paths: Paths
    job: Job
    hyperparameters: Mapping[str, Any]
    stop: threading.Event
    metrics: MetricLog
    given: frozenset[str] = frozenset()
    evaluation: Evaluation = field(default_factory=Evaluation)

    def suited(self, values: Mapping[str, Any], why: str) -> dict[str, Any]:
        """Return the hyperparameters with other values for those that the job does not set; the log says which."""
        chosen = {name: value for name, value in values.items() if name not in self.given}
        if chosen:
            log.info("%s: %s", why, ", ".join(f"{name}={value}" for name, value in chosen.items()))
        return {**self.hyperparameters, **chosen}


Defaults = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def run(algorithm: Callable[[Context], None], table: Table, defaults: Defaults | None = None) -> None:
    """Call `algorithm` with the job's context; returns when the model is saved, or SIGTERM ended training.

    `defaults`, if a default depends on another hyperparameter's value, gets the parsed hyperparameters and
    returns the defaults that differ from the table's. Any error is written to the failure file. A UserError leaves
    as the toolkit's ClientError (exit code 1, no traceback in the log), all else as AlgorithmError (exit code 2).
    """
    paths = Paths.from_environment(os.environ)
    with signals.stop_on_sigterm() as stop:
        try:
            paths.failure.unlink(missing_ok=True)  # of an earlier attempt: the toolkit would keep it
            context = _context(paths, table, defaults, stop)
            artefact.check_writable(paths.model)
            algorithm(context)
        except BaseException as error:
            # SystemExit and KeyboardInterrupt too: the toolkit would leave with exit code 0.
            if isinstance(error, SystemExit) and not error.code:
                return
            cause = failure.as_contract_error(error)
            _write_failure(paths, error, cause.exit_code)
            raise (ClientError if isinstance(cause, UserError) else AlgorithmError)(str(cause)) from error


def _context(paths: Paths, table: Table, defaults: Defaults | None, stop: threading.Event) -> Context:
    raw = read_hyperparameters(paths)
    values = table.parse(raw)
    if defaults is not None:
        values = table.parse(raw, defaults(values))
    return Context(paths, Job.load(paths, os.environ), values, stop, MetricLog(), table.given(raw))


def _write_failure(paths: Paths, error: BaseException, exit_code: int) -> None:
    try:
        failure.write(paths, error)
    except OSError as unwritten:
        log.error("%s", failure.text(error))
        log.error("cannot write the failure file: %s", unwritten)
        if not paths.failure.exists():
            # The toolkit would fail to write it as well, and then leave with exit code 0.
            logging.shutdown()
            os._exit(exit_code)
