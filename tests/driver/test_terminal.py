"""What reaches a terminal of text that others wrote: commands and programs, each on a pseudo-terminal."""

import contextlib
import json
import os
import pty
import re
import select
import subprocess
import sys
import threading
import time

import pytest

from driver import cli, images

HOSTILE = "\x1b]52;c;aGk=\x07\x1b]0;title\x07\x1b[2J\x1b]8;;http://evil.example\x1b\\link\x9b31m\x7f\u202e 😀 \ud83d"
OWN = re.compile(r"\r\033\[K|\r\n")
"""What the driver itself sends to a terminal besides text."""

HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def terminal(tmp_path):
    """`terminal(module, *arguments)`: (exit code, all that a terminal got) of `python -m module`."""

    def run(module, *arguments, **environment):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(images.REPOSITORY), "PYTHONUTF8": "1", **environment},
        )  # fmt: skip
        os.close(theirs)
        shown, deadline = b"", time.monotonic() + 120
        while time.monotonic() < deadline and select.select([ours], [], [], 120)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the process has ended
                break
        os.close(ours)
        return process.wait(120), shown.decode()

    return run


@pytest.fixture
def screen(tmp_path, monkeypatch):
    """`screen(*arguments)`: (exit code, all that a terminal got) of a command in this process."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, encoding="utf-8"):
        ours, theirs = pty.openpty()
        shown = []

        def read():
            with contextlib.suppress(OSError):  # the stream has been closed
                while True:
                    shown.append(os.read(ours, 65536))

        reader = threading.Thread(target=read)
        reader.start()
        with open(theirs, "w", encoding=encoding) as stream, monkeypatch.context() as patch:  # noqa: PTH123
            patch.setattr(sys, "stdout", stream)
            patch.setattr(sys, "stderr", stream)
            code = cli.main(arguments)
        reader.join()
        os.close(ours)
        return code, b"".join(shown).decode()

    return run


def assert_harmless(shown):
    assert not HARMFUL.search(OWN.sub("\n", shown)), shown
    assert r"\u001b]52;c;aGk=\u0007" in shown


def job(status="Completed", **more):
    return {"TrainingJobName": "reviews", "TrainingJobStatus": status, "SecondaryStatus": HOSTILE, **more}


def nothing(scripted, times=1):
    for _ in range(times):
        scripted.error("ValidationException", "Requested resource not found.")


def log(scripted, *more):
    host = HOSTILE.replace("/", "")
    scripted.ok({"logStreams": [{"logStreamName": f"reviews/algo-1{host}-1700000000"}]})
    for messages in more or ((f"{HOSTILE}\nlaunch.py: done",), ()):
        scripted.ok({"events": [{"message": message} for message in messages], "nextForwardToken": "1"})


def described(scripted):
    scripted.ok(job(FailureReason=f"AlgorithmError: {HOSTILE}\nStatus: Completed"))
    nothing(scripted)


def read(scripted):
    scripted.ok(job())
    nothing(scripted, 2)
    log(scripted)


def waited(scripted):
    scripted.ok(job("InProgress"))
    scripted.ok({})
    scripted.ok(job("InProgress"))
    log(scripted)
    scripted.ok(job("Stopped"))
    log(scripted, ())
    log(scripted, ())


def listed(scripted):
    summary = {"EndpointName": f"a{HOSTILE}", "EndpointStatus": HOSTILE, "CreationTime": 1.7e9}
    scripted.ok({"Endpoints": [summary]})


def answered(content_type, body):
    return lambda scripted: scripted.answers.append((200, body, {"Content-Type": content_type}))


def refused(scripted):
    scripted.error("AccessDeniedException", HOSTILE)


TEXT = HOSTILE.encode("utf-8", "surrogatepass")
COMMANDS = {
    "describe": (described, ("describe", "reviews")),
    "describe, JSON": (described, ("describe", "reviews", "--json")),
    "logs": (read, ("logs", "reviews")),
    "logs, JSON": (read, ("logs", "reviews", "--json")),
    "stop": (waited, ("stop", "reviews", "--kind", "training-job")),
    "list": (listed, ("list", "--kind", "endpoint")),
    "list, JSON": (listed, ("list", "--kind", "endpoint", "--json")),
    "text": (answered("text/plain", TEXT), ("invoke", "reviews", "a")),
    "JSON": (answered("application/json", json.dumps({"predictions": [HOSTILE]})), ("invoke", "reviews", "a")),
    "JSON Lines": (answered("application/jsonlines", TEXT), ("invoke", "reviews", "a", "--json")),
    "a refusal": (refused, ("describe", "reviews")),
    "a folder": (None, ("train", "xgboost-sentiment", "--train", f"no{HOSTILE[:-1]}", "--dry-run")),
}  # fmt: skip


def assert_harmless_end(name, code, shown):
    assert_harmless(shown)
    assert "Traceback" not in shown
    assert (code == 0) == (name not in ("a refusal", "a folder")), shown


@pytest.mark.parametrize("name", COMMANDS)
def test_no_text_of_others_controls_a_terminal(name, screen, scripted):
    prepare, arguments = COMMANDS[name]
    if prepare:
        prepare(scripted)
    code, shown = screen(*arguments, "--endpoint-url", scripted.url)
    assert_harmless_end(name, code, shown)
    if "--json" in arguments:
        json.loads(shown)


@pytest.mark.parametrize("name", ["stop", "a refusal"])
def test_nor_that_of_a_process_of_its_own(name, terminal, scripted):
    prepare, arguments = COMMANDS[name]
    prepare(scripted)
    assert_harmless_end(name, *terminal("driver", *arguments, "--endpoint-url", scripted.url))


def test_a_line_of_a_log_cannot_pass_for_another(screen, scripted):
    read(scripted)
    _, shown = screen("logs", "reviews", "--endpoint-url", scripted.url)
    assert shown
    assert all(line.startswith("algo-1") for line in shown.splitlines())


def test_a_value_of_a_description_cannot_pass_for_another(screen, scripted):
    described(scripted)
    _, shown = screen("describe", "reviews", "--endpoint-url", scripted.url)
    assert "AlgorithmError" in shown
    assert not re.search("^  Status:", shown, re.MULTILINE)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "a folder"])
def test_a_stream_that_cannot_write_a_character_ends_nothing(name, screen, scripted):
    prepare, arguments = COMMANDS[name]
    prepare(scripted)
    code, shown = screen(*arguments, "--endpoint-url", scripted.url, encoding="ascii")
    assert (shown.isascii(), "Traceback" in shown, r"\ud83d\ude00" in shown) == (True, False, True)
    assert (code == 0) == (name != "a refusal"), shown
    if "--json" in arguments:
        json.loads(shown)


PROGRAMS = {
    "driver": ("list",),
    "emulator": ("serve", "--state", "s"),
    "blazingtext_client.client": ("embeddings", "a", "--output", "b"),
    "emulator.check": ("image", "--sample", "s"),
    "examples.demo": (),
    "examples.classic": (),
    "examples.workshop": (),
}


@pytest.mark.parametrize(
    ("module", "encoding"),
    [*((module, "utf-8") for module in PROGRAMS), ("driver", "ascii"), ("emulator", "ascii")],  # of each its console.py
)
def test_every_program_escapes_what_it_prints(module, encoding, terminal):
    arguments = (*PROGRAMS[module], HOSTILE[:-1])  # argparse repeats it raw
    code, shown = terminal(module, *arguments, PYTHONIOENCODING=encoding)
    assert code == 2
    assert_harmless(shown)


@pytest.mark.parametrize("module", ["blazingtext_client.client", "emulator.check", "examples.classic"])
def test_a_reader_that_has_gone_ends_every_program_quietly(module, tmp_path):
    program = f"import {module}.__main__ as program" if module != "examples.classic" else f"import {module} as program"
    code = f"{program}\nprogram.console.install()\nfor _ in range(10_000): print('a line', flush=True)"
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(images.REPOSITORY)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment
    ) as run:
        run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == b""


def test_what_is_written_to_a_file_is_not_touched(scripted, tmp_path, screen):
    answered("text/plain", TEXT)(scripted)
    code, shown = screen("invoke", "a", "b", "--output", "answer", "--endpoint-url", scripted.url)
    assert (code, shown, (tmp_path / "answer").read_bytes()) == (0, "", TEXT)
