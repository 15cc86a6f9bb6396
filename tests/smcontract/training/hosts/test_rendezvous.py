import signal
import socket
import time
from contextlib import suppress

import pytest
from smcontract.errors import UserError
from smcontract.training.hosts.connection import Connection
from smcontract.training.hosts.rendezvous import KINDS, Settings

from tests.several_hosts import Hosts, ended

MAIN = "hosts_algorithm:main"


def test_a_first_host_that_comes_late_and_whose_name_resolves_late_is_waited_for(tmp_path):
    hosts = Hosts(tmp_path, "algo-1", "algo-2")
    late = hosts.start("algo-2", MAIN)
    time.sleep(1)
    first = hosts.start("algo-1", MAIN)
    assert [ended(first)[0], ended(late)[0]] == [0, 0]


def test_a_host_that_never_comes_is_named(tmp_path):
    hosts = Hosts(tmp_path, "algo-1", "algo-2", "algo-3", timeout=2)
    first, second = hosts.start("algo-1", MAIN), hosts.start("algo-2", MAIN)
    assert ended(first)[0] == 1
    assert ended(second)[0] == 1
    assert hosts.failure("algo-1").startswith("algo-3 did not come within 2 seconds: look at the logs there; in a VPC")
    assert hosts.failure("algo-2").startswith("algo-1 says: algo-3 did not come within 2 seconds")


def test_a_name_that_never_resolves_is_named(tmp_path):
    hosts = Hosts(tmp_path, "algo-1", "algo-2", timeout=1)
    hosts.variables["SAGEMAKER_HOST_ADDRESSES"] = "algo-1=no-such-host.invalid"
    assert ended(hosts.start("algo-2", MAIN))[0] == 1
    assert "the first host, algo-1, could not be reached within 1 seconds (" in hosts.failure("algo-2")


def connected_to(hosts, first):
    """A socket that is connected to the first host, which may still have to start."""
    while True:
        try:
            return socket.create_connection(("127.0.0.2", int(hosts.variables["SAGEMAKER_HOST_PORT"])))
        except OSError:
            assert first.poll() is None
            time.sleep(0.05)


def test_strangers_are_sent_away_and_harm_nothing(tmp_path):
    hosts = Hosts(tmp_path, "algo-1", "algo-2")
    first = hosts.start("algo-1", MAIN)
    stranger = connected_to(hosts, first)
    with stranger, suppress(ConnectionResetError):  # as when what came has not been read
        stranger.sendall(b"GET / HTTP/1.1\r\nHost: algo-1\r\n\r\n")
        assert stranger.recv(100) == b""
    assert ended(hosts.start("algo-2", MAIN))[0] == 0
    assert ended(first)[0] == 0


def test_a_job_that_is_stopped_while_it_waits_ends_in_order(tmp_path):
    hosts = Hosts(tmp_path, "algo-1", "algo-2")
    place = "127.0.0.2", int(hosts.variables["SAGEMAKER_HOST_PORT"])
    with socket.create_server(place) as busy:
        waiting = hosts.start("algo-2", MAIN)
        with busy.accept()[0]:
            waiting.send_signal(signal.SIGTERM)
            assert ended(waiting, timeout=10)[0] == 0
    assert hosts.failure("algo-2") == ""


def test_a_host_that_came_and_ended_while_others_are_waited_for_ends_all_with_its_name(tmp_path):
    hosts = Hosts(tmp_path, "algo-1", "algo-2", "algo-3", timeout=100)
    first, second = hosts.start("algo-1", MAIN), hosts.start("algo-2", MAIN)
    for kind in KINDS:
        connection = Connection(connected_to(hosts, first))
        connection.send({"job": "job", "host": "algo-3", "kind": kind})
        connection.close()
    assert [ended(process, timeout=30)[0] for process in (first, second)] == [1, 1]
    why = "host algo-3 failed: it came, and ended before all hosts were there; look at its log"
    assert hosts.failure("algo-1").startswith(why)
    assert hosts.failure("algo-2").startswith(f"algo-1 says: {why}")


def test_a_first_host_that_ended_while_others_were_waited_for_is_named(tmp_path):
    hosts = Hosts(tmp_path, "algo-1", "algo-2", timeout=100)
    with socket.create_server(("127.0.0.2", int(hosts.variables["SAGEMAKER_HOST_PORT"]))) as listener:
        waiting = hosts.start("algo-2", MAIN)
        listener.accept()[0].close()
    assert ended(waiting, timeout=30)[0] == 1
    assert hosts.failure("algo-2").startswith("host algo-1 failed: it came, and ended before all hosts were there")


def test_settings():
    found = Settings.of({"SAGEMAKER_HOST_ADDRESSES": "algo-1=127.0.0.2,algo-2=127.0.0.3", "SAGEMAKER_HOST_PORT": "5"})
    assert (found.address("algo-2"), found.address("algo-3"), found.port, found.wait) == ("127.0.0.3", "algo-3", 5, 600)
    with pytest.raises(UserError, match=r"write pairs as algo-1=127\.0\.0\.2, a port, and seconds"):
        Settings.of({"SAGEMAKER_HOST_PORT": "http"})
