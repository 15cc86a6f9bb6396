"""Sends the requests of a job to AWS, with boto3, and waits for its end. Decides nothing: `requests` made them.

Whatever AWS or the network answers instead of success becomes a UserError of one sentence.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError, ProfileNotFound
from smcontract.errors import UserError

from blazingtext_client.client import whole
from blazingtext_client.client.requests import location

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "403"})
_EXPIRED = frozenset({
    "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId", "RequestExpired",
    "SignatureDoesNotMatch", "UnrecognizedClientException",
})  # fmt: skip


class Clients(NamedTuple):
    """boto3's clients of the two services that a job needs."""

    s3: Any
    sagemaker: Any


def clients(region: str, profile: str | None = None) -> Clients:
    """Return clients with boto3's usual credentials, or a profile's; throttled calls are tried again, more slowly."""
    with _explained("use your AWS settings"):
        session = boto3.Session(profile_name=profile, region_name=region)
        config = Config(retries={"mode": "standard", "total_max_attempts": 8})
        return Clients(session.client("s3", config=config), session.client("sagemaker", config=config))


def upload(s3: Any, objects: Sequence[tuple[Path, Mapping[str, Any]]]) -> None:
    """Send each file as its PutObject parameters say, in parts where it is large; a broken-off upload leaves none."""
    for path, parameters in objects:
        extra = dict(parameters)
        bucket, key = extra.pop("Bucket"), extra.pop("Key")
        with _explained(f"upload {path.name} to s3://{bucket}/{key}"):
            try:
                file = path.open("rb")
            except OSError as error:
                raise UserError(f"cannot read {path}: {error.strerror}") from error
            with file:
                s3.upload_fileobj(file, bucket, key, ExtraArgs=extra)


def start(sagemaker: Any, request: Mapping[str, Any]) -> None:
    """Create the training job."""
    with _explained(f"start the training job {request['TrainingJobName']}"):
        sagemaker.create_training_job(**request)


def wait(sagemaker: Any, request: Mapping[str, Any], say: Callable[[str], None], pause: float = 15.0) -> str:
    """Return the URI of the model when the job has completed; its status is asked for every `pause` seconds.

    Each new status is said. Raises UserError with AWS's reason when the job fails, and when it was stopped.
    """
    name = request["TrainingJobName"]
    said = ""
    while True:
        with _explained(f"describe the training job {name}"):
            job = sagemaker.describe_training_job(**request)
        status = job["TrainingJobStatus"]
        detail = job.get("SecondaryStatus", status)
        if detail != said:
            say(f"{name}: {status}" + (f", {detail}" if detail != status else ""))
            said = detail
        if status == "Completed":
            return str(job["ModelArtifacts"]["S3ModelArtifacts"])
        if status == "Failed":
            raise UserError(f"the training job {name} failed: {job.get('FailureReason', 'AWS gives no reason')}")
        if status == "Stopped":
            raise UserError(
                f"the training job {name} was stopped ({detail}), so it has no whole model: start it anew, with a "
                "longer longest run if it ended for want of time"
            )
        time.sleep(pause)


def fetch(s3: Any, uri: str, path: Path) -> None:
    """Write an object to a file, whole or not at all."""
    bucket, key = location(uri)
    with whole.written(path) as temporary, temporary.open("wb") as file, _explained(f"fetch {uri}"):
        s3.download_fileobj(bucket, key, file)


@contextmanager
def _explained(aim: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise UserError(_sentence(aim, error.response.get("Error", {}))) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise UserError(
            f"cannot {aim}: there are no AWS credentials, or only a part; run `aws configure`, or name a profile"
        ) from error
    except ProfileNotFound as error:
        raise UserError(f"cannot {aim}: {error}; `aws configure list-profiles` shows what there is") from error
    except (BotoCoreError, Boto3Error) as error:
        raise UserError(f"cannot {aim}: {str(error).rstrip('.')}; check region and network, and try again") from error


def _sentence(aim: str, error: Mapping[str, Any]) -> str:
    code, message = str(error.get("Code", "no code")), str(error.get("Message", "")).rstrip(".")
    if code in _DENIED:
        return f"cannot {aim}: access denied ({message}); ask for the permission, or use another role or profile"
    if code in _EXPIRED:
        return f"cannot {aim}: AWS does not take the credentials ({code}: {message}); log in anew"
    if code == "NoSuchBucket":
        return f"cannot {aim}: there is no such bucket; create it in the region of the job, or name another"
    if code in ("NoSuchKey", "404"):
        return f"cannot {aim}: there is no such object; check bucket and key"
    if code == "ResourceInUse":
        return f"cannot {aim}: {message}; give the job another name"
    if code == "ResourceLimitExceeded":
        return f"cannot {aim}: {message}; use another instance type, or ask AWS for a higher quota"
    return f"cannot {aim}: AWS answers {code}: {message}; mend the request, or try again later if AWS is at fault"
