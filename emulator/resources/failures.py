"""FailureReason: what the API says of a job or an endpoint that ended with an error."""

import logging

from emulator.api.errors import ApiError
from emulator.errors import EmulatorError, EndpointError, EngineError

MAX_CHARACTERS = 1024  # the API's limit
EMULATOR_ENDED = "InternalServerError: the emulator ended before the job did; start the job again under another name"

log = logging.getLogger(__name__)


def explain(error: Exception, what: str, phase: str = "") -> str:
    """Return the FailureReason of an exception; one that is the emulator's own fault is logged.

    `what` names the job or endpoint in the log. `phase` leads the reason, such as "Data download failed: ".
    """
    if isinstance(error, EngineError):
        return f"ClientError: CannotStartContainerError: {error}"
    if isinstance(error, EndpointError):
        return f"AlgorithmError: {error}"
    if isinstance(error, ApiError | EmulatorError):
        return f"ClientError: {phase}{error}"
    if isinstance(error, OSError):  # such as a full disk
        file = f": {error.filename}" if error.filename else ""
        return f"InternalServerError: {phase}{error.strerror or error}{file}"
    log.error("%s", what, exc_info=error)
    return "InternalServerError: the emulator is at fault; its log has the cause"


def shorten(reason: str) -> str:
    """Return a reason within the limit: its beginning, which says what, and its end, often the last lines of output.

    Example:
        >>> shorten("The container failed"), len(shorten("The container failed" + 2_000 * "."))
        ('The container failed', 1023)
    """
    if len(reason) <= MAX_CHARACTERS:
        return reason
    half = (MAX_CHARACTERS - len(" ... ")) // 2
    return f"{reason[:half]} ... {reason[-half:]}"
