"""The docker engine: real containers, driven by the `docker` command.

Containers run as the image says (as root, on the service), so files they write may belong to root. When a container has
ended, a throw-away container of the same image gives them to the owner of the mounted folder: whoever starts a job can
read and remove its results. Every container is named, carries the label `sagemaker-emulator` and is removed at its end.
What a killed process of ours left is found by a second label that names its owner.
"""

import os
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from emulator.engines.container import PORT, SHARED_CPUS, Container, Exit, Launch
from emulator.engines.log import OnLine
from emulator.errors import EngineError

LABEL = "sagemaker-emulator"
OWNER = f"{LABEL}.owner"
KILLED = 137  # the exit code of what SIGKILL ended, from whomever it came


class DockerEngine:
    """Runs the image called `tag`, which must be on this machine: nothing is pulled. `owner` is for `remove_left`."""

    def __init__(self, tag: str, owner: str | None = None):
        self.tag = tag
        self._labels = ["--label", LABEL, *(["--label", f"{OWNER}={owner}"] if owner else [])]
        self.description = f"containers of {tag}"

    def start(self, launch: Launch, on_line: OnLine) -> Container:
        """Create and start the container; see Engine.start. It is removed again when it does not start."""
        container = f"{LABEL}-{launch.name}-{uuid.uuid4().hex[:8]}"
        try:
            if _has_own_network(launch):
                docker("network", "create", "--internal", *self._labels, container)
            docker(*self._create(launch, container))
            docker("start", container)
            return DockerContainer(container, self.tag, launch, on_line)
        except BaseException:
            _remove(container, launch)
            raise

    def sees(self, opt_ml: Path) -> Path:  # noqa: ARG002
        """Return /opt/ml; see Engine.sees."""
        return Path("/opt/ml")

    @contextmanager
    def network(self, name: str, hosts: Sequence[str], isolated: bool) -> Iterator[str]:  # noqa: ARG002
        """Make a bridge of its own; see Engine.network."""
        network = f"{LABEL}-{name}-{uuid.uuid4().hex[:8]}"
        docker("network", "create", *(["--internal"] if isolated else []), *self._labels, network)
        try:
            yield network
        finally:
            _docker("network", "rm", network)

    def _create(self, launch: Launch, container: str) -> list[str]:
        opt_ml = launch.opt_ml.absolute()
        mounts = [f"type=bind,source={opt_ml},target=/opt/ml"]
        mounts += [f"type=bind,source={opt_ml / name},target=/opt/ml/{name},readonly" for name in launch.read_only]
        options = ["--name", container, *self._labels, "--pull", "never", "--log-driver", "json-file"]
        options += [option for mount in mounts for option in ("--mount", mount)]
        environment = {**SHARED_CPUS, **launch.environment}
        options += [option for name, value in environment.items() for option in ("--env", f"{name}={value}")]
        options += _network(launch, container)
        if launch.memory_in_mb is not None:
            options += ["--memory", f"{launch.memory_in_mb}m", "--memory-swap", f"{launch.memory_in_mb}m"]
        if launch.read_only_root:
            options += ["--read-only", "--tmpfs", "/tmp"]  # noqa: S108 (the container's own)
        if launch.user is not None:
            options += ["--user", launch.user]
        if launch.entrypoint:
            options += ["--entrypoint", launch.entrypoint[0]]
        return ["create", *options, self.tag, *launch.entrypoint[1:], *launch.words]


class DockerContainer(Container):
    """One container, followed by `docker logs`."""

    def __init__(self, name: str, tag: str, launch: Launch, on_line: OnLine):
        self.name = name
        self._tag = tag
        self._launch = launch
        if launch.command == "serve":
            self.address = _address(name, launch)
        self._follower = subprocess.Popen(
            ["docker", "logs", "--follow", name],
            start_new_session=True,  # Ctrl-C is for us to handle, not for it
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if self._follower.stdout is None:
            raise ValueError("docker logs was started without a pipe for its output")
        super().__init__(self._follower.stdout, on_line)

    def _wait_for_end(self, timeout: float | None) -> bool:
        return self._read_all.wait(timeout)

    def _collect(self) -> Exit:
        self._follower.wait()
        code = int(docker("wait", self.name))
        out_of_memory = self._was_out_of_memory(code)
        _remove(self.name, self._launch)
        if os.geteuid() != 0:
            _give_back(self._tag, self._launch.opt_ml.absolute())
        return Exit(code, out_of_memory)

    def _was_out_of_memory(self, code: int) -> bool:
        """Docker sometimes learns of the end before the reason, which then is among its events alone."""
        flag, created = docker("inspect", "--format", "{{.State.OOMKilled}} {{.Created}}", self.name).split()
        if flag == "true" or code != KILLED:
            return flag == "true"
        until = datetime.now(UTC).isoformat()
        filters = ("--filter", f"container={self.name}", "--filter", "event=oom")
        return docker("events", "--since", created, "--until", until, *filters) != ""

    def terminate(self) -> None:
        """See Container.terminate."""
        _docker("kill", "--signal", "TERM", self.name)  # fails when it has just ended, which is as good

    def _kill(self) -> None:
        _docker("kill", self.name)


def docker(*arguments: str) -> str:
    """Run a docker command and return what it prints. EngineError with its message when it fails."""
    done = _docker(*arguments)
    if done.returncode:
        raise EngineError(f"docker {arguments[0]}: {done.stderr.strip() or f'exit code {done.returncode}'}")
    return done.stdout.strip()


def answers() -> bool:
    """Whether there is a docker command here and an engine behind it."""
    return refusal() is None


def refusal() -> str | None:
    """Return why docker cannot be used here and what to do, see `explain`; None when an engine answers."""
    try:
        done = _docker("version")
    except EngineError:
        return "the docker command is missing: install Docker"
    return explain(done.stderr) if done.returncode else None


def explain(said: str) -> str:
    """Return what the error of a docker command that reached no engine means, and what to do, as part of a sentence.

    Example:
        >>> explain("Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?")
        'the Docker engine does not answer: start it, or name one in DOCKER_HOST'
    """
    last = (said.strip().splitlines() or [""])[-1]
    if "permission denied" in last.lower():
        return (
            "you may not use the Docker engine (permission denied on its socket): run `sudo usermod -aG docker $USER`, "
            "then log in again, or enter `newgrp docker` in this shell"
        )
    if "failed to initialize" in last.lower():
        return f"docker's settings name no usable engine ({last}): set DOCKER_HOST, or run `docker context use default`"
    return "the Docker engine does not answer: start it, or name one in DOCKER_HOST"


def built(tag: str) -> bool:
    """Whether the engine has this image."""
    return _docker("image", "inspect", tag).returncode == 0


def remove_left(owner: str) -> None:
    """Remove the containers and networks of an owner that is gone; nothing if no engine answers.

    Their files are given back, as at the end of any container.
    """
    ours = ("--quiet", "--filter", f"label={OWNER}={owner}")
    try:
        containers = docker("ps", "--all", *ours).split()
    except EngineError:
        if answers():
            raise
        return
    if containers:
        mounted = '{{range .Mounts}}{{if eq .Destination "/opt/ml"}}{{.Source}}{{end}}{{end}}'
        places = docker("inspect", "--format", f"{{{{.Config.Image}}}} {mounted}", *containers).splitlines()
        docker("rm", "--force", "--volumes", *containers)
        for tag, opt_ml in (place.split(" ", 1) for place in places):
            if os.geteuid() != 0 and Path(opt_ml).is_dir():
                with suppress(EngineError):  # the image is gone: the files stay, which need not prevent the start
                    _give_back(tag, opt_ml)
    if networks := docker("network", "ls", *ours).split():
        docker("network", "rm", *networks)


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["docker", *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)
    except FileNotFoundError as error:
        raise EngineError("the docker command is missing: install Docker, or use the process engine") from error


def _has_own_network(launch: Launch) -> bool:
    """An isolated server still has to be reached: by its address, on a network without a way out."""
    return launch.network_isolation and launch.command == "serve"


def _network(launch: Launch, container: str) -> list[str]:
    hostname = ["--hostname", launch.hostname] if launch.hostname else []
    if launch.network and launch.hostname:
        return [*hostname, "--network", launch.network, "--network-alias", launch.hostname]
    return hostname + _own_network(launch, container)


def _own_network(launch: Launch, container: str) -> list[str]:
    if _has_own_network(launch):
        return ["--network", container]
    if launch.network_isolation:
        itself = ["--add-host", f"{launch.hostname}:127.0.0.1"] if launch.hostname else []
        return ["--network", "none", *itself]
    return ["--publish", f"127.0.0.1::{PORT}"] if launch.command == "serve" else []


def _address(container: str, launch: Launch) -> tuple[str, int]:
    if _has_own_network(launch):
        template = f'{{{{(index .NetworkSettings.Networks "{container}").IPAddress}}}}'
        return docker("inspect", "--format", template, container), PORT
    host, port = docker("port", container, str(PORT)).splitlines()[0].rsplit(":", 1)
    return host, int(port)


def _remove(container: str, launch: Launch) -> None:
    _docker("rm", "--force", "--volumes", container)
    if _has_own_network(launch):
        _docker("network", "rm", container)


def _give_back(tag: str, opt_ml: Path | str) -> None:
    mount = f"type=bind,source={opt_ml},target=/opt/ml"
    options = (
        "--rm",
        "--label",
        LABEL,
        "--network",
        "none",
        "--user",
        "0",
        "--entrypoint",
        "/bin/sh",
        "--mount",
        mount,
    )
    docker("run", *options, tag, "-c", 'chown -R "$(stat -c %u:%g /opt/ml)" /opt/ml')
