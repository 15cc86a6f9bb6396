from pathlib import Path

import pytest

from driver import cli, settings
from driver.errors import DriverError

FLAGS = ["--region", "--set", "--subnet", "--spot", "--wait", "--no-wait", "--instance-count", "--aws"]


def arguments(config):
    return settings.arguments(config, "train", FLAGS, ["train", "deploy"])


def test_every_kind_of_value():
    assert arguments({
        "region": "eu-west-1",
        "aws": True,
        "train": {"set": {"eta": 0.3, "subwords": True}, "subnet": ["a", "b"], "spot": True, "wait": False,
                  "instance-count": 2},
        "deploy": {"instance-type": "ml.m5.large"},
    }) == [
        "--region=eu-west-1", "--aws", "--set=eta=0.3", "--set=subwords=true", "--subnet=a", "--subnet=b", "--spot",
        "--no-wait", "--instance-count=2",
    ]  # fmt: skip
    assert arguments({"train": {"spot": False}}) == []


def test_one_file_serves_both_platforms():
    config = {"profile": "work", "account": "123456789012", "region": "eu-west-1"}
    assert arguments(config) == ["--region=eu-west-1"]
    everything = ["--profile=work", "--account=123456789012", "--region=eu-west-1"]
    assert settings.arguments(config, "train", FLAGS, ["train"], is_aws=True) == everything
    assert arguments({**config, "aws": True}) == [*everything, "--aws"]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"regoin": "x"}, '"regoin" cannot stand at the top of the configuration: did you mean region'),
        ({"set": "x"}, '"set" cannot stand at the top'),
        ({"tran": {}}, '"tran" cannot stand as a table of the configuration: did you mean train'),
        ({"train": {"sett": 1}}, r'"sett" cannot stand in \[train\] of the configuration: did you mean set'),
        ({"train": {"set": {"a": {}}}}, "expected is text, a number, or true or false"),
    ],
)
def test_what_no_flag_stands_for_is_refused(config, sentence):
    with pytest.raises(DriverError, match=sentence):
        arguments(config)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(DriverError, match=r"cannot read the configuration file .*: No such file"):
        settings.load(tmp_path / "no.toml")
    (tmp_path / "bad.toml").write_text("a = ")
    with pytest.raises(DriverError, match=r"bad.toml is no TOML: .*; mend that place"):
        settings.load(tmp_path / "bad.toml")


def test_the_command_line_goes_before_the_file_and_the_file_before_the_preset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train = ["train", "headline-mxnet"]
    assert cli.parse(train).instance_type == "ml.c5.2xlarge"  # the image's preset
    Path("launch.toml").write_text('[train]\ninstance-type = "ml.m5.large"\nset = { epochs = 2 }\n')
    assert cli.parse(train).instance_type == "ml.m5.large"
    options = cli.parse([*train, "--instance-type", "ml.c5.xlarge", "--set", "epochs=3"])
    assert options.instance_type == "ml.c5.xlarge"
    assert options.set == ["epochs=2", "epochs=3"]  # of a name that comes twice the later counts
    Path("other.toml").write_text("")
    assert cli.parse([*train, "--config", "other.toml"]).instance_type == "ml.c5.2xlarge"
