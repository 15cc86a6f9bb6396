"""build.sh: what it says when it cannot build. The container tests show that it builds: they run on its images."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

IMAGES = " ".join(sorted(path.parent.name for path in Path(__file__).parents[2].glob("images/*/pyproject.toml")))


@pytest.fixture
def build(repository, tmp_path):
    def run(*arguments, path=None, **environment):
        environment = {**os.environ, **environment, **({"PATH": str(path)} if path else {})}
        command = [repository / "build.sh", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)

    return run


def one_sentence(done):
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("build.sh: ")
    return line


def test_help_names_every_image(build, repository, bare_path):
    done = build("--help", path=bare_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == f"Images: {IMAGES}"


def test_the_pages_name_options_that_exist(build, repository, bare_path):
    known = set(re.findall(r"--[a-z-]+", build("--help", path=bare_path).stdout))
    pages = [repository / "README.md", *repository.glob("docs/**/*.md"), *repository.glob("images/*/README.md")]
    used = {
        option
        for page in pages
        for command in re.findall(r"build\.sh [^`\n]*", page.read_text())
        for option in re.findall(r"--[a-z-]+", command)
    }
    assert {"--check", "--push", "--registry"} <= used <= known


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), f"No image was given. The images are: {IMAGES}."),
        (("xgboost",), f"No image named xgboost exists. The images are: {IMAGES}."),
        ((IMAGES,), f"No image named {IMAGES} exists."),
        (("../shared",), "No image named ../shared exists."),
        (("xgboost-sentiment", "nope"), "No image named nope exists."),
        (("--pull", "xgboost-sentiment"), "--pull is not an option."),
        (("xgboost-sentiment",), "docker is not on the PATH"),
        (("all", "--check"), "docker is not on the PATH"),
    ],
)
def test_bad_input_is_one_sentence(build, bare_path, arguments, says):
    assert says in one_sentence(build(*arguments, path=bare_path))


def test_an_engine_of_another_architecture_is_refused(build, bare_path, program):
    program("docker", "echo linux/arm64")
    assert "runs on linux/arm64" in one_sentence(build("xgboost-sentiment", path=bare_path))


DENIED = (
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://'
    '%2Fvar%2Frun%2Fdocker.sock/v1.50/version": dial unix /var/run/docker.sock: connect: permission denied'
)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (DENIED, "Run sudo usermod -aG docker $USER, then log in again, or enter newgrp docker in this shell"),
        ("permission denied while trying to connect to the docker API at unix:///var/run/docker.sock",
         "You may not use the container engine (permission denied while trying to connect to the docker API"),
        ('Failed to initialize: unable to resolve docker endpoint: context "x": context not found',
         "Correct DOCKER_HOST, or run docker context use default"),
        ("Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?",
         "No container engine answers docker."),
    ],
)  # fmt: skip
def test_an_engine_that_cannot_be_used(build, bare_path, program, said, says):
    program("docker", f"echo 'Client: Docker Engine'\necho '{said}' >&2\nexit 1")
    assert says in one_sentence(build("xgboost-sentiment", path=bare_path))


def test_an_interpreter_that_is_too_old(build, bare_path, program):
    program("docker", "echo linux/amd64")
    old = program("python3.8", "exit 1")
    says = one_sentence(build("xgboost-sentiment", path=bare_path, PYTHON=str(old)))
    assert says.endswith(f"{old} is missing or older than Python 3.11. Name another interpreter in PYTHON.")


@pytest.mark.container
def test_an_engine_whose_socket_is_another_user_s(repository):
    """Root may open every socket, so it becomes somebody else for this."""
    other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as engine:
        Path(folder).chmod(0o755)
        path = Path(folder) / "docker.sock"
        engine.bind(str(path))
        engine.listen()
        path.chmod(0o000)
        done = subprocess.run(
            [repository / "build.sh", "xgboost-sentiment"], capture_output=True, text=True, check=False, cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": folder, "DOCKER_HOST": f"unix://{path}"}, **other,
        )  # fmt: skip
    assert "You may not use the container engine (permission denied" in one_sentence(done)


@pytest.mark.container
def test_an_engine_that_does_not_answer(build):
    done = build("xgboost-sentiment", DOCKER_HOST="unix:///nowhere/docker.sock")
    assert "No container engine answers docker." in one_sentence(done)


@pytest.mark.parametrize(
    ("project", "says"),
    [
        ("[tool.image]\n", "images/one/pyproject.toml has no 'project': add it"),
        ("[project\n", "images/one/pyproject.toml cannot be used: Expected"),
    ],
)
def test_a_pyproject_that_says_nothing_of_an_image(repository, tmp_path, project, says):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "pyproject.toml").write_text(project)
    for name in ("dockerfile.py", "Dockerfile"):
        shutil.copy(repository / "images" / name, tmp_path)
    command = [sys.executable, tmp_path / "dockerfile.py", "one"]
    assert says in one_sentence(subprocess.run(command, capture_output=True, text=True, check=False))
