"""Training jobs through the API with the docker engine: several hosts, the network, signals, what is not there."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.engines.docker import OWNER, docker
from tests.emulator.client import BUCKET, Client, channel, filled, start, training_request
from tests.emulator.running import containers_of

pytestmark = pytest.mark.container

# Each host serves a line and reads the other's, by its name.
PEERS = """
me=$(sed -n 's/.*"current_host": "\\(.*\\)".*/\\1/p' /opt/ml/input/config/resourceconfig.json)
cat /opt/ml/input/config/resourceconfig.json > /opt/ml/output/data/$me.json
cat /opt/ml/input/data/parts/* | tr -d '\\n'; echo
echo $me > /opt/ml/model/$me; echo $me > /opt/ml/model/shared
[ $me = $(hostname) ] || exit 7
other=$([ $me = algo-1 ] && echo algo-2 || echo algo-1)
perl -MIO::Socket::INET -e '
    my $server = IO::Socket::INET->new(LocalPort => 5000, Listen => 1, ReuseAddr => 1) or die;
    my $peer;
    for (1 .. 100) { last if $peer = IO::Socket::INET->new("$ARGV[1]:5000"); select(undef, undef, undef, 0.1) }
    my $client = $server->accept; print $client "I am $ARGV[0]\\n"; close $client; print <$peer>;
' $me $other
ls /sys/class/net | tr '\\n' ' '; echo
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    running = start(tmp_path_factory.mktemp("emulator") / "state", "docker")
    yield filled(running)
    running.end()


@pytest.fixture
def image(throwaway_image: str) -> str:
    return throwaway_image


def of_script(script: str, **changes: Any) -> dict[str, Any]:
    """A request's changes: the container runs `script`."""
    return {"Environment": {"SCRIPT": script}, **changes}


def test_a_job_that_completes(client: Client, image: str) -> None:
    script = "cat /opt/ml/input/data/train/a.csv; echo m > /opt/ml/model/m; echo o > /opt/ml/output/data/o"
    job = client.train("whole", image, **of_script(script))
    assert job["TrainingJobStatus"] == "Completed"
    assert client.log("whole") == ["1", "2"]
    assert client.keys("out/whole/") == ["out/whole/output/model.tar.gz", "out/whole/output/output.tar.gz"]


def test_several_hosts_find_each_other_and_share_a_model(client: Client, image: str) -> None:
    for number in range(5):
        client.put(f"parts/{number}", str(number))
    client.put("code/peers.sh", PEERS)
    job = client.train(
        "two",
        image,
        AlgorithmSpecification__ContainerEntrypoint=["/bin/sh", "/opt/ml/input/data/code/peers.sh"],
        ResourceConfig__InstanceCount=2,
        EnableNetworkIsolation=True,
        InputDataConfig=[
            channel("parts", f"s3://{BUCKET}/parts/", spread="ShardedByS3Key"),
            channel("code", f"s3://{BUCKET}/code/"),
        ],
    )
    assert job["TrainingJobStatus"] == "Completed", (job, client.log("two"), client.log("two", "algo-2"))
    assert client.log("two")[:3] == ["024", "I am algo-2", "eth0 lo "]
    assert client.log("two", "algo-2") == ["13", "I am algo-1", "eth0 lo "]
    assert client.log("two")[3:] == ["/opt/ml/model/shared of algo-2 is left out: another host wrote the same file"]
    model = unpacked(client.get("out/two/output/model.tar.gz"))
    assert model == {"algo-1": b"algo-1\n", "algo-2": b"algo-2\n", "shared": b"algo-1\n"}
    data = unpacked(client.get("out/two/output/output.tar.gz"))
    assert json.loads(data["algo-2.json"])["hosts"] == ["algo-1", "algo-2"]


def test_one_host_that_fails_ends_the_others(client: Client, image: str) -> None:
    script = """
        grep -q '"current_host": "algo-1"' /opt/ml/input/config/resourceconfig.json && exec sleep 600
        echo 'the data of this host are bad' > /opt/ml/output/failure; exit 1
    """
    job = client.train("one-fails", image, **of_script(script, ResourceConfig__InstanceCount=2))
    assert job["FailureReason"] == "AlgorithmError: the data of this host are bad, exit code 1"
    assert left_over(client) == ""


def test_an_isolated_job_has_no_network(client: Client, image: str) -> None:
    client.train("isolated", image, **of_script("ls /sys/class/net"), EnableNetworkIsolation=True)
    assert client.log("isolated") == ["lo"]


@pytest.mark.parametrize(
    ("entrypoint", "arguments", "printed"),
    [
        (["/bin/echo", "a"], ["b"], "a b"),
        (["/bin/echo", "a"], None, "a"),
        (None, ["/bin/echo", "b"], "b"),
    ],
)
def test_entry_point_and_arguments(
    client: Client, image: str, entrypoint: list[str] | None, arguments: list[str] | None, printed: str
) -> None:
    name = f"entry-{len(entrypoint or [])}-{len(arguments or [])}"
    given = {"ContainerEntrypoint": entrypoint, "ContainerArguments": arguments}
    changes = {f"AlgorithmSpecification__{member}": value for member, value in given.items() if value}
    client.train(name, image, **changes)
    assert client.log(name) == [printed]


def test_stopping(client: Client, image: str) -> None:
    script = "trap 'echo saved > /opt/ml/model/m; exit 0' TERM; echo ready; while :; do sleep 0.1; done"
    client.sagemaker.create_training_job(**training_request("stopped", image, **of_script(script)))
    client.until_logged("stopped", "ready")
    client.sagemaker.stop_training_job(TrainingJobName="stopped")
    assert client.ended("stopped")["TrainingJobStatus"] == "Stopped"
    assert unpacked(client.get("out/stopped/output/model.tar.gz")) == {"m": b"saved\n"}


def test_checkpoints_of_a_container(client: Client, image: str) -> None:
    client.put("checkpoints/1", "one")
    script = "cat /opt/ml/checkpoints/1; echo; rm /opt/ml/checkpoints/1; echo two > /opt/ml/checkpoints/2"
    client.train("checkpoints", image, **of_script(script), CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints/"})
    assert client.log("checkpoints") == ["one"]
    assert client.keys("checkpoints/") == ["checkpoints/2"]


def test_an_engine_that_cannot_be_reached(tmp_path: Path, image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    running = start(tmp_path / "state", "docker")
    try:
        client = filled(running)
        with pytest.raises(ClientError, match=r"cannot be run: .*, or choose the process engine"):
            client.sagemaker.create_training_job(**training_request("no-engine", "xgboost-sentiment:dev"))
        with pytest.raises(ClientError, match=f"The image {image} does not exist here"):
            client.sagemaker.create_training_job(**training_request("no-engine", image))
    finally:
        running.end()


def test_what_a_killed_emulator_left_is_removed(tmp_path: Path, image: str) -> None:
    running = start(tmp_path / "state", "docker")
    try:
        client = filled(running)
        script = "trap '' TERM; echo ready; while :; do sleep 1; done"
        changes = of_script(script, ResourceConfig__InstanceCount=2)
        client.sagemaker.create_training_job(**training_request("killed", image, **changes))
        client.until_logged("killed", "ready")
        client.until_logged("killed", "ready", "algo-2")
        running.kill()
        assert len(containers_of(running.state)) == 2
        running.start()
        assert left_over(client) == ""
        job = running.client("sagemaker").describe_training_job(TrainingJobName="killed")
        assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
        assert job["FailureReason"].startswith("InternalServerError: the emulator ended before the job did")
    finally:
        running.end()


def test_an_emulator_that_ends_takes_its_containers_along(tmp_path: Path, image: str) -> None:
    running = start(tmp_path / "state", "docker")
    client = filled(running)
    client.sagemaker.create_training_job(
        **training_request("ended", image, **of_script("trap '' TERM; echo ready; while :; do sleep 1; done"))
    )
    client.until_logged("ended", "ready")
    running.end()
    assert left_over(client) == ""


def unpacked(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        files = {member.name: tar.extractfile(member) for member in tar if member.isfile()}
        return {name: file.read() for name, file in files.items() if file}


def left_over(client: Client) -> str:
    """The containers and networks of an emulator's jobs that exist."""
    ours = ("--quiet", "--filter", f"label={OWNER}={client.running.state}")
    return docker("ps", "--all", *ours) + docker("network", "ls", *ours)
