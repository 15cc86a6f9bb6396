"""The AWS account: who is asking, and what a job would need there."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import UnknownRegionError

from driver import images
from driver.aws import calls, settings
from driver.aws.target import Target
from driver.checks.check import Check, Status, missing, note, ok
from driver.errors import DriverError, NotFoundError, RefusedError
from driver.images import Image

SAGEMAKER = "sagemaker.amazonaws.com"
OCI = "application/vnd.oci."
DENIED = ("AccessDenied", "AccessDeniedException")


def checks(target: Target) -> Iterator[Check]:
    """Yield the checks. Without an identity the others would only repeat that there is none."""
    yield _attempt("region", lambda: _region(target))
    identity = _attempt("identity", lambda: _identity(target))
    yield identity
    if identity.status is Status.MISSING:
        return
    yield _attempt("SageMaker", lambda: _sagemaker(target))
    yield _attempt("role", lambda: _role(target))
    yield _attempt("bucket", lambda: _bucket(target))
    for image in images.find_own().values():
        yield _attempt(f"ECR {image.name}", partial(_repository, target, image))


def _attempt(name: str, check: Callable[[], Check]) -> Check:
    """Return the check, or AWS's refusal as one."""
    try:
        return check()
    except DriverError as error:
        return missing(name, str(error))


def _region(target: Target) -> Check:
    session = settings.session(target.profile, target.region)
    try:
        known = session.get_available_regions("sagemaker", session.get_partition_for_region(target.region))
    except UnknownRegionError:
        known = []
    if target.region in known:
        return ok("region", target.region)
    return note("region", f"boto3 does not know SageMaker in {target.region}: check the name, unless the region is new")


def _identity(target: Target) -> Check:
    answer = target.call("sts", "GetCallerIdentity", {}, "find out who you are")
    return ok("identity", f"{answer['Arn']}, account {answer['Account']}")


def _sagemaker(target: Target) -> Check:
    target.call("sagemaker", "ListTrainingJobs", {"MaxResults": 1}, "list training jobs")
    return ok("SageMaker", "answers")


def _role(target: Target) -> Check:
    arn = target.role
    name = arn.rpartition("/")[2]
    try:
        role = target.call("iam", "GetRole", {"RoleName": name}, f"look at the role {name}")["Role"]
    except RefusedError as error:
        if error.code not in DENIED:
            raise
        return note("role", f"{arn} cannot be checked: you lack iam:GetRole, which jobs do not need")
    if trusts_sagemaker(role["AssumeRolePolicyDocument"]):
        return ok("role", f"{arn} trusts {SAGEMAKER}")
    return missing("role", f"{arn} does not trust {SAGEMAKER}: give it the trust policy in docs/iam")


def trusts_sagemaker(policy: Mapping[str, Any]) -> bool:
    """Whether a trust policy lets SageMaker take the role on.

    Example:
        >>> statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": SAGEMAKER}}
        >>> trusts_sagemaker({"Statement": statement})
        True
    """
    return any(
        statement.get("Effect") == "Allow"
        and {"sts:AssumeRole", "sts:*", "*"}.intersection(_as_list(statement.get("Action")))
        and SAGEMAKER in _as_list(statement["Principal"].get("Service"))
        for statement in _as_list(policy.get("Statement"))
        if isinstance(statement.get("Principal"), dict)
    )


def _as_list(value: Any) -> list[Any]:
    """A policy may have one thing where it may have a list of them."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _bucket(target: Target) -> Check:
    name = target.bucket
    try:
        answer = target.call("s3", "HeadBucket", {"Bucket": name}, f"use the bucket {name}")
    except NotFoundError:
        if target.given_bucket:
            return missing(
                "bucket", f"the bucket {name} does not exist: create it, or leave out --bucket for the default one"
            )
        return ok("bucket", f"{name} will be created by the first job")
    region = answer.get("BucketRegion", target.region)
    if region == target.region:
        return ok("bucket", f"{name} in {region}")
    return missing(
        "bucket", f"{name} is in {region}, and jobs in {target.region} need one there: name it with --bucket"
    )


def _repository(target: Target, image: Image) -> Check:
    name, push = f"ECR {image.name}", f"./build.sh {image.name} --push"
    parameters = {"registryId": target.account, "repositoryName": image.name}
    try:
        pages = calls.pages(target.client("ecr"), "DescribeImages", parameters, f"look at the repository {image.name}")
        there = [entry for page in pages for entry in page["imageDetails"]]
    except RefusedError as error:
        if error.code != "RepositoryNotFoundException":
            raise
        return note(name, f"not pushed yet: {push}")
    found = next((entry for entry in there if image.version in entry.get("imageTags", [])), None)
    if found is None:
        return note(name, f"no tag {image.version} among {len(there)} images: {push}, or name one with --image-tag")
    if found.get("imageManifestMediaType", "").startswith(OCI):
        return missing(name, f"SageMaker refuses the manifest of {image.version}, which has an OCI type: {push}")
    return ok(name, f"{image.name}:{image.version}, {found.get('imageSizeInBytes', 0) / 1e6:.0f} MB")
