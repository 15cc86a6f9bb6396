"""The engine for a machine without a container engine: the same `train` and `serve`, as plain processes.

It honours the command or what replaces it, the /opt/ml folder and the environment. Hosts of one job have a loopback
address each, but no names. It refuses to cut the network, and does not limit memory, protect the file system or change
the user. The docker engine does all.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from emulator.engines import supervised
from emulator.engines.container import SHARED_CPUS, Container, Exit, Launch
from emulator.engines.log import OnLine
from emulator.engines.supervised import SupervisedContainer
from emulator.errors import EngineError

OWNER = "SAGEMAKER_EMULATOR_OWNER"
"""The variable by which processes of a killed emulator are found."""

PORTS = range(10_000, 32_768)
"""Below those of outgoing connections, which begin at 32,768 on Linux and at 49,152 on other systems."""

PACKAGES = ".packages"  # below a program's /opt/ml
TRIES = 100
HOST = "127.0.0.1"  # the repository's images listen there alone; other programs may choose


class ProcessEngine:
    """Runs the programs in `programs`, a folder holding `train` and `serve`, with the variables an image would set.

    `owner` is what the variable OWNER says to them.
    """

    def __init__(self, programs: Path, environment: Mapping[str, str] | None = None, owner: str | None = None):
        self.programs = programs.absolute()
        self.environment = dict(environment or {})
        self._mark = {OWNER: owner} if owner else {}
        self.description = "plain processes"

    def sees(self, opt_ml: Path) -> Path:
        """Return the folder itself; see Engine.sees."""
        return opt_ml.absolute()

    def network(self, name: str, hosts: Sequence[str], isolated: bool) -> contextlib.AbstractContextManager[str]:  # noqa: ARG002
        """Give each host a loopback address, and all a port: what `start` tells them. See Engine.network.

        No name resolves; programs of this repository's images know their hosts by these variables.
        """
        addresses = (f"{host}=127.0.0.{2 + number % 250}" for number, host in enumerate(hosts))
        return contextlib.nullcontext(f"{','.join(addresses)} {free_port()}")

    def start(self, launch: Launch, on_line: OnLine) -> Container:
        """Start the program; see Engine.start. It sees nothing of the caller's environment."""
        if launch.network_isolation:
            raise EngineError(
                f"{launch.name} needs network isolation, which the process engine cannot provide: use the docker engine"
            )
        port = free_port()
        environment = {
            "PATH": f"{self.programs}{os.pathsep}{os.defpath}",
            "HOME": str(launch.opt_ml),
            "LANG": "C.UTF-8",
            **SHARED_CPUS,
            **_for_scripts(self.sees(launch.opt_ml)),
            **self.environment,
            **_of_hosts(launch),
            **launch.environment,
            "SAGEMAKER_BASE_DIR": str(self.sees(launch.opt_ml)),
            "SAGEMAKER_BIND_TO_PORT": str(port),
            "SAGEMAKER_BIND_TO_ADDRESS": HOST,
            **self._mark,
        }
        if not (launch.command or launch.words):
            raise EngineError(
                f"{launch.name} names no program, and the image's own is for the docker engine: set ContainerEntrypoint"
            )
        command = [_there(word, self.sees(launch.opt_ml)) for word in (*launch.entrypoint, *launch.words)]
        if not (launch.entrypoint or launch.arguments):
            command = [str(self.programs / launch.command)]
        kind = SupervisedContainer if supervised.AVAILABLE else ProcessContainer
        try:
            return kind(command, environment, launch.opt_ml, port, on_line)
        except OSError as error:
            raise EngineError(f"{command[0]} cannot be run: {error.strerror}") from error


class ProcessContainer(Container):
    """A process in a session of its own, where no supervisor can be. Its group ends with it; daemons do not."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        port: int,
        on_line: OnLine,
    ):
        self.address = (HOST, port)
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            umask=0o022,  # as in a container
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if self._process.stdout is None:
            raise ValueError("the process was started without a pipe for its output")
        super().__init__(self._process.stdout, on_line)

    def _wait_for_end(self, timeout: float | None) -> bool:
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _collect(self) -> Exit:
        self._kill()  # what the program leaves behind would hold the pipe open
        code = self._process.returncode
        return Exit(128 - code if code < 0 else code)

    def terminate(self) -> None:
        """See Container.terminate."""
        self._process.terminate()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says EPERM for a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)


def _for_scripts(opt_ml: Path) -> dict[str, str]:
    """Variables with which SageMaker's toolkit runs a user's script here: what its requirements.txt names is installed
    for the job alone, not into the environment that jobs share; and no host's name is looked up, since there is none.
    """
    packages = str(opt_ml / PACKAGES)
    return {"PIP_TARGET": packages, "PYTHONPATH": packages, "SM_STUDIO_LOCAL_MODE": "true"}


def _of_hosts(launch: Launch) -> dict[str, str]:
    """How the hosts of a job find each other, see `smcontract.training.hosts`: `network` has said where they are."""
    if launch.network is None:
        return {}
    return dict(zip(("SAGEMAKER_HOST_ADDRESSES", "SAGEMAKER_HOST_PORT"), launch.network.split(), strict=True))


def _there(word: str, opt_ml: Path) -> str:
    """A word of a command, with the place of /opt/ml on this machine."""
    return str(opt_ml) if word == "/opt/ml" else word.replace("/opt/ml/", f"{opt_ml}/")


def free_port() -> int:
    """A port that nobody has. It is the program's only when that binds it, so it must not be one of those that the
    system gives out by itself meanwhile, to connections that leave.
    """
    for port in random.SystemRandom().sample(PORTS, TRIES):  # two processes may have the same seed, or be forks
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port
    raise EngineError(
        f"none of {TRIES} ports between {PORTS.start} and {PORTS.stop - 1} is free: end the programs that use them"
    )
