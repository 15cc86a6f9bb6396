"""Jobs written for Amazon's own algorithms, as their notebooks send them, really train with the twins."""

import io
import random
import tarfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import xgboost
from botocore.exceptions import ClientError

from tests.emulator.client import BUCKET, Client, channel, filled, start, training_request
from tests.emulator.hosting.caller import Host
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
    with tarfile.open(fileobj=io.BytesIO(client.get("out/classic/output/model.tar.gz"))) as tar:
        assert "xgboost-model" in tar.getnames()


def test_eval_metric_names_the_metrics(client: Client) -> None:
    regression = {"num_round": "10", "objective": "reg:squarederror", "eval_metric": "rmse,mae"}
    job = client.train("regression", XGBOOST, InputDataConfig=CHANNELS, HyperParameters=regression)
    assert metrics(job).keys() == {"train:rmse", "train:mae", "validation:rmse", "validation:mae"}


def test_the_tag_that_was_asked_for_decides_how_it_is_read_and_answers(client: Client) -> None:
    """As the notebook of the abalones sends it: libsvm without a content type, and the objective's old name."""
    numbers = random.Random(2)
    lines = [f"{numbers.randint(1, 9)} 0:{numbers.random():.2f} 1:0 2:{numbers.random():.2f}" for _ in range(60)]
    client.put("abalone/train", "\n".join(lines))
    channels = [channel("train", f"s3://{BUCKET}/abalone/train", spread="FullyReplicated")]
    settings = {"num_round": "3", "objective": "reg:linear"}
    job = client.train("abalone", XGBOOST, InputDataConfig=channels, HyperParameters=settings)
    assert job["TrainingJobStatus"] == "Completed", client.log("abalone")
    with tarfile.open(fileobj=io.BytesIO(client.get("out/abalone/output/model.tar.gz"))) as tar:
        written = tar.extractfile("xgboost-model")
        assert written is not None
        content = written.read()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    client.put("abalone/model.tar.gz", packed.getvalue())
    matrix = xgboost.DMatrix(np.array([[0.5, 0, 0.5], [0.1, np.nan, 0.9]]))
    scores = xgboost.Booster(model_file=bytearray(content)).predict(matrix).tolist()
    host = Host(client.running)
    model = f"s3://{BUCKET}/abalone/model.tar.gz"
    for image, answer in ((XGBOOST, "{}\n{}\n"), ("811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", "{},{}")):
        name = f"abalone-{'own' if image == XGBOOST else 'first'}"
        assert host.deploy(name, image, ModelDataUrl=model)["EndpointStatus"] == "InService"
        body = b"0:0.5 1:0 2:0.5\n0:0.1 2:0.9"
        for content_type in ({"ContentType": "text/x-libsvm"}, {}):
            assert host.invoke(name, body, **content_type).decode() == answer.format(*scores)
        host.delete(name)


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
    twin = f"{XGBOOST} is Amazon's own algorithm: xgboost-sentiment runs here in its place"
    assert client.log(best["TrainingJobName"])[0] == twin


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
