"""Models and outputs for which there is no room: an endpoint or a transform job fails with the reason, others go on."""

import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.client import start
from tests.emulator.hosting.caller import BUCKET, Host
from tests.emulator.transform.test_operations import Transforms


@pytest.fixture
def full(tmp_path: Path, small_disk: tuple[Path, list[str]]) -> Iterator[Transforms]:
    """A caller of an emulator on a disk of 20 MB."""
    folder, limits = small_disk
    running = start(folder / "state", log=tmp_path / "log", limits=limits)
    yield Transforms(Host(running))
    running.end()


def archive_of_zeros(path: Path, size: int) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("zeros")
        member.size = size
        tar.addfile(member, io.BytesIO(bytes(size)))
    return path


def test_a_model_that_does_not_fit(full: Transforms, tmp_path: Path) -> None:
    large = archive_of_zeros(tmp_path / "large.tar.gz", 30_000_000)
    described = full.host.deploy("large", "program-echo", large)
    assert described["EndpointStatus"] == "Failed"
    assert "No space left on device" in described["FailureReason"] or "File too large" in described["FailureReason"]
    assert (
        full.host.deploy("small", "program-echo", archive_of_zeros(tmp_path / "small.tar.gz", 1000))["EndpointStatus"]
        == "InService"
    )
    assert full.host.invoke("small") == b"x"


def test_outputs_that_do_not_fit(full: Transforms) -> None:
    full.host.model("echo")
    objects = {"a": gzip.compress(bytes(30_000_000)), "b": gzip.compress(b"1")}
    described = full.run("large", "echo", objects, CompressionType="Gzip", MaxPayloadInMB=100)
    assert described["TransformJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("InternalServerError: ")
    assert "No space left on device" in described["FailureReason"] or "File too large" in described["FailureReason"]
    assert full.outputs("large") == {}
    assert full.run("small", "echo", {"a": b"1"})["TransformJobStatus"] == "Completed"
    assert full.outputs("small") == {"a.out": b"1"}
    assert full.host.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 4
