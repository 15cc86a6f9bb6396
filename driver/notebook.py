"""A session of the SageMaker Python SDK for notebooks: what is done with it is done by the emulator.

    from driver.notebook import local_session
    session = local_session()

Both versions of the SDK ask STS at an address of their own, whatever the environment says, before they name a default
bucket or a role. The session's boto3 session sends every request to the emulator, that one too.
"""

import os
import sys
from pathlib import Path
from typing import Any

import boto3

from driver import emulator
from driver.aws import exports, keys
from driver.aws.target import LOCAL_REGION
from driver.errors import DriverError

ROLE = "arn:aws:iam::123456789012:role/emulator"
"""A role to name in requests. The emulator takes any."""


def local_session(
    state: Path | str | None = None,
    region: str = LOCAL_REGION,
    port: int | None = None,
    engine: str | None = None,
    **session: Any,
) -> Any:
    """Return a Session of the SageMaker Python SDK that is installed, version 2 or 3, for the emulator of a folder.

    The emulator is started if it does not run. `state`, `port` and `engine` mean what they mean to `launch.py local
    up`; `session` goes to the SDK's Session, such as `default_bucket`. The environment of this process is changed as
    `launch.py local env` would: clients and resources that are made without a session must not reach AWS either.
    Raises DriverError.
    """
    make = _session_class()
    folder = emulator.folder(Path(state) if state else None)
    url = emulator.ensure_up(folder, port, engine, lambda line: print(line, file=sys.stderr))
    key = keys.read(folder)
    for name, value in exports.variables(url, key, region).items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    boto3.DEFAULT_SESSION = None  # an earlier one keeps the key that it has found
    boto = _Boto(key.id, key.secret, region_name=region)
    boto.endpoint_url = url
    return make(boto_session=boto, **session)


class _Boto(boto3.Session):
    """Makes clients of the emulator, whatever address is asked for."""

    endpoint_url = ""

    def client(self, *arguments: Any, **named: Any) -> Any:
        return super().client(*arguments, **{**named, "endpoint_url": self.endpoint_url})


def _session_class() -> Any:
    try:
        import sagemaker
    except ImportError:
        raise DriverError(
            f"the SageMaker Python SDK is not installed for {sys.executable}: install sagemaker, version 2 or 3"
        ) from None
    if hasattr(sagemaker, "Session"):
        return sagemaker.Session
    from sagemaker.core.helper.session_helper import Session

    return Session
