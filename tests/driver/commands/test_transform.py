import json
from pathlib import Path

import pytest

from driver.aws import s3
from driver.lifecycle.send import send
from driver.requests.request import Request


@pytest.fixture
def transformed(launch, local, tmp_path):
    """Moto transforms nothing, so what a container would have answered is in S3 already: two files of answers."""
    launch("train", "xgboost-sentiment", "--name", "reviews")
    (tmp_path / "unseen").mkdir()
    (tmp_path / "answers").mkdir()
    for name, labels in (("a", "pos neg"), ("b", "neg")):
        (tmp_path / "unseen" / f"{name}.jsonl").write_text('{"text": "a film"}\n' * len(labels.split()))
        answer = tmp_path / "answers" / f"{name}.jsonl.out"
        answer.write_text("".join(f'{{"label": "{label}"}}\n' for label in labels.split()))
        key = f"launch/unseen/transform/reviews/output/{answer.name}"
        send(local, [Request("s3", "PutObject", {"Bucket": local.bucket, "Key": key}, answer)], [].append)
    return launch


def test_answers_come_down_and_are_compared_with_the_labels(transformed, tmp_path, local):
    Path("labels.csv").write_text("pos,a film\npos,another\nneg,a third\n")
    code, out, err = transformed("transform", "reviews", "unseen", "--name", "unseen", "--labels", "labels.csv")
    assert code == 0, err
    assert out.splitlines()[-6:] == [
        "2 files in run/unseen: a.jsonl.out, b.jsonl.out",
        "3 rows",
        "accuracy 0.6667 on 3 records",
        "            predicted neg  predicted pos",
        "actual neg  1              0",
        "actual pos  1              1",
    ]
    assert (tmp_path / "run/unseen/b.jsonl.out").read_text() == '{"label": "neg"}\n'
    job = local.client("sagemaker").describe_transform_job(TransformJobName="unseen")
    assert job["TransformInput"]["ContentType"] == job["TransformOutput"]["Accept"] == "application/jsonlines"


def test_json_has_files_and_evaluation(transformed):
    Path("labels.txt").write_text("pos\nneg\nneg\n")
    code, out, _ = transformed(
        "transform", "reviews", "unseen", "--name", "unseen", "--labels", "labels.txt", "--output", "there", "--json"
    )
    document = json.loads(out)
    assert code == 0
    assert document["Evaluation"]["accuracy"] == 1
    assert document["Files"] == ["there/a.jsonl.out", "there/b.jsonl.out"]


def test_a_model_that_is_there_is_not_made_again(transformed, local):
    transformed("deploy", "reviews", "--version", "first")
    assert transformed("transform", "first", "unseen", "--name", "unseen")[0] == 0
    assert [model["ModelName"] for model in local.client("sagemaker").list_models()["Models"]] == ["first"]


def test_what_a_transform_has_stored_goes_with_all_from_its_job(transformed, local):
    transformed("transform", "reviews", "unseen", "--name", "unseen")
    assert len(list(s3.list_keys(local, f"s3://{local.bucket}/launch/unseen/"))) == 4
    code, out, _ = transformed("delete", "--all-from", "reviews", "--data")
    assert code == 0
    assert f"deleted 4 objects below s3://{local.bucket}/launch/unseen/transform/reviews/" in out
    assert list(s3.list_keys(local, f"s3://{local.bucket}/")) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere",), "DATA: nowhere does not exist"),
        (
            ("s3://a-bucket/unseen/",),
            "cannot tell the content type of s3://a-bucket/unseen/ from its name: give --content-type",
        ),
        (("unseen", "--labels", "nowhere"), "nowhere does not exist: check the path"),
        (("unseen", "--labels", "labels.txt"), "1 label for 3 answers: give one label per record"),
        (("unseen", "--payload-mb", "500"), "the payload limit is 500 MB"),
    ],
)
def test_bad_input_is_one_sentence(transformed, arguments, sentence):
    Path("labels.txt").write_text("pos\n")
    code, _, err = transformed("transform", "reviews", *arguments, "--name", "unseen")
    assert (code, len(err.splitlines())) == (1, 1)
    assert sentence in err
