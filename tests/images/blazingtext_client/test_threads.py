"""Threads share work, and end early when they are asked to stop or one of them fails."""

import threading

import numpy as np
import pytest
from blazingtext_client import threads


def test_who_is_called_meanwhile_knows_of_a_stop_before_the_threads():
    stop, flag, calls = threading.Event(), np.zeros(1, np.uint8), []
    stopped = threading.Event()

    def meanwhile(is_stopping):
        calls.append((is_stopping, bool(flag[0])))
        stop.set()  # after the look, whose turn is the next
        if len(calls) > 1:
            stopped.set()

    threads.run(lambda _: stopped.wait(60), 2, stop, flag, meanwhile)
    assert calls[:2] == [(False, False), (True, False)]
    assert flag[0]


def test_the_error_of_one_thread_ends_the_others():
    flag = np.zeros(1, np.uint8)

    def work(number):
        if number:
            raise ZeroDivisionError
        while not flag[0]:
            threading.Event().wait(0.01)

    with pytest.raises(ZeroDivisionError):
        threads.run(work, 2, threading.Event(), flag)
