"""Tuning jobs through the API: trials are real training jobs of real processes."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.client import BUCKET, ROLE, WAIT_SECONDS, Client, channel

SQUARE = {"Name": "loss", "Regex": r"loss=([-0-9.e]+);"}
# Prints (x - 3)^2 for the hyperparameter x.
SCRIPT = """python3 -S -c '
import json
values = json.load(open("/opt/ml/input/config/hyperparameters.json"))
print("objective", values["_tuning_objective_metric"], "fixed", values["fixed"])
print("loss=%s;" % (float(values["x"]) - 3) ** 2)
'"""


def tuning_request(name: str, script: str = SCRIPT, **config: Any) -> dict[str, Any]:
    """A tuning job of `script` over x from 0 to 10; `config` replaces members of HyperParameterTuningJobConfig."""
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "10"}]},
            "RandomSeed": 1,
            **config,
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {"fixed": "yes"},
            "AlgorithmSpecification": {
                "TrainingImage": "program-shell",
                "TrainingInputMode": "File",
                "MetricDefinitions": [SQUARE],
            },
            "RoleArn": ROLE,
            "InputDataConfig": [channel("train", f"s3://{BUCKET}/in/")],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/tuned"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "Environment": {"SCRIPT": script},
        },
    }


def tune(client: Client, name: str, **changes: Any) -> dict[str, Any]:
    client.sagemaker.create_hyper_parameter_tuning_job(**tuning_request(name, **changes))
    return until(client, name, lambda job: job["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping"))


def until(client: Client, name: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        job: dict[str, Any] = client.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        if reached(job):
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.05)


def trials(client: Client, name: str, **how: Any) -> list[dict[str, Any]]:
    answer = client.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, MaxResults=100, **how
    )
    found: list[dict[str, Any]] = answer["TrainingJobSummaries"]
    return found


def test_resources_by_their_other_name(client: Client) -> None:
    request = tuning_request("resources", ResourceLimits={"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1})
    definition = request["TrainingJobDefinition"]
    given = definition.pop("ResourceConfig")
    for refused, sentence in (
        ({"ResourceConfig": given}, "has ResourceConfig and HyperParameterTuningResourceConfig: give one"),
        ({"AllocationStrategy": "Prioritized"}, "ResourceConfig.AllocationStrategy is not supported by the emulator"),
        ({"InstanceConfigs": [given]}, "HyperParameterTuningResourceConfig.InstanceConfigs is not supported"),
    ):
        top = {name: value for name, value in refused.items() if name == "ResourceConfig"}
        inside = {name: value for name, value in refused.items() if name not in top}
        request["TrainingJobDefinition"] = {
            **definition, **top, "HyperParameterTuningResourceConfig": {**given, **inside}
        }  # fmt: skip
        with pytest.raises(ClientError, match=sentence):
            client.sagemaker.create_hyper_parameter_tuning_job(**request)
    request["TrainingJobDefinition"] = {**definition, "HyperParameterTuningResourceConfig": given}
    client.sagemaker.create_hyper_parameter_tuning_job(**request)
    job = until(client, "resources", lambda job: job["HyperParameterTuningJobStatus"] == "Completed")
    names = ("ResourceConfig", "HyperParameterTuningResourceConfig")
    assert [job["TrainingJobDefinition"][name] for name in names] == [given, given]
    (trial,) = trials(client, "resources")
    described = client.sagemaker.describe_training_job(TrainingJobName=trial["TrainingJobName"])
    assert described["ResourceConfig"] == given


def test_random_search(client: Client) -> None:
    job = tune(client, "random")
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobDefinition"]["StaticHyperParameters"] == {"fixed": "yes", "_tuning_objective_metric": "loss"}
    assert job["TrainingJobStatusCounters"]["Completed"] == job["ObjectiveStatusCounters"]["Succeeded"] == 4
    assert job["HyperParameterTuningEndTime"] >= job["CreationTime"]
    found = trials(client, "random")
    assert [re.sub("-[0-9a-f]{8}$", "-", each["TrainingJobName"]) for each in found] == [
        f"random-00{number}-" for number in range(1, 5)
    ]
    values = {each["TrainingJobName"]: float(each["TunedHyperParameters"]["x"]) for each in found}
    assert len(set(values.values())) == 4
    for each in found:
        metric = each["FinalHyperParameterTuningJobObjectiveMetric"]
        assert (metric["Type"], metric["MetricName"]) == ("Minimize", "loss")
        assert metric["Value"] == pytest.approx((values[each["TrainingJobName"]] - 3) ** 2)
    best = min(values, key=lambda name: abs(values[name] - 3))
    assert job["BestTrainingJob"]["TrainingJobName"] == best
    trial = client.sagemaker.describe_training_job(TrainingJobName=best)
    assert trial["TuningJobArn"] == job["HyperParameterTuningJobArn"]
    assert trial["HyperParameters"] == {"fixed": "yes", "x": repr(values[best]), "_tuning_objective_metric": "loss"}
    assert client.log(best)[0] == "objective loss fixed yes"
    assert client.get(f"tuned/{best}/output/model.tar.gz")


def test_the_same_seed_draws_the_same_values(client: Client) -> None:
    limits = {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2}
    drawn = []
    for name, seed in (("seed-1", 7), ("seed-2", 7), ("seed-3", 8)):
        tune(client, name, RandomSeed=seed, ResourceLimits=limits)
        drawn.append([each["TunedHyperParameters"] for each in trials(client, name)])
    assert drawn[0] == drawn[1] != drawn[2]


def test_bayesian_search_says_that_it_draws_at_random(client: Client) -> None:
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    job = tune(client, "bayesian", Strategy="Bayesian", ResourceLimits=limits)
    assert job["HyperParameterTuningJobConfig"]["Strategy"] == "Bayesian"
    (trial,) = trials(client, "bayesian")
    assert client.log(trial["TrainingJobName"])[0] == (
        "tuning job bayesian asks for Bayesian: the emulator draws the values at random instead"
    )


GRID = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "3"]}, {"Name": "y", "Values": ["a", "b"]}]}


def test_a_grid_is_searched_whole(client: Client) -> None:
    job = tune(client, "grid", Strategy="Grid", ParameterRanges=GRID, ResourceLimits={"MaxParallelTrainingJobs": 4})
    assert job["TrainingJobStatusCounters"]["Completed"] == 4
    points = [tuple(each["TunedHyperParameters"].values()) for each in trials(client, "grid")]
    assert points == [("1", "a"), ("1", "b"), ("3", "a"), ("3", "b")]
    assert job["BestTrainingJob"]["TunedHyperParameters"]["x"] == "3"


def test_trials_are_listed_by_objective_and_status(client: Client) -> None:
    script = SCRIPT + '; grep -q \'"x": "1"\' /opt/ml/input/config/hyperparameters.json && exit 1; exit 0'
    ranges = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["9", "1", "4"]}]}
    limits = {"MaxParallelTrainingJobs": 3}
    job = tune(client, "listed", Strategy="Grid", ParameterRanges=ranges, ResourceLimits=limits, script=script)
    assert job["TrainingJobStatusCounters"] == {
        "Completed": 2, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 1, "Stopped": 0,
    }  # fmt: skip
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 2, "Pending": 0, "Failed": 1}
    by_objective = trials(client, "listed", SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    assert [each["TunedHyperParameters"]["x"] for each in by_objective] == ["9", "4"]
    (failed,) = trials(client, "listed", StatusEquals="Failed")
    assert failed["ObjectiveStatus"] == "Failed"
    assert failed["FailureReason"].startswith("AlgorithmError: exit code 1")
    summaries = client.sagemaker.list_hyper_parameter_tuning_jobs(NameContains="listed")
    (summary,) = summaries["HyperParameterTuningJobSummaries"]
    assert (summary["Strategy"], summary["TrainingJobStatusCounters"]["Completed"]) == ("Grid", 2)


def test_no_more_trials_at_once_than_allowed(client: Client) -> None:
    limits = {"MaxNumberOfTrainingJobs": 5, "MaxParallelTrainingJobs": 2}
    client.sagemaker.create_hyper_parameter_tuning_job(
        **tuning_request("parallel", script=f"sleep 0.5; {SCRIPT}", ResourceLimits=limits)
    )
    most = 0

    def ended(job: dict[str, Any]) -> bool:
        nonlocal most
        most = max(most, job["TrainingJobStatusCounters"]["InProgress"])
        return bool(job["HyperParameterTuningJobStatus"] == "Completed")

    until(client, "parallel", ended)
    assert most == 2


def test_stopping_stops_the_trials(client: Client) -> None:
    script = "trap 'exit 0' TERM; echo ready; sleep 60 & wait"
    client.sagemaker.create_hyper_parameter_tuning_job(**tuning_request("stopped", script=script))
    until(client, "stopped", lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 2)
    for trial in trials(client, "stopped"):
        client.until_logged(trial["TrainingJobName"], "ready")
    client.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")
    job = until(client, "stopped", lambda job: job["HyperParameterTuningJobStatus"] != "Stopping")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert job["TrainingJobStatusCounters"]["Stopped"] == 2
    assert len(trials(client, "stopped")) == 2
    with pytest.raises(ClientError, match=r"rejected because the hyperparameter tuning job is in status Stopped\."):
        client.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")


def test_a_tuning_job_without_a_trial_that_succeeds(client: Client) -> None:
    limits = {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 1}
    job = tune(client, "hopeless", script="echo broken > /opt/ml/output/failure; exit 1", ResourceLimits=limits)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"] == (
        "ClientError: No training job succeeded of 5; the last reason was: AlgorithmError: broken, exit code 1"
    )
    assert len(trials(client, "hopeless")) == 5


def test_a_tuning_job_caught_in_the_middle(mortal: Client) -> None:
    script = "trap '' TERM; echo ready; sleep 60 & wait; sleep 60"
    mortal.sagemaker.create_hyper_parameter_tuning_job(**tuning_request("killed", script=script))
    until(mortal, "killed", lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 2)
    mortal.running.kill()
    mortal.running.start()
    job = until(Client(mortal.running), "killed", lambda job: True)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("InternalServerError: the emulator ended before the job did")
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 2


def test_a_name_is_taken(client: Client) -> None:
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    tune(client, "taken", ResourceLimits=limits)
    with pytest.raises(client.sagemaker.exceptions.ResourceInUse, match="tuning job with this name already exists"):
        client.sagemaker.create_hyper_parameter_tuning_job(**tuning_request("taken"))


@pytest.mark.parametrize(
    "operation",
    [
        "describe_hyper_parameter_tuning_job",
        "stop_hyper_parameter_tuning_job",
        "list_training_jobs_for_hyper_parameter_tuning_job",
    ],
)
def test_an_unknown_job(client: Client, operation: str) -> None:
    with pytest.raises(client.sagemaker.exceptions.ResourceNotFound, match="can't find a tuning job with the name"):
        getattr(client.sagemaker, operation)(HyperParameterTuningJobName="unknown")


def ranges(**described: str) -> dict[str, Any]:
    return {"ParameterRanges": {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", **described}]}}


THREE = {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1}
WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"Strategy": "Hyperband"}, "Strategy Hyperband is not supported by the emulator"),
    ({"TrainingJobEarlyStoppingType": "Auto"}, "TrainingJobEarlyStoppingType Auto is not supported"),
    ({"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1}}}, "StrategyConfig is not supported"),
    ({"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 1.0}}, "CompletionCriteria is not supported"),
    (
        {"HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "other"}},
        "the objective other is not one of",
    ),
    ({"Strategy": "Grid"}, "Grid takes only categorical ranges: x is not categorical"),
    (
        {"Strategy": "Grid", "ParameterRanges": GRID, "ResourceLimits": THREE},
        "MaxNumberOfTrainingJobs is 3, but the grid has 4 points",
    ),
    ({"ResourceLimits": {"MaxParallelTrainingJobs": 1}}, "MaxNumberOfTrainingJobs is missing"),
    ({"ParameterRanges": {}}, "names no hyperparameter"),
    (ranges(MaxValue="-1"), "MinValue must not be above MaxValue"),
    (ranges(MaxValue="many"), "has the bound 'many': give a number"),
    (ranges(MaxValue="1", ScalingType="Logarithmic"), "MinValue must be above 0"),
    (ranges(Name="fixed", MaxValue="1"), "is in StaticHyperParameters"),
)


@pytest.mark.parametrize(("config", "why"), WRONG, ids=[why for _, why in WRONG])
def test_what_is_wrong_is_refused(client: Client, config: dict[str, Any], why: str) -> None:
    with pytest.raises(ClientError, match=re.escape(why)) as error:
        client.sagemaker.create_hyper_parameter_tuning_job(**tuning_request("refused", **config))
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_what_a_trial_cannot_be_is_refused_before_the_first(client: Client) -> None:
    request = tuning_request("refused")
    request["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"] = "s3://no-such-bucket/x"
    with pytest.raises(ClientError, match="the bucket 'no-such-bucket' does not exist"):
        client.sagemaker.create_hyper_parameter_tuning_job(**request)
    warm = {"ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "random"}]}
    with pytest.raises(ClientError, match="WarmStartConfig is not supported"):
        client.sagemaker.create_hyper_parameter_tuning_job(
            **tuning_request("refused"), WarmStartConfig={**warm, "WarmStartType": "TransferLearning"}
        )
