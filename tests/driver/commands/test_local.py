"""`launch.py local`: what it prints, and its exit codes. How the server is started and ended is shown in test_local."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from driver import cli


def test_up_status_logs_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = ["--state", str(tmp_path / "state")]
    assert cli.main(["local", "status", "--json", *state]) == 1
    assert json.loads(capsys.readouterr().out) == {"endpoint_url": None, "is_running": False, "state": state[1]}
    assert cli.main(["local", "up", "--port", "0", "--engine", "process", *state]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"Starting the emulator; its records and objects are in {state[1]}"
    url = said[1].removeprefix("The emulator listens at ")
    assert said[2:] == [
        "  engine   process",
        f"  state    {state[1]}",
        "  running  nothing",
        f'The AWS CLI and boto3 find it with: eval "$(./launch.py local env --state {state[1]})"',
    ]
    assert cli.main(["local", "status", "--json", *state]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["is_running"], status["endpoint_url"], status["engine"]) == (True, url, "process")
    assert cli.main(["local", "logs", *state]) == 0
    assert f"listening on {url}" in capsys.readouterr().out.splitlines()
    assert cli.main(["local", "down", *state]) == 0
    assert cli.main(["local", "down", *state]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"The emulator of {state[1]} has ended",
        f"The emulator of {state[1]} does not run",
    ]


def test_a_log_is_followed_until_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_text("one\n")
    command = [sys.executable, "-m", "driver", "local", "logs", "--follow", "--state", tmp_path]
    following = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert following.stdout
        assert following.stdout.readline() == "one\n"
        with (tmp_path / "server.log").open("a") as log:
            log.write("two\n")
        assert following.stdout.readline() == "two\n"
        following.send_signal(signal.SIGINT)
        _, said = following.communicate(timeout=30)
    finally:
        following.kill()
        following.communicate()
    assert (following.returncode, said) == (130, "\nlaunch.py: interrupted\n")


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_no_port(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["local", "up", f"--port={port}"])
    assert f"argument --port: {port} is no port: give a number from 0 to 65535" in capsys.readouterr().err
