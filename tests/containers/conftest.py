"""Runs the built images as SageMaker would, and lets no WARNING or ERROR line of a log go by unseen.

Every test that takes one of these fixtures runs for each image. What is the contract's alone, the same code in all of
them, is tried with one of them: `contract_only`.
"""

import contextlib
import re
import tomllib
from pathlib import Path

import pytest

from emulator.check.sample import read_sample
from emulator.engines import DockerEngine, Launch
from emulator.serving.health import START_LIMIT_SECONDS, wait_until_healthy
from emulator.training import layout
from emulator.training.job import TrainingJob

ROOT = Path(__file__).parents[2]
IMAGES = sorted(project.parent.name for project in ROOT.glob("images/*/pyproject.toml"))
CONTRACT_IMAGE = "xgboost-sentiment"  # the quickest
TROUBLE = re.compile(r"\b(WARNING|ERROR|CRITICAL|Traceback)\b|Warning:")


def pytest_generate_tests(metafunc):
    if "name" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("contract_only")
        metafunc.parametrize("name", [CONTRACT_IMAGE] if alone else IMAGES, scope="session")


@pytest.fixture(scope="session")
def image(name):
    return f"{name}:dev"


@pytest.fixture(scope="session")
def project(name):
    """What the image's pyproject.toml says."""
    return tomllib.loads((ROOT / "images" / name / "pyproject.toml").read_text())


@pytest.fixture(scope="session")
def sample(name):
    return read_sample(ROOT / "images" / name / "sample")


@pytest.fixture(scope="session")
def start(image):
    """Starts `train` or `serve` with no network and a read-only root; `expected`: words of the trouble it may log."""

    @contextlib.contextmanager
    def run(command, opt_ml, *, expected=(), **options):
        lines = []
        launch = Launch(f"test-{command}", command, opt_ml, network_isolation=True, read_only_root=True, **options)
        with DockerEngine(image).start(launch, lines.append) as container:
            yield container, lines
            container.stop(grace=60)
        trouble = [line for line in lines if TROUBLE.search(line)]
        assert [line for line in trouble if not any(words in line for words in expected)] == []

    return run


@pytest.fixture(scope="session")
def lay_out(sample):
    """Writes a job's /opt/ml into a folder, for a container of any user."""

    def write(opt_ml, *, channels=sample.channels, **hyperparameters):
        job = TrainingJob("test", channels, {**sample.hyperparameters, **hyperparameters})
        layout.write(opt_ml, job)
        for path in (opt_ml, *opt_ml.rglob("*")):
            path.chmod(0o777)
        return opt_ml

    return write


USERS = {"root": None, "another user": "10001:10001"}


@pytest.fixture(scope="session", params=USERS)
def trained(request, tmp_path_factory, start, lay_out):
    """The user, and the /opt/ml of a training job that user has run."""
    user = USERS[request.param]
    opt_ml = lay_out(tmp_path_factory.mktemp("trained") / "ml")
    with start("train", opt_ml, user=user) as (container, lines):
        ended = container.wait(120)
    assert ended is not None
    assert ended.code == 0, "\n".join(lines)
    return user, opt_ml


@pytest.fixture
def serve(start):
    """Serves the model in an /opt/ml and waits until it is healthy."""

    @contextlib.contextmanager
    def run(opt_ml, port=8080, **options):
        with start("serve", opt_ml, read_only=("model",), **options) as (container, lines):
            container.address = (container.address[0], port)
            healthy, history = wait_until_healthy(container.address, lambda: container.running, START_LIMIT_SECONDS)
            assert healthy, "\n".join([*map(str, history), *lines])
            yield container, lines

    return run
