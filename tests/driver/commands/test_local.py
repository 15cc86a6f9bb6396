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
        f"To look into it in the browser: ./launch.py local console --state {state[1]}",
        f'To point the AWS CLI and boto3 at it: eval "$(./launch.py local env --state {state[1]})"',
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
        f"The emulator of {state[1]} is not running",
    ]


def test_env_is_what_a_shell_and_powershell_evaluate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "a folder; with $signs & 'quotes'"
    given = ["--state", str(state)]
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    try:
        assert cli.main(["local", "up", "--port", "0", "--engine", "process", *given]) == 0
        hint = capsys.readouterr().out.splitlines()[-1]
        assert cli.main(["local", "env", "--json", *given]) == 0
        found = json.loads(capsys.readouterr().out)
        key = json.loads((state / "credentials.json").read_text())
        assert found == {
            "AWS_ENDPOINT_URL": json.loads((state / "server.json").read_text())["endpoint_url"],
            "AWS_ACCESS_KEY_ID": key["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_SESSION_TOKEN": None,
            "AWS_SECURITY_TOKEN": None,
            "AWS_PROFILE": None,
            "AWS_DEFAULT_PROFILE": None,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": None,
            "AWS_ENDPOINT_URL_S3": None,
        }
        script = hint.partition(": ")[2].replace("./launch.py", f"{sys.executable} -m driver") + "; env"
        shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
        assert shell.stderr == ""
        set_there = dict(line.partition("=")[::2] for line in shell.stdout.splitlines() if line.startswith("AWS_"))
        for name, value in found.items():
            assert set_there.get(name) == value
        assert cli.main(["local", "env", "--powershell", *given]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == f"$Env:AWS_ENDPOINT_URL = '{found['AWS_ENDPOINT_URL']}'"
        assert "$Env:AWS_PROFILE = $null" in lines
    finally:
        assert cli.main(["local", "down", *given]) == 0
    capsys.readouterr()
    assert cli.main(["local", "env", *given]) == 1
    out, err = capsys.readouterr()
    assert out == ""  # eval does nothing then
    assert err.startswith(
        f"launch.py: the emulator of {state} is not running: start it with `./launch.py local up --state "
    )


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
    assert f"argument --port: {port} is not a port: give a number from 0 to 65535" in capsys.readouterr().err
