"""Processing jobs with the docker engine: several hosts, shards, an image's own entry point, no network."""

import json
from collections.abc import Iterator

import pytest

from tests.emulator.client import BUCKET, Client, filled, start
from tests.emulator.processing.test_operations import CLUSTER, log, process, result, source

pytestmark = pytest.mark.container


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    running = start(tmp_path_factory.mktemp("emulator") / "state", "docker")
    yield filled(running)
    running.end()


def test_two_hosts_share_the_input_and_leave_one_output(client: Client, throwaway_image: str) -> None:
    script = (
        "cd /opt/ml/processing; ls -R input | grep csv; for f in $(find input -type f); do cp $f out/; done;"
        "cp /opt/ml/config/resourceconfig.json out/$(hostname).json"
    )
    job = process(
        client,
        "shared",
        script,
        image=throwaway_image,
        ProcessingInputs=[source("input", S3DataDistributionType="ShardedByS3Key")],
        ProcessingOutputConfig={"Outputs": [result("out", f"s3://{BUCKET}/shared")]},
        ProcessingResources={"ClusterConfig": {**CLUSTER, "InstanceCount": 2}},
    )
    assert job["ProcessingJobStatus"] == "Completed", log(client, "shared")
    assert (log(client, "shared"), log(client, "shared", "algo-2")) == (["a.csv"], ["b.csv"])
    files = ["a.csv", "algo-1.json", "algo-2.json", "b.csv"]
    assert client.keys("shared/") == [f"shared/{name}" for name in files]
    assert json.loads(client.get("shared/algo-2.json"))["current_host"] == "algo-2"


def test_the_images_own_entry_point_without_a_network(client: Client, throwaway_image: str) -> None:
    job = process(
        client,
        "own",
        AppSpecification={"ImageUri": throwaway_image},
        Environment={"SCRIPT": "ls /sys/class/net; echo done > /opt/ml/output/message"},
        NetworkConfig={"EnableNetworkIsolation": True},
    )
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Completed", "done")
    assert log(client, "own") == ["lo"]
