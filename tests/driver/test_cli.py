"""The command line as a whole: help that a newcomer can read, exit codes, and programs that it is piped into."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from driver import cli, images
from driver.errors import DriverError

COMMANDS = [cli.name(module) for module in cli.COMMANDS]


@pytest.fixture
def helped(capsys, monkeypatch):
    """`helped("train")`: the text of --help on a wide terminal."""
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main([*arguments, "--help"])
        assert end.value.code == 0
        return capsys.readouterr().out

    return run


def test_help_lists_every_command_and_the_exit_codes(helped):
    text = helped()
    assert set(COMMANDS) <= set(re.findall(r"^ {4}([a-z-]+)\s", text, re.MULTILINE))
    assert all(f"{code} " in text.partition("exit codes:")[2] for code in (0, 1, 2, 3, 4, 130))


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "local"])
def test_help_of_a_command_has_an_example(helped, name):
    assert f"./launch.py {name} " in helped(name)


@pytest.mark.parametrize("name", ["train", "tune", "deploy", "update", "transform", "stop", "delete", "logs"])
def test_help_says_what_it_costs_on_aws(helped, name):
    assert "AWS" in helped(name).partition("usage:")[2].partition("options:")[0]


def test_no_command_prints_the_help_and_is_a_usage_error(helped):
    run = subprocess.run([sys.executable, "-m", "driver"], capture_output=True, text=True, cwd=images.REPOSITORY,
                         env={**os.environ, "COLUMNS": "120"})  # fmt: skip
    assert (run.returncode, run.stdout, run.stderr) == (2, helped(), "")


@pytest.mark.parametrize("code", [1, 3, 4])
def test_a_sentence_and_its_exit_code(code, capsys, monkeypatch):
    def fails(_):
        raise DriverError("what went wrong", code)

    monkeypatch.setattr(cli.listing, "run", fails)
    assert cli.main(["list"]) == code
    assert capsys.readouterr().err == "launch.py: what went wrong\n"


def test_a_pipe_that_is_closed_is_no_traceback(moto):
    program = [sys.executable, "-m", "driver", "list", "--endpoint-url", moto]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=images.REPOSITORY) as run:
        run.stdout.close()
        error = run.stderr.read()
        run.wait(timeout=60)
    assert b"Traceback" not in error


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"]])
def test_help_into_a_pipe_that_is_closed_is_quiet(arguments):
    program = [sys.executable, "-m", "driver", *arguments]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=images.REPOSITORY) as run:
        run.stdout.close()
        assert run.stderr.read() == b""


def test_closed_streams_end_nothing(moto):
    program = f"{sys.executable} -m driver list --endpoint-url {moto}"
    for closed in (">&-", "2>&-", ">&- 2>&- <&-"):
        assert subprocess.run(["sh", "-c", f"{program} {closed}"], check=False, cwd=images.REPOSITORY).returncode == 0


def test_a_disk_that_is_full_is_a_sentence(moto):
    with Path("/dev/full").open("w") as full:
        program = [sys.executable, "-m", "driver", "list", "--endpoint-url", moto]
        run = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, cwd=images.REPOSITORY)
    assert run.returncode == 1
    assert run.stderr.startswith(
        "launch.py: this machine: No space left on device; check the file, its folder and the disk\n"
    )


def test_a_reader_of_errors_that_has_gone_does_not_change_the_exit_code(moto):
    program = [sys.executable, "-m", "driver", "describe", "nothing", "--endpoint-url", moto]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=images.REPOSITORY) as run:
        run.stderr.close()
        assert run.wait(timeout=60) == 1
