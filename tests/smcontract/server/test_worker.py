import os
import signal
from collections import Counter
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest


def ask_pid(connection):
    connection.request("POST", "/invocations", "pid", {"Content-Type": "text/plain", "Accept": "text/csv"})
    return int(connection.getresponse().read())


def test_workers_share_connections_evenly(serve):
    server = serve("obeys:ObedientHandler", SAGEMAKER_MODEL_SERVER_WORKERS="2").ready(workers=2)
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(HTTPConnection("127.0.0.1", server.port))) for _ in range(12)]
        for connection in connections:
            connection.connect()
        shares = Counter(map(ask_pid, connections))
        again = Counter(map(ask_pid, connections))
    assert sorted(shares) == sorted(server.workers())
    assert min(shares.values()) >= 4
    assert again == shares


def test_connections_that_stay_open_move_to_a_worker_that_comes_later(serve):
    """As at a cold start, where a client may be there before the second worker is."""
    server = serve("obeys:ObedientHandler", SAGEMAKER_MODEL_SERVER_WORKERS="2").ready(workers=2)
    [_, second] = server.workers()
    os.kill(second, signal.SIGKILL)
    server.until(lambda: second not in server.workers())
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(HTTPConnection("127.0.0.1", server.port))) for _ in range(4)]
        for connection in connections:
            ask_pid(connection)
        server.until(lambda: server.err.read_text().count("is ready") == 3)

        def shares():
            return sorted(Counter(map(ask_pid, connections)).values())

        server.until(lambda: shares() == [2, 2])
        assert shares() == [2, 2]


def test_a_killed_worker_is_replaced(serve):
    server = serve(SAGEMAKER_MODEL_SERVER_WORKERS="2").ready(workers=2)
    first, second = server.workers()
    os.kill(first, signal.SIGKILL)
    server.until(lambda: len(server.workers()) == 2 and first not in server.workers())
    server.ready(workers=3)
    assert second in server.workers()
    assert server.predict("a1") == (200, b'{"score": 0.5}\n')


def test_a_worker_whose_prediction_hangs_is_replaced(serve):
    server = serve("obeys:ObedientHandler", SAGEMAKER_MODEL_SERVER_TIMEOUT="1").ready()
    [first] = server.workers()
    with pytest.raises(ConnectionError):
        server.predict("sleep 60")
    server.until(lambda: server.workers() not in ([first], []))
    assert server.predict("anything")[0] == 200
    assert "WORKER TIMEOUT" in server.err.read_text()


def test_long_predictions_within_the_timeout_are_left_alone(serve):
    server = serve("obeys:ObedientHandler", SAGEMAKER_MODEL_SERVER_TIMEOUT="2").ready()
    before = server.workers()
    assert [server.predict("sleep 1")[0] for _ in range(4)] == [200] * 4
    assert server.workers() == before
