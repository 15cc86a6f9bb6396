import pytest

from driver.errors import DriverError
from driver.requests import training
from driver.requests.channels import Channel
from driver.requests.training import Plan, Resources

FULL = Resources(
    instance_type="ml.p3.2xlarge", instance_count=2, volume_gb=100, max_runtime=600, spot_wait=700,
    checkpoint_uri="s3://a-bucket/checkpoints", kms_key="1234", subnets=("subnet-1", "subnet-2"),
    security_groups=("sg-1",), is_isolated=True, is_traffic_encrypted=True,
)  # fmt: skip


def plan(**changes):
    right = {
        "name": "reviews",
        "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost-sentiment:0.1.0",
        "role": "arn:aws:iam::123456789012:role/Trainer",
        "folder": "s3://a-bucket/launch/reviews",
        "channels": [Channel(name="train", source="s3://a-bucket/reviews/")],
        "hyperparameters": {"num_round": "5"},
        "resources": Resources(instance_type="ml.m5.xlarge"),
    }
    return Plan(**{**right, **changes})


def test_a_request_with_everything_is_as_aws_has_it(valid):
    channels = [
        Channel(name="train", source="s3://b-bucket/x", content_type="text/csv", distribution="ShardedByS3Key",
                compression="Gzip", wrapper="RecordIO", mode="Pipe"),
        Channel(name="list", source="s3://b-bucket/x.manifest", type="ManifestFile"),
    ]  # fmt: skip
    request = training.create_training_job(
        plan(resources=FULL, channels=channels, environment={"A": "1"}, tags={"team": "reviews"},
             metric_definitions=[{"Name": "validation:accuracy", "Regex": "accuracy=([0-9.]+)"}])
    )  # fmt: skip
    valid(request)
    parameters = request.parameters
    assert parameters["EnableManagedSpotTraining"] is True
    assert parameters["StoppingCondition"] == {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 700}
    assert parameters["CheckpointConfig"] == {"S3Uri": "s3://a-bucket/checkpoints"}
    assert parameters["VpcConfig"] == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    assert parameters["EnableNetworkIsolation"] is parameters["EnableInterContainerTrafficEncryption"] is True
    assert parameters["OutputDataConfig"] == {"S3OutputPath": "s3://a-bucket/launch", "KmsKeyId": "1234"}
    assert parameters["ResourceConfig"]["VolumeKmsKeyId"] == "1234"
    assert parameters["Environment"] == {"A": "1"}
    assert parameters["Tags"] == [{"Key": "team", "Value": "reviews"}]


def test_what_is_not_asked_for_is_not_in_the_request(valid):
    request = training.create_training_job(plan())
    valid(request)
    assert set(request.parameters) == {
        "TrainingJobName", "AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig",
        "ResourceConfig", "StoppingCondition", "HyperParameters",
    }  # fmt: skip


def test_the_check_does_find_mistakes(valid):
    from dataclasses import replace

    request = training.create_training_job(plan())
    wrong = {
        **request.parameters,
        "ResourceConfig": {"InstanceType": "ml.tiny", "InstanceCount": 1, "VolumeSizeInGB": 1},
    }
    with pytest.raises(Exception, match=r"ml\.tiny"):
        valid(replace(request, parameters=wrong))


def test_a_file_goes_where_its_channel_looks(tmp_path, valid):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.csv").write_text("1,a\n")
    (tmp_path / ".hidden").write_text("not data")
    local = plan(channels=[Channel(name="train", source=str(tmp_path))], resources=FULL)
    [put] = training.uploads(local)
    valid(put)
    assert put.parameters == {
        "Bucket": "a-bucket", "Key": "launch/reviews/input/train/deep/a.csv", "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "1234",
    }  # fmt: skip
    entry = training.create_training_job(local).parameters["InputDataConfig"][0]
    assert entry["DataSource"]["S3DataSource"]["S3Uri"] == "s3://a-bucket/launch/reviews/input/train/"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "vectors_1"}, 'the training job cannot be called "vectors_1"'),
        ({"name": "x" * 64}, "use 1 to 63 letters"),
        ({"name": "-x"}, "a letter or digit first and last"),
        ({"name": ""}, "cannot be called"),
        ({"resources": Resources(instance_type="c5")}, '"c5" is not an instance type: expected one like ml.m5.xlarge'),
        ({"resources": Resources(instance_type="ml.m5.xlarge", instance_count=0)}, "the number of instances is 0"),
        ({"resources": Resources(instance_type="ml.m5.xlarge", volume_gb=0)}, "the volume is 0 GB"),
        ({"resources": Resources(instance_type="ml.m5.xlarge", max_runtime=0)}, "the longest run 0 s"),
        ({"resources": Resources(instance_type="ml.m5.xlarge", spot_wait=60)}, "includes the run, which may take"),
        ({"resources": Resources(instance_type="ml.m5.xlarge", subnets=["s"])}, "needs both --subnet and --security"),
        ({"channels": [Channel(name="a", source="s3://b-b/x")] * 2}, "channels given more than once: a; keep one"),
    ],
)
def test_a_plan_that_cannot_work_is_refused(changes, sentence):
    with pytest.raises(DriverError, match=sentence):
        training.create_training_job(plan(**changes))
