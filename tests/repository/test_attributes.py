"""A clone by a git that is told to write CRLF: what a shell, make and pip read must have LF there all the same."""

import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the last commit with core.autocrlf, as git for Windows sets it."""
    folder = tmp_path_factory.mktemp("crlf") / "clone"
    repository = Path(__file__).parents[2]
    settings = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")
    command = ["git", *settings, "clone", "--quiet", *settings, "--no-local", repository.as_uri(), folder]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_no_file_that_had_lf_has_crlf(clone):
    assert git(clone, "config", "core.autocrlf").strip() == "true"
    listed = [line.split("\t") for line in git(clone, "ls-files", "--eol").splitlines()]
    wrong = [path for kinds, path in listed if "i/lf" in kinds and "w/lf" not in kinds]
    assert len(listed) > 500
    assert wrong == []
    for name in ("build.sh", "Makefile", "launch.py", "driver/launch.lock", "images/push.sh", "images/lifecycle.json"):
        assert b"\r" not in (clone / name).read_bytes()


def test_a_fresh_clone_differs_in_nothing_from_its_commit(clone):
    assert git(clone, "status", "--porcelain") == ""


@pytest.mark.parametrize("command", [["./build.sh", "--help"], ["make", "help"]])
def test_what_is_run_there_runs(clone, command):
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "\r" not in done.stdout


def test_text_that_comes_with_crlf_is_kept_with_lf_and_data_as_they_are(clone):
    attributes = git(clone, "check-attr", "text", "eol", "--", "build.sh", "x.py", "x.csv", "x.jsonl", "x.txt")
    values = {tuple(line.split(": ")[:2]): line.split(": ")[2] for line in attributes.splitlines()}
    assert {values[name, "eol"] for name in ("build.sh", "x.py")} == {"lf"}
    assert {values[name, "text"] for name in ("x.csv", "x.jsonl", "x.txt")} == {"unset"}
