import signal
import time

import pytest

from tests.several_hosts import Hosts, ended

MAIN = "hosts_algorithm:main"
LIMIT = 10.0  # seconds in which all hosts end after one has failed


def test_hosts_agree_in_any_order_of_names(tmp_path):
    hosts = Hosts(tmp_path, "algo-1", "algo-2", "algo-10")
    found = hosts.run(MAIN)
    assert [code for code, _ in found.values()] == [0, 0, 0], found
    for place, (_, out) in enumerate(found.values()):
        assert f"sum 6, hosts algo-1 algo-10 algo-2, place {place}, any True" in out


def test_one_host_is_a_group_without_sockets(tmp_path):
    [(code, out)] = Hosts(tmp_path, "algo-1").run(MAIN).values()
    assert (code, out) == (0, "sum 1, hosts algo-1, place 0, any True\n")


@pytest.mark.parametrize(
    ("act", "on", "cause", "codes"),
    [
        ("refuse", "algo-2", "a.csv line 3: the label is missing: add it", (1, 1)),
        ("refuse", "algo-1", "a.csv line 3: the label is missing: add it", (1, 1)),
        ("break", "algo-3", "unexpected KeyError: 'a fault of the image'", (1, 2)),
        ("kill", "algo-2", "it ended without a word", (-signal.SIGKILL, 2)),
        ("kill", "algo-1", "it ended without a word", (-signal.SIGKILL, 2)),
        ("freeze", "algo-3", "no sign of life for 6 seconds", (None, 2)),
    ],
)
def test_a_host_that_fails_ends_all_with_its_name(tmp_path, act, on, cause, codes):
    hosts = Hosts(tmp_path, "algo-1", "algo-2", "algo-3")
    started = {name: hosts.start(name, MAIN, act=act, on=on) for name in hosts.names}
    failed = started.pop(on)
    assert any("sum 6" in line for line in failed.stdout)
    began = time.monotonic()
    for name, process in started.items():
        code, out = ended(process)
        assert code == codes[1], out
        assert hosts.failure(name).startswith(f"host {on} failed: {cause}")
        assert "Traceback" not in out
    assert time.monotonic() - began < LIMIT
    if codes[0] is None:
        failed.kill()
    code, _ = ended(failed)
    assert codes[0] in (code, None)
    own = hosts.failure(on)
    assert own.startswith(cause) if code > 0 else own == ""


def test_a_host_that_only_computes_is_not_taken_for_dead(tmp_path):
    hosts = Hosts(tmp_path, "algo-1", "algo-2")
    found = hosts.run(MAIN, act="finish early")
    assert [code for code, _ in found.values()] == [0, 0], found
    assert "alone to the end" in found["algo-1"][1]
    assert "alone to the end" not in found["algo-2"][1]


def test_a_sleep_of_the_whole_machine_ends_nothing(tmp_path):
    hosts = Hosts(tmp_path, "algo-1", "algo-2")
    started = [hosts.start(name, MAIN, act="pause") for name in hosts.names]
    for process in started:
        assert any("sum 3" in line for line in process.stdout)
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for process in started:
            process.send_signal(number)
        time.sleep(7 if number == signal.SIGSTOP else 0)  # longer than any silence
    assert [ended(process)[0] for process in started] == [0, 0]
