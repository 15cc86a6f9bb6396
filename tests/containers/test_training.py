"""Each image's `train`, in a container with no network and a read-only root."""

import json
import time

import pytest

from emulator.engines.docker import docker
from emulator.training.job import Channel

pytestmark = pytest.mark.container


def test_it_leaves_a_whole_model(trained, name):
    _, opt_ml = trained
    manifest = json.loads((opt_ml / "model" / "manifest.json").read_text())
    assert manifest["image"] == name
    held = {path.name for path in (opt_ml / "model").iterdir()} - {"manifest.json"}
    assert held == set(manifest["files"])
    assert not (opt_ml / "output" / "failure").exists()


def test_a_wrong_hyperparameter_fails_with_its_cause(tmp_path, start, lay_out):
    opt_ml = lay_out(tmp_path / "ml", no_such_thing="1")
    with start("train", opt_ml, expected=("ERROR", "ClientError")) as (container, lines):
        ended = container.wait(120)
    assert ended is not None
    assert ended.code == 1, "\n".join(lines)
    assert '"no_such_thing" is unknown' in (opt_ml / "output" / "failure").read_text().splitlines()[0]
    assert list((opt_ml / "model").iterdir()) == []


@pytest.mark.contract_only
def test_bad_data_fails_with_its_cause_and_leaves_no_model(tmp_path, start, lay_out):
    bad = tmp_path / "bad.csv"
    bad.write_text('pos,"A fine film."\npos\nneg,"A poor film."\n')
    opt_ml = lay_out(tmp_path / "ml", channels=(Channel("train", bad, "text/csv"),))
    with start("train", opt_ml, expected=("ERROR", "ClientError")) as (container, lines):
        ended = container.wait(120)
    assert ended is not None
    assert ended.code == 1, "\n".join(lines)
    cause = (opt_ml / "output" / "failure").read_text()
    assert "bad.csv line 2" in cause.splitlines()[0]
    assert list((opt_ml / "model").iterdir()) == []


@pytest.mark.parametrize("full", ["model", "output/data"])
def test_a_full_disk_leaves_no_model(tmp_path, lay_out, image, full):
    opt_ml = lay_out(tmp_path / "ml")
    mounts = ("--mount", f"type=bind,source={opt_ml},target=/opt/ml", "--tmpfs", f"/opt/ml/{full}:size=8k")
    fill = "head -c 9000 /dev/zero >/opt/ml/output/data/full 2>/dev/null; " if full != "model" else ""
    script = f"{fill}train >/dev/null 2>&1; echo exit code $?, left: $(ls -A /opt/ml/model)"
    assert docker("run", "--rm", "--network", "none", *mounts, image, "sh", "-c", script) == "exit code 1, left:"
    assert (opt_ml / "output" / "failure").read_text().startswith("the disk is full")


@pytest.mark.contract_only
def test_a_read_only_model_folder_is_named(tmp_path, start, lay_out):
    opt_ml = lay_out(tmp_path / "ml")
    with start("train", opt_ml, read_only=("model",), expected=("ERROR", "ClientError")) as (container, lines):
        ended = container.wait(120)
    assert ended is not None
    assert ended.code == 1, "\n".join(lines)
    assert (
        (opt_ml / "output" / "failure")
        .read_text()
        .startswith("the model cannot be written in /opt/ml/model (Read-only")
    )


@pytest.mark.contract_only
@pytest.mark.parametrize("name_of_file", ["resourceconfig", "inputdataconfig"])
def test_a_missing_configuration_is_named(tmp_path, start, lay_out, name_of_file):
    opt_ml = lay_out(tmp_path / "ml")
    (opt_ml / "input" / "config" / f"{name_of_file}.json").unlink()
    with start("train", opt_ml, expected=("ERROR",)) as (container, lines):
        ended = container.wait(120)
    assert ended is not None
    assert ended.code == 1, "\n".join(lines)
    assert f"{name_of_file}.json is missing" in (opt_ml / "output" / "failure").read_text()
    assert not any("Traceback" in line for line in lines)


@pytest.mark.contract_only
def test_a_container_out_of_memory_is_named(tmp_path, start, lay_out):
    with start("train", lay_out(tmp_path / "ml"), memory_in_mb=40) as (container, _):
        ended = container.wait(120)
    assert ended is not None
    assert ended.code == 137
    assert "exceeded its memory limit" in str(ended)


def test_sigterm_in_mid_training_saves_what_there_is(tmp_path, start, lay_out, project):
    settings = project["tool"]["image"]
    progress = settings.get("progress", "epoch=")
    opt_ml = lay_out(tmp_path / "ml", **settings["endless"])
    with start("train", opt_ml, expected=("stopped after", "stopped during")) as (container, lines):
        deadline = time.monotonic() + 120
        while not any(line.startswith(progress) for line in list(lines)):
            assert container.running, "\n".join(lines)
            assert time.monotonic() < deadline, "\n".join(lines)
            time.sleep(0.1)
        ended = container.stop(grace=60)
    assert ended.code == 0, "\n".join(lines)
    assert (opt_ml / "model" / "manifest.json").is_file()
