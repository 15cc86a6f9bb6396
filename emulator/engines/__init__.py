"""The engines that run an image's programs: containers, or plain processes. One interface, chosen once."""

from pathlib import Path

from emulator.engines import docker, environment
from emulator.engines.container import Container, Engine, Exit, Launch
from emulator.engines.docker import DockerEngine
from emulator.engines.log import OnLine
from emulator.engines.process import ProcessEngine
from emulator.engines.repository import Image
from emulator.errors import EngineError

__all__ = ["Container", "DockerEngine", "Engine", "Exit", "Launch", "ProcessEngine", "choose"]


def choose(
    setting: str | None, image: Image, repository: Path, on_line: OnLine = print, owner: str | None = None
) -> Engine:
    """The engine called `setting` ("docker" or "process"); without one, docker when it answers and has the image.

    `owner` marks what it starts, see emulator.engines.leftovers. Raises EngineError when the engine asked for cannot
    run the image.
    """
    if setting not in (None, "docker", "process"):
        raise EngineError(f"unknown engine {setting!r}: choose docker or process")
    if setting == "docker" and (refusal := docker.refusal()):
        raise EngineError(f"{refusal}, or choose the process engine")
    if setting == "docker" and not docker.built(image.tag):
        raise EngineError(f"the image {image.tag} does not exist: build it with ./build.sh {image.name}")
    if setting == "docker" or (setting is None and docker.answers() and docker.built(image.tag)):
        return DockerEngine(image.tag, owner)
    return ProcessEngine(environment.programs(image, repository, on_line), image.environment, owner)
