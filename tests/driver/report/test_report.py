"""What reports say: every figure of evaluation.json, whatever it holds, and nothing of markup."""

import json
import random

import pytest
import yaml

from driver.errors import DriverError
from driver.report import mlflow, report
from driver.report.report import Found
from tests.driver.report import documents
from tests.driver.report.documents import HOSTILE, evaluation, job, leaves, mutations, numbers, search


def html(*jobs):
    return report.write(Found([each.name for each in jobs], jobs))


def test_every_figure_is_that_of_the_job():
    content = evaluation()
    document = json.loads(content)
    shown = numbers(html(job(content)))
    assert set(leaves(document["metrics"]["latest"])) <= set(shown)
    assert set(leaves([line for line in document["metrics"]["history"] if "epoch" in line])) <= set(shown)
    of_test = document["held_out"]["test"]
    for name in (
        "records",
        "accuracy",
        "macro_f1",
        "log_loss",
        "brier_score",
        "confusion",
        "precision",
        "recall",
        "f1",
    ):
        assert set(leaves(of_test[name])) <= set(shown), name
    assert set(leaves([document["data"], of_test["baselines"]])) <= set(shown) | set(range(101))  # percents are an axis


def test_it_has_words_mistakes_settings_and_warnings():
    page = html(job(evaluation()))
    for expected in ("a review neg", "a review 7", "actual pos (a review line 7)", "num_round", "ml.m5.large", "numpy",
                     "only 40 records were held out", "s3://bucket/train/"):  # fmt: skip
        assert expected in page, expected


def test_hostile_texts_are_shown_as_text():
    page = html(job(evaluation(labels=(HOSTILE, "pos"), text=HOSTILE)))
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;window.hacked = 1&lt;/script&gt;" in page


def test_a_job_without_anything_has_a_report():
    failed = job(
        None, TrainingJobStatus="Failed", FailureReason="AlgorithmError: the <data> are bad", ModelArtifacts={}
    )
    page = html(failed)
    assert "AlgorithmError: the &lt;data&gt; are bad" in page
    assert "The job left no evaluation.json (the job is Failed)" in page
    running = {"TrainingJobName": "x", "TrainingJobStatus": "InProgress"}
    assert "InProgress" in html(documents.gather.Job("x", running))


def test_a_foreign_job_shows_what_sagemaker_knows():
    page = html(job(None, FinalMetricDataList=[{"MetricName": "train:loss", "Value": 0.123456789}]))
    assert 0.123456789 in numbers(page)
    assert "its image does not write one" in page


def test_no_held_out_records_are_said():
    document = json.loads(evaluation())
    document["held_out"] = {}
    assert "nothing says how good the model is" in html(job(json.dumps(document).encode()))


def test_whatever_is_in_the_file_there_is_a_report():
    contents = [b"", b"null", b"[" * 100_000, b'{"format": 2}', *mutations(evaluation())]
    jobs = [job(content) for content in contents]
    refused = [each for each in jobs if not each.evaluation]
    assert all("evaluation.json cannot be shown (" in each.note for each in refused)
    accepted = [each for each in jobs if each.evaluation]  # what was changed may be absent, or anything
    assert len(accepted) > 50
    for each in [refused[0], *random.Random(0).sample(accepted, 5)]:
        assert "</html>" in html(each)
        assert report.card(each)


def test_a_part_that_is_something_else_is_named():
    document = json.loads(evaluation())
    document["held_out"]["test"]["curves"][0]["roc"][3][1] = "x"
    _, note = documents.gather.parse(json.dumps(document).encode(), "Completed")
    assert '(held_out.test.curves[0].roc[3][1] is "x")' in note


def test_jobs_on_the_same_records_are_tested_in_pairs():
    first, second = job(evaluation(wrong=8), "first"), job(evaluation(wrong=1), "second")
    found = Found(["first", "second"], [first, second])
    (row,) = report.as_json(found)["PairedTests"]
    assert row == {"jobs": "first, second", "channel": "test", "records": 40, "only_first_right": 0,
                   "only_second_right": 7, "p_value": 2 / 2**7}  # fmt: skip
    shown = numbers(report.write(found))
    assert 2 / 2**7 in shown
    accuracies = [each.metrics["test:accuracy"] for each in (first, second)]
    assert {*accuracies, accuracies[1] - accuracies[0]} <= set(shown)


def test_other_records_are_not_compared_in_pairs():
    found = Found(["a", "b"], [job(evaluation(), "a"), job(evaluation(text="another"), "b")])
    assert report.as_json(found)["PairedTests"] == []
    assert "there is no paired test" in report.write(found)


def test_a_search_says_what_mattered():
    trials = [(0.6 + number / 100, {"eta": str(number / 10), "booster": "gbtree"}) for number in range(1, 7)]
    found = Found(["search"], [], search(*trials, (None, {"eta": "0.9", "booster": "gblinear"})))
    page = report.write(found)
    assert {0.61, 0.66, 0.9, 1.0} <= set(numbers(page))  # each job, and a correlation of 1
    assert "search-7" in page
    document = report.as_json(found)
    assert document["Correlations"] == {"eta": pytest.approx(1.0)}
    assert [trial["validation:accuracy"] for trial in document["Trials"]][-2:] == [pytest.approx(0.66), None]
    json.dumps(document, allow_nan=False)


@pytest.mark.parametrize("trials", [[], [(None, {})], [(0.5, {"eta": "0.1"})], [(0.5, {})] * 5])
def test_a_search_with_little_to_say_has_a_report(trials):
    found = Found(["search"], [], search(*trials, status="Failed"))
    assert "no correlation" in report.write(found)
    assert report.as_json(found)["Correlations"] == {}


@pytest.mark.parametrize("text", ["a review", HOSTILE])
def test_the_card_is_markdown_with_a_head_of_yaml(text):
    content = evaluation(labels=(text, "pos"), text=text)
    card = report.card(job(content))
    _, head, body = card.split("---\n", 2)
    (model,) = yaml.safe_load(head)["model-index"]
    (result,) = model["results"]
    values = {each["type"]: each["value"] for each in result["metrics"]}
    assert values["accuracy"] == json.loads(content)["held_out"]["test"]["accuracy"]
    assert "\n<" not in body
    assert "| Accuracy | 0.8000 |" in body
    assert "num\\_round" in body


def test_a_failed_job_has_a_card():
    card = report.card(job(None, TrainingJobStatus="Failed"))
    assert yaml.safe_load(card.split("---\n")[1]) == {"library_name": "xgboost-sentiment:dev"}


@pytest.mark.parametrize("address", ["", "nonsense", "file:///etc/passwd", "http://"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(DriverError, match="--mlflow is"):
        mlflow.Tracking(address)


def test_of_many_labels_a_part_is_shown(recwarn):
    labels = tuple(f"{'a long label ' * 5}{number}" for number in range(40))
    page = html(job(evaluation(labels=labels)))
    assert "ROC curve, test, 6 of 20" in page
    assert len(page) < 1e6
    assert [str(each.message) for each in recwarn] == []
