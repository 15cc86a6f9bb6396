"""Run `prepare` as a SageMaker processing job: on the emulator, or on any number of instances of AWS.

    python -m examples.scaling.processing --texts folder                     # against the emulator
    python -m examples.scaling.processing --texts folder --hosts 4           # with its docker engine
    python -m examples.scaling.processing --texts s3://bucket/texts --hosts 16 --aws --role ARN --bucket NAME

Several hosts share the files. The image is xgboost-sentiment; Ray is installed when the job begins, by the lock file
beside this, from the index that pip uses there.
"""

import sys
from pathlib import Path
from typing import Any

from driver import console
from examples import account

HERE = Path(__file__).resolve().parent
CODE = (HERE.parent / "__init__.py", *sorted(HERE.glob("*.py")), HERE / "requirements.lock")
FOLDER = "/opt/ml/processing"
IMAGE = "xgboost-sentiment"
LIMIT = 24 * 3_600  # seconds


def main() -> int:
    """Upload the code and the texts, run the job, say where its output is."""
    console.install()
    parser = account.parser(__doc__)
    parser.add_argument("--texts", required=True, help="folder of CSV or JSON Lines, or an s3:// address of them")
    parser.add_argument("--hosts", type=int, default=1, help="instances (default: %(default)s)")
    parser.add_argument("--volume-gb", type=int, default=30, help="disk of each instance (default: %(default)s)")
    parser.add_argument("--labels", default="neg,pos", help="all labels, the negative first (default: %(default)s)")
    parser.add_argument("--settings", default="{}", help="of textprep.Specification, as JSON")
    parser.add_argument("--packages", default="", help="emulator, process engine: folder that has Ray already")
    options = parser.parse_args()
    here, _, name = account.start(options, "prepare")
    for path in CODE:
        here.upload(path, f"{name}/code/{path.relative_to(HERE.parent.parent)}")
    texts = options.texts
    if not texts.startswith("s3://"):
        for path in sorted(path for path in Path(texts).rglob("*") if path.is_file()):
            here.upload(path, f"{name}/texts/{path.relative_to(texts)}")
        texts = f"s3://{here.bucket}/{name}/texts"
    output = f"s3://{here.bucket}/{name}/prepared"
    wanted = ["--labels", options.labels, "--settings", options.settings]
    here.process({
        "ProcessingJobName": name,
        "ProcessingInputs": [
            source("code", f"s3://{here.bucket}/{name}/code", "FullyReplicated"),
            source("texts", texts, "ShardedByS3Key"),
        ],
        "ProcessingOutputConfig": {"Outputs": [result("prepared", output)]},
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": options.hosts,
                "InstanceType": here.instance_type,
                "VolumeSizeInGB": options.volume_gb,
            }
        },
        "AppSpecification": {
            "ImageUri": here.image(IMAGE),
            "ContainerEntrypoint": [
                "env", f"PYTHONPATH={FOLDER}/code:{options.packages}", "python3", "-m", "examples.scaling.prepare",
            ],
            "ContainerArguments": ["--input", f"{FOLDER}/texts", "--output", f"{FOLDER}/prepared", *wanted],
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": LIMIT},
    })  # fmt: skip
    print(f"{name}: Completed; {output} has the pipeline, and the channel train of {IMAGE} with input=features")
    return 0


def source(name: str, uri: str, distribution: str) -> dict[str, Any]:
    """Return an entry of ProcessingInputs."""
    where = {"S3Uri": uri, "LocalPath": f"{FOLDER}/{name}", "S3DataDistributionType": distribution}
    return {"InputName": name, "S3Input": {**where, "S3DataType": "S3Prefix", "S3InputMode": "File"}}


def result(name: str, uri: str) -> dict[str, Any]:
    """Return an entry of the Outputs."""
    return {
        "OutputName": name,
        "S3Output": {"S3Uri": uri, "LocalPath": f"{FOLDER}/{name}", "S3UploadMode": "EndOfJob"},
    }


if __name__ == "__main__":
    sys.exit(main())
