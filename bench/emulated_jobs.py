"""What bench.emulator measures of jobs: through the API, and the same container started by hand."""

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.emulated import BUCKET, NAME, ROLE, Emulator, by_hand, until
from emulator.engines import Launch
from emulator.serving.container import ServingContainer
from emulator.training.containers import prepare
from emulator.training.job import TrainingJob

RESOURCES = {"InstanceType": "ml.m5.large", "InstanceCount": 1}


class Job(NamedTuple):
    """A job's seconds, through the API and by hand."""

    engine: str
    kind: str
    whole: float
    container: float


def train(emulator: Emulator) -> Job:
    """A training job; by hand, the same container on the same /opt/ml."""
    sagemaker, sample = emulator.client("sagemaker"), emulator.sample
    began = time.perf_counter()
    sagemaker.create_training_job(
        TrainingJobName=NAME,
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": emulator.image, "TrainingInputMode": "File"},
        HyperParameters=sample.hyperparameters,
        InputDataConfig=[
            {
                "ChannelName": channel.channel_name,
                "ContentType": channel.content_type,
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{channel.channel_name}/"}
                },
            }
            for channel in sample.channels
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        ResourceConfig={**RESOURCES, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    until(lambda: sagemaker.describe_training_job(TrainingJobName=NAME)["TrainingJobStatus"], "Completed")
    whole = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        job = TrainingJob(NAME, sample.channels, sample.hyperparameters)
        (host,) = prepare(emulator.engine, job, Path(folder))
        began = time.perf_counter()
        with emulator.engine.start(Launch(NAME, "train", host.opt_ml), lambda _: None) as container:
            container.wait()
        return Job(emulator.engine_name, "training", whole, time.perf_counter() - began)


def transform(emulator: Emulator) -> Job:
    """A transform job over one request; by hand, the container started, asked and stopped."""
    sagemaker, sample = emulator.client("sagemaker"), emulator.sample
    sagemaker.create_model(
        ModelName=NAME,
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": emulator.image, "ModelDataUrl": f"s3://{BUCKET}/out/{NAME}/output/model.tar.gz"},
    )
    began = time.perf_counter()
    sagemaker.create_transform_job(
        TransformJobName=NAME,
        ModelName=NAME,
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/requests/"}},
            "ContentType": sample.request_type,
        },
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/transformed"},
        TransformResources=RESOURCES,
    )
    until(lambda: sagemaker.describe_transform_job(TransformJobName=NAME)["TransformJobStatus"], "Completed")
    whole = time.perf_counter() - began
    with by_hand(emulator) as model:
        began = time.perf_counter()
        with ServingContainer(emulator.engine, model) as endpoint:
            endpoint.invoke(sample.request, sample.request_type)
        return Job(emulator.engine_name, "transform", whole, time.perf_counter() - began)
