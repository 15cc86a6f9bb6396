"""HTTP requests with a limit on the whole answer, over real sockets."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from emulator.client import request


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
