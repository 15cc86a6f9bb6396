"""Version 3 of the SageMaker Python SDK, as its examples use it."""

import json
import logging
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rows import Rows, expecting
from sagemaker.core import image_uris
from sagemaker.core.analytics import TrainingJobAnalytics
from sagemaker.core.helper.session_helper import get_execution_role
from sagemaker.core.parameter import ContinuousParameter, IntegerParameter
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.resources import Endpoint, EndpointConfig, FeatureGroup, Model, TrainingJob
from sagemaker.core.shapes import (
    CaptureOption,
    CheckpointConfig,
    ContainerDefinition,
    DataCaptureConfig,
    HyperParameterTuningJobWarmStartConfig,
    MetricDefinition,
    ParentHyperParameterTuningJob,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
    ProductionVariant,
)
from sagemaker.core.training.configs import (
    Compute,
    InputData,
    Networking,
    OutputDataConfig,
    SourceCode,
    StoppingCondition,
)
from sagemaker.core.transformer import Transformer
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

from driver.notebook import local_session

IMAGE = "xgboost-sentiment:dev"
SAMPLE = Path("images/xgboost-sentiment/sample")
METRIC = MetricDefinition(name="train:accuracy", regex=r"train:accuracy=([0-9.]+);")
KEY = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"
TEXTS = ["A wonderful film, superbly acted.", "An awful waste of time."]

rows = Rows("SageMaker Python SDK v3")


def trainer(given: Any, **more: Any) -> ModelTrainer:
    sample = json.loads((SAMPLE / "hyperparameters.json").read_text())
    return ModelTrainer(
        **{
            "training_image": IMAGE,
            "role": given.role,
            "sagemaker_session": given.session,
            "compute": Compute(instance_type="ml.m5.xlarge", instance_count=1),
            "hyperparameters": {**sample, "num_round": 2},
            **more,
        }
    )


def train(given: Any, made: ModelTrainer, **more: Any) -> Any:
    made.train(input_data_config=[InputData(channel_name="train", data_source=given.train)], **more)
    return made._latest_training_job


def log_of(given: Any, job: str) -> str:
    client = given.session.boto_session.client("logs")
    group = "/aws/sagemaker/TrainingJobs"
    events = client.filter_log_events(logGroupName=group, logStreamNamePrefix=f"{job}/")["events"]
    return "\n".join(event["message"] for event in events)


@rows.works("`local_session()`, `default_bucket()`")
def the_bucket(given: Any) -> None:
    assert given.session.default_bucket() == "sagemaker-us-east-1-123456789012"


@rows.works("`get_execution_role`")
def the_role(given: Any) -> None:
    given.role = get_execution_role(given.session)
    assert given.role == "arn:aws:iam::123456789012:role/emulator"


@rows.works("`Session.upload_data`")
def uploads(given: Any) -> None:
    given.train = given.session.upload_data(str(SAMPLE / "train"), key_prefix="reviews3/train")


@rows.works("`ModelTrainer.train`, no role given, waits and logs what the job logs")
def trains(given: Any) -> None:
    with expecting("train:accuracy="):
        given.job = train(given, trainer(given, role=None))
    assert given.job.training_job_status == "Completed"
    assert given.job.model_artifacts.s3_model_artifacts.endswith("/output/model.tar.gz")


@rows.works("`ModelTrainer.train(wait=False)`, `TrainingJob.get`, `refresh`, `wait`")
def gets(given: Any) -> None:
    bucket = given.session.default_bucket()
    made = trainer(
        given,
        networking=Networking(
            subnets=["subnet-1"], security_group_ids=["sg-1"], enable_inter_container_traffic_encryption=True
        ),
        compute=Compute(
            instance_type="ml.m5.xlarge", instance_count=1, volume_kms_key_id=KEY, enable_managed_spot_training=True
        ),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/kept", kms_key_id=KEY),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600, max_wait_time_in_seconds=900),
        checkpoint_config=CheckpointConfig(s3_uri=f"s3://{bucket}/points"),
        base_job_name="got",
    ).with_metric_definitions([METRIC])
    job = train(given, made, wait=False, logs=False)
    given.got = TrainingJob.get(job.training_job_name, session=given.session.boto_session)
    given.got.wait(poll=1)
    assert given.got.refresh().training_job_status == "Completed"


@rows.works("VPC, KMS keys, encrypted traffic: accepted, the log says what has no effect")
def unheeded(given: Any) -> None:
    said = log_of(given, given.got.training_job_name)
    for member in ("VpcConfig", "OutputDataConfig.KmsKeyId", "ResourceConfig.VolumeKmsKeyId", "EnableInterContainer"):
        assert member in said, said


@rows.works("Spot instances, checkpoints, metric definitions")
def spot(given: Any) -> None:
    assert given.got.enable_managed_spot_training
    assert [each.metric_name for each in given.got.final_metric_data_list] == ["train:accuracy"]


@rows.works("`TrainingJobAnalytics(...).dataframe()`")
def analyses_training(given: Any) -> None:
    frame = TrainingJobAnalytics(given.got.training_job_name, [METRIC.name], given.session).dataframe()
    assert set(frame["metric_name"]) == {METRIC.name}
    assert len(frame) == len(set(frame["timestamp"])) > 0


@rows.works("`ModelTrainer(source_code=SourceCode(...))`: a script of one's own")
def runs_a_script(given: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        script = "import os, sys; print('given', sys.argv[1:], os.listdir(os.environ['SM_CHANNEL_TRAIN']))"
        Path(folder, "own.py").write_text(script)
        source = SourceCode(source_dir=folder, entry_script="own.py")
        job = train(given, trainer(given, source_code=source, hyperparameters={"depth": 3}))
    assert "given ['--depth', '3'] ['reviews.csv']" in log_of(given, job.training_job_name)


@rows.works("`ScriptProcessor.run`: inputs, outputs, arguments, the log")
def processes(given: Any) -> None:
    bucket = given.session.default_bucket()
    processor = ScriptProcessor(
        image_uri=IMAGE, command=["python3"], role=given.role, instance_count=1, instance_type="ml.m5.large",
        sagemaker_session=given.session,
    )  # fmt: skip
    script = (
        "import os, pathlib, sys\n"
        "base = pathlib.Path(os.environ.get('SAGEMAKER_BASE_DIR', '/opt/ml'), 'processing')\n"
        "text = (base / 'in' / 'reviews.csv').read_text()\n"
        "(base / 'out' / 'count').write_text(str(len(text.splitlines())))\n"
        "print('counted for', sys.argv[1])\n"
    )
    source = ProcessingS3Input(s3_uri=given.train, s3_data_type="S3Prefix", local_path="/opt/ml/processing/in",
                               s3_input_mode="File")  # fmt: skip
    target = ProcessingS3Output(s3_uri=f"s3://{bucket}/counted3", local_path="/opt/ml/processing/out",
                                s3_upload_mode="EndOfJob")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, expecting("counted for me"):
        Path(folder, "count.py").write_text(script)
        processor.run(
            str(Path(folder, "count.py")),
            inputs=[ProcessingInput(input_name="in", s3_input=source)],
            outputs=[ProcessingOutput(output_name="out", s3_output=target)],
            arguments=["me"],
        )
    assert given.session.read_s3_file(bucket, "counted3/count") == "40"


@rows.works("`TrainingJob.get_all`, `stop`, without a session")
def stops(given: Any) -> None:
    endless = trainer(given, hyperparameters={"num_round": 1_000_000, "min_count": 1}, base_job_name="endless")
    job = train(given, endless, wait=False, logs=False)
    TrainingJob.get(job.training_job_name).stop()
    assert job.training_job_name in [each.training_job_name for each in TrainingJob.get_all(name_contains="endless")]
    job.wait(poll=1)
    assert job.training_job_status == "Stopped"


@rows.works('`image_uris.retrieve("xgboost")`, SageMaker\'s own XGBoost')
def twin(given: Any) -> None:
    bucket = given.session.default_bucket()
    lines = "".join(f"{i % 2},{i % 7},{(i * 3) % 5}\n" for i in range(200))
    given.session.upload_string_as_file_body(lines, bucket, "numbers3/train.csv")
    uri = image_uris.retrieve("xgboost", "us-east-1", version="1.7-1")
    made = trainer(given, training_image=uri, hyperparameters={"num_round": 3, "objective": "binary:logistic"})
    data = InputData(channel_name="train", data_source=f"s3://{bucket}/numbers3/", content_type="text/csv")
    made.train(input_data_config=[data], logs=False)
    assert made._latest_training_job.training_job_status == "Completed"


@rows.works("`HyperparameterTuner.tune`, random search, `best_training_job`, `analytics`")
def tunes(given: Any) -> None:
    given.tuner = tuner = HyperparameterTuner(
        trainer(given),
        "train:accuracy",
        {"lambda": ContinuousParameter(0.1, 0.9), "num_round": IntegerParameter(1, 3)},
        metric_definitions=[{"Name": METRIC.name, "Regex": METRIC.regex}],
        strategy="Random",
        max_jobs=2,
        max_parallel_jobs=2,
    )
    tuner.tune([InputData(channel_name="train", data_source=given.train)])
    assert tuner.best_training_job()
    assert set(tuner.analytics().dataframe()["TrainingJobStatus"]) == {"Completed"}


@rows.works("`HyperparameterTuner`: Bayesian, early stopping, time limit, warm start")
def tunes_on(given: Any) -> None:
    parents = HyperParameterTuningJobWarmStartConfig(
        warm_start_type="TransferLearning",
        parent_hyper_parameter_tuning_jobs=[
            ParentHyperParameterTuningJob(
                hyper_parameter_tuning_job_name=given.tuner.latest_tuning_job.hyper_parameter_tuning_job_name
            )
        ],
    )
    tuner = HyperparameterTuner(
        trainer(given),
        METRIC.name,
        {"lambda": ContinuousParameter(0.1, 0.9), "num_round": IntegerParameter(1, 3)},
        metric_definitions=[{"Name": METRIC.name, "Regex": METRIC.regex}],
        strategy="Bayesian",
        max_jobs=1,
        max_runtime_in_seconds=600,
        early_stopping_type="Auto",
        warm_start_config=parents,
        base_tuning_job_name="warm3",
    )
    tuner.tune([InputData(channel_name="train", data_source=given.train)])
    assert tuner.best_training_job()


@rows.works("`Model.create`, `EndpointConfig.create`, `Endpoint.create`, `invoke`")
def deploys(given: Any) -> None:
    data = given.job.model_artifacts.s3_model_artifacts
    given.model = Model.create(
        model_name="reviews3",
        primary_container=ContainerDefinition(image=IMAGE, model_data_url=data),
        execution_role_arn=given.role,
    )
    variant = ProductionVariant(
        variant_name="all", model_name="reviews3", initial_instance_count=1, instance_type="ml.m5.large"
    )
    EndpointConfig.create(endpoint_config_name="reviews3", production_variants=[variant])
    given.endpoint = Endpoint.create(endpoint_name="reviews3", endpoint_config_name="reviews3")
    given.endpoint.wait_for_status("InService", poll=1)
    answer = given.endpoint.invoke(body=json.dumps({"instances": TEXTS}), content_type="application/json")
    assert len(json.loads(answer.body.read())["predictions"]) == 2


@rows.works("`Endpoint.update`, `delete`, `wait_for_delete`")
def updates(given: Any) -> None:
    variant = ProductionVariant(
        variant_name="all", model_name="reviews3", initial_instance_count=1, instance_type="ml.m5.xlarge"
    )
    EndpointConfig.create(endpoint_config_name="reviews3-two", production_variants=[variant])
    given.endpoint.endpoint_config_name = "reviews3-two"
    given.endpoint.update()
    given.endpoint.wait_for_status("InService", poll=1)
    assert given.endpoint.refresh().endpoint_config_name == "reviews3-two"
    given.endpoint.delete()
    given.endpoint.wait_for_delete(poll=1)


@rows.works("`Transformer`, lines of CSV, joined with their input")
def transforms(given: Any) -> None:
    bucket = given.session.default_bucket()
    text = "".join(f'{i},"{TEXTS[i % 2]}"\n' for i in range(4))
    data = given.session.upload_string_as_file_body(text, bucket, "unseen3/rows.csv")
    transformer = Transformer("reviews3", 1, "ml.m5.large", strategy="MultiRecord", assemble_with="Line",
                              accept="text/csv", output_path=f"s3://{bucket}/joined3",
                              sagemaker_session=given.session)  # fmt: skip
    transformer.transform(data, content_type="text/csv", split_type="Line", join_source="Input",
                          input_filter="$[1:]", output_filter="$[0,-1]")  # fmt: skip
    lines = given.session.read_s3_file(bucket, "joined3/rows.csv.out").splitlines()
    assert [line.split(",")[0] for line in lines] == list("0123")


@rows.works("Data capture")
def captures(given: Any) -> None:
    variant = ProductionVariant(
        variant_name="all", model_name="reviews3", initial_instance_count=1, instance_type="ml.m5.xlarge"
    )
    capture = DataCaptureConfig(
        initial_sampling_percentage=100,
        destination_s3_uri=f"s3://{given.session.default_bucket()}/capture",
        capture_options=[CaptureOption(capture_mode="Input")],
    )
    EndpointConfig.create(endpoint_config_name="captured3", production_variants=[variant], data_capture_config=capture)


@rows.refused("`FastFile` mode")
def fast_file(given: Any) -> None:
    train(given, trainer(given, training_input_mode="FastFile"), logs=False)


@rows.refused("Feature groups: an operation that is not there")
def features(given: Any) -> None:
    FeatureGroup.get("features")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    rows.run(version("sagemaker"), SimpleNamespace(session=local_session(sys.argv[1])))
