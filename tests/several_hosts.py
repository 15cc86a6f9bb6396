"""Jobs on several hosts: a process for each, at a loopback address of its own, with an /opt/ml of its own."""

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from smcontract.training.hosts.connection import Connection
from smcontract.training.hosts.group import Group

from tests.opt_ml import PYTHONPATH, OptMl

FIXTURES = Path(__file__).parent / "fixtures"


def free_port():
    with socket.socket() as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


def connected():
    """Both ends of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        its = socket.create_connection(listener.getsockname())
        return listener.accept()[0], its


def in_threads(work, count=2):
    """What `work` returns on each of some hosts that are threads, given their groups."""
    names = [f"algo-{number + 1}" for number in range(count)]
    pairs = [connected() for _ in names[1:]]
    first = Group(names, 0, {name: Connection(mine) for name, (mine, _) in zip(names[1:], pairs, strict=True)})
    others = [Group(names, rank, {names[0]: Connection(its)}) for rank, (_, its) in enumerate(pairs, start=1)]
    with ExitStack() as stack:
        for made in chain.from_iterable(pairs):
            stack.enter_context(made)
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(work, [first, *others]))


class Hosts:
    """The hosts of one job, by name, each laid out by `kind`, a subclass of OptMl."""

    def __init__(self, base, *names, kind=OptMl, timeout=30):
        self.names = sorted(names)  # as SageMaker has them
        self.each = {name: kind(base / name / "ml") for name in self.names}
        for name, opt_ml in self.each.items():
            opt_ml.configure("resourceconfig", {"current_host": name, "hosts": self.names})
        addresses = ",".join(f"{name}=127.0.0.{number}" for number, name in enumerate(self.names, start=2))
        self.variables = {
            "SAGEMAKER_HOST_ADDRESSES": addresses,
            "SAGEMAKER_HOST_PORT": str(free_port()),
            "SAGEMAKER_HOST_TIMEOUT": str(timeout),
            "TRAINING_JOB_NAME": "job",
            "OMP_WAIT_POLICY": "PASSIVE",
            "PYTHONPATH": os.pathsep.join([str(FIXTURES), PYTHONPATH]),
        }

    def start(self, name, main, **hyperparameters):
        opt_ml = self.each[name]
        opt_ml.configure("hyperparameters", opt_ml.small_ones(hyperparameters) | hyperparameters)
        module, _, function = main.partition(":")
        return subprocess.Popen(
            [sys.executable, "-c", f"from {module} import {function}; {function}()"],
            env=opt_ml.environ(**self.variables), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, main, **hyperparameters):
        """Run all hosts to their end; return exit code and output of each, by name."""
        started = {name: self.start(name, main, **hyperparameters) for name in self.names}
        return {name: ended(process) for name, process in started.items()}

    def failure(self, name):
        path = self.each[name].paths.failure
        return path.read_text() if path.exists() else ""


def ended(process, timeout=100):
    """The exit code and output of a process, which ends."""
    try:
        out, _ = process.communicate(timeout=timeout)
    finally:
        process.kill()
    return process.returncode, out
