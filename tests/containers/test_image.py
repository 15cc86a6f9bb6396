"""What each built image is and holds."""

import json
import tomllib
from pathlib import Path

import pytest

from emulator.engines.docker import docker

pytestmark = pytest.mark.container

MAX_BYTES = {  # with a base of 175 MB
    "blazingtext-client": 600_000_000,
    "headline-mxnet": 750_000_000,
    "xgboost-sentiment": 480_000_000,
}
MODULES_WITHOUT_BYTECODE = """
import importlib.util, pathlib
for module in pathlib.Path("/opt/venv/lib").rglob("*.py"):
    if "pip" not in module.parts and not pathlib.Path(importlib.util.cache_from_source(module)).exists():
        print(module)
"""
IMAGES = Path(__file__).parents[2] / "images"


@pytest.fixture(scope="session")
def facts(image):
    return json.loads(docker("image", "inspect", image))[0]


@pytest.fixture
def inside(image):
    def run(script):
        options = ("--rm", "--network", "none", "--read-only", "--entrypoint", "/bin/sh")
        return docker("run", *options, image, "-c", script)

    return run


def test_size(facts, name):
    assert facts["Size"] <= MAX_BYTES[name]


def test_platform_and_command(facts):
    assert (facts["Os"], facts["Architecture"]) == ("linux", "amd64")
    assert facts["Config"]["Cmd"] == ["train"]
    assert not facts["Config"]["Entrypoint"]


def test_labels(facts, name):
    labels = facts["Config"]["Labels"]
    version = tomllib.loads((IMAGES / name / "pyproject.toml").read_text())["project"]["version"]
    assert labels.pop("org.opencontainers.image.revision")
    assert labels.pop("org.opencontainers.image.description")
    assert labels == {
        "com.amazonaws.sagemaker.capabilities.accept-bind-to-port": "true",
        "org.opencontainers.image.title": name,
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.licenses": "Apache-2.0",
    }
    assert f"{name}:{version}" in facts["RepoTags"]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("ls -A /opt/ml 2>/dev/null || true", id="anything under /opt/ml"),
        pytest.param("command -v gcc cc c++ ld make || true", id="compilers"),
        pytest.param("find / -xdev -name '*.whl' -o -xdev -path '*/.cache/pip'", id="what pip left"),
        pytest.param("find /var/lib/apt/lists /var/cache/apt -type f ! -name lock", id="what apt left"),
        pytest.param("find /opt/venv -type f -regex '.*/tests?/.*' ! -name wordsim353.tsv", id="test suites"),
        pytest.param(f"python -c '{MODULES_WITHOUT_BYTECODE}'", id="modules without bytecode"),
    ],
)
def test_it_does_not_hold(inside, script):
    assert inside(script) == ""


def test_its_packages_agree(inside):
    assert inside("pip check") == "No broken requirements found."


def test_train_and_serve_are_on_the_path(inside):
    assert inside("command -v train && command -v serve").split() == ["/opt/venv/bin/train", "/opt/venv/bin/serve"]
