"""Version 2 of the SageMaker Python SDK, as the developer guide and its examples use it."""

import json
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rows import Rows, expecting

os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"

import boto3
import sagemaker
from sagemaker import image_uris
from sagemaker.analytics import HyperparameterTuningJobAnalytics, TrainingJobAnalytics
from sagemaker.deserializers import CSVDeserializer, JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.model_monitor import DataCaptureConfig
from sagemaker.predictor import Predictor
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.s3 import S3Downloader, S3Uploader
from sagemaker.serializers import CSVSerializer, JSONSerializer
from sagemaker.serverless import ServerlessInferenceConfig
from sagemaker.transformer import Transformer
from sagemaker.tuner import (
    CategoricalParameter,
    ContinuousParameter,
    HyperparameterTuner,
    IntegerParameter,
    WarmStartConfig,
    WarmStartTypes,
)

from driver import emulator
from driver.notebook import local_session

IMAGE = "xgboost-sentiment:dev"
SAMPLE = Path("images/xgboost-sentiment/sample")
METRIC = "train:accuracy"
METRICS = [{"Name": METRIC, "Regex": r"train:accuracy=([0-9.]+);"}]
KEY = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"
TEXTS = ["A wonderful film, superbly acted.", "An awful waste of time."]

rows = Rows("SageMaker Python SDK v2")


def estimator(given: Any, **more: Any) -> Estimator:
    return Estimator(
        **{
            "image_uri": IMAGE,
            "role": given.role,
            "instance_count": 1,
            "instance_type": "ml.m5.xlarge",
            "sagemaker_session": given.session,
            "hyperparameters": {**json.loads((SAMPLE / "hyperparameters.json").read_text()), "num_round": 2},
            **more,
        }
    )


def log_of(given: Any, job: str) -> list[str]:
    client = given.session.boto_session.client("logs")
    group = "/aws/sagemaker/TrainingJobs"
    events = client.filter_log_events(logGroupName=group, logStreamNamePrefix=f"{job}/")["events"]
    return [event["message"] for event in events]


@rows.works("`local_session()`, `default_bucket()`")
def the_bucket(given: Any) -> None:
    assert given.session.default_bucket() == "sagemaker-us-east-1-123456789012"
    assert given.session.default_bucket() in [b.name for b in given.session.s3_resource.buckets.all()]


@rows.works("`get_execution_role`")
def the_role(given: Any) -> None:
    given.role = sagemaker.get_execution_role(given.session)
    assert given.role == "arn:aws:iam::123456789012:role/emulator"


@rows.works("`Session.upload_data`, `S3Uploader`, `S3Downloader`")
def uploads(given: Any) -> None:
    given.train = given.session.upload_data(str(SAMPLE / "train"), key_prefix="reviews/train")
    uri = S3Uploader.upload_string_as_file_body(
        "a text", f"{given.train[:-5]}texts/a.txt", sagemaker_session=given.session
    )
    assert S3Downloader.read_file(uri, sagemaker_session=given.session) == "a text"
    assert S3Downloader.list(given.train, sagemaker_session=given.session) == [f"{given.train}/reviews.csv"]


@rows.works("`Estimator.fit`, nothing set, waits and prints the log")
def fits(given: Any) -> None:
    given.estimator = estimator(given)
    with expecting("train:accuracy="):
        given.estimator.fit({"train": given.train})
    assert given.estimator.model_data.endswith("/output/model.tar.gz")
    told = "ProfilerConfig.S3OutputPath has no effect in the emulator: system metrics are not written"
    assert told in log_of(given, given.estimator.latest_training_job.name)


@rows.works("`Estimator.fit(wait=False)`, `attach`, `logs`")
def attaches(given: Any) -> None:
    bucket = given.session.default_bucket()
    spot = {
        "use_spot_instances": True,
        "max_run": 600,
        "max_wait": 900,
        "checkpoint_s3_uri": f"s3://{bucket}/points",
        "metric_definitions": METRICS,
        "enable_sagemaker_metrics": True,
    }
    secure = {
        "subnets": ["subnet-1"],
        "security_group_ids": ["sg-1"],
        "output_kms_key": KEY,
        "volume_kms_key": KEY,
        "encrypt_inter_container_traffic": True,
    }
    started = estimator(given, **spot, **secure)
    started.fit({"train": TrainingInput(given.train, content_type="text/csv")}, wait=False, job_name="attached")
    attached = Estimator.attach("attached", sagemaker_session=given.session)
    with expecting("epoch="):
        attached.logs()
    given.attached = attached.latest_training_job.describe()
    assert given.attached["TrainingJobStatus"] == "Completed"


@rows.works("VPC, KMS keys, encrypted traffic: accepted, the log says what has no effect")
def unheeded(given: Any) -> None:
    said = "\n".join(log_of(given, "attached"))
    for member in ("VpcConfig", "OutputDataConfig.KmsKeyId", "ResourceConfig.VolumeKmsKeyId", "EnableInterContainer"):
        assert member in said, said


@rows.works("Spot instances, checkpoints, metrics as time series")
def spot(given: Any) -> None:
    assert given.attached["EnableManagedSpotTraining"]
    assert [each["MetricName"] for each in given.attached["FinalMetricDataList"]] == [METRIC]


@rows.works("`TrainingJobAnalytics(...).dataframe()`")
def analyses_training(given: Any) -> None:
    frame = TrainingJobAnalytics("attached", [METRIC], sagemaker_session=given.session).dataframe()
    assert set(frame["metric_name"]) == {METRIC}


@rows.works("`Estimator(entry_point=...)`: a script of one's own, with arguments")
def runs_a_script(given: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        script = "import os, sys; print('given', sys.argv[1:], os.listdir(os.environ['SM_CHANNEL_TRAIN']))"
        Path(folder, "own.py").write_text(script)
        own = estimator(given, entry_point="own.py", source_dir=folder, hyperparameters={"depth": 3})
        with expecting("given ['--depth', '3'] ['reviews.csv']"):
            own.fit({"train": given.train})


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
    with tempfile.TemporaryDirectory() as folder, expecting("counted for me"):
        Path(folder, "count.py").write_text(script)
        processor.run(
            str(Path(folder, "count.py")),
            inputs=[ProcessingInput(given.train, "/opt/ml/processing/in")],
            outputs=[ProcessingOutput(output_name="out", source="/opt/ml/processing/out",
                                      destination=f"s3://{bucket}/counted")],
            arguments=["me"],
        )  # fmt: skip
    assert S3Downloader.read_file(f"s3://{bucket}/counted/count", sagemaker_session=given.session) == "40"


@rows.works("Tags, environment, `stop_training_job`")
def stops(given: Any) -> None:
    endless = estimator(
        given, hyperparameters={"num_round": 1_000_000, "min_count": 1}, tags=[{"Key": "a", "Value": "b"}]
    )
    endless.fit({"train": given.train}, wait=False)
    name = endless.latest_training_job.name
    given.session.stop_training_job(name)
    given.session.sagemaker_client.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name)
    described = endless.latest_training_job.describe()
    assert described["TrainingJobStatus"] == "Stopped", described
    assert given.session.list_tags(described["TrainingJobArn"])[0] == {"Key": "a", "Value": "b"}


@rows.works('`image_uris.retrieve("xgboost")`, SageMaker\'s own XGBoost')
def twin(given: Any) -> None:
    bucket = given.session.default_bucket()
    lines = "".join(f"{i % 2},{i % 7},{(i * 3) % 5}\n" for i in range(200))
    given.session.upload_string_as_file_body(lines, bucket, "numbers/train.csv")
    uri = image_uris.retrieve("xgboost", "us-east-1", version="1.7-1")
    job = estimator(given, image_uri=uri, hyperparameters={"num_round": 3, "objective": "binary:logistic"})
    job.fit({"train": TrainingInput(f"s3://{bucket}/numbers/", content_type="text/csv")}, logs="None")
    names = [each["MetricName"] for each in job.latest_training_job.describe()["FinalMetricDataList"]]
    assert "train:logloss" in names


@rows.works("`HyperparameterTuner.fit`, random search")
def tunes(given: Any) -> None:
    ranges = {"lambda": ContinuousParameter(0.1, 0.9), "num_round": IntegerParameter(1, 3)}
    given.tuner = HyperparameterTuner(
        estimator(given, metric_definitions=METRICS), METRIC, ranges, metric_definitions=METRICS, strategy="Random",
        max_jobs=2, max_parallel_jobs=2, random_seed=1, base_tuning_job_name="random",
    )  # fmt: skip
    given.tuner.fit({"train": given.train})
    assert given.tuner.best_training_job().startswith(given.tuner.latest_tuning_job.name[:20])
    assert given.tuner.best_estimator().model_data


@rows.works("`HyperparameterTuner` over categories, grid search")
def grid(given: Any) -> None:
    ranges = {"num_round": CategoricalParameter(["2", "3"])}
    tuner = HyperparameterTuner(
        estimator(given), METRIC, ranges, metric_definitions=METRICS, strategy="Grid", max_jobs=2,
        max_parallel_jobs=2, base_tuning_job_name="grid",
    )  # fmt: skip
    tuner.fit({"train": given.train})
    assert len(tuner.analytics().dataframe()) == 2


@rows.works("`HyperparameterTuner`: Bayesian, early stopping, time limit, warm start")
def tunes_on(given: Any) -> None:
    parents = {given.tuner.latest_tuning_job.name}
    tuner = HyperparameterTuner(
        estimator(given, metric_definitions=METRICS), METRIC,
        {"lambda": ContinuousParameter(0.1, 0.9), "num_round": IntegerParameter(1, 3)}, metric_definitions=METRICS,
        strategy="Bayesian", max_jobs=1, max_runtime_in_seconds=600, early_stopping_type="Auto",
        warm_start_config=WarmStartConfig(WarmStartTypes.TRANSFER_LEARNING, parents), base_tuning_job_name="warm",
    )  # fmt: skip
    tuner.fit({"train": given.train})
    assert tuner.best_training_job()


@rows.works("`HyperparameterTuner.attach`")
def attaches_to_tuning(given: Any) -> None:
    name = given.tuner.latest_tuning_job.name
    assert HyperparameterTuner.attach(name, sagemaker_session=given.session).best_training_job()


@rows.works("`tuner.analytics().dataframe()`")
def analyses(given: Any) -> None:
    name = given.tuner.latest_tuning_job.name
    frame = HyperparameterTuningJobAnalytics(name, sagemaker_session=given.session).dataframe()
    assert set(frame["TrainingJobStatus"]) == {"Completed"}
    assert frame["FinalObjectiveValue"].notna().all()


@rows.works("`Estimator.deploy`, `Predictor` with JSON and CSV")
def deploys(given: Any) -> None:
    given.predictor = given.estimator.deploy(1, "ml.m5.large", endpoint_name="reviews", serializer=JSONSerializer(),
                                             deserializer=JSONDeserializer())  # fmt: skip
    assert len(given.predictor.predict({"instances": TEXTS})["predictions"]) == 2
    csv = Predictor("reviews", given.session, serializer=CSVSerializer(), deserializer=CSVDeserializer())
    assert len(csv.predict([[TEXTS[0]], [TEXTS[1]]])) == 2


@rows.works("`Predictor` of an endpoint that exists, custom attributes, target variant")
def invokes(given: Any) -> None:
    predictor = Predictor("reviews", given.session, serializer=JSONSerializer())
    answer = predictor.predict({"instances": TEXTS}, target_variant="AllTraffic", custom_attributes="a=b")
    assert json.loads(answer)["predictions"]


@rows.works("`Predictor.update_endpoint`")
def updates(given: Any) -> None:
    client = given.session.sagemaker_client
    before = client.describe_endpoint(EndpointName="reviews")["EndpointConfigName"]
    given.predictor.update_endpoint(initial_instance_count=1, instance_type="ml.m5.xlarge")
    after = client.describe_endpoint(EndpointName="reviews")
    assert after["EndpointStatus"] == "InService"
    assert after["EndpointConfigName"] != before
    assert given.predictor.predict({"instances": TEXTS})["predictions"]


@rows.works("`Model.deploy` of an artefact, in a VPC")
def deploys_a_model(given: Any) -> None:
    network = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    model = Model(IMAGE, given.estimator.model_data, given.role, sagemaker_session=given.session,
                  predictor_cls=Predictor, vpc_config=network)  # fmt: skip
    predictor = model.deploy(1, "ml.m5.large", kms_key=KEY, serializer=JSONSerializer())
    assert predictor.predict({"instances": TEXTS})
    events = given.session.boto_session.client("logs").filter_log_events(
        logGroupName=f"/aws/sagemaker/Endpoints/{predictor.endpoint_name}"
    )["events"]
    assert [e["message"].split(" ")[0] for e in events[:2]] == ["VpcConfig", "KmsKeyId"]
    predictor.delete_predictor()


@rows.works("`Predictor.delete_model`, `delete_endpoint`")
def deletes(given: Any) -> None:
    given.predictor.delete_model()
    given.predictor.delete_endpoint()
    given.session.sagemaker_client.get_waiter("endpoint_deleted").wait(EndpointName="reviews")


@rows.works("`Transformer`, lines of CSV, joined with their input")
def transforms(given: Any) -> None:
    bucket = given.session.default_bucket()
    text = "".join(f'{i},"{TEXTS[i % 2]}"\n' for i in range(4))
    given.rows = given.session.upload_string_as_file_body(text, bucket, "unseen/rows.csv")
    given.transformer = given.estimator.transformer(1, "ml.m5.large", strategy="MultiRecord", assemble_with="Line",
                                                    accept="text/csv", output_path=f"s3://{bucket}/joined")  # fmt: skip
    given.transformer.transform(given.rows, content_type="text/csv", split_type="Line", join_source="Input",
                                input_filter="$[1:]", output_filter="$[0,-1]", logs=False)  # fmt: skip
    (found,) = S3Downloader.list(f"s3://{bucket}/joined", sagemaker_session=given.session)
    lines = S3Downloader.read_file(found, sagemaker_session=given.session).splitlines()
    assert [line.split(",")[0] for line in lines] == list("0123")
    assert all(0 <= float(line.split(",")[1]) <= 1 for line in lines)


@rows.works("`Transformer.attach`, KMS keys, the log")
def transforms_with_a_key(given: Any) -> None:
    bucket = given.session.default_bucket()
    text = "".join(f'"{each}"\n' for each in TEXTS)
    unseen = given.session.upload_string_as_file_body(text, bucket, "unseen/texts.csv")
    transformer = Transformer(given.transformer.model_name, 1, "ml.m5.large", output_path=f"s3://{bucket}/plain",
                              output_kms_key=KEY, volume_kms_key=KEY, sagemaker_session=given.session)  # fmt: skip
    with expecting("TransformOutput.KmsKeyId has no effect in the emulator"):
        transformer.transform(unseen, content_type="text/csv", split_type="Line", wait=True, logs=True)
    attached = Transformer.attach(transformer.latest_transform_job.name, sagemaker_session=given.session)
    assert attached.output_path == f"s3://{bucket}/plain"


@rows.refused("Serverless endpoint")
def serverless(given: Any) -> None:
    given.estimator.deploy(serverless_inference_config=ServerlessInferenceConfig(), endpoint_name="serverless")


@rows.works("Data capture")
def captures(given: Any) -> None:
    config = DataCaptureConfig(
        True, 100, f"s3://{given.session.default_bucket()}/capture", sagemaker_session=given.session
    )
    predictor = given.estimator.deploy(1, "ml.m5.large", data_capture_config=config, endpoint_name="captured",
                                       serializer=JSONSerializer())  # fmt: skip
    predictor.predict({"instances": TEXTS})
    assert given.session.list_s3_files(given.session.default_bucket(), "capture/captured/AllTraffic")
    predictor.delete_endpoint()


@rows.refused("`FastFile` mode")
def fast_file(given: Any) -> None:
    estimator(given, input_mode="FastFile").fit({"train": given.train})


@rows.refused("`keep_alive_period_in_seconds`, warm pools")
def warm_pool(given: Any) -> None:
    estimator(given, keep_alive_period_in_seconds=60).fit({"train": given.train})


@rows.refused("Network isolation with the process engine")
def isolated(given: Any) -> None:
    estimator(given, enable_network_isolation=True).fit({"train": given.train})


@rows.works("`local_session(state)` starts the emulator of a folder where none runs")
def starts(given: Any) -> None:
    state = Path(sys.argv[1]).with_name("own")
    try:
        session = local_session(state, port=0, engine="process", default_bucket="mine")
        assert session.default_bucket() == "mine"
        assert session.sagemaker_client.list_training_jobs()["TrainingJobSummaries"] == []
        assert [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]] == ["mine"]
    finally:
        assert emulator.down(state)


if __name__ == "__main__":
    rows.run(sagemaker.__version__, SimpleNamespace(session=local_session(sys.argv[1])))
