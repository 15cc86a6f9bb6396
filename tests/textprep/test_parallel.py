import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

import pytest
from textprep.parallel import ordered_map


def slow_first(number):
    time.sleep(0.2 if number == 0 else 0)
    return number, os.getpid()


def fail_at_3(number):
    if number == 3:
        raise LookupError("three")
    return number


def die(number):
    os._exit(number)


def test_results_come_in_order_from_several_processes():
    with ordered_map(2) as run:
        results = list(run(slow_first, range(20)))
        again = list(run(slow_first, range(2)))
    assert [number for number, _ in results] == list(range(20))
    assert len({pid for _, pid in results + again}) == 2
    assert os.getpid() not in {pid for _, pid in results}


def test_one_worker_is_this_process():
    with ordered_map(1) as run:
        assert list(run(slow_first, [5])) == [(5, os.getpid())]


def test_endless_input_is_read_a_little_ahead():
    read = []

    def endless():
        while True:
            read.append(None)
            yield len(read)

    with ordered_map(2) as run:
        results = run(fail_at_3, (number + 3 for number in endless()))
        assert [next(results) for _ in range(5)] == [4, 5, 6, 7, 8]
    assert len(read) < 12


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_worker_or_in_the_input_is_raised_here(workers):
    def bad_input():
        yield 0
        raise KeyError("input")

    with pytest.raises(LookupError, match="three"), ordered_map(workers) as run:
        list(run(fail_at_3, range(10)))
    with pytest.raises(KeyError, match="input"), ordered_map(workers) as run:
        list(run(fail_at_3, bad_input()))


def test_a_worker_that_dies_is_an_error_and_not_a_wait_for_ever():
    with pytest.raises(BrokenProcessPool), ordered_map(2) as run:
        list(run(die, [1] * 20))


def test_fewer_than_one_worker_is_refused():
    with pytest.raises(ValueError, match="workers is 0"), ordered_map(0):
        pass


INTERRUPTED = """
import itertools, time
from textprep.parallel import ordered_map
if __name__ == "__main__":
    with ordered_map(2) as run:
        for number in run(abs, itertools.count()):
            if number == 5:
                print("running", flush=True)
"""


def running(group):
    """Return the states of the processes of a group that are more than a memory (Z)."""
    stats = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # ended meanwhile
            stats.append(file.read_text().rpartition(")")[2].split())
    return [state for state, _, group_, *_ in stats if int(group_) == group and state != "Z"]


def test_ctrl_c_ends_all_processes_at_once(tmp_path):
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    process = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout.readline() == "running\n"
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does
        _, errors = process.communicate(timeout=30)
        assert process.returncode == -signal.SIGINT
        assert errors.endswith("KeyboardInterrupt\n")
        deadline = time.monotonic() + 10
        while running(process.pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert running(process.pid) == []
    finally:
        process.kill()
