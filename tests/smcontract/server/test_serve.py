import os
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from smcontract import manifest
from smcontract.manifest import Manifest
from smcontract.server.master import memory_folder

MIB = 1024 * 1024
SAVED_BY_DRAINING = 25  # seconds; SageMaker kills 30 s after SIGTERM


def raw(server, *pieces):
    """Send bytes as they are and return all that comes back until the server closes the connection."""
    with server.connect() as connection:
        for piece in pieces:
            connection.sendall(piece)
        return rest(connection)


def rest(connection):
    """All that comes until the server closes the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def begun(server, times=1):
    return lambda: server.err.read_text().count("begun") >= times


def test_from_start_to_stop(serve):
    server = serve(SAGEMAKER_MODEL_SERVER_WORKERS="2").ready(workers=2)
    assert len(server.workers()) == 2
    assert server.ask("GET", "/ping") == (200, b"")
    assert server.predict("a1") == (200, b'{"score": 0.5}\n')
    assert server.ask("GET", "/execution-parameters")[0] == 200
    server.process.send_signal(signal.SIGTERM)
    code, said = server.leave()
    assert code == 0
    assert "serving echo:EchoHandler" in said
    assert "ERROR" not in said
    assert "WARNING" not in said


def test_one_json_line_a_request_but_none_for_a_healthy_ping(echo):
    server, before = echo, echo.logged()
    server.ask("GET", "/ping")
    server.predict("a1\nab\n")
    server.ask("POST", "/invocations", "", Content_Type="text/csv", X_Amzn_SageMaker_Inference_Id="id-7")
    server.ask("GET", "/nothing")
    server.until(lambda: len(server.log()) == before + 3)
    good, bad, unknown = server.log()[before:]
    assert (good["request"], good["status"], good["records"], good["bytes_in"]) == ("POST /invocations", 200, 2, 6)
    assert good["bytes_out"] == len(b'{"score": 0.5}\n{"score": 1.0}\n')
    assert good["ms"] > 0
    assert (bad["id"], bad["status"]) == ("id-7", 400)
    assert bad["error"].startswith("the body is empty")
    assert (unknown["request"], unknown["status"]) == ("GET /nothing", 404)
    assert len({good["id"], bad["id"], unknown["id"]}) == 3


def test_requests_share_a_connection_and_a_body_may_come_in_chunks(echo):
    head = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nAccept: text/csv\r\n"
    sized = head + b"Content-Length: 2\r\n\r\na1"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nb1\r\n0\r\n\r\n"
    last = head + b"Connection: close\r\nContent-Length: 1\r\n\r\na"
    answers = raw(echo, sized, chunked, last)
    assert answers.count(b"HTTP/1.1 200 OK") == 3
    assert [part.split(b"\r\n\r\n")[1][:4] for part in answers.split(b"HTTP/1.1")[1:]] == [b"0.5\n", b"0.66", b"1.0\n"]


@pytest.mark.parametrize("order", ["sleep", "spin"])
def test_ping_answers_while_every_worker_is_busy(serve, order):
    server = serve("obeys:ObedientHandler", SAGEMAKER_MODEL_SERVER_WORKERS="2").ready(workers=2)
    with ThreadPoolExecutor(16) as pool:
        busy = [pool.submit(server.predict, f"{order} 5") for _ in range(16)]
        server.until(begun(server, times=2))
        pings = [server.ask("GET", "/ping") for _ in range(5)]
        assert not any(request.done() for request in busy)
        assert pings == [(200, b"")] * 5
        server.kill()


def test_what_exceeds_the_queue_is_sent_away_with_a_sentence(serve):
    server = serve("obeys:ObedientHandler", SAGEMAKER_MODEL_SERVER_QUEUE="1").ready()
    body = "sleep 1" + " " * 4 * MIB  # a client that is still sending must get the sentence too
    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(server.predict, [body] * 4))
    assert [status for status, _ in answers] == [200, 200, 503, 503]
    assert b"a prediction is running and the queue of 1 is full; try again shortly" in answers[-1][1]


def test_shutdown_that_drops_requests(serve):
    """A supervisor that ends when it has signalled its workers takes the requests in flight with it."""
    server = serve("obeys:ObedientHandler").ready()
    with ThreadPoolExecutor(1) as pool, closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as waiting:
        running = pool.submit(server.predict, "sleep 1")
        server.until(begun(server))
        waiting.request("POST", "/invocations", "sleep 1", {"Content-Type": "text/plain"})
        assert server.pings()  # connections are accepted in turn, so the one that waits has been
        server.process.send_signal(signal.SIGTERM)
        assert running.result() == (200, b'{"score": 1.0}\n')
        answer = waiting.getresponse()
        assert (answer.status, answer.read()) == (200, b'{"score": 1.0}\n')
    assert server.process.wait(SAVED_BY_DRAINING) == 0
    with pytest.raises(ConnectionRefusedError):
        server.connect()


def test_sigterm_is_not_held_up_by_idle_connections(serve):
    server = serve().ready()
    with server.connect(), server.connect() as used:
        used.sendall(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
        assert used.recv(100).startswith(b"HTTP/1.1 200")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(SAVED_BY_DRAINING) == 0


def test_sigterm_answers_what_waits_in_the_backlog(serve):
    """Connections that the kernel has accepted while no worker could are answered, all of them, and none is reset."""
    server = serve("obeys:ObedientHandler", SAGEMAKER_MODEL_SERVER_WORKERS="2").ready(workers=2)
    workers = server.workers()
    body = b"anything"
    request = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    with ExitStack() as stack:
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        waiting = [stack.enter_context(server.connect()) for _ in range(60)]
        for connection in waiting:
            connection.sendall(request)
        server.process.send_signal(signal.SIGTERM)
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        answers = list(map(rest, waiting))
    assert {answer[:12] for answer in answers} <= {b"HTTP/1.1 200", b"HTTP/1.1 503"}
    assert server.process.wait(SAVED_BY_DRAINING) == 0


def test_sigterm_sends_away_what_cannot_be_answered_in_time(serve):
    server = serve("obeys:ObedientHandler").ready()
    request = HEAD + b"Content-Length: 7\r\n\r\nsleep 8"
    with ExitStack() as stack:
        waiting = [stack.enter_context(server.connect()) for _ in range(12)]
        for connection in waiting:
            connection.sendall(request)
        server.until(begun(server))
        server.process.send_signal(signal.SIGTERM)
        answers = list(map(rest, waiting))
    sent_away = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503")]
    assert 0 < len(sent_away) < len(answers)
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers if answer not in sent_away)
    assert all(b"the server is stopping; try again shortly" in answer for answer in sent_away)
    assert server.process.wait(SAVED_BY_DRAINING) == 0


def test_sigterm_while_the_model_loads(serve):
    server = serve("bad_slow_load:SlowHandler")
    server.until(lambda: "loading" in server.err.read_text())
    server.process.send_signal(signal.SIGTERM)
    assert server.leave()[0] == 0


@pytest.mark.parametrize(
    ("handler", "environ", "code", "sentence"),
    [
        ("bad_golden:ChangedHandler", {}, 2, 'golden record 1 gives {"score": 0.75} here'),
        ("bad_model:ReadingHandler", {}, 1, "model does not contain manifest.json"),
        ("bad_crash:CrashingHandler", {}, 1, "its library crashes on it (SIGSEGV)"),
        ("bad_crash:EndlessHandler", {}, 1, "its library does not finish loading it"),
        ("bad_crash:LeavingHandler", {}, 1, "the model cannot be loaded: it is damaged"),
        ("bad_crash:SurprisingHandler", {}, 1, "it is damaged (KeyError: 'input')"),
        ("nothing:Handler", {}, 1, "nothing:Handler cannot be loaded: No module named 'nothing'"),
        ("echo:Nothing", {}, 1, "SAGEMAKER_SERVING_MODULE=echo:Nothing cannot be loaded"),
        ("echo:EchoHandler", {"SAGEMAKER_MODEL_SERVER_WORKERS": "many"}, 1, "set it to a whole number from 1 to 1000"),
        ("echo:EchoHandler", {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "image/png"}, 1, "ask for one of"),
    ],
)  # fmt: skip
def test_what_cannot_be_served_ends_at_once_with_a_sentence(serve, handler, environ, code, sentence):
    left, said = serve(handler, **environ).leave()
    assert left == code
    assert said.count(sentence) == 1
    assert "Traceback" not in said


def test_a_foreign_model(serve, tmp_path):
    (tmp_path / "model").mkdir()
    manifest.write(tmp_path / "model", Manifest(image="another", version="1"))
    code, said = serve("bad_model:ReadingHandler").leave()
    assert (code, "Traceback" in said) == (1, False)
    assert 'trained by the image "another"' in said


def test_a_port_that_is_taken(serve):
    with socket.create_server(("0.0.0.0", 0)) as taken:
        code, said = serve(SAGEMAKER_BIND_TO_PORT=str(taken.getsockname()[1])).leave()
    assert code != 0
    assert "Address already in use" in said


@pytest.mark.parametrize(("address", "listening"), [("", "00000000"), ("127.0.0.1", "0100007F")])
def test_the_interfaces_on_which_it_listens(serve, address, listening):
    server = serve(SAGEMAKER_BIND_TO_ADDRESS=address).ready()
    port = f":{server.port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    assert [line[1] for line in lines if line[1].endswith(port) and line[3] == "0A"] == [listening + port]


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 413)])
def test_the_largest_body(echo, extra, status):
    assert echo.predict(b"a" * (MIB + extra))[0] == status


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_told_so(echo, chunked):
    body = (b"a" * MIB for _ in range(8)) if chunked else b"a" * 8 * MIB
    status, answer = echo.ask("POST", "/invocations", body, Content_Type="text/plain")
    assert status == 413
    assert b"larger than the limit of 1048576 bytes" in answer
    assert echo.pings()


HEAD = b"POST /invocations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/csv\r\n"


@pytest.mark.parametrize(
    "sent", [b"", HEAD, HEAD + b"Content-Length: 10\r\n\r\nabc", HEAD + b"Content-Length: 3\r\n\r\nabc"]
)
def test_a_client_that_disconnects(echo, sent):
    before = echo.logged()
    with echo.connect() as connection:
        connection.sendall(sent)
    assert echo.predict("a1")[0] == 200
    echo.until(lambda: len(echo.log()) == before + 1 + (b"Length" in sent))
    assert {line["status"] for line in echo.log()[before:]} <= {200, 400}
    assert "Traceback" not in echo.err.read_text()


def test_nothing_is_written_but_in_memory(serve, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    before = empty.stat().st_mtime_ns
    server = serve(**dict.fromkeys(["HOME", "TMPDIR", "XDG_RUNTIME_DIR"], str(empty))).ready()
    assert server.predict("a1")[0] == 200
    server.process.send_signal(signal.SIGTERM)
    assert server.leave()[0] == 0
    assert list(empty.iterdir()) == []
    assert empty.stat().st_mtime_ns == before


def test_where_heartbeat_files_live(tmp_path):
    assert memory_folder(tmp_path) == str(tmp_path)
    assert memory_folder(tmp_path / "missing") == tempfile.gettempdir()


def test_imports_are_lean():
    code = "import sys, smcontract.server.master; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"nltk", "xgboost", "sklearn", "boto3", "pandas", "asyncio", "pkg_resources"} & set(modules)


def test_no_thread_is_there_before_the_fork(serve):
    server = serve("bad_slow_load:SlowHandler")
    server.until(lambda: "loading" in server.err.read_text())
    assert len(list(Path(f"/proc/{server.process.pid}/task").iterdir())) == 1
