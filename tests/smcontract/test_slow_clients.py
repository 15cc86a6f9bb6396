"""Hundreds of clients of each kind of slowness at one server, and how long everybody else waits meanwhile."""

import json
import resource
import socket
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

MANY = 300  # clients of each kind
PATIENCE = 1.0  # seconds that nobody else may wait
DEADLINE = 20  # seconds a request may take to arrive here
WATCHED = 8  # seconds that the others are watched
MIB = 1024 * 1024

HEAD = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
BEGINNINGS = {
    "unread": HEAD + b"Content-Length: 13\r\n\r\nlarge 1000000",
    "nothing": b"",
    "head": b"GET /ping HTTP/1.1\r\nX-Slow: ",
    "body": HEAD + b"Content-Length: 100000\r\n\r\n",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n186A0\r\n",
    "idle": b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n",
    "pipelined": b"GET /execution-parameters HTTP/1.1\r\nHost: x\r\n\r\n" * 100,
}
TRICKLING = ("head", "body", "chunks")


@contextmanager
def crowd(server):
    """All the slow clients, by kind; those that trickle send a byte a second."""
    with ExitStack() as stack:
        clients = {kind: [stack.enter_context(socket.socket()) for _ in range(MANY)] for kind in BEGINNINGS}
        for kind, sockets in clients.items():
            for client in sockets:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.settimeout(60)
                client.connect(("127.0.0.1", server.port))
                client.sendall(BEGINNINGS[kind])
                if kind == "unread":
                    client.recv(1)  # one after the other: slow clients, not many at once
                client.setblocking(False)
        leave = threading.Event()

        def trickle():
            while not leave.wait(1):
                for client in (client for kind in TRICKLING for client in clients[kind]):
                    with suppress(OSError):
                        client.send(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            yield clients
        finally:
            leave.set()
            thread.join()


def watch(ask, until, times):
    """Ask again and again, noting how long each answer takes."""
    while time.monotonic() < until:
        began = time.monotonic()
        assert ask()[0] == 200
        times.append(time.monotonic() - began)
        time.sleep(0.05)


def asking(connection, method, path, body=None):
    """Ask on one connection that stays open."""

    def ask():
        connection.request(method, path, body, {"Content-Type": "text/plain"})
        response = connection.getresponse()
        return response.status, response.read()

    return ask


def resident(pid):
    """Bytes of memory that a process has for itself."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["RssAnon"].split()[0]) * 1024


def outcome(client):
    """What became of a slow client: the beginning of its answer, "closed", or "open" if nothing did."""
    try:
        return client.recv(4096)[:12] or b"closed"
    except BlockingIOError:
        return b"open"
    except OSError:
        return b"closed"


@pytest.fixture
def two_workers(serve):
    return serve(
        "obeys:ObedientHandler", SAGEMAKER_MODEL_SERVER_WORKERS="2", SAGEMAKER_MODEL_SERVER_MEMORY_IN_MB="1000",
        SAGEMAKER_MODEL_SERVER_REQUEST_TIMEOUT=str(DEADLINE),
    ).ready(workers=2)  # fmt: skip


def test_slow_clients_keep_nobody_waiting_and_are_cut_off(two_workers):
    server = two_workers
    before = max(map(resident, server.workers()))
    kept = [HTTPConnection("127.0.0.1", server.port, timeout=60) for _ in range(2)]
    with crowd(server) as clients, closing(kept[0]), closing(kept[1]):
        server.pings()  # when this is answered, they have all been accepted
        began = time.monotonic()
        asks = {
            "ping": lambda: server.ask("GET", "/ping"),
            "kept ping": asking(kept[0], "GET", "/ping"),
            "prediction": lambda: server.predict("anything"),
            "kept prediction": asking(kept[1], "POST", "/invocations", "anything"),
        }
        times = {name: [] for name in asks}
        until = began + WATCHED
        threads = [threading.Thread(target=watch, args=(ask, until, times[name])) for name, ask in asks.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        grown = max(map(resident, server.workers())) - before
        slowest = {name: round(max(seen, default=99), 3) for name, seen in times.items()}
        assert all(len(seen) >= WATCHED for seen in times.values()), slowest
        assert max(slowest.values()) <= PATIENCE, slowest
        assert grown < 300 * MIB, grown
        time.sleep(max(0, began + DEADLINE - time.monotonic()))

        def over():
            return all(outcome(client) != b"open" for kind in (*TRICKLING, "nothing") for client in clients[kind])

        server.until(over)
    assert "Traceback" not in server.err.read_text()
    assert server.pings()


def test_who_sends_too_slowly_is_told_so(serve):
    server = serve(SAGEMAKER_MODEL_SERVER_REQUEST_TIMEOUT="1").ready()
    with server.connect() as connection:
        connection.sendall(BEGINNINGS["body"])
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout")
    assert b"application/json" in head
    answer = json.loads(body)
    assert answer["error"].startswith("the request was still incomplete after 1 seconds; send it faster")
    [line] = server.log()
    assert (line["id"], line["status"], line["request"]) == (answer["request_id"], 408, "POST /invocations")


def test_who_does_not_read_is_cut_off_and_who_reads_slowly_gets_all(serve):
    server = serve("obeys:ObedientHandler", SAGEMAKER_MODEL_SERVER_REQUEST_TIMEOUT="3").ready()
    with server.connect() as never, server.connect() as slow:
        for client in (never, slow):
            client.sendall(HEAD + b"Connection: close\r\nContent-Length: 14\r\n\r\nlarge 20000000")
        time.sleep(1)
        received = sum(len(piece) for piece in iter(lambda: slow.recv(65536), b""))
        assert received > 20_000_000
        time.sleep(10)
        with suppress(ConnectionResetError):
            assert sum(len(piece) for piece in iter(lambda: never.recv(65536), b"")) < 20_000_000
        server.until(lambda: len(list(Path(f"/proc/{server.workers()[0]}/fd").iterdir())) < 40)


def test_a_client_may_end_its_side_and_still_gets_the_answer(serve):
    server = serve().ready()
    with server.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\na1")
        connection.shutdown(socket.SHUT_WR)
        assert b"0.5" in b"".join(iter(lambda: connection.recv(65536), b""))


def test_bodies_that_never_end_take_a_bounded_part_of_the_memory(serve):
    server = serve(SAGEMAKER_MODEL_SERVER_MEMORY_IN_MB="256").ready()  # a worker holds 64 MiB for all its clients
    [worker] = server.workers()
    before = resident(worker)
    with ExitStack() as stack:
        for _ in range(40):
            client = stack.enter_context(closing(server.connect()))
            try:
                client.sendall(HEAD + b"Content-Length: 10000000\r\n\r\n" + b"a" * 9_000_000)
            except OSError:
                continue
        assert server.predict(("a" * 999_999 + "\n") * 10)[0] == 200
        assert resident(worker) - before < 150 * MIB
    assert b"other requests use the available memory" in server.out.read_bytes()


def test_a_connection_too_many_closes_the_one_that_is_slow_for_longest(serve):
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (160, limits[1]))  # the server inherits it: room for 96 connections
    try:
        server = serve()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    server.ready()
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(300)]
        assert server.predict("a1")[0] == 200
        assert clients[0].recv(100) == b""
    assert "Traceback" not in server.err.read_text()
