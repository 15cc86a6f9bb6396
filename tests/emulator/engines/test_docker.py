"""The docker engine, on real containers of a throw-away image whose `train` runs a shell script given to it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from emulator.engines import DockerEngine, Exit, Launch, choose
from emulator.engines.docker import LABEL, docker
from emulator.engines.repository import Image
from emulator.errors import EngineError
from emulator.serving.client import request
from emulator.serving.health import wait_until_healthy

pytestmark = pytest.mark.container
NAME = f"test-{os.getpid()}"
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("model", "output/data"):
        (tmp_path / "ml" / part).mkdir(parents=True)
    return tmp_path / "ml"


def run(tag: str, launch: Launch) -> tuple[Exit | None, list[str]]:
    lines: list[str] = []
    with DockerEngine(tag).start(launch, lines.append) as container:
        return container.wait(60), lines


def train(folder: Path, script: str, **settings: object) -> Launch:
    return Launch(NAME, "train", folder, {"SCRIPT": script}, **settings)  # type: ignore[arg-type]


def left_over() -> str:
    """Containers and networks of these tests that exist."""
    ours = ("--quiet", "--filter", f"label={LABEL}", "--filter", f"name={NAME}")
    return docker("ps", "--all", *ours) + docker("network", "ls", *ours)


def test_output_exit_code_and_files(throwaway_image: str, folder: Path) -> None:
    ended, lines = run(throwaway_image, train(folder, "echo out; echo err >&2; echo x > /opt/ml/model/m; exit 3"))
    assert ended == Exit(3)
    assert sorted(lines) == ["err", "out"]
    assert (folder / "model" / "m").read_text() == "x\n"
    assert left_over() == ""


def test_an_isolated_job_has_no_network(throwaway_image: str, folder: Path) -> None:
    interfaces = "ls /sys/class/net"
    assert run(throwaway_image, train(folder, interfaces, network_isolation=True))[1] == ["lo"]
    assert "eth0" in run(throwaway_image, train(folder, interfaces))[1]


def test_a_read_only_root_leaves_tmp_and_opt_ml(throwaway_image: str, folder: Path) -> None:
    script = "for path in /x /tmp/x /opt/ml/model/x; do touch $path 2>/dev/null && echo $path; done"
    assert run(throwaway_image, train(folder, script, read_only_root=True))[1] == ["/tmp/x", "/opt/ml/model/x"]


def test_folders_may_be_read_only(throwaway_image: str, folder: Path) -> None:
    script = "touch /opt/ml/model/x || touch /opt/ml/output/x"
    assert run(throwaway_image, train(folder, script, read_only=("model",)))[0] == Exit(0)
    assert not (folder / "model" / "x").exists()
    assert (folder / "output" / "x").exists()


def test_another_user(throwaway_image: str, folder: Path) -> None:
    assert run(throwaway_image, train(folder, "id -u; id -g", user="10001:10002"))[1] == ["10001", "10002"]


def test_more_memory_than_allowed_is_named(throwaway_image: str, folder: Path) -> None:
    ended, _ = run(throwaway_image, train(folder, "perl -e '$x = \"x\" x 300_000_000'", memory_in_mb=64))
    assert ended is not None
    assert ended.out_of_memory
    assert "exceeded its memory limit" in str(ended)


def test_stop_waits_for_an_obedient_program(throwaway_image: str, folder: Path) -> None:
    assert stopped(throwaway_image, folder, "trap 'echo saved; exit 0' TERM", 20) == (Exit(0), "saved")


def test_stop_kills_one_that_does_not_listen(throwaway_image: str, folder: Path) -> None:
    assert stopped(throwaway_image, folder, "trap '' TERM", 1)[0] == Exit(137)


def stopped(tag: str, folder: Path, trap: str, grace: float) -> tuple[Exit, str]:
    lines: list[str] = []
    launch = train(folder, f"{trap}; echo ready; while :; do sleep 0.1; done")
    with DockerEngine(tag).start(launch, lines.append) as container:
        while not lines:
            time.sleep(0.05)
        ended = container.stop(grace)
    assert left_over() == ""
    return ended, lines[-1]


@pytest.mark.parametrize("isolated", [False, True])
def test_a_server_is_reached_with_and_without_a_way_out(throwaway_image: str, folder: Path, isolated: bool) -> None:
    lines: list[str] = []
    launch = Launch(NAME, "serve", folder, network_isolation=isolated)
    with DockerEngine(throwaway_image).start(launch, lines.append) as container:
        healthy, history = wait_until_healthy(container.address, lambda: container.running, 20)
        assert healthy, history
        assert request(container.address, "POST", "/invocations", b"hello", timeout=5).body == b"hello"
        networks = docker("network", "ls", "--quiet", "--filter", f"name={NAME}").split()
        assert [docker("network", "inspect", "--format", "{{.Internal}}", network) for network in networks] == [
            "true"
        ] * isolated
        assert container.stop(20) == Exit(0)
    assert lines == ["drained"]
    assert left_over() == ""


def test_an_error_inside_the_block_leaves_no_container(throwaway_image: str, folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt), DockerEngine(throwaway_image).start(train(folder, "sleep 60"), print):
        raise KeyboardInterrupt
    assert left_over() == ""


def test_ctrl_c_leaves_no_container(throwaway_image: str, tmp_path: Path) -> None:
    job = (
        "from pathlib import Path; from emulator.engines import DockerEngine\n"
        "from emulator.training.job import TrainingJob\n"
        "from bench.training import train\n"
        f"job = TrainingJob({NAME!r}, environment={{'SCRIPT': 'echo ready; sleep 60'}})\n"
        f"train(DockerEngine({throwaway_image!r}), job, Path({str(tmp_path)!r}), lambda line: print(line, flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", job], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) != 0
    assert left_over() == ""


@pytest.mark.parametrize(
    ("tag", "command", "why"),
    [("no-such-image:dev", "train", "No such image"), (None, "dance", "(?s)dance.*not found")],
)
def test_what_cannot_start_is_named_and_removed(
    throwaway_image: str, folder: Path, tag: str | None, command: str, why: str
) -> None:
    with pytest.raises(EngineError, match=why):
        DockerEngine(tag or throwaway_image).start(Launch(NAME, command, folder), print)
    assert left_over() == ""


def test_what_root_wrote_belongs_to_the_caller(throwaway_image: str, tmp_path: Path) -> None:
    script = "umask 077; mkdir /opt/ml/model/deep; echo x > /opt/ml/model/deep/m; echo x > /opt/ml/output/data/o"
    job = (
        "import os; from pathlib import Path\n"
        "from emulator.engines import DockerEngine; from emulator.training.job import TrainingJob\n"
        "from bench.training import train\n"
        f"{become_someone_who_is_not_root(tmp_path)}\n"
        f"job = TrainingJob({NAME!r}, environment={{'SCRIPT': {script!r}}})\n"
        f"print(train(DockerEngine({throwaway_image!r}), job, Path({str(tmp_path)!r}) / 's3').training_job_status)"
    )
    done = subprocess.run([sys.executable, "-c", job], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.stdout == "Completed\n", done.stderr
    assert sorted(path.name for path in (tmp_path / "s3" / NAME).iterdir()) == ["output", "training.log"]
    assert left_over() == ""


def test_what_a_killed_process_left_is_removed_and_its_files_given_back(throwaway_image: str, tmp_path: Path) -> None:
    owner, work = f"{NAME} owner", tmp_path / "work"
    begin = (
        "import os; from pathlib import Path; from emulator.engines import DockerEngine, Launch\n"
        f"{become_someone_who_is_not_root(tmp_path)}\n"
        f"folder = Path({str(work)!r}) / 'ml'; folder.mkdir(parents=True)\n"
        "script = 'umask 077; mkdir /opt/ml/deep; echo x > /opt/ml/deep/x; echo ready; sleep 600'\n"
        f"launch = Launch({NAME!r}, 'train', folder, {{'SCRIPT': script}})\n"
        f"engine = DockerEngine({throwaway_image!r}, {owner!r})\n"
        "engine.start(launch, lambda line: print(line, flush=True)).wait()"
    )
    with subprocess.Popen([sys.executable, "-c", begin], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("ready" in line for line in process.stdout)
        process.kill()
    assert left_over() != ""
    end = (
        "import os; from pathlib import Path\n"
        "from emulator.engines import leftovers; from emulator.files import temporary\n"
        f"{become_someone_who_is_not_root(tmp_path)}\n"
        f"leftovers.remove({owner!r}); temporary.remove(Path({str(work)!r}))"
    )
    subprocess.run([sys.executable, "-c", end], cwd=REPOSITORY, check=True)
    assert left_over() == ""
    assert not work.exists()


def become_someone_who_is_not_root(folder: Path) -> str:
    """For root: a line of Python that leaves a user with no right but to the folder and to the engine's socket."""
    if os.getuid():
        return ""
    group = Path("/var/run/docker.sock").stat().st_gid
    temporary = Path(tempfile.gettempdir()).resolve()
    for parent in (folder, *folder.parents):
        if parent == temporary:
            break
        parent.chmod(0o755)
    os.chown(folder, 10001, group)
    return f"os.setgroups([]); os.setgid({group}); os.setuid(10001)"


def test_docker_is_chosen_when_it_has_the_image(throwaway_image: str, tmp_path: Path) -> None:
    assert isinstance(choose(None, Image(throwaway_image.split(":")[0], "1", tmp_path, {}), tmp_path), DockerEngine)


def test_docker_without_the_image_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(
        EngineError, match=r"the image never-built:dev does not exist: build it with \./build\.sh never-built"
    ):
        choose("docker", Image("never-built", "1", tmp_path, {}), tmp_path)
