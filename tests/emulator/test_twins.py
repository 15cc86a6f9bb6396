"""Jobs written for Amazon's own algorithms, as their notebooks send them, really train with the twins."""

import io
import random
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.client import BUCKET, Client, channel, filled, start, training_request
from tests.emulator.tuning.test_operations import until

XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
BLAZINGTEXT = "811284229777.dkr.ecr.us-east-1.amazonaws.com/blazingtext:1"
CHANNELS = [
    channel(name, f"s3://{BUCKET}/numbers/{name}", spread="FullyReplicated", ContentType="text/csv")
    for name in ("train", "validation")
]
# Those of the notebook that classifies reviews.
CLASSIC = {
    "max_depth": "5",
    "eta": "0.2",
    "gamma": "4",
    "min_child_weight": "6",
    "subsample": "0.8",
    "silent": "0",
    "objective": "binary:logistic",
    "early_stopping_rounds": "10",
    "num_round": "30",
}


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.container)])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    running = start(tmp_path_factory.mktemp("emulator") / "state", request.param)
    made = filled(running)
    numbers = random.Random(1)
    for name, count in (("train", 400), ("validation", 100)):
        rows = [[numbers.random() for _ in range(4)] for _ in range(count)]
        lines = [f"{int(sum(row) > 2)},{','.join(f'{value:.3f}' for value in row)}" for row in rows]
        made.put(f"numbers/{name}.csv", "\n".join(lines) + "\n")
    yield made
    running.end()


def metrics(job: dict[str, Any]) -> dict[str, float]:
    return {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}


def test_the_classic_xgboost_job(client: Client) -> None:
    job = client.train("classic", XGBOOST, InputDataConfig=CHANNELS, HyperParameters=CLASSIC)
    assert job["TrainingJobStatus"] == "Completed", client.log("classic")
    assert client.log("classic")[0] == (
        f"{XGBOOST} is Amazon's own algorithm: xgboost-sentiment runs here in its place"
    )
    assert job["AlgorithmSpecification"]["TrainingImage"] == XGBOOST
    assert job["HyperParameters"] == CLASSIC
    assert metrics(job)["validation:logloss"] < 0.5
    assert client.get("out/classic/output/model.tar.gz")


def test_eval_metric_names_the_metrics(client: Client) -> None:
    regression = {"num_round": "10", "objective": "reg:squarederror", "eval_metric": "rmse,mae"}
    job = client.train("regression", XGBOOST, InputDataConfig=CHANNELS, HyperParameters=regression)
    assert metrics(job).keys() == {"train:rmse", "train:mae", "validation:rmse", "validation:mae"}


def test_tuning_watches_its_objective_without_being_told_how(client: Client) -> None:
    definition = training_request("unused", XGBOOST, InputDataConfig=CHANNELS)
    del definition["TrainingJobName"]
    client.sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tuned",
        HyperParameterTuningJobConfig={
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "3", "MaxValue": "12"}]},
        },
        TrainingJobDefinition={
            **definition,
            "StaticHyperParameters": {"objective": "binary:logistic", "num_round": "5"},
        },
    )
    job = until(client, "tuned", lambda job: job["HyperParameterTuningJobStatus"] != "InProgress")
    best = job["BestTrainingJob"]
    assert 0.7 < best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] <= 1
    assert client.log(best["TrainingJobName"])[:2] == [
        "tuning job tuned asks for Bayesian: the emulator draws the values at random instead",
        f"{XGBOOST} is Amazon's own algorithm: xgboost-sentiment runs here in its place",
    ]


def test_blazingtexts_word_vectors(client: Client) -> None:
    words = "the cat and the dog sat on the mat while a bird sang to the dog and the cat\n"
    client.put("text/corpus", words * 50)
    settings = {"mode": "skipgram", "vector_dim": "10", "epochs": "1", "min_count": "1"}
    channels = [channel("train", f"s3://{BUCKET}/text/corpus")]
    job = client.train("vectors", BLAZINGTEXT, InputDataConfig=channels, HyperParameters=settings)
    assert job["TrainingJobStatus"] == "Completed", client.log("vectors")
    assert client.log("vectors")[0].endswith("blazingtext-client runs here in its place")
    with tarfile.open(fileobj=io.BytesIO(client.get("out/vectors/output/model.tar.gz"))) as tar:
        assert "vectors.txt" in tar.getnames()


def test_metric_definitions_of_ones_own_are_refused_as_on_aws(client: Client) -> None:
    own = [{"Name": "mine", "Regex": "mine=(.*)"}]
    with pytest.raises(ClientError, match="You can't override the metric definitions for Amazon SageMaker algorithms"):
        client.sagemaker.create_training_job(
            **training_request("own", XGBOOST, InputDataConfig=CHANNELS, AlgorithmSpecification__MetricDefinitions=own)
        )
