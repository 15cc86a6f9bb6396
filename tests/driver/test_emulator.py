"""The emulator's server, started and ended by the driver: a real one, in a state folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from driver import emulator
from driver.errors import DriverError


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder; what was started in it is ended."""
    yield tmp_path / "state"
    emulator.down(tmp_path / "state")


@pytest.fixture
def said() -> list[str]:
    return []


def test_it_is_started_once_and_ended(state: Path, said: list[str]) -> None:
    endpoint_url = emulator.ensure_up(state, 0, "process", said.append)
    assert said == [f"Starting the emulator; its records and objects are in {state}"]
    status = emulator.read_status(state)
    assert status
    assert (status["endpoint_url"], status["engine"]) == (endpoint_url, "process")
    assert emulator.ensure_up(state, say=said.append) == endpoint_url
    assert len(said) == 1
    assert emulator.down(state)
    assert emulator.read_status(state) is None
    assert not emulator.down(state)
    with pytest.raises(ProcessLookupError):
        _reap_and_signal(status["pid"])


def _reap_and_signal(pid: int) -> None:
    """The server is this process's child here, so it stays a zombie until it is waited for."""
    os.waitpid(pid, 0)
    os.kill(pid, 0)


def test_two_at_once_start_one(state: Path) -> None:
    with ThreadPoolExecutor() as both:
        found = [both.submit(_up, state) for _ in range(2)]
    addresses = [json.loads(done.result().stdout)["endpoint_url"] for done in found]
    assert addresses[0] == addresses[1]
    assert sum("Starting" in done.result().stderr for done in found) == 1


def _up(state: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "driver", "local", "up", "--port", "0", "--json", "--state", state]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_one_that_runs_with_another_port_or_engine_is_not_taken_for_it(state: Path) -> None:
    emulator.ensure_up(state, 0, "process")
    with pytest.raises(
        DriverError, match=r"is already running at http://127\.0\.0\.1:\d+ with engine process: use it as"
    ):
        emulator.ensure_up(state, 1)
    with pytest.raises(DriverError, match=r"is already running .* stop it first with `./launch.py local down --state"):
        emulator.ensure_up(state, engine="docker")


def test_a_port_of_another_program(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            _answering(other),
            pytest.raises(DriverError, match=f"another program listens on port {port}: `./launch.py local up --state"),
        ):
            emulator.ensure_up(state, port)
    assert emulator.read_status(state) is None


def _answering(other: socket.socket) -> ThreadPoolExecutor:
    """Takes one connection to see whether it is free, and one that asks; the latter gets no HTTP."""

    def answer() -> None:
        other.accept()[0].close()
        with other.accept()[0] as connection:
            connection.sendall(b"220 not HTTP\r\n")

    executor = ThreadPoolExecutor()
    executor.submit(answer)
    return executor


def test_a_port_of_another_emulator(state: Path, tmp_path: Path) -> None:
    port = int(emulator.ensure_up(state, 0).rpartition(":")[2])
    with pytest.raises(DriverError, match=f"port {port} belongs to an emulator with another state folder"):
        emulator.ensure_up(tmp_path / "other", port)


def test_one_that_cannot_start_says_its_last_lines(state: Path) -> None:
    state.mkdir()
    (state / "work").write_text("where it wants a folder")
    with pytest.raises(DriverError, match=r"ended with exit code 1; last lines of .*server\.log:\n  "):
        emulator.ensure_up(state, 0)


def test_a_server_that_was_killed_leaves_nothing_in_the_way(state: Path) -> None:
    emulator.ensure_up(state, 0)
    first = emulator.read_status(state)
    assert first
    os.kill(first["pid"], signal.SIGKILL)
    os.waitpid(first["pid"], 0)
    assert (state / "server.json").exists()
    assert emulator.read_status(state) is None
    emulator.ensure_up(state, 0)
    second = emulator.read_status(state)
    assert second
    assert second["pid"] != first["pid"]


def test_a_process_that_has_the_number_of_a_killed_server_is_left_alone(state: Path) -> None:
    state.mkdir()
    with subprocess.Popen(["sleep", "60"]) as other:
        (state / "server.json").write_text(json.dumps({"pid": other.pid, "endpoint_url": "http://127.0.0.1:9"}))
        assert emulator.read_status(state) is None
        assert not emulator.down(state)
        assert not (state / "server.json").exists()
        assert other.poll() is None
        other.kill()


def test_one_that_does_not_end_is_killed(state: Path) -> None:
    emulator.ensure_up(state, 0)
    status = emulator.read_status(state)
    assert status
    os.kill(status["pid"], signal.SIGSTOP)  # answers nothing, not even SIGTERM
    assert emulator.down(state, grace=0.2)
    assert os.waitstatus_to_exitcode(os.waitpid(status["pid"], 0)[1]) == -signal.SIGKILL


def test_a_state_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DriverError, match=r"cannot hold the emulator's records .*choose another folder with --state"):
        emulator.ensure_up(tmp_path / "file" / "state")


def test_the_log_is_followed(state: Path) -> None:
    with pytest.raises(DriverError, match=r"the log .* does not exist"):
        next(emulator.follow(state, False))
    emulator.ensure_up(state, 0)
    assert [line for line in emulator.follow(state, False) if line.startswith("listening on http://127.0.0.1:")]
    lines = emulator.follow(state, True)
    while not next(lines).startswith("listening"):
        pass
    with (state / emulator.LOG).open("a") as log:
        log.write("one more\n")
    assert next(lines) == "one more"


@pytest.mark.parametrize(
    ("given", "environment", "folder"),
    [
        (Path("here"), {"LAUNCH_STATE": "/there"}, Path.cwd() / "here"),
        (None, {"LAUNCH_STATE": "/there"}, Path("/there")),
        (None, {}, Path(__file__).parents[2] / "run" / "local"),
    ],
)
def test_the_state_folder(given: Path | None, environment: dict[str, str], folder: Path) -> None:
    assert emulator.folder(given, environment) == folder
