"""Tables of one's own through a batch transform of a real model, and back: every row has its answer beside it."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from driver import cli
from tests.emulator.running import RunningEmulator
from tests.endtoend.conftest import PATIENCE

pytestmark = PATIENCE

Launch = Callable[..., tuple[int, str, str]]

REVIEWS = """\
id,review,stars,note
17,"A wonderful film,
superbly acted.",pos,"say ""hello"" twice"
18,"Dull, dull, dull.",neg,
19,,pos,empty
20,"Überaus schön & wonderful",pos,=1+1
21,"  ",neg,blank
22,"An awful, boring story",pos,
"""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """One whose images run in the environment of the tests, with a model called reviews."""
    state = tmp_path_factory.mktemp("transform") / "state"
    state.mkdir()
    running = RunningEmulator(state, "--engine", "process", module="tests.emulator.with_fixtures")
    assert cli.main(["train", "xgboost-sentiment", "--name", "reviews", "--state", str(state)]) == 0
    yield running
    running.end()


@pytest.fixture
def launch(
    emulator: RunningEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Launch:
    """Runs a command in an empty folder with REVIEWS: exit code, output, errors."""
    for variable in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    Path("reviews.csv").write_text(REVIEWS, encoding="utf-8")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main([*arguments, "--state", str(emulator.state)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def rows_of(path: str) -> list[dict[str, str]]:
    """The rows of a CSV file, as pandas and Excel read it."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_answers_are_joined_with_their_rows(launch: Launch, emulator: RunningEmulator) -> None:
    code, out, err = launch(
        "transform", "reviews", "reviews.csv", "--text", "review", "--label", "stars", "--join", "--name", "joined"
    )
    assert code == 0, err
    assert "6 rows, 2 failed (lines 5, 7: the text is empty; send at least one word)" in out
    assert "on 4 records" in out
    given = list(csv.DictReader(REVIEWS.splitlines(keepends=True)))
    joined = rows_of("run/joined/reviews.predictions.csv")
    assert [{name: row[name] for name in given[0]} for row in joined] == given
    assert list(joined[0]) == [*given[0], "label", "score", "error"]
    assert [row["label"] in ("neg", "pos") for row in joined] == [True, True, False, True, False, True]
    assert [bool(row["error"]) for row in joined] == [False, False, True, False, True, False]
    assert 0 <= float(joined[0]["score"]) <= 1
    assert emulator.client("sagemaker").list_models()["Models"] == []  # the job's own model is gone


def test_a_column_that_is_there_already_stays(launch: Launch) -> None:
    Path("own.csv").write_text('label,text\npos,"a wonderful, warm film"\nneg,a dull film\nneg,a very dull film\n')
    code, _, err = launch("transform", "reviews", "own.csv", "--join", "--name", "own")
    assert code == 0, err
    assert list(rows_of("run/own/own.predictions.csv")[0]) == ["label", "text", "predicted_label", "score"]


def test_an_identifier_alone_and_labels_of_another_file(launch: Launch) -> None:
    Path("truth.csv").write_text("nr,truth\n" + "".join(f"{n},{'pos' if n % 2 else 'neg'}\n" for n in range(6)))
    code, out, err = launch(
        "transform", "reviews", "reviews.csv", "--text", "2", "--id", "id", "--labels", "truth.csv", "--label", "truth",
        "--name", "identified", "--json",
    )  # fmt: skip
    assert code == 0, err
    document = json.loads(out)
    (path,) = document["Predictions"]
    assert [row["id"] for row in rows_of(path)] == ["17", "18", "19", "20", "21", "22"]
    assert list(rows_of(path)[0]) == ["id", "label", "score", "error"]
    assert [failed["row"] for failed in document["Failed"]] == ["reviews.csv line 5", "reviews.csv line 7"]
    assert (document["Rows"], document["Evaluation"]["records"]) == (6, 4)


def test_a_file_that_the_endpoint_takes_is_sent_as_it_is(launch: Launch, emulator: RunningEmulator) -> None:
    Path("plain.csv").write_text('"A wonderful film, superbly acted."\nDull\n')
    code, out, err = launch("transform", "reviews", "plain.csv", "--name", "plain")
    assert code == 0, err
    assert "2 rows" in out
    assert [list(row) for row in rows_of("run/plain/plain.csv.predictions.csv")] == [["label", "score"]] * 2
    source = emulator.client("sagemaker").describe_transform_job(TransformJobName="plain")["TransformInput"]
    assert source["ContentType"] == "text/csv"
    bucket, _, key = source["DataSource"]["S3DataSource"]["S3Uri"].removeprefix("s3://").partition("/")
    sent = emulator.client("s3").get_object(Bucket=bucket, Key=f"{key}plain.csv")["Body"].read()
    assert sent == Path("plain.csv").read_bytes()


def test_when_every_row_failed_the_exit_code_is_3(launch: Launch) -> None:
    Path("empty.jsonl").write_text('{"text": ""}\n{"text": " "}\n')
    code, out, err = launch("transform", "reviews", "empty.jsonl", "--name", "empty")
    assert code == 3
    assert "2 rows, 2 failed (lines 1, 2: the text is empty" in out
    assert "every row failed, the first with: the text is empty" in err


def test_sagemaker_joins_what_is_in_s3(launch: Launch, emulator: RunningEmulator) -> None:
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket="texts")
    lines = [{"id": 7, "text": "a wonderful film"}, {"id": 8, "text": ""}]
    s3.put_object(Bucket="texts", Key="in/a.jsonl", Body="".join(json.dumps(line) + "\n" for line in lines))
    s3.put_object(Bucket="texts", Key="csv/a.csv", Body='1,"a fine, warm film"\n2,a dull film\n')
    code, out, err = launch(
        "transform", "reviews", "s3://texts/in/", "--content-type", "application/jsonlines", "--join", "--name", "in-s3"
    )
    assert code == 0, err
    assert "2 rows, 1 failed (line 2: the text is empty; send at least one word)" in out
    joined: list[Any] = [json.loads(line) for line in Path("run/in-s3/a.jsonl.out").read_text().splitlines()]
    assert [{key: row[key] for key in ("id", "text")} for row in joined] == lines
    assert joined[0]["SageMakerOutput"]["label"] in ("neg", "pos")
    code, out, err = launch(
        "transform", "reviews", "s3://texts/csv/a.csv", "--text", "2", "--join", "--name", "filtered"
    )
    assert code == 0, err
    assert [row[:2] for row in csv.reader(Path("run/filtered/a.csv.out").read_text().splitlines())] == [
        ["1", "a fine, warm film"], ["2", "a dull film"],
    ]  # fmt: skip


def test_all_from_a_tuning_job_takes_its_data_and_those_of_its_transforms(
    launch: Launch, emulator: RunningEmulator
) -> None:
    assert launch("tune", "xgboost-sentiment", "--name", "gone", "--jobs", "1", "--range", "eta=0.3:0.5")[0] == 0
    done = launch("transform", "gone", "reviews.csv", "--text", "review", "--name", "of-gone", "--prefix", "else")
    assert done[0] == 0
    code, _, err = launch("delete", "--all-from", "gone", "--data")
    assert code == 0, err
    (bucket,) = [one["Name"] for one in emulator.client("s3").list_buckets()["Buckets"] if "sagemaker" in one["Name"]]
    keys = [entry["Key"] for entry in emulator.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert [key for key in keys if "gone" in key] == []
    assert any("reviews" in key for key in keys)
