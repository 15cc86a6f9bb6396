"""Loading a model for the first time in a process that may die of it.

A library in C++ can crash on a damaged model, where Python would raise an error, and the server with it. So a child
process loads the model and scores its golden examples before the server does.
"""

import logging
import os
import signal
from collections.abc import Callable
from typing import Any

from smcontract.errors import AlgorithmError, ContractError, UserError
from smcontract.training.failure import as_contract_error

# CPU time, which a busy machine does not shorten. Damaged numbers may keep a library busy for ever.
LOAD_SECONDS, LOAD_SECONDS_A_MEBIBYTE = 4.0, 1.0
GOLDEN_SECONDS = 4.0

log = logging.getLogger(__name__)


def rehearse(load: Callable[[], Any], check: Callable[[Any], None], size: int) -> None:
    """Load a model of `size` bytes and check its golden examples, in a child process.

    Must be called before any thread is started. Raises UserError with what is wrong with the model, whether the child
    said it or died, and AlgorithmError where the golden examples score differently.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _play(load, check, writer, LOAD_SECONDS + LOAD_SECONDS_A_MEBIBYTE * size / 2**20)
    os.close(writer)
    try:
        with os.fdopen(reader, encoding="utf-8") as pipe:
            reason = pipe.read()
    except BaseException:
        os.kill(child, signal.SIGKILL)  # SIGTERM, which ends the program
        raise
    finally:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == -signal.SIGKILL:
        raise UserError("the model cannot be loaded: it does not fit into memory; choose a larger instance type")
    if code == -signal.SIGPROF:
        raise UserError(_damaged("its library does not finish loading it"))
    if code < 0:
        raise UserError(_damaged(f"its library crashes on it ({signal.Signals(-code).name})"))
    if code == AlgorithmError.exit_code:
        raise AlgorithmError(reason)
    if code:
        raise UserError(reason or _damaged("its library exits"))


def _play(load: Callable[[], Any], check: Callable[[Any], None], writer: int, seconds: float) -> None:
    """The child's part, which never returns."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        model = load()
        signal.setitimer(signal.ITIMER_PROF, GOLDEN_SECONDS)
        check(model)
        code = 0
    except BaseException as error:  # whatever it is, the parent says it
        log.debug("the model cannot be loaded", exc_info=error)
        cause = as_contract_error(error)
        if not isinstance(error, ContractError) and isinstance(cause, AlgorithmError):
            cause = UserError(_damaged(f"{type(error).__name__}: {error}"))
        code = cause.exit_code
        os.write(writer, str(cause).encode(errors="backslashreplace")[:4096])
    finally:
        os._exit(code)


def _damaged(why: str) -> str:
    return f"the model cannot be loaded: it is damaged ({why[:300]}); deploy the whole model.tar.gz of one training job"
