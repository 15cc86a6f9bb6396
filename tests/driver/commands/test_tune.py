import json

import pytest

from driver import cli

OBJECTIVE = "FinalHyperParameterTuningJobObjectiveMetric"
TRIALS = {
    "TrainingJobSummaries": [
        {
            "TrainingJobName": f"t-00{number}", "TrainingJobArn": "arn", "TrainingJobStatus": status, "CreationTime": 1,
            "ObjectiveStatus": "Succeeded", "TunedHyperParameters": {"eta": eta}, **metric,
        }
        for number, status, eta, metric in (
            (1, "Completed", "0.3", {OBJECTIVE: {"MetricName": "validation:accuracy", "Value": 0.91}}),
            (2, "Failed", "0.7", {}),
        )
    ]
}  # fmt: skip
CONFIG = {"HyperParameterTuningJobObjective": {"MetricName": "validation:accuracy", "Type": "Maximize"}}
ARGUMENTS = ["tune", "xgboost-sentiment", "--train", "s3://a-bucket/x", "--name", "t"]


def job(status, **more):
    return {"HyperParameterTuningJobName": "t", "HyperParameterTuningJobStatus": status,
            "HyperParameterTuningJobConfig": CONFIG, **more}  # fmt: skip


@pytest.fixture
def tune(scripted, capsys):
    """`tune(*flags)`: (exit code, standard output, standard error) of a search whose last description is given."""

    def run(*flags, ending):
        scripted.error("ValidationException", "Requested resource not found.")
        scripted.error("ValidationException", "Requested resource not found.")
        scripted.answers.append((200, "", {}))  # the bucket
        scripted.ok({"HyperParameterTuningJobArn": "arn"})
        scripted.ok(ending)
        scripted.ok(TRIALS)
        code = cli.main([*ARGUMENTS, *flags, "--endpoint-url", scripted.url])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


BEST = {"BestTrainingJob": TRIALS["TrainingJobSummaries"][0]}


def test_trials_and_the_best_are_shown(tune):
    code, out, _ = tune(ending=job("Completed", **BEST))
    assert code == 0
    assert out.splitlines()[-5:] == [
        "TRAINING JOB  STATUS     validation:accuracy  eta",
        "t-001         Completed  0.9100               0.3",
        "t-002         Failed                          0.7",
        "best: t-001, validation:accuracy 0.9100",
        "next: ./launch.py deploy t-001",
    ]


def test_json_has_the_trials(tune):
    code, out, _ = tune("--json", ending=job("Completed", **BEST))
    assert code == 0
    assert [trial["TrainingJobName"] for trial in json.loads(out)["TrainingJobSummaries"]] == ["t-001", "t-002"]


def test_a_search_that_fails(tune):
    code, _, err = tune(ending=job("Failed", FailureReason="No trial reported validation:accuracy"))
    assert (code, err) == (3, "launch.py: the tuning job t failed: No trial reported validation:accuracy\n")


def test_flags_of_the_command_line_replace_the_presets_ranges():
    assert cli.parse(ARGUMENTS).range == ["num_round", "eta", "lambda"]
    assert cli.parse([*ARGUMENTS, "--range", "alpha"]).range == ["alpha"]


@pytest.mark.parametrize(
    ("flags", "fraction"),
    [((), "0.2"), (("--set", "validation_fraction=0.1"), "0.1"), (("--validation", "s3://a-bucket/y"), None)],
)
def test_a_part_is_held_back_unless_there_is_a_channel_to_judge_by(capsys, flags, fraction):
    aws = ("--aws", "--dry-run", "--region", "eu-west-1", "--role", "arn:aws:iam::123456789012:role/Trainer")
    assert cli.main([*ARGUMENTS, *flags, *aws, "--json"]) == 0
    (create,) = json.loads(capsys.readouterr().out)
    static = create["parameters"]["TrainingJobDefinition"]["StaticHyperParameters"]
    assert static.get("validation_fraction") == fraction


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--range", "etta"), '"etta" has no known range: give --range etta=LOW:HIGH'),
        (("--set", "eta=0.3"), "eta: both set and tuned: leave out --set, or say what to tune: --range "),
        (("--jobs", "0"), "0 training jobs, 2 at once"),
        (("--name", "x" * 33), "the tuning job cannot be called"),
    ],
)
def test_bad_input_is_one_sentence(scripted, capsys, flags, sentence):
    assert cli.main([*ARGUMENTS, *flags, "--endpoint-url", scripted.url]) == 1
    assert sentence in capsys.readouterr().err
    assert scripted.seen == []


def test_an_image_that_is_not_ours_needs_an_objective(scripted, capsys):
    arguments = ["tune", "--image", "other:1", "--train", "s3://a-bucket/x", "--range", "eta=0:1"]
    assert cli.main([*arguments, "--endpoint-url", scripted.url]) == 1
    assert "the tuning job needs a metric to optimise: give --objective" in capsys.readouterr().err
