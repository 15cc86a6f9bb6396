"""`launch.py report`, on what moto keeps of a job and of its output."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from driver import cli
from tests.driver.report.documents import evaluation, numbers

BUCKET = "sagemaker-us-east-1-123456789012"


@pytest.fixture
def leave(launch, local):
    """`leave(name, content)`: a training job that left this evaluation.json."""
    local.client("s3").create_bucket(Bucket=BUCKET)

    def put(name, content):
        if content is not None:
            archive = io.BytesIO()
            with tarfile.open(fileobj=archive, mode="w:gz") as tar:
                entry = tarfile.TarInfo("evaluation.json")
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
            local.client("s3").put_object(
                Bucket=BUCKET, Key=f"launch/{name}/output/output.tar.gz", Body=archive.getvalue()
            )
        assert launch("train", "xgboost-sentiment", "--name", name)[0] == 0

    return put


def test_a_report_is_a_file(launch, leave):
    content = evaluation()
    leave("reviews", content)
    code, out, _ = launch("report", "reviews", "--card", "card.md")
    assert code == 0
    assert out.splitlines() == [
        "Completed. Accuracy 0.8000 on 40 held-out records (test).",
        "report: run/reviews/report.html",
        "model card: card.md",
    ]
    shown = numbers(Path("run/reviews/report.html").read_text())
    assert set(json.loads(content)["metrics"]["latest"].values()) <= set(shown)
    assert "# reviews" in Path("card.md").read_text()


def test_json_is_the_same_for_programs(launch, leave):
    content = evaluation()
    leave("a", content)
    leave("b", evaluation(wrong=0))
    code, out, _ = launch("report", "a", "b", "--output", "both.html", "--json")
    document = json.loads(out)
    assert (code, document["Report"]) == (0, "both.html")
    assert document["Jobs"][0]["Evaluation"] == json.loads(content)
    assert document["PairedTests"][0]["p_value"] == 2 / 2**8
    assert Path("both.html").exists()


@pytest.mark.parametrize("content", [None, b"not JSON"])
def test_without_evaluation_it_is_a_report_too(launch, leave, content):
    leave("reviews", content)
    code, _, err = launch("report", "reviews")
    assert (code, err) == (0, "")
    assert "evaluation.json" in Path("run/reviews/report.html").read_text()


def test_a_failed_job_s_report_ends_with_its_log(scripted, capsys, tmp_path):
    scripted.ok({"TrainingJobName": "reviews", "TrainingJobStatus": "Failed", "FailureReason": "no good"})
    scripted.error("ValidationException", "Requested resource not found.")
    scripted.ok({"logStreams": [{"logStreamName": "reviews/algo-1-1700000000"}]})
    scripted.ok({"events": [{"message": "the last <line>"}], "nextForwardToken": "f"})
    scripted.ok({"events": [], "nextForwardToken": "f"})
    path = tmp_path / "r.html"
    assert cli.main(["report", "reviews", "--output", str(path), "--endpoint-url", scripted.url]) == 0
    assert capsys.readouterr().out.startswith("Failed. No metrics.")
    assert "no good" in path.read_text()
    assert "algo-1 | the last &lt;line&gt;" in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a", "a"], "a is named more than once: name each job once"),
        (["nosuch"], "no training job or tuning job called nosuch exists: `./launch.py list` lists what does"),
        (["a", "b", "--card", "card.md"], "--card describes one training job, and there are 2: name one"),
        (["a", "--mlflow", "nonsense"], "--mlflow is 'nonsense': give a tracking server's address, such as"),
        (["a", "--mlflow", "http://127.0.0.1:9"], "cannot reach the MLflow server http://127.0.0.1:9 ("),
        (["a", "--output", "/dev/null/report.html"], "cannot write /dev/null/report.html: "),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(launch, leave, arguments, sentence):
    leave("a", None)
    leave("b", None)
    code, _, err = launch("report", *arguments)
    assert code == 1
    assert err.startswith(f"launch.py: {sentence}")
    assert err.count("\n") == 1


def test_a_server_that_is_not_mlflow_is_said(launch, leave, scripted):
    leave("a", None)
    scripted.answers.append((200, "<html>", {}))
    _, _, err = launch("report", "a", "--mlflow", scripted.url)
    assert "is not an MLflow tracking server: it answers without JSON; check --mlflow" in err
    scripted.answers[:] = [(403, "no entry", {})]
    _, _, err = launch("report", "a", "--mlflow", scripted.url)
    assert "answers 403: no entry; check --mlflow, and the server's log" in err
