import json
from pathlib import Path

import pytest

from driver import cli
from driver.commandline import configfile
from driver.errors import DriverError

FLAGS = ["--region", "--set", "--subnet", "--spot", "--wait", "--no-wait", "--instance-count", "--aws"]


def arguments(config):
    return configfile.arguments(config, "train", FLAGS, ["train", "deploy"])


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
    assert configfile.arguments(config, "train", FLAGS, ["train"], is_aws=True) == everything
    assert arguments({**config, "aws": True}) == [*everything, "--aws"]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"regoin": "x"}, '"regoin" is not allowed at the top of the configuration: did you mean region'),
        ({"set": "x"}, '"set" is not allowed at the top'),
        ({"tran": {}}, '"tran" is not allowed as a table of the configuration: did you mean train'),
        ({"train": {"sett": 1}}, r'"sett" is not allowed in \[train\] of the configuration: did you mean set'),
        ({"train": {"set": {"a": {}}}}, "expected text, a number, true or false"),
    ],
)
def test_what_no_flag_stands_for_is_refused(config, sentence):
    with pytest.raises(DriverError, match=sentence):
        arguments(config)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(DriverError, match=r"cannot read the configuration file .*: No such file"):
        configfile.load(tmp_path / "no.toml")
    (tmp_path / "bad.toml").write_text("a = ")
    with pytest.raises(DriverError, match=r"bad.toml is not valid TOML: .*; correct it"):
        configfile.load(tmp_path / "bad.toml")


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


ROLE = "arn:aws:iam::123456789012:role/Trainer"
DRY = ("train", "xgboost-sentiment", "--name", "reviews", "--dry-run")


@pytest.fixture
def say(tmp_path, monkeypatch, capsys):
    """`say(launch.toml's text, "train", ...)`: (exit code, standard output, standard error) in a folder with that."""
    monkeypatch.chdir(tmp_path)

    def run(text, *arguments):
        Path("launch.toml").write_text(text)
        code = cli.main(arguments)
        return code, *capsys.readouterr()

    return run


def test_a_file_that_is_found_is_announced_with_all_that_it_adds(say):
    code, out, err = say(
        f'region = "eu-west-1"\nrole = "{ROLE}"\nbucket = "texts"\nprofile = "work"\naccount = "210987654321"\n'
        '[train]\nspot = true\nenvironment = { API_KEY = "hunter2" }\n[deploy]\ninstance-count = 2\n',
        *DRY, "--aws", "--profile=", "--bucket=other",
    )  # fmt: skip
    assert (code, json.loads(out)[0]["parameters"]["Bucket"]) == (0, "other")
    assert err.splitlines()[0] == (
        f"launch.py: launch.toml in this folder adds --region=eu-west-1 --role={ROLE} --bucket=texts --profile=work "
        "--account=210987654321 --spot '--environment=API_KEY=***'"
    )
    assert "hunter2" not in err + out


def test_it_is_announced_before_anything_is_sent(say, scripted):
    scripted.error("AccessDeniedException", "no")
    code, _, err = say('bucket = "texts"\n', "list", "--endpoint-url", scripted.url)
    first, second = err.splitlines()
    assert (code, first) == (1, "launch.py: launch.toml in this folder adds --bucket=texts")
    assert "access denied" in second


def test_the_announcement_is_one_line(say):
    err = say('[train]\nset = { num_round = "3\\nlaunch.py: all is well" }\n', *DRY)[2]
    assert "launch.py: all is well" not in err.splitlines()


def test_nothing_is_announced_where_nothing_is_found(say, tmp_path):
    assert "launch.toml" not in say("", *DRY)[2]
    (tmp_path / "mine.toml").write_text("[train]\nspot = true\n")
    assert "toml" not in say("", *DRY, "--config", "mine.toml")[2]


@pytest.mark.parametrize(
    ("text", "key", "arguments"),
    [
        ("aws = true", "aws", DRY),
        ("[train]\naws = true", "aws", DRY),
        ('endpoint-url = "http://127.0.0.1:9"', "endpoint-url", ("invoke", "reviews", "a", "--dry-run")),
        ('[invoke]\nfile = "/etc/passwd"', "file", ("invoke", "reviews", "a", "--dry-run")),
        ('[invoke]\noutput = "victim"', "output", ("invoke", "reviews", "a", "--dry-run")),
        ('state = "elsewhere"', "state", DRY),
        ('[train]\nimage = "evil/image"', "image", DRY),
        ('[train]\ncheckpoint-uri = "s3://evil/a"', "checkpoint-uri", DRY),
        ("[delete]\ndata = true", "data", ("delete", "reviews", "--dry-run")),
    ],
)
def test_what_decides_where_data_go_is_not_taken_from_a_found_file(text, key, arguments, say):
    code, out, err = say(text, *arguments)
    assert (code, out) == (0, say("", *arguments)[1])  # as if it were not there
    assert err.splitlines()[0] == (
        f"launch.py: launch.toml in this folder adds nothing; it may not set {key}, since a file that merely lies "
        "here must not decide where data go, what code runs or what is overwritten: add --config "
        "launch.toml if you trust it, or give the flags"
    )


def test_a_file_that_is_named_is_trusted(say, tmp_path):
    code, out, err = say('aws = true\nregion = "eu-west-1"\n' + f'role = "{ROLE}"', *DRY, "--config", "launch.toml")
    assert (code, "may not set" in err) == (0, False)
    assert ".dkr.ecr.eu-west-1." in out


def test_a_found_file_cannot_let_an_answer_overwrite_a_file(say, scripted, tmp_path):
    (tmp_path / "victim").write_text("mine")
    scripted.answers.append((200, "answer", {"Content-Type": "text/plain"}))
    text = '[invoke]\noutput = "victim"\n'
    assert say(text, "invoke", "a", "b", "--endpoint-url", scripted.url)[:2] == (0, "answer\n")
    assert (tmp_path / "victim").read_text() == "mine"


def test_a_found_file_cannot_name_a_server(say, scripted, tmp_path):
    """Neither by its address nor by a state folder whose server.json holds it."""
    scripted.ok({"pid": 1, "state": "x", "endpoint_url": scripted.url, "engine": "process"})
    (tmp_path / "trap").mkdir()
    (tmp_path / "trap" / "server.json").write_text(json.dumps({"endpoint_url": scripted.url, "pid": 1}))
    say(f'endpoint-url = "{scripted.url}"\nstate = "trap"\n', "doctor")
    say(f'endpoint-url = "{scripted.url}"\nstate = "trap"\n', "list", "--state", "own", "--engine", "process")
    assert cli.main(["local", "down", "--state", str(tmp_path / "own")]) == 0
    assert scripted.seen == []
