"""Where the examples with bare boto3 run: on AWS, or against the emulator on this machine, by the very same calls."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from driver.aws.registries import registry

REPOSITORY = Path(__file__).resolve().parents[1]
LOCAL_REGION = "us-east-1"
LOCAL_ROLE = "arn:aws:iam::123456789012:role/emulator"
LOCAL_PAUSE, AWS_PAUSE = 0.2, 20.0  # seconds between two looks at a job


@dataclass(frozen=True)
class Account:
    """boto3's clients, and what the examples put into their requests. `pause` in seconds, between looks at a job."""

    region: str
    role: str
    bucket: str
    registry: str
    instance_type: str
    pause: float
    s3: Any
    sagemaker: Any
    runtime: Any

    def image(self, name: str) -> str:
        """The image of this repository called `name`: in ECR as `build.sh --push` puts it there, or a local tag."""
        if not self.registry:
            return f"{name}:dev"
        project = tomllib.loads((REPOSITORY / "images" / name / "pyproject.toml").read_text())["project"]
        return f"{self.registry}/{name}:{project['version']}"

    def upload(self, path: Path, key: str) -> str:
        """Put a file into the bucket and return its URI."""
        self.s3.upload_file(str(path), self.bucket, key)
        return f"s3://{self.bucket}/{key}"

    def download(self, uri: str, path: Path) -> Path:
        """Fetch an object of the bucket."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.s3.download_file(self.bucket, uri.removeprefix(f"s3://{self.bucket}/"), str(path))
        return path

    def train(self, request: dict[str, Any]) -> dict[str, Any]:
        """Create a training job, wait for its end and return what Describe tells of it. SystemExit when it fails."""
        name = request["TrainingJobName"]
        self.sagemaker.create_training_job(
            **request,
            RoleArn=self.role,
            OutputDataConfig={"S3OutputPath": f"s3://{self.bucket}/{name}"},
            ResourceConfig={"InstanceType": self.instance_type, "InstanceCount": 1, "VolumeSizeInGB": 30},
            StoppingCondition={"MaxRuntimeInSeconds": 3_600},
        )
        job = self._ended(self.sagemaker.describe_training_job, "TrainingJobStatus", TrainingJobName=name)
        print(f"{name}: {job['TrainingJobStatus']} after {job['TrainingTimeInSeconds']} s of training", flush=True)
        return job

    def transform(self, request: dict[str, Any]) -> None:
        """Create a transform job and wait for its end. SystemExit when it fails."""
        name = request["TransformJobName"]
        self.sagemaker.create_transform_job(
            **request, TransformResources={"InstanceType": self.instance_type, "InstanceCount": 1}
        )
        self._ended(self.sagemaker.describe_transform_job, "TransformJobStatus", TransformJobName=name)
        print(f"{name}: Completed", flush=True)

    def process(self, request: dict[str, Any]) -> dict[str, Any]:
        """Create a processing job, wait for its end and return what Describe tells of it. SystemExit when it fails."""
        name = request["ProcessingJobName"]
        self.sagemaker.create_processing_job(**request, RoleArn=self.role)
        return self._ended(self.sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=name)

    def deploy(self, name: str, image: str, model: str) -> None:
        """Create model, endpoint configuration and endpoint, all called `name`, and wait. It bills until deleted."""
        container = {"Image": image, "ModelDataUrl": model}
        self.sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=self.role)
        variant = {"VariantName": "all", "ModelName": name, "InitialInstanceCount": 1}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[{**variant, "InstanceType": self.instance_type}]
        )
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        self._ended(self.sagemaker.describe_endpoint, "EndpointStatus", EndpointName=name)
        print(f"{name}: InService", flush=True)

    def delete(self, name: str) -> None:
        """Delete what `deploy` made: nothing bills any more."""
        self.sagemaker.delete_endpoint(EndpointName=name)
        self.sagemaker.delete_endpoint_config(EndpointConfigName=name)
        self.sagemaker.delete_model(ModelName=name)
        print(f"{name}: deleted", flush=True)

    def _ended(self, describe: Any, status: str, **named: str) -> dict[str, Any]:
        while True:
            found: dict[str, Any] = describe(**named)
            if found[status] in ("Completed", "InService"):
                return found
            if found[status] in ("Failed", "Stopped"):
                raise SystemExit(f"{next(iter(named.values()))}: {found[status]}: {found.get('FailureReason', '')}")
            time.sleep(self.pause)


def channel(name: str, uri: str, content_type: str) -> dict[str, Any]:
    """Return an entry of InputDataConfig."""
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "ContentType": content_type, "DataSource": {"S3DataSource": source}}


def arguments(description: str, data: str, help: str) -> argparse.Namespace:
    """Return the options of an example; `data` is the flag that names a file of data."""
    options = parser(description)
    options.add_argument(data, type=Path, metavar="FILE", help=help)
    return options.parse_args()


def parser(description: str) -> argparse.ArgumentParser:
    """Return the parser of the options that all examples have."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aws", action="store_true", help="run on AWS, which bills you; needs --role and --bucket")
    parser.add_argument("--role", help="ARN of the role that SageMaker assumes")
    parser.add_argument("--bucket", help="bucket for data and results")
    parser.add_argument("--region", help="region of AWS (default: that of your AWS settings)")
    parser.add_argument("--instance-type", default="ml.m5.xlarge", help="default: %(default)s")
    parser.add_argument(
        "--folder", type=Path, default=Path("run"), help="for files, in a folder of it (default: %(default)s)"
    )
    return parser


def start(options: argparse.Namespace, example: str) -> tuple[Account, Path, str]:
    """Return the account, the example's folder, and a name for its jobs that was never used before."""
    folder: Path = options.folder / example
    folder.mkdir(parents=True, exist_ok=True)
    endpoint = "aws" if options.aws else "emulator"
    account = connect(endpoint, options.role, options.bucket, options.region, options.instance_type)
    return account, folder, unused(example)


def unused(example: str) -> str:
    """Return a name for jobs that was never used before."""
    return f"{example}-{time.strftime('%Y-%m-%d-%H-%M-%S')}"


def connect(
    endpoint: str,
    role: str | None = None,
    bucket: str | None = None,
    region: str | None = None,
    instance_type: str = "ml.m5.xlarge",
) -> Account:
    """Return the account of `endpoint`: aws, or emulator, which is started when there is none. SystemExit when unclear.

    The emulator needs neither role nor bucket; AWS needs both.
    """
    if endpoint not in ("emulator", "aws"):
        raise SystemExit(f'the endpoint is "{endpoint}": choose "emulator" or "aws"')
    if endpoint == "aws":
        return _on_aws(role, bucket, region, instance_type)
    if "AWS_ENDPOINT_URL" not in os.environ:
        _find_emulator()
    url = os.environ["AWS_ENDPOINT_URL"]
    session = boto3.Session(region_name=region or LOCAL_REGION)
    bucket = bucket or f"sagemaker-{session.region_name}-123456789012"
    account = _account(session, instance_type, role or LOCAL_ROLE, bucket, "", LOCAL_PAUSE, url)
    with contextlib.suppress(account.s3.exceptions.BucketAlreadyOwnedByYou):
        account.s3.create_bucket(Bucket=bucket, **_place(session.region_name))
    return account


def _on_aws(role: str | None, bucket: str | None, region: str | None, instance_type: str) -> Account:
    if not (role and bucket):
        raise SystemExit("AWS needs a role, the ARN of the one that SageMaker assumes, and a bucket: give both")
    session = boto3.Session(region_name=region)
    number = session.client("sts").get_caller_identity()["Account"]
    address = registry(number, session.region_name)
    return _account(session, instance_type, role, bucket, address, AWS_PAUSE, None)


def _account(
    session: Any, instance_type: str, role: str, bucket: str, address: str, pause: float, url: str | None
) -> Account:
    patient = Config(read_timeout=70)  # an answer may take 60 s
    s3, sagemaker, runtime = (
        session.client(service, endpoint_url=url, config=patient)
        for service in ("s3", "sagemaker", "sagemaker-runtime")
    )
    return Account(session.region_name, role, bucket, address, instance_type, pause, s3, sagemaker, runtime)


def _place(region: str) -> dict[str, Any]:
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _find_emulator() -> None:
    """Start it unless it runs, and put its address and key where boto3 looks for them."""
    launch = [sys.executable, str(REPOSITORY / "launch.py"), "local"]
    subprocess.run([*launch, "up"], check=True)
    printed = subprocess.run([*launch, "env", "--json"], check=True, capture_output=True, text=True)
    for name, value in json.loads(printed.stdout).items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
