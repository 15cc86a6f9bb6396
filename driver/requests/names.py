"""Names that SageMaker accepts, and where the objects of a job are in S3."""

import re
from datetime import datetime
from types import MappingProxyType

from driver.errors import DriverError, quote

LONGEST = 63
"""Characters of a name, but for those in `SHORTER`: AWS's service model says so of each kind."""

SHORTER = MappingProxyType({"tuning job": 32, "pipeline": LONGEST - len("-headlines-99")})
"""A tuning job's training jobs, and the jobs of a pipeline, have names that begin with it."""

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")


def longest(what: str) -> int:
    """Return how many characters the name of `what`, such as `training job`, may have."""
    return SHORTER.get(what, LONGEST)


def fits(name: str, what: str) -> bool:
    """Whether SageMaker would take the name for `what`.

    Example:
        >>> [fits("x" * 33, what) for what in ("training job", "tuning job")]
        [True, False]
    """
    return len(name) <= longest(what) and _NAME.fullmatch(name) is not None


def is_part(text: str) -> bool:
    """Whether a name may contain the text.

    Example:
        >>> is_part("-20261125"), is_part("a_b")
        (True, False)
    """
    return len(text) <= LONGEST and re.fullmatch("[a-zA-Z0-9-]+", text) is not None


def check(name: str, what: str) -> str:
    """Return the name. Raises DriverError when SageMaker would not take it for `what`."""
    if not fits(name, what):
        length = f"has {len(name)} characters" if len(name) > longest(what) else "does not have this form"
        raise DriverError(
            f"the {what} cannot be called {quote(name, LONGEST + 2)}, which {length}: use 1 to {longest(what)} "
            "letters, digits and hyphens, a letter or digit first and last"
        )
    return name


def check_given(*given: tuple[str | None, str]) -> None:
    """Check each (name, what) whose name a user gave: before anything is started or asked. Raises DriverError."""
    for name, what in given:
        if name is not None:
            check(name, what)


def with_time(start: str, now: datetime, what: str) -> str:
    """Return a name for `what` that begins with `start` and ends with the time, to the millisecond.

    Example:
        >>> with_time("xgboost-sentiment", datetime(2026, 11, 25, 8, 30, 1), "training job")
        'xgboost-sentiment-20261125-083001-000'
    """
    stamp = f"-{now:%Y%m%d-%H%M%S-%f}"[:-3]
    start = re.sub("[^a-zA-Z0-9]+", "-", start)[: longest(what) - len(stamp)].strip("-")
    return f"{start or 'job'}{stamp}"


def folder(bucket: str, prefix: str, name: str) -> str:
    """Return the URI under which all objects of a job stand, without a slash at its end.

    Example:
        >>> folder("bucket", "launch/", "job-1")
        's3://bucket/launch/job-1'
    """
    return "/".join(["s3:/", bucket, *filter(None, (prefix.strip("/"), name))])
