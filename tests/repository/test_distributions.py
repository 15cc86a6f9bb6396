"""What is installed from the repository: the metadata of each distribution, and that its wheel works far from here."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

SHARED, DRIVER, EMULATOR = "shared", "driver", "emulator"
IMPORTS = {SHARED: {"textprep", "smcontract"}, DRIVER: {"driver"}, EMULATOR: {"emulator"}}
"""The top-level names that each wheel installs."""
MANYLINUX = "manylinux_2_17_x86_64"
"""Every Linux on which NumPy 2's wheels work is newer than its glibc."""


def project(folder):
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("folder", [*IMPORTS, "images/*"])
def test_no_package_is_left_out(repository, folder):
    for file in repository.glob(f"{folder}/pyproject.toml"):
        settings = tomllib.loads(file.read_text())["tool"]["setuptools"]
        root = repository if "package-dir" in settings else file.parent
        found = {
            ".".join(path.parent.relative_to(root).parts)
            for path in file.parent.rglob("__init__.py")
            if "build" not in path.relative_to(file.parent).parts
        }
        assert found == set(settings["packages"])


@pytest.mark.parametrize("folder", IMPORTS)
def test_the_licence_is_the_repository_s(repository, folder):
    assert (repository / folder / "LICENSE").read_bytes() == (repository / "LICENSE").read_bytes()


def test_there_is_one_version(repository):
    projects = [*repository.glob("*/pyproject.toml"), *repository.glob("images/*/pyproject.toml")]
    assert len({project(path.parent)["version"] for path in projects}) == 1


@pytest.fixture(scope="module")
def wheels(repository, tmp_path_factory):
    """Each distribution's wheel as a release has it, built from a copy without what earlier builds left behind."""
    copies, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheels")
    for folder in IMPORTS:
        left_out = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
        shutil.copytree(repository / folder, copies / folder, ignore=left_out)
    sources = [copies / folder for folder in IMPORTS]
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", target, *sources)
    (compiled,) = target.glob("*-linux_*.whl")
    tools = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    run("auditwheel", "repair", "--plat", MANYLINUX, "--wheel-dir", target, compiled, env=tools)
    compiled.unlink()
    built = {path.name.partition("-")[0]: path for path in target.iterdir()}
    assert len(built) == len(IMPORTS)
    return {folder: built[project(repository / folder)["name"].replace("-", "_")] for folder in IMPORTS}


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("folder", IMPORTS)
def test_what_a_wheel_holds(wheels, repository, folder):
    with zipfile.ZipFile(wheels[folder]) as wheel:
        names = wheel.namelist()
        (info,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
        metadata = wheel.read(f"{info}/METADATA").decode()
    assert {name.split("/")[0] for name in names} - {info} == IMPORTS[folder]
    assert {f"{name}/py.typed" for name in IMPORTS[folder]} <= set(names)
    assert f"{info}/licenses/LICENSE" in names
    for field in (
        "License-Expression: Apache-2.0",
        "Requires-Python: >=3.11",
        "Author: ",
        "Classifier: Typing :: Typed",
    ):
        assert re.search(rf"^{re.escape(field)}", metadata, re.MULTILINE), field
    needed = re.findall(r"^Requires-Dist: (?!.*; extra)(.*)$", metadata, re.MULTILINE)
    assert needed
    assert [line for line in needed if ">=" not in line] == []
    if "dependencies" in project(repository / folder).get("dynamic", ()):
        asked = re.findall(r"^([a-z0-9][\w.-]*)", (repository / folder / "requirements.in").read_text(), re.MULTILINE)
        assert [re.split(r"[\[<>=]", line)[0] for line in needed] == asked


@pytest.fixture(scope="module")
def environment(wheels, tmp_path_factory):
    """A virtual environment with the three wheels. Their dependencies are those of the tests, by way of a .pth file.

    Python follows no .pth file of a folder that it finds so: what the tests have installed editable stays behind.
    """
    folder = tmp_path_factory.mktemp("foreign") / "venv"
    venv.create(folder)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", *wheels.values())
    place = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip()
    Path(place, "dependencies.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    return folder


@pytest.fixture
def foreign(environment, tmp_path):
    """Runs a program of that environment in a folder that knows nothing of the checkout."""
    variables = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}

    def start(program, *arguments):
        return run(environment / "bin" / program, *arguments, cwd=tmp_path, env={**variables, "COLUMNS": "100"})

    return start


BOUNDS = """
import sys
from importlib.metadata import requires, version
from packaging.requirements import Requirement

for name in sys.argv[1:]:
    for wanted in map(Requirement, requires(name)):
        if wanted.marker and not wanted.marker.evaluate({"extra": "contract"}):
            continue
        assert wanted.specifier.contains(version(wanted.name)), (wanted, version(wanted.name))
        print(wanted.name)
"""


def test_the_tests_run_within_the_bounds(foreign, repository):
    checked = foreign(
        "python", "-c", BOUNDS, *(project(repository / folder)["name"] for folder in IMPORTS)
    ).stdout.split()
    assert {"numpy", "gunicorn", "boto3", "moto"} <= set(checked)


def test_the_packages_come_from_the_wheels(foreign, environment):
    names = sorted(set.union(*IMPORTS.values()))
    program = "import importlib, sys; [print(importlib.import_module(name).__file__) for name in sys.argv[1:]]"
    files = foreign("python", "-c", program, *names).stdout.splitlines()
    assert len(files) == len(names)
    assert [file for file in files if not file.startswith(str(environment))] == []


def test_textprep_and_smcontract_work_there(foreign):
    program = """if True:
        from pathlib import Path
        from textprep.pipeline import Pipeline, Specification
        from smcontract.hyperparameters import Table
        pipeline, matrix = Pipeline.fit(Specification(min_count=1), ["good films", "a bad film"], [1, 0])
        pipeline.save(Path("pipeline"))
        print((Pipeline.load(Path("pipeline")).transform(["good films", "a bad film"]) != matrix).nnz)
    """
    assert foreign("python", "-c", program).stdout == "0\n"
    assert "Usage" not in foreign("python", "-c", "import smcontract.server.serve, smcontract.training.start").stderr


PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "counts"
version = "1"
dependencies = []

[project.scripts]
train = "counts:train"

[tool.setuptools]
py-modules = ["counts"]
"""
PROGRAM = """
import json, os
from pathlib import Path

def train():
    ml = Path(os.environ["SAGEMAKER_BASE_DIR"])
    lines = (ml / "input/data/train/reviews.csv").read_text().splitlines()
    (ml / "model/model.json").write_text(json.dumps({"lines": len(lines)}))
"""


def test_driver_and_emulator_train_an_image_of_another_project(foreign, repository, tmp_path):
    image = tmp_path / "images" / "counts"
    image.mkdir(parents=True)
    (image / "Dockerfile").write_text("FROM scratch\n")
    (image / "pyproject.toml").write_text(PROJECT)
    (image / "counts.py").write_text(PROGRAM)
    (image / "requirements.lock").write_text("")
    shutil.copy(repository / "images" / "build-tools.lock", image.parent)
    (tmp_path / "reviews.csv").write_text("good,1\nbad,0\n")
    where = ("--state", "state", "--engine", "process")
    assert foreign("sagemaker-text", "local", "up", "--port", "0", *where).stdout
    try:
        done = foreign(
            "sagemaker-text", "train", "--image", "counts:dev", "--train", "reviews.csv", "--name", "first", *where
        )
        assert "next: sagemaker-text deploy first" in done.stdout
        foreign("sagemaker-text", "fetch", "first", "--output", "model", "--state", "state")
        with tarfile.open(tmp_path / "model" / "model.tar.gz") as model:
            assert json.load(model.extractfile("model.json")) == {"lines": 2}
    finally:
        foreign("sagemaker-text", "local", "down", "--state", "state")


def test_the_commands_say_their_own_names(foreign):
    for arguments in (["--help"], ["train", "--help"]):
        text = foreign("sagemaker-text", *arguments).stdout
        assert text.startswith("usage: sagemaker-text ")
        assert "launch.py" not in text
    assert foreign("sagemaker-local", "--help").stdout.startswith("usage: sagemaker-local ")
