"""The hosts of a job as a group that exchanges arrays. A group of one host needs nothing, and does nothing.

All hosts must call the same methods in the same order. Messages go by way of the first host, and sums are made in the
order of the hosts, so that a result is the same, bit for bit, each time and on each host.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smcontract.errors import ContractError
from smcontract.training import failure
from smcontract.training.hosts.connection import Connection, Message
from smcontract.training.hosts.rendezvous import Settings, StoppedError, meet
from smcontract.training.hosts.watch import Watch, end_process
from smcontract.training.train import Context


class Group:
    """The hosts of a job, in SageMaker's order. A message maps names to arrays of numbers, or to what JSON can hold."""

    def __init__(
        self,
        hosts: Sequence[str],
        rank: int,
        lines: Mapping[str, Connection],
        address: str = "",
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        self.hosts, self.rank = tuple(hosts), rank
        self.address = address
        """Of the first host, as the others find it."""
        self.settle = settle
        """To be called before an error that another host's end may have caused counts: if so, it does not return."""
        self._lines = [lines[host] for host in hosts if host in lines]

    @classmethod
    def alone(cls) -> "Group":
        """Return a group of this host alone."""
        return cls(("algo-1",), 0, {})

    @property
    def size(self) -> int:
        """How many hosts there are."""
        return len(self.hosts)

    @property
    def is_leader(self) -> bool:
        """Whether this host is the first one, which publishes."""
        return self.rank == 0

    def gather(self, message: Message) -> list[Message]:
        """Return the messages of all hosts, in their order, to the first one; nothing to the others."""
        if self.is_leader:
            return [message, *(line.receive() for line in self._lines)]
        self._lines[0].send(message)
        return []

    def scatter(self, messages: Sequence[Message]) -> Message:
        """Return to each host the message that the first one has for it; only what that one gives counts."""
        if not self.is_leader:
            return self._lines[0].receive()
        for line, message in zip(self._lines, messages[1:], strict=True):
            line.send(message)
        return messages[0]

    def broadcast(self, message: Message) -> Message:
        """Return the first host's message to all."""
        return self.scatter([message] * self.size)

    def all_gather(self, message: Message) -> list[Message]:
        """Return the messages of all hosts, in their order, to all."""
        every = self.gather(message)
        if self.is_leader:
            for line in self._lines:
                for each in every:
                    line.send(each)
            return every
        return [self._lines[0].receive() for _ in self.hosts]

    def sum(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the sum of an array over all hosts, of the same shape and type on each."""
        if self.size == 1:
            return array
        total = np.zeros_like(array)
        for message in self.gather({"array": array}):
            total += message["array"]
        return self.broadcast({"array": total})["array"]  # type: ignore[no-any-return]

    def any(self, fact: bool) -> bool:
        """Whether it is so on a host at least."""
        return bool(self.sum(np.array([fact], np.int64))[0])

    def first(self, fact: bool) -> bool:
        """Whether it is so on the first host."""
        return bool(self.broadcast({"fact": fact})["fact"])


@contextmanager
def joined(context: Context) -> Iterator[Group]:
    """Yield the group of the job's hosts, when all are there; until the block ends, a host that fails ends all.

    Leaves by SystemExit, code 0, when the job is stopped before. Raises UserError when a host does not come.
    """
    resources = context.job.resources
    if len(resources.hosts) == 1:
        yield Group(resources.hosts, 0, {})
        return
    settings = Settings.of(os.environ)
    try:
        others = meet(context.job, settings, context.stop)
    except StoppedError:
        raise SystemExit(0) from None
    watch = Watch(
        resources.current_host,
        {host: lines.watch for host, lines in others.items()},
        end_process(lambda cause: failure.write(context.paths, cause)),
    )
    rank = resources.hosts.index(resources.current_host)
    address = settings.address(resources.hosts[0])
    group = Group(resources.hosts, rank, {host: lines.data for host, lines in others.items()}, address, watch.settle)
    try:
        yield group
    except ContractError as error:
        watch.fail(error)
        raise
    except BaseException as error:
        if not isinstance(error, SystemExit) or error.code:
            watch.settle()
            watch.fail(failure.as_contract_error(error))
        raise
    watch.finish()
