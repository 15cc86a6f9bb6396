"""Images that run as another user than the emulator's: they read what they are given, and leave results."""

import io
import subprocess
import tarfile
from collections.abc import Callable, Iterator

import pytest

from tests.emulator.client import BUCKET, Client, filled, start
from tests.emulator.hosting.caller import Host
from tests.emulator.running import containers_of

pytestmark = pytest.mark.container

USER = "10001:10001"


@pytest.fixture(scope="module")
def image(throwaway_image: str) -> Iterator[str]:
    """The throw-away image for a user of its own."""
    tag = throwaway_image.replace(":", "-user:")
    dockerfile = f"FROM {throwaway_image}\nUSER {USER}\n"
    subprocess.run(["docker", "build", "--quiet", "--tag", tag, "-"], input=dockerfile, text=True, check=True)
    yield tag
    subprocess.run(["docker", "image", "rm", tag], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    running = start(tmp_path_factory.mktemp("emulator") / "state", "docker")
    yield filled(running)
    running.end()


def test_training(client: Client, image: str) -> None:
    client.put("checkpoints/deep/1", "one")
    script = (
        "set -e; id -u; cat /opt/ml/input/data/train/a.csv; cat /opt/ml/input/config/*.json > /opt/ml/output/data/c; "
        "cd /opt/ml/checkpoints; cat deep/1; echo; echo 2 >> deep/1; echo two > deep/2; echo m > /opt/ml/model/m; "
        "umask 077; mkdir /opt/ml/model/own; echo m > /opt/ml/model/own/m; echo a reason > /opt/ml/output/failure"
    )
    config = {"S3Uri": f"s3://{BUCKET}/checkpoints"}
    job = client.train("user", image, Environment={"SCRIPT": script}, CheckpointConfig=config)
    assert job["TrainingJobStatus"] == "Completed", (job, client.log("user"))
    assert client.log("user") == ["10001", "1", "2", "one"]
    assert client.keys("checkpoints/") == ["checkpoints/deep/1", "checkpoints/deep/2"]
    with tarfile.open(fileobj=io.BytesIO(client.get("out/user/output/model.tar.gz"))) as tar:
        assert tar.getnames() == ["m", "own", "own/m"]


def test_hosting(hosts: Callable[..., Host], image: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Reads the model, an archive whose files only their owner might read, and cannot change it."""
    packed = tmp_path_factory.mktemp("model") / "model.tar.gz"
    with tarfile.open(packed, "w:gz") as tar:
        member = tarfile.TarInfo("deep/model")
        member.mode, member.size = 0o600, 7
        tar.addfile(member, io.BytesIO(b"trained"))
    host = hosts("docker")
    described = host.deploy("user", image, packed)
    assert described["EndpointStatus"] == "InService", described
    assert host.invoke("user", b"abc") == b"abc"
    (container,) = containers_of(host.running.state)
    within = ["docker", "exec", container, "sh", "-c"]
    read = subprocess.run([*within, "id -u; cat /opt/ml/model/deep/model"], capture_output=True, text=True, check=True)
    assert read.stdout == "10001\ntrained"
    assert subprocess.run([*within, "echo > /opt/ml/model/deep/model"], capture_output=True, check=False).returncode
