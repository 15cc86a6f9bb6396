"""Whether this worker can answer: one state, and the status code of /ping for it."""

from collections.abc import Callable
from enum import Enum


class State(Enum):
    """LOADING until the golden examples score as they did at training time; then READY, or else FAILED."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class Health:
    """The state of one worker."""

    def __init__(self) -> None:
        self.state = State.LOADING

    @property
    def status(self) -> int:
        """The HTTP status of /ping: 200 when READY, 503 otherwise."""
        return 200 if self.state is State.READY else 503

    def check(self, check: Callable[[], None]) -> None:
        """READY if `check` returns, FAILED if it raises; its exception propagates to the caller."""
        self.state = State.FAILED
        check()
        self.state = State.READY
