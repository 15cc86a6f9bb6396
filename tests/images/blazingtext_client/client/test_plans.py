"""What BlazingText would refuse on AWS is refused here. What SageMaker would refuse is the driver's business."""

import pytest
from blazingtext_client.client import plans
from smcontract.errors import UserError

from driver.errors import DriverError
from driver.requests.channels import Channel

TRAIN, VALIDATION = Channel(name="train", source="t.txt"), Channel(name="validation", source="v.txt")
BOTH = [TRAIN, VALIDATION]


def test_a_job_of_word_vectors_is_the_documented_request(plan):
    request = plans.create_training_job(plan(hyperparameters={"mode": "batch_skipgram", "epochs": "5"}))
    assert (request.service, request.operation) == ("sagemaker", "CreateTrainingJob")
    assert request.parameters == {
        "TrainingJobName": "vectors-1",
        "AlgorithmSpecification": {
            "TrainingImage": "685385470294.dkr.ecr.eu-west-1.amazonaws.com/blazingtext:1",
            "TrainingInputMode": "File",
        },
        "RoleArn": "arn:aws:iam::123456789012:role/service/Trainer",
        "HyperParameters": {"mode": "batch_skipgram", "epochs": "5"},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "ContentType": "text/plain",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": "s3://a-bucket/blazingtext/vectors-1/input/train/",
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://a-bucket/blazingtext"},
        "ResourceConfig": {"InstanceType": "ml.c5.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"hyperparameters": {}}, "the hyperparameter mode is missing"),
        ({"hyperparameters": {"mode": "glove"}}, 'mode is "glove": expected one of batch_skipgram'),
        ({"hyperparameters": {"mode": "cbow", "epoch": "5"}}, "did you mean epochs"),
        ({"hyperparameters": {"mode": "cbow", "batch_size": "11"}}, "no effect with mode cbow .*: batch_size"),
        ({"hyperparameters": {"mode": "cbow", "early_stopping": "True"}}, "no effect with mode cbow .*early_stopping"),
        (
            {"hyperparameters": {"mode": "batch_skipgram", "subwords": "True"}},
            "subwords cannot be combined with mode batch",
        ),
        ({"hyperparameters": {"mode": "supervised", "subwords": "True"}}, "subwords cannot be combined with mode sup"),
        ({"hyperparameters": {"mode": "cbow", "subwords": "True", "min_char": "9"}}, "min_char is 9, max_char is 6"),
        ({"hyperparameters": {"mode": "skipgram"}, "instance_count": 2}, "mode skipgram runs on one instance"),
        ({"hyperparameters": {"mode": '"skipgram"'}, "instance_count": 2}, "mode skipgram runs on one instance"),
        ({"instance_type": "ml.p3.2xlarge"}, "mode batch_skipgram runs on CPUs"),
        ({"channels": []}, "mode batch_skipgram takes the channels train, but the job has none"),
        ({"channels": BOTH}, "takes the channels train, but the job has train, validation"),
        (
            {"channels": [VALIDATION], "hyperparameters": {"mode": "supervised"}},
            "train, validation, but the job has valid",
        ),
        ({"hyperparameters": {"mode": "supervised", "early_stopping": "True"}}, "early_stopping needs validation data"),
    ],
)
def test_a_plan_that_blazingtext_cannot_follow_is_refused(plan, changes, sentence):
    with pytest.raises(UserError, match=sentence):
        plans.create_training_job(plan(**changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "vectors_1"}, 'the training job cannot be called "vectors_1"'),
        ({"spot_wait": 60}, "the spot wait of 60 s includes the run"),
        ({"subnets": ["subnet-1"]}, "needs both --subnet and --security-group"),
    ],
)
def test_a_plan_that_sagemaker_cannot_follow_is_refused(plan, changes, sentence):
    with pytest.raises(DriverError, match=sentence):
        plans.create_training_job(plan(**changes))


def test_classes_with_early_stopping(plan):
    hyperparameters = {"mode": "supervised", "early_stopping": "True"}
    request = plans.create_training_job(plan(hyperparameters=hyperparameters, channels=BOTH))
    assert [channel["ChannelName"] for channel in request.parameters["InputDataConfig"]] == ["train", "validation"]
