"""Emulators, engines over the programs in tests/fixtures/programs, and artefacts to serve."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto.core.base_backend import BackendDict
from moto.logs import models as logs
from moto.logs import urls
from moto.s3 import models as s3
from moto.s3 import responses as _  # noqa: F401 (it takes moto's own classes from `models` while they are there)

from emulator.auth import keys
from emulator.engines import ProcessEngine
from emulator.files import archive
from emulator.images import TrainingImages
from emulator.platform import Platform
from emulator.server import RunningServer
from tests.emulator.client import Client, filled, start
from tests.emulator.hosting.caller import Host, Within
from tests.emulator.running import REPOSITORY, RunningEmulator
from tests.emulator.with_fixtures import WithPrograms

PROGRAMS = Path(__file__).resolve().parents[1] / "fixtures" / "programs"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """A running emulator for all tests of a module, which must not end it."""
    running = RunningEmulator(tmp_path_factory.mktemp("emulator") / "state")
    yield running
    running.end()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Callable[..., RunningEmulator]]:
    """`servers("--open")`: a running emulator of this test alone, over `tmp_path`/state; keywords as it takes them."""
    started: list[RunningEmulator] = []

    def start(*arguments: str, **more: Any) -> RunningEmulator:
        started.append(RunningEmulator(tmp_path / "state", *arguments, **more))
        return started[-1]

    yield start
    for running in started:
        running.end()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """A platform in this process, over `tmp_path`/state. moto is global: what it was told is taken back in the end."""
    BackendDict.reset()
    told = [(s3, "FakeKey"), (s3, "FakeBucket"), (s3, "FakeMultipart"), (s3.s3_backends, "backend")]
    told += [(logs, "LogGroup"), (logs.logs_backends, "backend")]
    before = [getattr(owner, name) for owner, name in told]
    paths = dict(urls.url_paths)
    assembled = Platform.open(tmp_path / "state", TrainingImages(REPOSITORY, "process", str(tmp_path / "state")))
    yield assembled
    assembled.close()
    for (owner, name), value in zip(told, before, strict=True):
        setattr(owner, name, value)
    urls.url_paths.update(paths)
    BackendDict.reset()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, list[str]]]:
    """A folder that holds no file of 20 MB: on a file system of that size; without the right to mount one, by limit."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m", "none", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        yield folder, ["prlimit", "--fsize=20000000"]
    else:
        yield folder, []
        subprocess.run(["umount", folder], check=True)


@pytest.fixture
def engine() -> Callable[..., ProcessEngine]:
    """`engine("good")`: a process engine over tests/fixtures/programs/good; keywords become its environment."""

    def over(program: str, **environment: str) -> ProcessEngine:
        return ProcessEngine(PROGRAMS / program, {"PATH": os.environ["PATH"], **environment})

    return over


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model.tar.gz for the `good` program."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.json").write_text('{"lines": 3, "suffix": "!"}')
    archive.pack(folder, tmp_path / "model.tar.gz")
    return tmp_path / "model.tar.gz"


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    """A channel folder of three lines in two files, one of them below a sub-folder."""
    folder = tmp_path / "channel"
    (folder / "more").mkdir(parents=True)
    (folder / "a.csv").write_text("1\n2\n")
    (folder / "more" / "b.csv").write_text("3\n")
    return folder


@pytest.fixture(scope="session")
def throwaway_image() -> Iterator[str]:
    """The tag of an image built from tests/fixtures/container, removed at the end."""
    tag = f"emulator-test-{os.getpid()}:dev"
    base = os.environ.get("BASE_IMAGE", "debian:trixie-slim")
    build = ["docker", "build", "--quiet", "--build-arg", f"BASE_IMAGE={base}", "--tag", tag]
    subprocess.run([*build, PROGRAMS.parent / "container"], check=True, stdout=subprocess.DEVNULL)
    yield tag
    subprocess.run(["docker", "image", "rm", tag], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of an emulator for all tests of a module, with two objects below s3://bucket/in/."""
    state = tmp_path_factory.mktemp("emulator") / "state"
    running = start(state)
    yield filled(running)
    running.end()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Client]:
    """The same for one test alone, which may kill the emulator and start it again."""
    running = start(tmp_path / "state")
    yield filled(running)
    running.end()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A caller of models, endpoints and transform jobs of one emulator for all tests of a module."""
    running = start(tmp_path_factory.mktemp("emulator") / "state")
    yield Host(running)
    running.end()


@pytest.fixture
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Host]]:
    """`hosts("docker")`: the same for one test alone, which may kill the emulator and start it again."""
    started: list[RunningEmulator] = []

    def begin(engine: str = "process") -> Host:
        started.append(start(tmp_path_factory.mktemp("emulator") / "state", engine))
        return Host(started[-1])

    yield begin
    for running in started:
        running.end()


@pytest.fixture
def within(platform: Platform, tmp_path: Path) -> Iterator[Host]:
    """The same in the process of the test, which may change constants."""
    images = WithPrograms(REPOSITORY, "process", str(tmp_path / "state"))
    key = keys.ensure(tmp_path / "state")
    here = replace(platform, images=images)
    server = RunningServer(here, 0, "process", tmp_path / "state", key)
    with server.serving(lambda: None):
        yield Host(Within(server, tmp_path / "state", here))
