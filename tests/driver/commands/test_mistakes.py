"""What a job's output.tar.gz says of its model: the archive is written as an image writes it, the bucket moto's."""

import io
import json
import tarfile
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from smcontract.paths import Paths
from smcontract.training import quality
from smcontract.training.metrics import MetricLog
from smcontract.training.train import Context
from textprep.records import Record

from driver import cli
from driver.lifecycle import quality as driver_quality

BUCKET = "sagemaker-us-east-1-123456789012"
OUTPUT = "launch/reviews/output/output.tar.gz"


def archive(files):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return content.getvalue()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What an image writes of 4 reviews, of which a model gets the second and the fourth wrong."""
    paths = Paths(tmp_path_factory.mktemp("ml"))
    truth, positive = np.array([0, 0, 1, 1]), np.array([0.1, 0.7, 0.8, 0.05])
    records = [Record("x", f"a review,\n  number {n}", f"reviews.csv line {n}") for n in (1, 2, 3, 4)]
    held_out = quality.HeldOut("validation", ("neg", "pos"), truth, np.column_stack([1 - positive, positive]))
    context = Context(paths, SimpleNamespace(), {}, threading.Event(), MetricLog())
    words = {"neg": [("dull", 1.0), ("\x1b]0;title", 0.5)], "pos": [("fine", 1.0)]}
    quality.write(held_out, records, {"most frequent label": np.zeros(4, int)}, words, context)
    return {f"./{path.name}": path.read_bytes() for path in sorted(paths.output_data.iterdir())}


@pytest.fixture
def leave(local):
    """`leave(content)`: what the job `reviews` will have left as its output.tar.gz."""
    s3 = local.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    return lambda content: s3.put_object(Bucket=BUCKET, Key=OUTPUT, Body=content)


def train(launch, *more):
    return launch("train", "xgboost-sentiment", "--name", "reviews", *more)


def test_the_end_of_train_shows_how_good_the_model_is(launch, leave, written):
    leave(archive(written))
    code, out, _ = train(launch)
    assert code == 0
    lines = out.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("held-out quality"))
    assert lines[start : start + 9] == [
        "held-out quality, channel validation: accuracy 0.5000 on 4 records, macro-F1 0.5000",
        "            predicted neg  predicted pos",
        "actual neg  1              1",
        "actual pos  1              1",
        "to compare: most frequent label 0.5000",
        "telling for neg: dull, \\u001b]0;title",
        "telling for pos: fine",
        "warning: only 4 records were held out: the accuracy on others may well be 0.49 higher or lower",
        "the worst mistakes: ./launch.py mistakes reviews",
    ]


def test_json_has_it_under_quality(launch, leave, written):
    leave(archive(written))
    code, out, _ = train(launch, "--json")
    assert code == 0
    assert json.loads(out)["Quality"] == json.loads(written["./quality.json"])


@pytest.mark.parametrize(
    "content",
    [
        None,
        archive({"other.txt": b"1"}),
        archive({"quality.json": b"{"}),
        archive({"quality.json": b"[]"}),
        archive({"quality.json": b'{"labels": ["a"], "confusion": 3}'}),
        archive({"quality.json": b"{}"})[:30],
        b"not an archive",
    ],
)
def test_what_is_not_ours_is_not_shown(launch, leave, content):
    if content is not None:
        leave(content)
    code, out, err = train(launch)
    assert (code, err) == (0, "")
    assert "quality" not in out.partition("Completed")[2]
    assert out.splitlines()[-1] == "next: ./launch.py deploy reviews"


def test_the_surest_mistakes_come_first(launch, leave, written):
    leave(archive(written))
    train(launch)
    code, out, _ = launch("mistakes", "reviews")
    assert (code, out.splitlines()) == (
        0,
        [
            "2 of 4 held-out records have a wrong label, the surest first:",
            "0.950 neg, actual pos: reviews.csv line 4",
            "  a review, number 4",
            "0.700 pos, actual neg: reviews.csv line 2",
            "  a review, number 2",
            f"line numbers refer to the files in s3://{BUCKET}/launch/reviews/input/train/",
        ],
    )
    code, out, _ = launch("mistakes", "reviews", "--limit", "1", "--json")
    document = json.loads(out)
    assert (document["Records"], document["Wrong"], len(document["Mistakes"])) == (4, 2, 1)
    assert document["Mistakes"][0] == {
        "text": "a review,\n  number 4",
        "label": "pos",
        "predicted": "neg",
        "probability": 0.95,
        "position": "reviews.csv line 4",
    }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "the training job reviews left no predictions of held-out texts: images of this repository"),
        (archive({"quality.json": b"{}"}), "the training job reviews left no predictions of held-out texts"),
        (
            archive({"predictions.jsonl": b'{"label": 1}\n'}),
            "predictions.jsonl of the training job reviews cannot be read ('predicted'): `./launch.py fetch reviews`",
        ),
        (
            archive({"predictions.jsonl": b"[1]\n"}),
            "predictions.jsonl of the training job reviews cannot be read",
        ),
    ],
)
def test_without_predictions_there_is_a_sentence(launch, leave, content, sentence):
    if content is not None:
        leave(content)
    train(launch)
    code, _, err = launch("mistakes", "reviews")
    assert code == 1
    assert err.startswith(f"launch.py: {sentence}")


def test_a_job_that_is_not_done_has_no_mistakes_yet(scripted, capsys):
    scripted.ok({"TrainingJobName": "reviews", "TrainingJobStatus": "InProgress"})
    assert cli.main(["mistakes", "reviews", "--endpoint-url", scripted.url]) == 1
    assert "the training job reviews has no output (it is InProgress)" in capsys.readouterr().err


def test_a_limit_below_one_is_refused(launch):
    code, _, err = launch("mistakes", "reviews", "--limit", "0")
    assert (code, err) == (1, "launch.py: --limit is 0: give the number of mistakes to show, at least 1\n")


def test_a_bucket_that_may_not_be_read_is_a_sentence(scripted, capsys):
    job = {
        "TrainingJobName": "reviews",
        "TrainingJobStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://texts/output/model.tar.gz"},
    }
    scripted.ok(job)
    scripted.s3_error("AccessDenied", "no")
    assert cli.main(["mistakes", "reviews", "--endpoint-url", scripted.url]) == 1
    assert "access denied" in capsys.readouterr().err.lower()


def test_a_job_is_done_even_if_its_output_may_not_be_read(scripted, capsys):
    model = {"S3ModelArtifacts": "s3://a-bucket/reviews/output/model.tar.gz"}
    scripted.error("ValidationException", "Requested resource not found.")
    scripted.error("ValidationException", "Requested resource not found.")
    scripted.answers.append((200, "", {}))  # the bucket
    scripted.ok({"TrainingJobArn": "arn"})
    scripted.ok({"TrainingJobName": "reviews", "TrainingJobStatus": "Completed", "ModelArtifacts": model})
    scripted.ok({"logStreams": []})
    scripted.s3_error("AccessDenied", "no")
    arguments = ["train", "--image", "xgboost-sentiment:dev", "--train", "s3://a-bucket/x", "--name", "reviews"]
    assert cli.main([*arguments, "--endpoint-url", scripted.url]) == 0
    said = capsys.readouterr().out
    assert "the model's quality cannot be shown: " in said
    assert "next: ./launch.py deploy reviews" in said


def test_long_labels_are_cut_for_people():
    document = {
        "channel": "validation", "labels": ["x" * 400, "pos"], "confusion": [[1, 0], [0, 1]], "baselines": [],
        "macro_f1": 1.0, "words": {"x" * 400: ["dull"]}, "warnings": [],
    }  # fmt: skip
    lines = driver_quality.lines(document, "reviews", "")
    assert f"telling for {'x' * 40}…: dull" in lines
    assert max(map(len, lines)) < 130
