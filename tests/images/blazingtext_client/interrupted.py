"""Checkpoints of a host that is taken away."""

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
