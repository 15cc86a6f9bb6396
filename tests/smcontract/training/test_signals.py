import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

HEADER = """
import hashlib, multiprocessing, os, signal, sys, threading, time
from smcontract.training.signals import stop_on_sigterm
"""
WAITS = """
with stop_on_sigterm() as stop:
    print("ready", flush=True)
    sys.exit(0 if stop.wait(60) else 1)
"""
COMPUTES = """
with stop_on_sigterm() as stop:
    print("ready", flush=True)
    while not stop.is_set():
        sum(range(1000))
"""
IS_DEEP_IN_C = """
def leave():
    time.sleep(0.2)
    print("ready", flush=True)
    os._exit(0 if stop.wait(60) else 1)

with stop_on_sigterm() as stop:
    threading.Thread(target=leave).start()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2_000_000_000)
"""
GETS_ANOTHER = """
with stop_on_sigterm() as stop:
    signal.signal(signal.SIGUSR1, lambda *_: None)
    os.kill(os.getpid(), signal.SIGUSR1)
    assert not stop.wait(0.2)
    print("ready", flush=True)
    stop.wait(60)
"""
FINISHES = """
with stop_on_sigterm() as stop:
    print("ready", flush=True)
    stop.wait(60)
os.kill(os.getpid(), signal.SIGTERM)
"""
HAS_FORKED = """
with stop_on_sigterm() as stop:
    for _ in range(20):
        with multiprocessing.get_context("fork").Pool(2) as pool:
            pool.map_async(time.sleep, [60, 60])
        pool.join()
    assert not stop.is_set()
    print("ready", flush=True)
    stop.wait(60)
"""
BOMBARDED = """
for _ in range(200):
    with stop_on_sigterm() as stop:
        print("ready", flush=True)
        while not stop.wait(0):
            pass
"""


@contextmanager
def running(program):
    """Run a Python program for as long as the block lasts, at most."""
    with subprocess.Popen([sys.executable, "-c", HEADER + program], stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("program", [WAITS, COMPUTES, IS_DEEP_IN_C, GETS_ANOTHER, FINISHES, HAS_FORKED])
def test_sigterm_sets_the_event_and_kills_no_one(program):
    with running(program) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_signals_at_every_moment_neither_hang_nor_kill():
    with running(BOMBARDED) as process:
        while process.stdout.readline():
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
