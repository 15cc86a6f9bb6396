import json
from pathlib import Path

import pytest
from smcontract.errors import UserError
from smcontract.paths import Paths
from smcontract.training.job import Job

SHARDED = {"TrainingInputMode": "File", "S3DistributionType": "ShardedByS3Key"}


@pytest.fixture
def load(tmp_path):
    """Write configuration files, each a name and its content, and load the job; one host and no channel by default."""

    def load(environ=None, **configs):
        paths = Paths(tmp_path)
        paths.input_config.mkdir(parents=True, exist_ok=True)
        one_host = {"current_host": "algo-1", "hosts": ["algo-1"]}
        for name, content in ({"inputdataconfig": {}, "resourceconfig": one_host} | configs).items():
            (paths.input_config / f"{name}.json").write_text(json.dumps(content))
        return Job.load(paths, environ or {})

    return load


def put(channel, *names, content="x"):
    for name in names:
        path = channel.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def test_a_job_may_have_no_channel_no_name_and_no_checkpoints(load):
    job = load()
    assert (dict(job.channels), job.name, job.checkpoints) == ({}, None, None)
    assert job.resources.is_leader
    job.check_one_host()


def test_what_local_mode_writes_is_enough(load, tmp_path):
    job = load(
        inputdataconfig={"train": {"TrainingInputMode": "File", "ContentType": "text/csv"}, "test": {}},
        resourceconfig={"current_host": "algo-1-x7k2p", "hosts": ["algo-1-x7k2p"]},
    )
    train, test = job.channel("train"), job.channel("test")
    assert (train.folder, train.content_type) == (tmp_path / "input/data/train", "text/csv")
    assert (test.content_type, test.input_mode, test.distribution) == (None, "File", "FullyReplicated")
    assert job.resources.is_leader


def test_what_the_service_writes_is_read(load):
    channel = {"S3DistributionType": "FullyReplicated", "TrainingInputMode": "FastFile", "RecordWrapperType": "None"}
    job = load(
        {"TRAINING_JOB_NAME": "sentiment-1"},
        inputdataconfig={"train": channel},
        resourceconfig={
            "current_host": "algo-2",
            "current_instance_type": "ml.m5.large",
            "current_group_name": "homogeneousCluster",
            "hosts": ["algo-1", "algo-10", "algo-2"],
            "instance_groups": [{"instance_group_name": "homogeneousCluster", "hosts": ["algo-1"]}],
            "network_interface_name": "eth0",
            "topology": None,
        },
        checkpointconfig={"LocalPath": "/opt/ml/checkpoints"},
    )
    assert job.channel("train").input_mode == "FastFile"
    assert job.resources.hosts == ("algo-1", "algo-10", "algo-2")
    assert not job.resources.is_leader
    with pytest.raises(
        UserError, match="the job has 3 instances, but this image trains on one, always: set InstanceCount"
    ):
        job.check_one_host(", always")
    assert (job.name, job.checkpoints) == ("sentiment-1", Path("/opt/ml/checkpoints"))


def test_checkpoints_have_a_default_place(load, tmp_path):
    assert load(checkpointconfig={}).checkpoints == tmp_path / "checkpoints"


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"train": {"TrainingInputMode": "Pipe"}}, 'channel "train" uses Pipe mode.*File or FastFile'),
        ({"train": "File"}, 'channel "train" in inputdataconfig.json must be an object, not "File"'),
        (["train"], "must hold a JSON object"),
    ],
)
def test_a_channel_that_cannot_be_read_is_refused(load, config, complaint):
    with pytest.raises(UserError, match=complaint):
        load(inputdataconfig=config)


@pytest.mark.parametrize(("config", "there"), [({}, "none"), ({"test": {}, "eval": {}}, "eval, test")])
def test_a_missing_channel_is_named_with_those_there_are(load, config, there):
    with pytest.raises(UserError, match=f'channel "train" is missing: the job has {there};'):
        load(inputdataconfig=config).channel("train")


def test_files_are_found_at_every_depth_and_sorted(load):
    channel = load(inputdataconfig={"train": {}}).channel("train")
    put(channel, "b.csv", "2026/11/a.csv", "a.csv")
    put(channel, ".DS_Store", ".cache/x.csv", "2026/.b.csv")
    put(channel, "folder_$folder$", content="")
    names = [str(path.relative_to(channel.folder)) for path in channel.files()]
    assert names == ["2026/11/a.csv", "a.csv", "b.csv"]


@pytest.mark.parametrize("names", [(), (".hidden",)])
def test_an_empty_channel_is_named(load, names):
    channel = load(inputdataconfig={"train": SHARDED}).channel("train")
    put(channel, *names)
    with pytest.raises(UserError, match='channel "train" holds no data'):
        channel.files()


def test_a_host_may_get_no_shard(load):
    resources = {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}
    job = load(inputdataconfig={"train": SHARDED, "test": {}}, resourceconfig=resources)
    assert job.channel("train").files() == []
    with pytest.raises(UserError):
        job.channel("test").files()
