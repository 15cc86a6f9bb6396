"""The process engine, on real processes."""

import json
import os
import random
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.engines import Exit, Launch, ProcessEngine
from emulator.engines.process import PORTS, free_port
from emulator.errors import EngineError
from tests.waiting import until

Engine = Callable[..., ProcessEngine]


def launch(folder: Path, command: str = "train", **environment: str) -> Launch:
    for part in ("model", "output/data", "input/config", "input/data/train"):
        (folder / part).mkdir(parents=True)
    (folder / "input" / "config" / "hyperparameters.json").write_text("{}")
    return Launch("test", command, folder, environment)


def ignore(line: str) -> None:
    """A sink."""


def exists(pid: int) -> bool:
    """Whether a process runs; one that has ended but was not waited for does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ends(pid: int) -> bool:
    """Wait until a process that was killed has gone, which takes the kernel a moment."""
    return until(lambda: not exists(pid))


@pytest.mark.parametrize(
    ("program", "code"),
    [("good", 0), ("bad_exits_without_reason", 3), ("bad_writes_a_reason", 1), ("bad_killed", 137)],
)
def test_exit_codes(engine: Engine, tmp_path: Path, program: str, code: int) -> None:
    with engine(program).start(launch(tmp_path), ignore) as container:
        assert container.wait(20) == Exit(code)
        assert not container.running


def test_137_is_explained() -> None:
    assert str(Exit(137)) == "exit code 137: killed by signal 9, most often because the machine ran out of memory"
    assert "exceeded its memory limit" in str(Exit(137, out_of_memory=True))


def test_output_of_both_streams_comes_line_by_line(engine: Engine, tmp_path: Path) -> None:
    lines: list[str] = []
    with engine("bad_exits_without_reason").start(launch(tmp_path), lines.append) as container:
        container.wait(20)
    assert lines == ["reading the channel", "KeyError: 'label'"]


def test_a_program_sees_the_contract_and_nothing_of_ours(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with engine("good", FROM_IMAGE="1", BOTH="image").start(
        launch(tmp_path, FROM_JOB="2", BOTH="job"), ignore
    ) as container:
        container.wait(20)
    seen = json.loads((tmp_path / "output" / "data" / "environment.json").read_text())
    assert "AWS_SECRET_ACCESS_KEY" not in seen
    assert (seen["FROM_IMAGE"], seen["FROM_JOB"], seen["BOTH"]) == ("1", "2", "job")
    assert seen["SAGEMAKER_BASE_DIR"] == str(tmp_path)
    assert seen["SAGEMAKER_BIND_TO_ADDRESS"] == "127.0.0.1"


def test_a_program_that_is_not_there_is_named(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"good/dance cannot be run: No such file"):
        engine("good").start(launch(tmp_path, "dance"), ignore)


def test_stop_lets_an_obedient_program_finish(engine: Engine, tmp_path: Path) -> None:
    lines: list[str] = []
    with engine("obedient").start(launch(tmp_path), lines.append) as container:
        until(lambda: lines)
        assert container.stop(grace=20) == Exit(0)
    assert lines[-1] == "stopped"
    assert (tmp_path / "model" / "part").exists()


def test_stop_kills_one_that_does_not_listen(engine: Engine, tmp_path: Path) -> None:
    lines: list[str] = []
    with engine("bad_ignores_sigterm").start(launch(tmp_path), lines.append) as container:
        until(lambda: lines)
        assert container.stop(grace=0.3) == Exit(137)


def test_stop_after_the_end_is_the_end(engine: Engine, tmp_path: Path) -> None:
    with engine("good").start(launch(tmp_path), ignore) as container:
        container.wait(20)
        assert container.stop(grace=1) == Exit(0)


def test_an_error_inside_the_block_leaves_nothing_running(engine: Engine, tmp_path: Path) -> None:
    lines: list[str] = []
    with pytest.raises(ZeroDivisionError), engine("obedient").start(launch(tmp_path), lines.append):
        until(lambda: lines and 1 / 0)
    assert ends(int(lines[0].split()[1]))


def test_what_a_program_leaves_behind_ends_with_it(engine: Engine, tmp_path: Path) -> None:
    lines: list[str] = []
    with engine("bad_leaves_a_child").start(launch(tmp_path), lines.append) as container:
        assert container.wait(20) == Exit(0)
    assert ends(int(lines[0].split()[1]))


def test_a_hundred_megabytes_of_output_pass_through(engine: Engine, tmp_path: Path) -> None:
    sizes: list[int] = []
    with engine("bad_log_of_100_mb").start(launch(tmp_path), lambda line: sizes.append(len(line))) as container:
        assert container.wait(60) == Exit(0)
    assert sum(sizes) == 10_000_000 + 90_000 * 999 + len("epoch=1; train:lines=7;")
    assert max(sizes) <= 65_536  # the endless line came in pieces


def test_a_sink_that_fails_does_not_block_the_program(engine: Engine, tmp_path: Path) -> None:
    def full(line: str) -> None:
        raise OSError(28, "No space left on device")

    with engine("bad_log_of_100_mb").start(launch(tmp_path), full) as container:
        with pytest.raises(OSError, match="No space left"):
            container.wait(60)
        assert container.wait() == Exit(0)


def test_every_server_gets_a_port_of_its_own(engine: Engine, tmp_path: Path) -> None:
    with (
        engine("echo").start(launch(tmp_path / "1", "serve"), ignore) as one,
        engine("echo").start(launch(tmp_path / "2", "serve"), ignore) as two,
    ):
        assert one.address[0] == two.address[0] == "127.0.0.1"
        assert one.address != two.address
        assert {one.address[1], two.address[1]} <= set(PORTS)  # the system may give any other to a connection meanwhile


def test_two_processes_of_one_seed_get_ports_of_their_own() -> None:
    ports = []
    for _ in range(2):
        random.seed(1)
        ports.append(free_port())
    assert ports[0] != ports[1]


def test_the_programs_may_be_named_by_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Path(__file__).resolve().parents[2] / "fixtures" / "programs"
    monkeypatch.chdir(programs)
    relative = ProcessEngine(Path("good"), {"PATH": os.environ["PATH"]})
    with relative.start(launch(tmp_path), ignore) as container:
        assert container.wait(20) == Exit(0)


DAEMON = """
setsid env -i /bin/sleep 300 & daemon=$!
until [ "$(cut -d ' ' -f 6 /proc/$daemon/stat)" = $daemon ]; do sleep 0.01; done
echo "daemon $daemon"
"""
"""Leaves a process in a session of its own, with no variable by which to find it, that holds the output open."""


def test_a_daemon_ends_with_its_program(engine: Engine, tmp_path: Path) -> None:
    lines: list[str] = []
    with engine("shell", SCRIPT=f"{DAEMON} exit 3").start(launch(tmp_path), lines.append) as container:
        assert container.wait(20) == Exit(3)
    assert ends(int(lines[0].split()[1]))


def test_a_daemon_ends_with_a_program_that_is_killed(engine: Engine, tmp_path: Path) -> None:
    lines: list[str] = []
    script = f"trap '' TERM; {DAEMON} while :; do sleep 0.1; done"
    with engine("shell", SCRIPT=script).start(launch(tmp_path), lines.append) as container:
        until(lambda: lines)
        assert container.stop(grace=0.3) == Exit(137)
    assert ends(int(lines[0].split()[1]))


def test_processes_that_change_their_number_all_the_time(engine: Engine, tmp_path: Path) -> None:
    """Each forks and ends, for 30 s; a mark in their command lines tells them from others."""
    mark, ready = f"mark-{uuid.uuid4().hex}", tmp_path / "ready"
    ready.mkdir()
    code = (
        "import os, sys, time; open(sys.argv[2], 'w'); end = time.monotonic() + 30\n"
        "while time.monotonic() < end:\n  if os.fork(): os._exit(0)"
    )
    script = (
        f'for i in 1 2 3; do setsid {sys.executable} -ISc "{code}" {mark} {ready}/$i & done; '
        f"until [ $(ls {ready} | wc -l) = 3 ]; do sleep 0.05; done"
    )
    with engine("shell", SCRIPT=script).start(launch(tmp_path), ignore) as container:
        assert container.wait(25) == Exit(0)
    assert not [each for each in Path("/proc").glob("[0-9]*/cmdline") if mark in read_text(each)]


def read_text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has just ended
        return ""


def test_a_signal_to_its_own_group_reaches_the_program_alone(engine: Engine, tmp_path: Path) -> None:
    script = "trap 'echo heard' USR1; kill -USR1 0; exit 5"
    lines: list[str] = []
    with engine("shell", SCRIPT=script).start(launch(tmp_path), lines.append) as container:
        assert container.wait(20) == Exit(5)
    assert lines == ["heard"]


def test_neither_umask_nor_input_are_the_emulators(engine: Engine, tmp_path: Path) -> None:
    lines: list[str] = []
    before = os.umask(0o077)
    try:
        with engine("shell", SCRIPT="umask; read line || echo no input").start(
            launch(tmp_path), lines.append
        ) as container:
            assert container.wait(20) == Exit(0)
    finally:
        os.umask(before)
    assert lines == ["0022", "no input"]


def test_a_supervisor_that_is_killed_takes_the_program_along(engine: Engine, tmp_path: Path) -> None:
    lines: list[str] = []
    kill = "grep -q supervisor /proc/$PPID/cmdline && kill -KILL $PPID"
    script = f"sleep 300 & echo child $!; {kill}; while :; do sleep 0.1; done"
    with engine("shell", SCRIPT=script).start(launch(tmp_path), lines.append) as container:
        assert container.wait(20) == Exit(137)
    assert ends(int(lines[0].split()[1]))
