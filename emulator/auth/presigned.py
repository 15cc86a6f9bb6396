"""Presigned URLs of S3 in the old way, Signature Version 2, which boto3 still makes in us-east-1; botocore's form."""

import datetime
import hmac
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.auth import HmacV1QueryAuth
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from emulator.auth import origin
from emulator.auth.keys import Key
from emulator.auth.refusal import RefusedError, Why
from emulator.auth.signature import malformed, mismatch


@dataclass(frozen=True)
class Version2:
    """What such a URL says of its signature; `expires` is in seconds since 1970."""

    key_id: str
    expires: int
    digest: str
    token: str | None
    said: Mapping[str, str]
    region: str = "us-east-1"
    service: str = "s3"

    def check_time(self, now: datetime.datetime) -> None:
        """Raise RefusedError when it is too late for it."""
        if now.timestamp() >= self.expires:
            raise RefusedError(Why.EXPIRED, f"Request has expired: Expires is {self.expires}")

    def check(self, environ: Mapping[str, Any], key: Key, payload: str) -> None:  # noqa: ARG002 (never signed so)
        """Raise RefusedError unless it was signed with this key; such a signature says nothing of the body."""
        headers = {name: value for name, value in self.said.items() if name.startswith("x-amz-")}
        for name, value in environ.items():
            if name.startswith("HTTP_X_AMZ_"):
                headers[name.removeprefix("HTTP_").replace("_", "-").lower()] = value
        for name, variable in (("content-md5", "HTTP_CONTENT_MD5"), ("content-type", "CONTENT_TYPE")):
            if variable in environ:
                headers[name] = environ[variable]
        url = urllib.parse.urlsplit(f"http://localhost{environ['REQUEST_URI']}")
        bucket = origin.bucket(environ)
        path = f"/{bucket}{url.path}" if bucket else url.path
        path += (
            "/" if path.count("/") == 1 and path != "/" else ""
        )  # a bucket alone: so boto3 signs it, and asks without
        form = _Form(key, self.expires)
        fields = HTTPHeaders.from_dict(headers)
        wanted = form.get_signature(environ["REQUEST_METHOD"], url, fields, auth_path=path)  # type: ignore[arg-type]
        if not hmac.compare_digest(wanted.encode(), self.digest.encode()):
            sent = environ.get("CONTENT_TYPE")
            hint = f"; Content-Type is signed too, and {sent!r} was sent" if sent else ""
            raise mismatch(key.id, hint)


class _Form(HmacV1QueryAuth):
    """botocore's canonical form, of a URL that was signed elsewhere."""

    def __init__(self, key: Key, expires: int) -> None:
        super().__init__(Credentials(key.id, key.secret, key.token))
        self._until = str(expires)

    def _get_date(self) -> str:
        return self._until


def of_query(environ: Mapping[str, Any]) -> Version2:
    """Return what the query of such a URL says. Raises RefusedError."""
    said = dict(urllib.parse.parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    for name in ("AWSAccessKeyId", "Expires", "Signature"):
        if name not in said:
            raise malformed(f"the query has no {name}")
    if not re.fullmatch(r"[0-9]{1,12}", said["Expires"]):
        raise malformed(f"Expires is {said['Expires'][:40]!r}: give seconds since 1970")
    return Version2(
        said["AWSAccessKeyId"], int(said["Expires"]), said["Signature"], said.get("x-amz-security-token"), said
    )
