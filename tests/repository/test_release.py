"""release.sh in a small repository: what it refuses to tag, what it makes. Docker and build.sh are stand-ins there."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import sbom
from tests.repository.test_sbom import STATUS, tar

PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "1.2.0"

[tool.setuptools]
py-modules = []
"""
EXTENSION = """
[[tool.setuptools.ext-modules]]
name = "answer"
sources = ["answer.c"]
"""
CODE = """
#include <Python.h>
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "answer"};
PyMODINIT_FUNC PyInit_answer(void) { return PyModuleDef_Init(&definition); }
"""
CHANGELOG = "# Changelog\n\n## 1.2.0 (2026-12-01)\n\n- New.\n\n## 1.1.0 (2026-11-01)\n\n- Old.\n"
DOCKER = """#!/bin/sh
echo "$1" >>"$CALLS"
case $1 in create) echo 1234 ;; export) cat "$TAR" ;; esac
"""


def git(folder, *arguments):
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def small(repository, tmp_path):
    """A repository with one package and one image, in one commit."""
    folder = tmp_path / "small"
    for name in ("shared", "images/one"):
        (folder / name).mkdir(parents=True)
        (folder / name / "pyproject.toml").write_text(PROJECT.format(name=name.rpartition("/")[2]))
    with (folder / "shared/pyproject.toml").open("a") as project:
        project.write(EXTENSION)
    (folder / "shared/answer.c").write_text(CODE)
    (folder / "images/one/Dockerfile").write_text("FROM scratch\n")
    (folder / "images/one/requirements.lock").write_text("six==1.17.0 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    (folder / ".gitignore").write_text(".venvs\ndist\n")
    (folder / "build.sh").write_text("#!/bin/sh\n")
    (folder / "build.sh").chmod(0o755)
    for name in ("release.sh", "images/sbom.sh", "images/build-tools.lock"):
        shutil.copy(repository / name, folder / name)
    (folder / ".venvs").mkdir()
    (folder / ".venvs/dev").symlink_to(sys.prefix)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "All")
    return folder


@pytest.fixture
def release(small, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    (tmp_path / "image.tar").write_bytes(tar({"var/lib/dpkg/status": STATUS}))
    environment = {
        **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "CALLS": str(tmp_path / "calls"),
        "TAR": str(tmp_path / "image.tar"), "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip

    def run(*arguments):
        command = [small / "release.sh", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)

    return run


def another_version(small):
    project = small / "shared" / "pyproject.toml"
    project.write_text(project.read_text().replace("1.2.0", "1.3.0"))
    git(small, "commit", "--quiet", "--all", "--message", "One raised")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda small: (small / "new").write_text(""), "The tree differs from its last commit"),
        (lambda small: git(small, "tag", "v1.2.0"), "The tag v1.2.0 exists."),
        (another_version, "name several: 1.2.0, 1.3.0. Make them equal."),
    ],
)
def test_what_cannot_be_released(small, release, spoil, says):
    spoil(small)
    done = release("tag")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("release.sh: ")
    assert says in line
    assert not (small / "dist").exists()


def test_an_entry_of_the_changelog_without_a_date(small, release):
    (small / "CHANGELOG.md").write_text(CHANGELOG.replace("2026-12-01", "unreleased"))
    git(small, "commit", "--quiet", "--all", "--message", "No date")
    done = release("tag")
    assert done.returncode == 1
    assert 'CHANGELOG.md has no entry "## 1.2.0 (YYYY-MM-DD)".' in done.stderr
    assert git(small, "tag") == ""


@pytest.mark.parametrize("arguments", [(), ("publish",)])
def test_what_it_does_not_make(release, arguments):
    done = release(*arguments)
    assert done.returncode == 1
    assert "is not something that it makes" in done.stderr


def test_a_release(small, release, tmp_path):
    done = release("tag")
    assert done.returncode == 0, done.stderr
    dist: Path = small / "dist"
    wheels = {path.name for path in dist.glob("*.whl")}
    compiled = {re.sub(r"cp3\d+", "cp3x", name) for name in wheels - {"one-1.2.0-py3-none-any.whl"}}
    assert compiled == {"shared-1.2.0-cp3x-cp3x-manylinux1_x86_64.manylinux_2_5_x86_64.whl"}
    assert f"-cp3{sys.version_info.minor}-" in "".join(wheels)
    others = {"one-1.2.0.cdx.json", "CHANGES.md", "SHA256SUMS"}
    assert {path.name for path in dist.iterdir()} == wheels | others
    assert (dist / "CHANGES.md").read_text() == "## 1.2.0 (2026-12-01)\n\n- New.\n\n"
    sums = dict(line.split("  ")[::-1] for line in (dist / "SHA256SUMS").read_text().splitlines())
    assert sums == {name: hashlib.sha256((dist / name).read_bytes()).hexdigest() for name in sums}
    assert sums.keys() == wheels | others - {"SHA256SUMS"}
    assert sbom.packages(sbom.read(dist / "one-1.2.0.cdx.json"), "pkg:pypi/") == {("six", "1.17.0")}
    assert git(small, "rev-list", "-n", "1", "v1.2.0") == git(small, "rev-parse", "HEAD")
    assert git(small, "cat-file", "-t", "v1.2.0").strip() == "tag"
    assert (tmp_path / "calls").read_text().split() == ["create", "export", "rm"]
    assert "git push origin v1.2.0" in done.stdout
