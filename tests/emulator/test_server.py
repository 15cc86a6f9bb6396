"""The server as a process: how it starts, what it refuses, how it ends; and HTTP as others than boto3 speak it."""

import contextlib
import fcntl
import http.client
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.running import REPOSITORY, RunningEmulator


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    running = RunningEmulator(tmp_path_factory.mktemp("emulator") / "state", program=True)
    yield running
    running.end()


@pytest.fixture
def connection(server: RunningEmulator) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection(server.endpoint_url.removeprefix("http://"), timeout=30)
    yield opened
    opened.close()


def status_of(server: RunningEmulator) -> Any:
    headers = server.signed("sagemaker", "GET", "/_emulator/status")
    with urllib.request.urlopen(
        urllib.request.Request(f"{server.endpoint_url}/_emulator/status", headers=headers)
    ) as answer:
        return json.load(answer)


def test_status(server: RunningEmulator) -> None:
    status = status_of(server)
    assert status["endpoint_url"] == server.endpoint_url
    assert status["pid"] == server.process.pid
    assert status["state"] == str(server.state)
    assert status["running"] == {
        "training-job": 0, "processing-job": 0, "transform-job": 0, "hyper-parameter-tuning-job": 0, "endpoint": 0
    }  # fmt: skip
    assert json.loads((server.state / "server.json").read_text()) == status


def test_only_loopback_hears_it(server: RunningEmulator) -> None:
    listening = Path("/proc/net/tcp").read_text().split("\n")
    port = f":{int(server.endpoint_url.rpartition(':')[2]):04X}"
    assert [line.split()[1] for line in listening if port in line and line.split()[3] == "0A"] == [f"0100007F{port}"]


def test_only_its_own_user_may_read_the_state(server: RunningEmulator) -> None:
    assert server.state.stat().st_mode & 0o077 == 0


def test_the_callers_profile_is_not_looked_at(
    servers: Callable[..., RunningEmulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as caller:
        caller.setenv("AWS_PROFILE", "there-is-no-such-profile")
        caller.setenv("AWS_DEFAULT_REGION", "no-such-region-1")
        running = servers(program=True)
    running.client("s3").create_bucket(Bucket="bucket")
    assert running.client("logs", "mars-north-1").describe_log_groups()["logGroups"] == []


def refused(*arguments: str) -> str:
    """What it prints when it does not start."""
    command = [sys.executable, "-m", "emulator", "serve", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = refused("--state", str(tmp_path / "state"), "--port", str(port))
    assert message == f"emulator: cannot listen on port {port}: Address already in use; choose another --port, or 0\n"
    assert not (tmp_path / "state" / "server.json").exists()


def test_two_servers_on_one_state(server: RunningEmulator) -> None:
    message = refused("--state", str(server.state), "--port", "0")
    assert message == f"emulator: another emulator uses {server.state}: stop it, or choose another --state\n"
    assert status_of(server)["pid"] == server.process.pid


def test_a_state_of_another_format(servers: Callable[..., RunningEmulator]) -> None:
    running = servers()
    running.end()
    with contextlib.closing(sqlite3.connect(running.state / "state.sqlite")) as database, database:
        database.execute("PRAGMA user_version=7")
    message = refused("--state", str(running.state), "--port", "0")
    assert message.startswith(f"emulator: {running.state} was written by another version of the emulator (format 7,")


def test_a_state_that_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "Not a directory" in refused("--state", str(tmp_path / "file" / "state"), "--port", "0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_ends_at_once_though_connections_are_open(servers: Callable[..., RunningEmulator], number: int) -> None:
    running = servers(program=number == signal.SIGTERM)
    host, port = running.endpoint_url.removeprefix("http://").split(":")
    idle = [http.client.HTTPConnection(host, int(port)) for _ in range(20)]
    for connection in idle:
        connection.request("GET", "/_emulator/status")
        connection.getresponse().read()
    with socket.create_connection((host, int(port))):  # says nothing at all
        running.process.send_signal(number)
        started = time.monotonic()
        assert running.process.wait(30) == 0
        assert time.monotonic() - started < 8
    for connection in idle:
        connection.close()
    with socket.socket() as probe:
        assert probe.connect_ex((host, int(port))) != 0


def test_a_second_one_starts_as_soon_as_the_first_was_killed(servers: Callable[..., RunningEmulator]) -> None:
    running = servers()
    running.kill()
    with (running.state / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    (running.state / "work" / "left").mkdir()
    running.start()
    assert not (running.state / "work" / "left").exists()


def test_more_connections_than_threads(server: RunningEmulator) -> None:
    host, port = server.endpoint_url.removeprefix("http://").split(":")
    connections = [http.client.HTTPConnection(host, int(port), timeout=30) for _ in range(100)]
    for _ in range(2):
        for connection in connections:
            connection.request("GET", "/_emulator/status")
            assert connection.getresponse().read()
    for connection in connections:
        connection.close()


def test_head(server: RunningEmulator, connection: http.client.HTTPConnection) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="heads")
    s3.put_object(Bucket="heads", Key="a", Body=b"content")
    for _ in range(2):  # nothing of a body is left for the next answer
        connection.request("HEAD", "/heads/a", headers=server.signed("s3", "HEAD", "/heads/a"))
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Content-Length"], answer.read()) == (200, "7", b"")


def test_expect_100_continue(server: RunningEmulator) -> None:
    server.client("s3").create_bucket(Bucket="expects")
    url = server.client("s3").generate_presigned_url("put_object", Params={"Bucket": "expects", "Key": "a"})
    host, port = server.endpoint_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as raw:
        path = url.removeprefix(server.endpoint_url)
        head = f"PUT {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n"
        raw.sendall(head.encode())
        assert raw.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        raw.sendall(b"content")
        assert raw.recv(1000).startswith(b"HTTP/1.1 200")
    assert server.client("s3").get_object(Bucket="expects", Key="a")["Body"].read() == b"content"


def test_no_http_at_all(server: RunningEmulator) -> None:
    host, port = server.endpoint_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as raw:
        raw.sendall(b"\x16\x03\x01\x02\x00\x01 something else\r\n\r\n")
        assert b"400 Bad Request" in raw.recv(1000)
    assert status_of(server)["pid"] == server.process.pid
