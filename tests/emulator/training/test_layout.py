"""/opt/ml as the service writes it."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.errors import EmulatorError
from emulator.jobs import hosts
from emulator.training import layout
from emulator.training.job import Channel, TrainingJob


def written(folder: Path, *channels: Channel, **settings: Any) -> Path:
    layout.write(folder / "ml", TrainingJob("job", channels, **settings))
    return folder / "ml"


def config(opt_ml: Path, name: str) -> Any:
    return json.loads((opt_ml / "input" / "config" / name).read_text())


def test_resourceconfig_has_the_services_keys(tmp_path: Path) -> None:
    assert config(written(tmp_path, instance_type="ml.m5.large"), "resourceconfig.json") == {
        "current_host": "algo-1",
        "current_instance_type": "ml.m5.large",
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "instance_groups": [
            {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.large", "hosts": ["algo-1"]}
        ],
        "network_interface_name": "eth0",
    }


def test_inputdataconfig_has_the_services_keys_and_content_type_only_if_set(tmp_path: Path, channel: Path) -> None:
    opt_ml = written(tmp_path, Channel("train", channel, "text/csv"), Channel("validation", channel))
    common = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
    assert config(opt_ml, "inputdataconfig.json") == {
        "train": {**common, "ContentType": "text/csv"},
        "validation": common,
    }


def test_a_job_without_channels_has_an_empty_inputdataconfig(tmp_path: Path) -> None:
    assert config(written(tmp_path), "inputdataconfig.json") == {}


def test_hyperparameters_are_strings(tmp_path: Path) -> None:
    given = {"eta": "0.3", "name": '"twice"', "list": "[1, 2]"}
    assert config(written(tmp_path, hyper_parameters=given), "hyperparameters.json") == given


def test_a_hyperparameter_of_another_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="hyperparameter 'max_depth' is 5: the API takes strings: write '5'"):
        written(tmp_path, hyper_parameters={"max_depth": 5})


def test_channels_are_copied_with_sub_folders(tmp_path: Path, channel: Path) -> None:
    opt_ml = written(tmp_path, Channel("train", channel))
    copy = opt_ml / "input" / "data" / "train"
    assert (copy / "more" / "b.csv").read_text() == "3\n"
    (copy / "a.csv").write_text("changed by the container")
    assert (channel / "a.csv").read_text() == "1\n2\n"


def test_a_single_file_is_a_channel_too(tmp_path: Path, channel: Path) -> None:
    opt_ml = written(tmp_path, Channel("train", channel / "a.csv"))
    assert [path.name for path in (opt_ml / "input" / "data" / "train").iterdir()] == ["a.csv"]


def test_output_folders_are_empty_and_there(tmp_path: Path) -> None:
    opt_ml = written(tmp_path)
    assert not any((opt_ml / "model").iterdir())
    assert not any((opt_ml / "output" / "data").iterdir())


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match=r"channel 'train' reads .*/nowhere, which does not exist"):
        written(tmp_path, Channel("train", tmp_path / "nowhere"))


def test_another_input_mode_is_refused(tmp_path: Path, channel: Path) -> None:
    with pytest.raises(EmulatorError, match="channel 'train' has input mode Pipe"):
        written(tmp_path, Channel("train", channel, input_mode="Pipe"))


def test_files_may_have_names_of_their_own(tmp_path: Path, channel: Path) -> None:
    opt_ml = written(tmp_path, Channel("train", {"deep/er/x.csv": channel / "a.csv"}))
    assert (opt_ml / "input" / "data" / "train" / "deep" / "er" / "x.csv").read_text() == "1\n2\n"


def test_shards_are_dealt_out_in_the_order_of_hosts(tmp_path: Path, channel: Path) -> None:
    files = {str(number): channel / "a.csv" for number in range(5)}
    spread = Channel("train", files, s3_data_distribution_type="ShardedByS3Key")
    job = TrainingJob("job", (spread, Channel("all", files)), instance_count=3)
    seen = {}
    for host in hosts.names(3):
        layout.write(tmp_path / host, job, host)
        data = tmp_path / host / "input" / "data"
        seen[host] = sorted(path.name for path in (data / "train").iterdir())
        assert len(list((data / "all").iterdir())) == 5
    assert seen == {"algo-1": ["0", "3"], "algo-2": ["1", "4"], "algo-3": ["2"]}


def test_a_host_without_a_shard_has_an_empty_folder(tmp_path: Path, channel: Path) -> None:
    spread = Channel("train", channel / "a.csv", s3_data_distribution_type="ShardedByS3Key")
    layout.write(tmp_path / "ml", TrainingJob("job", (spread,), instance_count=2), "algo-2")
    assert list((tmp_path / "ml" / "input" / "data" / "train").iterdir()) == []


def test_hosts_are_sorted_as_text(tmp_path: Path) -> None:
    layout.write(tmp_path / "ml", TrainingJob("job", instance_count=10), "algo-10")
    resources = config(tmp_path / "ml", "resourceconfig.json")
    assert resources["current_host"] == "algo-10"
    assert resources["hosts"] == resources["instance_groups"][0]["hosts"]
    assert resources["hosts"][:3] == ["algo-1", "algo-10", "algo-2"]


def test_checkpoints_have_a_folder_and_a_file_that_names_it(tmp_path: Path) -> None:
    opt_ml = written(tmp_path, checkpoint_local_path="/opt/ml/checkpoints/")
    assert config(opt_ml, "checkpointconfig.json") == {"LocalPath": "/opt/ml/checkpoints"}
    assert (opt_ml / "checkpoints").is_dir()
    assert not (written(tmp_path / "other") / "input" / "config" / "checkpointconfig.json").exists()


@pytest.mark.parametrize("path", ["/tmp/x", "/opt/ml", "/opt/ml/../x", "checkpoints"])
def test_checkpoints_elsewhere_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(EmulatorError, match=f"local path is {path}: name a folder below /opt/ml"):
        written(tmp_path, checkpoint_local_path=path)


def test_programs_of_the_sdk_find_the_folder_of_a_process(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "scripts").mkdir(parents=True)
    (source / "sm_train.sh").write_text("cat /opt/ml/input/config/resourceconfig.json\n")
    (source / "scripts" / "data.bin").write_bytes(b"\xff/opt/mls")
    channels = [Channel(name, source) for name in (layout.DRIVERS, "code")]
    for opt_ml, seen in ((tmp_path / "here", tmp_path / "here"), (tmp_path / "there", hosts.OPT_ML)):
        layout.write(opt_ml, TrainingJob("job", channels), seen=seen)
        data = opt_ml / "input" / "data"
        assert (data / layout.DRIVERS / "sm_train.sh").read_text() == f"cat {seen}/input/config/resourceconfig.json\n"
        assert (data / layout.DRIVERS / "scripts" / "data.bin").read_bytes() == b"\xff/opt/mls"
        assert (data / "code" / "sm_train.sh").read_bytes() == (source / "sm_train.sh").read_bytes()
