"""The machine's checks, with a docker command that answers as it is told, or none, and with the real one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from driver import images
from driver.checks import machine
from driver.checks.check import Check, Status

IMAGES = tuple(images.find_own())


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`docker(version="...")`: what a docker command on a PATH of its own prints; it fails at others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def write(**answers: str) -> None:
        cases = "".join(f"{name}) echo '{answer}';;\n" for name, answer in answers.items())
        (folder / "docker").write_text(f'#!/bin/sh\ncase "$1" in\n{cases}*) exit 1;;\nesac\n')
        (folder / "docker").chmod(0o755)

    return write


def engine(os: str = "linux", arch: str = "amd64") -> str:
    return json.dumps({"Os": os, "Arch": arch, "Version": "27.1"})


def image(manifest: str) -> str:
    return json.dumps({"Size": 459_000_000, "Descriptor": {"mediaType": manifest}})


def checks(state: Path) -> dict[str, Check]:
    return {check.name: check for check in machine.checks(state)}


def test_no_docker_command(docker: Callable[..., None], tmp_path: Path) -> None:
    found = checks(tmp_path)
    assert found["Docker"].status is Status.NOTE
    assert found["Docker"].found.startswith("the docker command is missing: jobs run as plain processes")
    assert "manifests" not in found
    assert found["processes"].status is Status.MISSING  # a C compiler is not on this PATH either
    assert "without a C compiler (on Debian: apt-get install gcc" in found["processes"].found


def test_an_engine_that_does_not_answer(docker: Callable[..., None], tmp_path: Path) -> None:
    docker()
    assert checks(tmp_path)["Docker"].found.startswith("the Docker engine does not answer: start it, or name one in")


def test_an_engine_that_one_may_not_use(docker: Callable[..., None], tmp_path: Path) -> None:
    docker()
    said = "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock"
    (tmp_path / "bin" / "docker").write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    found = checks(tmp_path)["Docker"]
    assert found.status is Status.NOTE
    assert found.found.startswith(
        "you may not use the Docker engine (permission denied on its socket): run `sudo usermod"
    )
    assert "`newgrp docker`" in found.found


def test_an_engine_that_can_build_what_sagemaker_takes(docker: Callable[..., None], tmp_path: Path) -> None:
    docker(version=engine(), buildx="v0.17", info='[["Backing Filesystem","extfs"]]', image=image(""))
    found = checks(tmp_path)
    assert found["Docker"] == Check("Docker", Status.OK, "engine 27.1 on linux/amd64")
    assert found["manifests"].status is Status.OK
    assert found["manifests"].found.startswith("buildx, and an image store that pushes Docker manifests")
    for name in IMAGES:
        assert found[f"image {name}"] == Check(f"image {name}", Status.OK, f"{name}:dev, 459 MB")
    assert found["processes"].status is Status.NOTE  # containers will do


def test_an_engine_of_another_architecture(docker: Callable[..., None], tmp_path: Path) -> None:
    docker(version=engine(arch="arm64"))
    found = checks(tmp_path)
    assert found["Docker"].status is Status.MISSING
    assert "engine 27.1 on linux/arm64, but SageMaker runs linux/amd64" in found["Docker"].found
    assert found["image headline-mxnet"] == Check(
        "image headline-mxnet", Status.NOTE, "not built: ./build.sh headline-mxnet"
    )


def test_containerds_image_store_and_an_image_that_sagemaker_refuses(
    docker: Callable[..., None], tmp_path: Path
) -> None:
    store = '[["driver-type","io.containerd.snapshotter.v1"]]'
    docker(version=engine(), info=store, image=image("application/vnd.oci.image.index.v1+json"))
    found = checks(tmp_path)
    assert found["manifests"].status is Status.NOTE
    assert "pushes what the classic builder made: build with ./build.sh" in found["manifests"].found
    assert found["image xgboost-sentiment"].status is Status.MISSING
    assert "SageMaker refuses its manifest, application/vnd.oci" in found["image xgboost-sentiment"].found


def test_an_engine_that_hangs(docker: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "SECONDS", 0.2)
    docker()
    (tmp_path / "bin" / "docker").write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    assert checks(tmp_path)["Docker"].found.startswith("the Docker engine does not answer")


def test_the_disk_is_that_of_a_folder_yet_to_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"GB free at {tmp_path}" in checks(tmp_path / "not" / "yet")["disk"].found
    monkeypatch.setattr(machine, "ROOM_GB", 10**6)
    assert "make room, or name another disk with --state" in checks(tmp_path)["disk"].found


@pytest.mark.container
def test_the_real_engine(tmp_path: Path) -> None:
    found = checks(tmp_path)
    assert found["Docker"].status is Status.OK
    assert {found[f"image {name}"].status for name in IMAGES} == {Status.OK}
