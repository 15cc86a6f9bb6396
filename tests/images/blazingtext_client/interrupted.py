"""A training that is interrupted: its host is taken away, or it is asked to stop."""

import itertools
import threading

from blazingtext_client.gate import Gate
from smcontract.training.checkpoints import Checkpoints


class Gone(BaseException):
    """The host has gone."""


class Leaving(Checkpoints):
    """The host goes after a number of checkpoints."""

    left = 0

    def save(self, step, state, arrays):
        super().save(step, state, arrays)
        self.left -= 1
        if not self.left:
            raise Gone


def stop_at(piece, monkeypatch):
    """Return an event that is set when all threads together have trained `piece` pieces of text."""
    stop, pieces, pass_ = threading.Event(), itertools.count(1), Gate.pass_

    def counted(gate):
        if next(pieces) == piece:
            stop.set()
        pass_(gate)

    monkeypatch.setattr(Gate, "pass_", counted)
    return stop
