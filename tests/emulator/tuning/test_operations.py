"""Tuning jobs through the API: trials are real training jobs of real processes."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.api.call import Call
from emulator.tuning import requests
from emulator.tuning.kind import KIND
from emulator.tuning.run import TuningRun
from tests import waiting
from tests.emulator.client import BUCKET, ROLE, Client, channel, filled
from tests.emulator.hosting.caller import Host

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
    describe = client.sagemaker.describe_hyper_parameter_tuning_job
    return waiting.until(lambda: describe(HyperParameterTuningJobName=name), reached)


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


# Reports the hyperparameter x as its objective in each of four rounds; the first training job has passed all of them.
ROUNDS = """python3 -S -c '
import json, time
x = json.load(open("/opt/ml/input/config/hyperparameters.json"))["x"]
for number in range(4):
    print("loss=%s;" % x, flush=True)
    time.sleep(0 if x == "1" else 0.3)
'"""
ONE_BY_ONE = {"MaxParallelTrainingJobs": 1}


def rising(*values: str) -> dict[str, Any]:
    return {"CategoricalParameterRanges": [{"Name": "x", "Values": [*values]}]}


def test_bayesian_search(client: Client) -> None:
    limits = {"MaxNumberOfTrainingJobs": 5, "MaxParallelTrainingJobs": 2}
    job = tune(client, "bayesian", Strategy="Bayesian", ResourceLimits=limits)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["HyperParameterTuningJobConfig"]["Strategy"] == "Bayesian"
    values = [float(each["TunedHyperParameters"]["x"]) for each in trials(client, "bayesian")]
    assert len(set(values)) == 5
    assert all(0 <= value <= 10 for value in values)
    assert job["ConsumedResources"]["RuntimeInSeconds"] >= 0


def test_early_stopping_ends_what_is_worse_than_the_median(client: Client) -> None:
    how = {"TrainingJobEarlyStoppingType": "Auto", "Strategy": "Grid", "ResourceLimits": ONE_BY_ONE}
    job = tune(client, "early", script=ROUNDS, ParameterRanges=rising("1", "2"), **how)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    first, second = trials(client, "early")
    assert (first["TrainingJobStatus"], second["TrainingJobStatus"]) == ("Completed", "Stopped")
    assert second["ObjectiveStatus"] == "Succeeded"
    assert second["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 2
    assert job["TrainingJobStatusCounters"]["Stopped"] == 1
    assert job["BestTrainingJob"]["TrainingJobName"] == first["TrainingJobName"]
    assert len(client.log(second["TrainingJobName"])) < 4


def test_without_early_stopping_all_go_to_their_ends(client: Client) -> None:
    tune(client, "late", script=ROUNDS, ParameterRanges=rising("1", "2"), Strategy="Grid", ResourceLimits=ONE_BY_ONE)
    assert [each["TrainingJobStatus"] for each in trials(client, "late")] == ["Completed", "Completed"]


def test_hyperband_stops_training_jobs(client: Client) -> None:
    script = ROUNDS.replace("range(4)", "range(40)")
    config = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 3}}
    limits = {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2}
    job = tune(client, "hyperband", script=script, Strategy="Hyperband", StrategyConfig=config, ResourceLimits=limits)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Stopped"] == 2
    assert job["HyperParameterTuningJobConfig"]["StrategyConfig"] == config
    assert all(len(client.log(each["TrainingJobName"])) < 20 for each in trials(client, "hyperband"))


@pytest.mark.parametrize(
    ("criteria", "ended"),
    [
        ({"TargetObjectiveMetricValue": 2.0}, 2),
        ({"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}, 5),
    ],
)
def test_a_tuning_job_that_has_done_enough(client: Client, criteria: dict[str, Any], ended: int) -> None:
    ranges, name = rising("5", "4.4", "9", "8", "7", "6", "3"), f"enough-{ended}"
    how = {"ParameterRanges": ranges, "Strategy": "Grid", "ResourceLimits": ONE_BY_ONE}
    job = tune(client, name, TuningJobCompletionCriteria=criteria, **how)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert len(trials(client, name)) == ended
    assert job["TuningJobCompletionDetails"] == {"NumberOfTrainingJobsObjectiveNotImproving": ended - 2}


def test_a_tuning_job_ends_when_its_time_is_over(within: Host) -> None:
    """In the process of the test: the least limit of a request is two minutes."""
    client = filled(within.running)
    limits = {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 120}
    script = "trap 'exit 0' TERM; echo 'loss=1;'; sleep 60 & wait"
    request = tuning_request("over", script=script, ResourceLimits=limits)
    platform, call = within.running.platform, Call()
    requests.check(platform, call, request)
    limits["MaxRuntimeInSeconds"] = 1
    TuningRun(platform, call, request, KIND.add(platform, call, request))(threading.Event())
    job = client.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="over")
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Stopped"] == len(trials(client, "over")) == 1
    assert job["ConsumedResources"]["RuntimeInSeconds"] < 30


def warm(*parents: str, kind: str = "IdenticalDataAndAlgorithm") -> dict[str, Any]:
    named = [{"HyperParameterTuningJobName": name} for name in parents]
    return {"WarmStartConfig": {"ParentHyperParameterTuningJobs": named, "WarmStartType": kind}}


def test_warm_start(client: Client) -> None:
    grid = {"ParameterRanges": rising(*"3456"), "Strategy": "Grid", "ResourceLimits": {"MaxParallelTrainingJobs": 4}}
    tune(client, "parent", **grid)
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    request = tuning_request("child", Strategy="Bayesian", ResourceLimits=limits)
    client.sagemaker.create_hyper_parameter_tuning_job(**request, **warm("parent"))
    job = until(client, "child", lambda job: job["HyperParameterTuningJobStatus"] != "InProgress")
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["WarmStartConfig"] == warm("parent")["WarmStartConfig"]
    best = job["OverallBestTrainingJob"]
    assert (best["TuningJobName"], best["TunedHyperParameters"]) == ("parent", {"x": "3"})
    assert job["BestTrainingJob"]["TrainingJobName"].startswith("child-")
    other = tuning_request("other", ResourceLimits=limits)
    other["TrainingJobDefinition"]["InputDataConfig"] = [channel("train", f"s3://{BUCKET}/in/a.csv")]
    with pytest.raises(ClientError, match="needs the TrainingImage and the InputDataConfig of the parent"):
        client.sagemaker.create_hyper_parameter_tuning_job(**other, **warm("parent"))
    client.sagemaker.create_hyper_parameter_tuning_job(**other, **warm("parent", "child", kind="TransferLearning"))
    job = until(client, "other", lambda job: job["HyperParameterTuningJobStatus"] != "InProgress")
    assert "OverallBestTrainingJob" not in job
    other["TrainingJobDefinition"]["StaticHyperParameters"] = {}
    with pytest.raises(ClientError, match=r"has 1 hyperparameters, .*, and its parent parent has 2.*\(fixed differ\)"):
        client.sagemaker.create_hyper_parameter_tuning_job(**other, **warm("parent", kind="TransferLearning"))
    maximize = {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "loss"}}
    with pytest.raises(ClientError, match="The objective's Type is Maximize, and Minimize in the parent"):
        client.sagemaker.create_hyper_parameter_tuning_job(**tuning_request("x", **maximize), **warm("parent"))
    with pytest.raises(client.sagemaker.exceptions.ResourceNotFound):
        client.sagemaker.create_hyper_parameter_tuning_job(**tuning_request("x"), **warm("unknown"))


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
    ({"Strategy": "Hyperband"}, "Hyperband needs the number of rounds of a training job: set StrategyConfig"),
    (
        {"Strategy": "Hyperband", "TrainingJobEarlyStoppingType": "Auto"},
        "Hyperband stops training jobs by its own rule",
    ),
    ({"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1}}}, "StrategyConfig is for Hyperband"),
    (
        {"TuningJobCompletionCriteria": {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}},
        "TuningJobCompletionCriteria.ConvergenceDetected is not supported by the emulator",
    ),
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
