"""A new image is one folder: a copy of the template passes all that an image has to pass, and no other file changes.

It is made in a throw-away copy of the repository. Programs and libraries there are those of these tests, and so is what
the images share, which a new one does not change.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

NAME = "my-model"
MAX_LINES = 150
pytestmark = pytest.mark.timeout(900)  # of its steps, for a busy machine: each is a run of many programs
LISTS = (
    f"images/{NAME}", "tests/docs/test_docs.py", "tests/driver/test_images.py", "tests/emulator/test_images.py",
    "tests/docs/test_iam.py::test_the_policies_name_the_repositories_of_every_image", "tests/repository/test_locks.py",
    "tests/repository/test_build.py", "tests/repository/test_distributions.py::test_no_package_is_left_out",
    "tests/repository/test_distributions.py::test_there_is_one_version",
)  # fmt: skip
"""Its own tests, and those that go through all images."""


class Clone:
    """The copy of the repository, and its development environment."""

    def __init__(self, folder, repository):
        self.folder, self.dev = folder / "clone", folder / "dev"
        self.dev_programs = self.dev / "bin"
        for name in run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], repository).split(
            "\0"
        ):
            if (repository / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(repository / name, self.folder / name)
        who = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        for command in (("init", "--quiet"), ("add", "--all"), (*who, "commit", "--quiet", "--message", "all")):
            run(["git", *command], self.folder)

    def install(self):
        """Make the environment: what these tests run in, and above it the new image, as the Makefile installs it."""
        venv.create(self.dev)
        (packages,) = self.dev.glob("lib/python3*/site-packages")
        above = [path for path in sys.path if path.endswith("site-packages")]
        (packages / "above.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in above))
        for program in Path(sys.executable).parent.iterdir():
            if program.name in ("train", "serve"):  # with the interpreter that knows the new image
                (self.dev_programs / program.name).write_text(f"#!{self.dev_programs}/python\n{program.read_text()}")
                (self.dev_programs / program.name).chmod(0o755)
            elif not (self.dev_programs / program.name).exists():
                (self.dev_programs / program.name).symlink_to(program)
        uv = [self.dev_programs / "uv", "pip", "install", "--quiet", "--python", self.dev_programs / "python"]
        run([*uv, "--no-deps", "--no-build-isolation", "--editable", f"images/{NAME}"], self.folder)
        (self.dev / "complete").touch()

    def make(self, *arguments):
        return run(["make", f"DEV={self.dev}", f"PYTHON={sys.executable}", *arguments], self.folder)

    def changes(self):
        return run(["git", "status", "--porcelain"], self.folder)


def run(command, folder, fails=False):
    names = (
        "MAKEFLAGS",
        "MFLAGS",
        "MAKELEVEL",
        "MAKEOVERRIDES",
        "PYTEST_ADDOPTS",
        "PYTEST_CURRENT_TEST",
        "VIRTUAL_ENV",
    )
    environment = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode != 0) == fails, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def clone(repository, tmp_path_factory):
    clone = Clone(tmp_path_factory.mktemp("new"), repository)
    clone.said = clone.make("--silent", "image", f"NAME={NAME}")
    clone.install()
    if (repository / ".mypy_cache").is_dir():  # what has been checked already is the same there
        shutil.copytree(repository / ".mypy_cache", clone.folder / ".mypy_cache")
    return clone


def test_it_is_another_image_in_all_that_its_folder_holds(clone, repository):
    new, template = clone.folder / "images" / NAME, repository / "images" / "image-template"
    assert f"images/{NAME} is an image" in clone.said
    assert (new / "my_model" / "train.py").is_file()
    text = "".join(path.read_text() for path in new.rglob("*") if path.is_file() and path.suffix != ".pyc")
    assert "image-template" not in text
    assert "image_template" not in text
    assert len(run(["git", "ls-files", "--others", "--exclude-standard"], new).split()) == len(
        run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], template).split()
    )


def test_the_linters_pass_and_the_types_of_it_are_checked(clone):
    clone.make("lint", "CHECK_SCHEMA=true")  # what that looks at, .github, is as it was
    wrong = clone.folder / "images" / NAME / "my_model" / "wrong.py"
    wrong.write_text('NUMBER: int = "one"\n')
    errors = run([clone.dev_programs / "mypy"], clone.folder, fails=True)
    wrong.unlink()
    assert errors.startswith(f"images/{NAME}/my_model/wrong.py:1: error: ")
    assert "Found 1 error in 1 file " in errors


def test_its_tests_pass_and_those_that_go_through_all_images(clone, repository):
    others = " or ".join(path.parent.name for path in repository.glob("images/*/pyproject.toml"))
    which = ("-m", "not container", "-k", f"not ({others})")  # those go on the same code as in the repository itself
    said = run([clone.dev_programs / "python", "-m", "pytest", "-v", *which, *LISTS], clone.folder)
    assert said.count(f"images/{NAME}/tests/test_image.py::") == 2
    assert f"[{NAME}] PASSED" in said
    assert "SKIPPED" not in said


@pytest.mark.container
def test_the_locks_stay_as_they_are(clone):
    clone.make("lock")


@pytest.mark.container
def test_it_builds_trains_and_serves(clone):
    build = [clone.folder / "build.sh", NAME, "--check"]
    try:
        scorecard = run(build, clone.folder)
    finally:
        subprocess.run(["docker", "image", "rm", f"{NAME}:dev", f"{NAME}:0.1.0"], capture_output=True, check=False)
    assert "answers the sample request" in scorecard


@pytest.fixture(autouse=True)
def _nothing_else_changes(request):
    yield
    if "clone" in request.fixturenames:
        assert request.getfixturevalue("clone").changes() == f"?? images/{NAME}/\n"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "The new image needs a name: make image NAME=my-model"),
        ("A b", "a name is at most 40 lower-case letters, digits and single dashes, a letter first"),
        ("a'$(touch x)", "a letter first"),
        ("json", "its Python package would be called json, which is the name of something else"),
        ("numpy", "would be called numpy"),
        ("image-template", "images/image-template is there already"),
    ],
)
def test_a_name_that_will_not_do_is_one_sentence(repository, name, says):
    command = [sys.executable, "images/new.py", name]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    (sentence,) = done.stderr.splitlines()
    assert says in sentence


def test_the_template_is_read_in_one_sitting(repository):
    template = repository / "images" / "image-template"
    files = [template / "pyproject.toml", *template.glob("image_template/**/*.py")]
    assert len(files) > 3
    assert sum(len(path.read_text().splitlines()) for path in files) < MAX_LINES
