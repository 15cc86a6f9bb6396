"""Where requests go: to AWS, or to the emulator on this machine. The only place that reads AWS settings.

Nothing is written under `~/.aws`, and for the emulator nothing is read there: it has an access key of its own.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config

from driver.aws import calls, keys, settings
from driver.aws.keys import Key
from driver.errors import DriverError, NotFoundError, RefusedError, quote

LOCAL_ACCOUNT = "123456789012"
LOCAL_REGION = "us-east-1"
LOCAL_ROLE = f"arn:aws:iam::{LOCAL_ACCOUNT}:role/emulator"

READ_TIMEOUT = 70
"""Seconds; SageMaker itself gives an endpoint's container up after 60, and says so."""

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]+")
_UNREAD = (None, None, None, None)
_NO_FILES: Mapping[str, Any] = {
    "profile": _UNREAD,
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


@dataclass(frozen=True)
class Target:
    """AWS, or the emulator. `given_role`, `given_bucket` and `given_account` are what the user said, if anything.

    `endpoint_url` is None for AWS at its own addresses. With `is_offline`, for a dry run, AWS is asked nothing.
    """

    region: str
    is_local: bool
    endpoint_url: str | None = None
    profile: str | None = None
    given_role: str | None = None
    given_bucket: str | None = None
    given_account: str | None = None
    is_offline: bool = False
    key: Key = keys.ANY
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def client(self, service: str) -> Any:
        """Return boto3's client of a service, such as `sagemaker`. Raises DriverError for an unknown profile."""
        if service not in self._clients:
            key = (self.key.id, self.key.secret, self.key.token) if self.is_local else (None, None, None)
            names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
            config = Config(
                retries={"mode": "standard", "total_max_attempts": calls.ATTEMPTS},
                read_timeout=READ_TIMEOUT,
                proxies={} if self.is_local else None,
                s3={"addressing_style": "path"} if self.endpoint_url else None,
                # AWS_ENDPOINT_URL names the emulator: with --aws it is not meant. The stubs lack this setting.
                ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]
            )
            with calls.explain_errors("use your AWS settings"):
                self._clients[service] = self._session.client(
                    service, endpoint_url=self.endpoint_url, config=config, **dict(zip(names, key, strict=True))
                )
        return self._clients[service]

    def call(self, service: str, operation: str, parameters: Mapping[str, Any], aim: str) -> dict[str, Any]:
        """Return the answer to one operation; see `aws.call`. Raises DriverError in a dry run as well."""
        if self.is_offline:
            raise DriverError(f"a dry run sends nothing, so it cannot {aim}: give the flags that answer it")
        return calls.call(self.client(service), operation, parameters, aim)

    @cached_property
    def account(self) -> str:
        """The account's twelve digits: those given, those of the role, or what AWS says. Raises DriverError."""
        if self.given_account or self.is_local:
            return self.given_account or LOCAL_ACCOUNT
        if self.given_role:
            return self.role.split(":")[4]
        return str(self.call("sts", "GetCallerIdentity", {}, "find out your AWS account")["Account"])

    @property
    def role(self) -> str:
        """The ARN of the role that SageMaker assumes. Raises DriverError when none is given, or it is not an ARN."""
        role = self.given_role or (LOCAL_ROLE if self.is_local else None)
        if role is None:
            raise DriverError(
                "SageMaker needs a role to read your data: give its ARN with --role; docs/iam lists the permissions "
                "that it needs"
            )
        if not _ROLE.fullmatch(role):
            raise DriverError(f"the role is {quote(role)}: expected an ARN like arn:aws:iam::123456789012:role/Name")
        return role

    @property
    def bucket(self) -> str:
        """The bucket for data and models: the one given, or SageMaker's default bucket of account and region."""
        bucket = self.given_bucket or f"sagemaker-{self.region}-{self.account}"
        if not _BUCKET.fullmatch(bucket):
            raise DriverError(
                f"{quote(bucket)} is not the name of a bucket: give the name alone, without s3://, arn:aws:s3::: or "
                "slashes"
            )
        return bucket

    def ensure_bucket(self) -> None:
        """Create the default bucket if it is missing; one that the user named must exist. Raises DriverError."""
        s3 = self.client("s3")
        try:
            calls.call(s3, "HeadBucket", {"Bucket": self.bucket}, f"use the bucket {self.bucket}")
        except NotFoundError:
            if self.given_bucket and not self.is_local:
                raise DriverError(
                    f"the bucket {self.bucket} does not exist: create it in {self.region}, or leave out --bucket for "
                    "the default one"
                ) from None
            where = {} if self.region == "us-east-1" else {"LocationConstraint": self.region}
            parameters = {"Bucket": self.bucket, **({"CreateBucketConfiguration": where} if where else {})}
            try:
                calls.call(s3, "CreateBucket", parameters, f"create the bucket {self.bucket}")
            except RefusedError as error:
                if error.code != "BucketAlreadyOwnedByYou":  # another run of ours was quicker
                    raise

    @property
    def flags(self) -> str:
        """What a command line needs to go to the same place, with a space in front; empty for the emulator."""
        profile = f" --profile {self.profile}" if self.profile else ""
        return "" if self.is_local else f" --aws --region {self.region}{profile}"

    @cached_property
    def _session(self) -> Any:
        if not self.is_local:
            return settings.session(self.profile, self.region)
        core = botocore.session.Session(session_vars=dict(_NO_FILES))
        return boto3.Session(region_name=self.region, botocore_session=core)


def aws_target(
    region: str | None, profile: str | None, role: str | None, bucket: str | None, account: str | None,
    endpoint_url: str | None = None, is_offline: bool = False,
) -> Target:  # fmt: skip
    """Return AWS as target; the region is the one given, or that of the profile or the environment.

    Raises DriverError when no region is known, or it is none by its form.
    """
    found = region or settings.session(profile, None).region_name
    if not found:
        raise DriverError("no AWS region is set: give one, such as --region eu-west-1")
    if endpoint_url:
        check_url(endpoint_url)
    return Target(_check_region(found), False, endpoint_url, profile, role, bucket, account, is_offline)


def local_target(
    endpoint_url: str,
    region: str | None,
    role: str | None,
    bucket: str | None,
    is_offline: bool = False,
    key: Key = keys.ANY,
) -> Target:
    """Return the emulator that listens at `endpoint_url` as target; `key` is what it wants requests signed with."""
    url, region = endpoint_url.rstrip("/"), _check_region(region or LOCAL_REGION)
    return Target(region, True, url, None, role, bucket, LOCAL_ACCOUNT, is_offline, key)


def configured_endpoint(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the address in AWS_ENDPOINT_URL, where AWS's own tools look for another endpoint too."""
    return environment.get("AWS_ENDPOINT_URL") or None


def check_url(url: str) -> str:
    """Return the address of an endpoint. Raises DriverError when it is none by its form."""
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # no port, or no address of version 6
        is_one = False
    if not is_one:
        raise DriverError(f"{quote(url)} is not the address of an endpoint: expected one like http://127.0.0.1:4580")
    return url


def _check_region(region: str) -> str:
    if not _REGION.fullmatch(region):
        raise DriverError(f"{quote(region)} is not an AWS region: expected one like eu-west-1")
    return region
