"""Access keys of emulators: the one in a state folder, and the one that `launch.py local env` has exported."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from driver.errors import DriverError

FILE = "credentials.json"


@dataclass(frozen=True)
class Key:
    """An access key, and the session token that comes with a temporary one."""

    id: str
    secret: str
    token: str | None = None

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def sign_get(self, url: str) -> dict[str, str]:
        """Return the headers of a GET of SageMaker's, signed."""
        request = AWSRequest("GET", url)
        SigV4Auth(Credentials(self.id, self.secret, self.token), "sagemaker", "us-east-1").add_auth(request)
        return dict(request.headers.items())


ANY = Key("local", "local")
"""For an emulator that asks for no key."""


def read(state: Path) -> Key:
    """Return the key of a state folder, which the emulator made at its first start. Raises DriverError."""
    path = state / FILE
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        return Key(str(written["access_key_id"]), str(written["secret_access_key"]))
    except FileNotFoundError:
        raise DriverError(f"the key {path} does not exist: the emulator creates it when it starts") from None
    except OSError as error:
        raise DriverError(f"cannot read the emulator's key {path}: {error.strerror}; run this as its owner") from error
    except (ValueError, TypeError, KeyError) as error:
        raise DriverError(
            f"{path} does not hold an access key: stop the emulator, remove the file, and start it again"
        ) from error


def from_environment(endpoint_url: str, environment: Mapping[str, str] = os.environ) -> Key | None:
    """Return the key in the environment, if AWS_ENDPOINT_URL there says that it is for this address."""
    key_id, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if environment.get("AWS_ENDPOINT_URL", "").rstrip("/") != endpoint_url.rstrip("/") or not (key_id and secret):
        return None
    return Key(key_id, secret, environment.get("AWS_SESSION_TOKEN") or None)
