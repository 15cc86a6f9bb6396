"""What each built image is and holds."""

import json
import re

import pytest

from emulator.engines.docker import docker

pytestmark = pytest.mark.container

MODULES_WITHOUT_BYTECODE = """
import importlib.util, pathlib
for module in pathlib.Path("/opt/venv/lib").rglob("*.py"):
    if "pip" not in module.parts and not pathlib.Path(importlib.util.cache_from_source(module)).exists():
        print(module)
"""


@pytest.fixture(scope="session")
def facts(image):
    return json.loads(docker("image", "inspect", image))[0]


@pytest.fixture(scope="session")
def inside(image):
    """Runs a script in the image: all of them in one container, which none can change."""
    options = ("--rm", "--detach", "--network", "none", "--read-only", "--init", "--entrypoint", "/bin/sleep")
    container = docker("run", *options, image, "infinity").strip()
    yield lambda script: docker("exec", container, "/bin/sh", "-c", script)
    docker("kill", container)


def test_size(facts, project):
    assert facts["Size"] <= project["tool"]["image"]["max-megabytes"] * 1e6


def test_platform_and_command(facts):
    assert (facts["Os"], facts["Architecture"]) == ("linux", "amd64")
    assert facts["Config"]["Cmd"] == ["train"]
    assert not facts["Config"]["Entrypoint"]


def test_labels(facts, name, project):
    labels = facts["Config"]["Labels"]
    version = project["project"]["version"]
    assert labels.pop("org.opencontainers.image.revision")
    assert labels == {
        "com.amazonaws.sagemaker.capabilities.accept-bind-to-port": "true",
        "org.opencontainers.image.title": name,
        "org.opencontainers.image.description": project["project"]["description"],
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.licenses": "Apache-2.0",
    }
    assert f"{name}:{version}" in facts["RepoTags"]


def test_variables(facts, project):
    variables = dict(variable.split("=", 1) for variable in facts["Config"]["Env"])
    assert variables.pop("PATH").startswith("/opt/venv/bin:")
    assert project["tool"]["image"]["environment"].items() | {("PYTHONUNBUFFERED", "1")} <= variables.items()


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
    # The first by [tool.uv] of the repository's pyproject.toml, the second by images/trim.sh.
    overridden = re.compile(
        r"mxnet \S+ has requirement numpy<.*|\S+ \S+ requires (scipy|gensim), which is not installed\."
    )
    said = inside("pip check || true").splitlines()
    assert [line for line in said if not overridden.fullmatch(line)] in ([], ["No broken requirements found."])


def test_pip_takes_no_part_of_scipy_for_the_whole(inside):
    inside("python -c 'import scipy.sparse'")
    found = inside("cd /opt/venv/lib/python3*/site-packages && ls -d scipy/stats scipy-*.dist-info 2>/dev/null || true")
    assert len(found.split()) in (0, 2)  # pip knows what has metadata


def test_pip_takes_no_file_of_gensim_for_the_whole(inside):
    whole = inside("python -c 'import gensim.models' 2>/dev/null && echo whole || true")
    assert ("gensim" in inside("pip list --format freeze")) == (whole.strip() == "whole")


def test_train_and_serve_are_on_the_path(inside):
    assert inside("command -v train && command -v serve").split() == ["/opt/venv/bin/train", "/opt/venv/bin/serve"]
