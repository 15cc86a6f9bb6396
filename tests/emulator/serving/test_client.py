"""HTTP requests with a limit on the whole answer, over real sockets."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from emulator.serving import client
from emulator.serving.client import Connections, request


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """Takes one connection and lets `talk` have it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line, _ = listener.accept()
            with line:
                talk(line)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()
        thread.join(10)
        assert not thread.is_alive()


def test_an_answer_has_status_headers_and_body() -> None:
    def talk(line: socket.socket) -> None:
        assert line.recv(1000).startswith(b"POST /x HTTP/1.1\r\n")
        line.sendall(b"HTTP/1.1 418 Teapot\r\nX-Kind: Green\r\nContent-Length: 3\r\n\r\ntea")

    with server(talk) as address:
        reply = request(address, "POST", "/x", b"", timeout=5)
    assert (reply.status, reply.headers["x-kind"], reply.body) == (418, "Green", b"tea")


def test_an_answer_before_the_body_was_read_is_still_read() -> None:
    def talk(line: socket.socket) -> None:
        line.recv(100)
        line.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmuch")
        line.shutdown(socket.SHUT_WR)
        while line.recv(1_000_000):
            pass

    with server(talk) as address:
        assert request(address, "POST", "/", bytes(5_000_000), timeout=5).status == 413


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"])
def test_silence_ends_in_a_timeout(said: bytes) -> None:
    def talk(line: socket.socket) -> None:
        line.sendall(said)
        line.recv(1000)
        line.recv(1)  # until the other side gives up

    with server(talk) as address, pytest.raises(TimeoutError):
        request(address, "GET", "/", timeout=0.3)


def test_a_hang_up_is_an_error() -> None:
    with server(lambda line: None) as address, pytest.raises(OSError):
        request(address, "GET", "/", timeout=5)


class Counting:
    """Answers `answers` requests on each connection with its number, then hangs up."""

    def __init__(self, answers: int):
        self.answers = answers
        self.connections = 0
        self.requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()

    def __enter__(self) -> "Counting":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(line, self.connections), daemon=True).start()

    def _talk(self, line: socket.socket, number: int) -> None:
        with line, line.makefile("rb") as lines:
            for _ in range(self.answers):
                if not lines.readline():
                    return
                while lines.readline() not in (b"\r\n", b""):
                    pass
                self.requests += 1
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number)


def test_a_connection_is_used_again() -> None:
    with Counting(answers=100) as server, contextlib.closing(Connections(server.address)) as connections:
        assert [connections.request("GET", "/", timeout=5).body for _ in range(3)] == [b"1"] * 3


def test_concurrent_requests_have_connections_of_their_own() -> None:
    with Counting(answers=100) as server, contextlib.closing(Connections(server.address)) as connections:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: connections.request("GET", "/", timeout=5).status, range(40)))
        assert answers == [200] * 40
        assert server.connections <= 4


@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_one_that_the_server_hung_up_on_is_not_the_end(pause: float) -> None:
    with Counting(answers=1) as server, contextlib.closing(Connections(server.address)) as connections:
        bodies = []
        for _ in range(20):
            bodies.append(connections.request("GET", "/", timeout=5).body)
            time.sleep(pause)
        assert len(bodies) == server.requests == server.connections == 20


def test_an_idle_one_is_not_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "IDLE_SECONDS", 0.1)
    with Counting(answers=100) as server, contextlib.closing(Connections(server.address)) as connections:
        assert connections.request("GET", "/", timeout=5).body == b"1"
        time.sleep(0.2)
        assert connections.request("GET", "/", timeout=5).body == b"2"


def test_a_file_is_sent_over_a_new_one() -> None:
    with Counting(answers=100) as server, contextlib.closing(Connections(server.address)) as connections:
        connections.request("GET", "/", timeout=5)
        with Path(__file__).open("rb") as file:  # it cannot be sent twice
            headers = {"Content-Length": "0"}
            assert connections.request("POST", "/", file, headers, timeout=5).body == b"2"


def test_once_closed_nothing_stays_open() -> None:
    with Counting(answers=100) as server:
        connections = Connections(server.address)
        connections.close()
        assert [connections.request("GET", "/", timeout=5).body for _ in range(2)] == [b"1", b"2"]


def test_an_answer_that_breaks_off_is_not_asked_for_twice() -> None:
    def talk(line: socket.socket) -> None:
        line.recv(1000)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        line.recv(1000)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx")

    with server(talk) as address, contextlib.closing(Connections(address)) as connections:
        connections.request("GET", "/", timeout=5)
        with pytest.raises(http.client.IncompleteRead):
            connections.request("POST", "/", b"", timeout=5)
