"""Names as SageMaker takes them, and where the objects of a job stand in S3."""

import re
from datetime import datetime

from driver.errors import DriverError, shown

LONGEST = 63
LONGEST_TUNING = 32
"""Of a tuning job's name, since those of its trials begin with it."""

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def checked(name: str, what: str, longest: int = LONGEST) -> str:
    """Return the name. Raises DriverError when SageMaker would not take it for `what`, such as `training job`."""
    if len(name) > longest or not _NAME.fullmatch(name):
        raise DriverError(
            f"the {what} cannot be called {shown(name)}: use 1 to {longest} letters, digits and hyphens, a letter or "
            "digit first and last"
        )
    return name


def stamped(start: str, now: datetime, longest: int = LONGEST) -> str:
    """Return a name that begins with `start` and ends with the time.

    Example:
        >>> stamped("xgboost-sentiment", datetime(2026, 11, 25, 8, 30, 1))
        'xgboost-sentiment-20261125-083001'
    """
    stamp = f"-{now:%Y%m%d-%H%M%S}"
    start = re.sub("[^a-zA-Z0-9]+", "-", start)[: longest - len(stamp)].strip("-")
    return f"{start or 'job'}{stamp}"


def location(uri: str) -> tuple[str, str]:
    """Return bucket and key of an S3 URI; the key may be empty. Raises DriverError when it is none.

    Example:
        >>> location("s3://bucket/reviews/model.tar.gz")
        ('bucket', 'reviews/model.tar.gz')
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not (uri.startswith("s3://") and _BUCKET.fullmatch(bucket)):
        raise DriverError(f"{shown(uri)} is no place in S3: expected is s3://bucket/key")
    return bucket, key


def folder(bucket: str, prefix: str, name: str) -> str:
    """Return the URI under which all objects of a job stand, without a slash at its end.

    Example:
        >>> folder("bucket", "launch/", "job-1")
        's3://bucket/launch/job-1'
    """
    return "/".join(["s3:/", bucket, *filter(None, (prefix.strip("/"), name))])
