"""The environment by which AWS's tools and SDKs find an emulator and its key."""

import os
import re
from collections.abc import Mapping

from driver.aws.keys import Key

IN_THE_WAY = (
    "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)  # fmt: skip
"""Variables by which AWS's tools would not take the key, or not the address."""

_OF_A_SERVICE = re.compile("AWS_ENDPOINT_URL_[A-Z0-9_]+")


def variables(
    endpoint_url: str, key: Key, region: str, environment: Mapping[str, str] = os.environ
) -> dict[str, str | None]:
    """Return what to set for the emulator at an address; None where a variable is to be removed."""
    found: dict[str, str | None] = {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": key.id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
    }
    return found | dict.fromkeys(IN_THE_WAY) | dict.fromkeys(filter(_OF_A_SERVICE.fullmatch, environment))
