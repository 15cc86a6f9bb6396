"""What GitHub, pre-commit and Renovate are told of the repository is true of it. `make lint` checks their form."""

import json
import re
import tomllib

import pytest
import yaml


@pytest.fixture(scope="module")
def steps(repository):
    """The shell lines of every workflow."""
    files = sorted((repository / ".github" / "workflows").glob("*.yml"))
    jobs = [job for file in files for job in yaml.safe_load(file.read_text())["jobs"].values()]
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


def test_workflows_call_make_targets_that_exist(steps, repository):
    called = set(re.findall(r"\bmake ([a-z]+)", "\n".join(steps)))
    assert {"lint", "test", "lock", "dist"} <= called
    assert called <= set(re.findall(r"^([a-z]+):", (repository / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("pattern", ["shared", "driver", "emulator"])
def test_the_tests_run_on_every_python_that_the_wheels_name(repository, pattern):
    checks = yaml.safe_load((repository / ".github/workflows/checks.yml").read_text())
    tested = checks["jobs"]["test"]["strategy"]["matrix"]["python"]
    project = tomllib.loads((repository / pattern / "pyproject.toml").read_text())["project"]
    start = "Programming Language :: Python :: "
    named = [line.removeprefix(start) for line in project["classifiers"] if re.fullmatch(rf"{start}3\.\d+", line)]
    assert named == tested
    assert project["requires-python"] == f">={tested[0]}"


def test_renovate_sees_every_file_of_requirements(repository):
    settings = json.loads((repository / ".github/renovate.json").read_text())
    patterns = [re.compile(text.strip("/")) for text in settings["pip_requirements"]["managerFilePatterns"]]
    folders = [repository / name for name in ("shared", "driver", "emulator", "images", "tests", "examples")]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".in", ".lock")]
    assert len(files) > 10
    assert [path for path in files if not any(pattern.search(path.name) for pattern in patterns)] == []


def test_pre_commit_runs_linters_of_make_lint(repository):
    hooks = yaml.safe_load((repository / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    lint = (repository / "Makefile").read_text()
    programs = {hook["entry"].split()[0] for hook in hooks}
    assert len(programs) >= 4
    for program in programs:
        assert program.replace(".venvs/dev", "$(DEV)") in lint
        assert (repository / program).exists()
