import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from textprep.parallel import ordered_map


def slow_first(number):
    time.sleep(0.2 if number == 0 else 0)
    return number, threading.get_ident()


def fail_at_3(number):
    if number == 3:
        raise LookupError("three")
    return number


def test_results_come_in_order_from_several_threads():
    with ordered_map(2) as run:
        results = list(run(slow_first, range(20)))
        again = list(run(slow_first, range(2)))
    assert [number for number, _ in results] == list(range(20))
    assert len({thread for _, thread in results + again}) == 2
    assert threading.get_ident() not in {thread for _, thread in results}


def test_one_worker_is_this_thread():
    with ordered_map(1) as run:
        assert list(run(slow_first, [5])) == [(5, threading.get_ident())]


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


def test_ctrl_c_ends_the_program_at_once(tmp_path):
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
    finally:
        process.kill()
