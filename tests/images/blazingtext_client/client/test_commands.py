import json
import subprocess
import sys

import pytest
from blazingtext_client.client.__main__ import main

from .conftest import VECTORS

JOB = ["--region", "eu-west-1", "--role", "arn:aws:iam::123456789012:role/Trainer", "--bucket", "a-bucket"]


def test_prepare_says_what_it_made(tmp_path, capsys):
    (tmp_path / "r.csv").write_text("science and tech,A probe\narts,!\n")
    out = tmp_path / "train.txt"
    assert main(["prepare", str(tmp_path / "r.csv"), "--supervised", "--output", str(out)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{out}: 1 lines, 2 words",
        "1 texts without a word were left out",
        "the label 'science and tech' is written as 'science_and_tech': white space would end it",
    ]


def test_request_prints_requests_that_aws_takes(capsys, problems):
    more = ["--set", "mode=batch_skipgram", "--set", "epochs=5", "--instance-count", "2", "--spot-wait", "4000",
            "--tag", "team=reviews", "--subnet", "subnet-1", "--security-group", "sg-1", "--kms-key", "12"]  # fmt: skip
    assert main(["request", "--train", "folder/train.txt", *JOB, *more]) == 0
    made = json.loads(capsys.readouterr().out)
    assert list(made) == ["PutObject", "CreateTrainingJob", "DescribeTrainingJob"]
    assert problems("sagemaker", "CreateTrainingJob", made["CreateTrainingJob"]) == []
    assert made["CreateTrainingJob"]["HyperParameters"] == {"mode": "batch_skipgram", "epochs": "5"}
    assert made["CreateTrainingJob"]["TrainingJobName"].startswith("blazingtext-20")
    assert made["PutObject"][0]["Body"] == "folder/train.txt"


def test_request_with_validation_data_and_a_name(capsys):
    more = ["--set", "mode=supervised", "--validation", "v.txt", "--name", "classes-1"]
    assert main(["request", "--train", "t.txt", *JOB, *more]) == 0
    made = json.loads(capsys.readouterr().out)
    channels = [channel["ChannelName"] for channel in made["CreateTrainingJob"]["InputDataConfig"]]
    assert channels == ["train", "validation"]
    assert made["DescribeTrainingJob"] == {"TrainingJobName": "classes-1"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--set", "mode"], '--set "mode": expected is NAME=VALUE'),
        (["--set", "mode=cbow", "--set", "mode=cbow"], "--set: mode is given twice; keep one of them"),
        (["--set", "mode=word2vec"], 'wrong hyperparameter: mode is "word2vec"'),
        ([], "the hyperparameter mode is missing"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_1(capsys, more, sentence):
    assert main(["request", "--train", "t.txt", *JOB, *more]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(sentence)
    assert said.err.count("\n") == 1


def test_a_bad_record_is_one_sentence_and_exit_code_1(tmp_path, capsys):
    (tmp_path / "r.csv").write_text("pos,fine\npos\n")
    assert main(["prepare", str(tmp_path / "r.csv"), "--output", str(tmp_path / "train.txt")]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith("r.csv line 2: 1 column instead of 2, label and text")


def test_embeddings_as_a_program(archive, tmp_path):
    arguments = ["embeddings", str(archive({"vectors.txt": VECTORS})), "--output", str(tmp_path / "out.txt")]
    done = subprocess.run([sys.executable, "-m", "blazingtext_client.client", *arguments],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path / 'out.txt'}: 3 words of 2 dimensions\n", "")


def test_run_refuses_a_wrong_job_before_it_does_anything(tmp_path, capsys):
    more = ["--set", "mode=supervised", "--instance-count", "2"]
    assert main(["run", "none.csv", "--folder", str(tmp_path / "out"), *JOB, *more]) == 1
    assert "mode supervised runs on one instance, not on 2" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["prepare", "request", "embeddings", "run"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert "--help" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--help"])
    assert command in capsys.readouterr().out
