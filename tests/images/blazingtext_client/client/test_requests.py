from pathlib import Path

import pytest
from blazingtext_client.client import requests
from smcontract.errors import UserError

CLASSES = {"hyperparameters": {"mode": "supervised"}, "files": {"train": Path("t.txt"), "validation": Path("v.txt")}}
FULL = {
    "instance_type": "ml.c4.2xlarge",
    "instance_count": 2,
    "spot_wait": 7200,
    "kms_key": "arn:aws:kms:eu-west-1:123456789012:key/1234",
    "subnets": ["subnet-1", "subnet-2"],
    "security_groups": ["sg-1"],
    "tags": {"team": "reviews", "empty": ""},
}


def test_a_job_of_word_vectors_is_the_documented_request(plan):
    assert requests.create_training_job(plan(hyperparameters={"mode": "batch_skipgram", "epochs": "5"})) == {
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
                "InputMode": "File",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": "s3://a-bucket/blazingtext/vectors-1/input/train/",
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://a-bucket/blazingtext/vectors-1/output"},
        "ResourceConfig": {"InstanceType": "ml.c5.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }


def test_options_stand_where_aws_wants_them(plan):
    request = requests.create_training_job(plan(**FULL))
    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
    assert request["OutputDataConfig"]["KmsKeyId"] == request["ResourceConfig"]["VolumeKmsKeyId"] == FULL["kms_key"]
    assert request["VpcConfig"] == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    assert request["Tags"] == [{"Key": "team", "Value": "reviews"}, {"Key": "empty", "Value": ""}]


def test_a_file_goes_where_its_channel_looks(plan):
    classes = plan(**CLASSES, prefix="/texts/")
    puts = requests.put_objects(classes)
    channels = requests.create_training_job(classes)["InputDataConfig"]
    assert [path for path, _ in puts] == [Path("t.txt"), Path("v.txt")]
    for (_, put), channel in zip(puts, channels, strict=True):
        uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
        assert f"s3://{put['Bucket']}/{put['Key']}" == f"{uri}{channel['ChannelName'][0]}.txt"
    assert puts[0][1]["Key"] == "texts/vectors-1/input/train/t.txt"
    _, encrypted = requests.put_objects(plan(kms_key="1234"))[0]
    assert (encrypted["ServerSideEncryption"], encrypted["SSEKMSKeyId"]) == ("aws:kms", "1234")


@pytest.mark.parametrize("changes", [{}, FULL, CLASSES, {"prefix": ""}, {"region": "cn-north-1"}])
def test_all_requests_are_as_awss_service_model_has_them(plan, problems, changes):
    job = plan(**changes)
    assert problems("sagemaker", "CreateTrainingJob", requests.create_training_job(job)) == []
    assert problems("sagemaker", "DescribeTrainingJob", requests.describe_training_job(job)) == []
    for _, put in requests.put_objects(job):
        assert problems("s3", "PutObject", {**put, "Body": b""}) == []


def test_the_service_model_does_find_mistakes(plan, problems):
    request = requests.create_training_job(plan())
    request["ResourceConfig"] = {**request["ResourceConfig"], "InstanceType": "ml.c5.tiny", "InstanceCount": "1"}
    request["TrainingJobName"] = "-x"
    found = "\n".join(problems("sagemaker", "CreateTrainingJob", request))
    for part in ("InstanceCount", "ml.c5.tiny is not one of its values", ".TrainingJobName: -x does not match"):
        assert part in found


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "vectors_1"}, 'the job name "vectors_1" is not one that SageMaker takes'),
        ({"name": "x" * 64}, "the job name"),
        ({"name": "a" + "-" * 70 + "b"}, "the job name"),
        ({"name": "x-"}, "the job name"),
        ({"name": ""}, "the job name"),
        ({"bucket": "s3://a-bucket"}, "is no name of a bucket"),
        ({"role": "Trainer"}, 'the role is "Trainer": expected is an ARN'),
        ({"region": "eu-west-9"}, "no BlazingText image is known for the region"),
        ({"hyperparameters": {}}, "the hyperparameter mode is missing"),
        ({"hyperparameters": {"mode": "glove"}}, 'mode is "glove": expected one of batch_skipgram'),
        ({"hyperparameters": {"mode": "cbow", "epoch": "5"}}, "did you mean epochs"),
        ({"hyperparameters": {"mode": "cbow", "batch_size": "11"}}, "no effect with mode cbow .*: batch_size"),
        ({"hyperparameters": {"mode": "cbow", "early_stopping": "True"}}, "no effect with mode cbow .*early_stopping"),
        ({"hyperparameters": {"mode": "batch_skipgram", "subwords": "True"}}, "subwords cannot be had with mode batch"),
        ({"hyperparameters": {"mode": "cbow", "subwords": "True", "min_char": "9"}}, "min_char is 9, max_char is 6"),
        ({"hyperparameters": {"mode": "skipgram"}, "instance_count": 2}, "mode skipgram runs on one instance"),
        ({"files": {}}, "mode batch_skipgram takes the channels train, given are none"),
        ({"files": CLASSES["files"]}, "takes the channels train, given are train, validation"),
        (
            {"hyperparameters": {"mode": "supervised", "early_stopping": "True"}},
            "early_stopping needs validation data",
        ),
        ({"volume_gb": 0}, "the volume is 0 GB"),
        ({"max_runtime": 0}, "the longest run 0 s"),
        ({"spot_wait": 60}, "the spot wait, 60 s, counts the run too, and that may take 3600 s"),
        ({"subnets": ["subnet-1"]}, "needs both subnets and security groups"),
    ],
)
def test_a_plan_that_cannot_work_is_refused(plan, changes, sentence):
    with pytest.raises(UserError, match=sentence):
        requests.create_training_job(plan(**changes))


def test_hyperparameters_travel_as_they_were_given():
    given = {"mode": "supervised", "early_stopping": True, "learning_rate": "0.05", "evaluation": "False", "epochs": 7}
    assert requests.hyperparameters(given) == {
        "mode": "supervised", "early_stopping": "True", "learning_rate": "0.05", "evaluation": "False", "epochs": "7",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["a", "A-1", "a--b", "x" * 63])
def test_names_that_sagemaker_takes(plan, problems, name):
    assert problems("sagemaker", "CreateTrainingJob", requests.create_training_job(plan(name=name))) == []


@pytest.mark.parametrize("uri", ["s3://bucket", "s3://bucket/", "https://bucket/key", "s3:///key", ""])
def test_what_is_no_object_in_s3_is_refused(uri):
    with pytest.raises(UserError, match="is no object in S3: expected is s3://bucket/key"):
        requests.location(uri)
