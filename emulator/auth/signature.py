"""Signature Version 4 in the Authorization header or in the query of a presigned URL; botocore's own canonical form.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import datetime
import functools
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator.auth.keys import Key
from emulator.auth.refusal import ADVICE, RefusedError, Why

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = datetime.timedelta(minutes=15)  # what AWS allows between its clock and the caller's
LONGEST_SECONDS = 604_800  # seven days, AWS's limit for a presigned URL
_CREDENTIAL = re.compile(r"([A-Za-z0-9_]{1,128})/([0-9]{8})/([a-z0-9-]{1,64})/([a-z0-9-]{1,64})/aws4_request")
_TIME = re.compile(r"[0-9]{8}T[0-9]{6}Z")


@dataclass(frozen=True)
class Version4:
    """What such a request says of its signature. `expires` is a presigned URL's, in seconds, and None for a header."""

    key_id: str
    region: str
    service: str
    token: str | None
    time: str
    signed_headers: tuple[str, ...]
    digest: str
    query: str
    expires: int | None = None

    @property
    def scope(self) -> str:
        """The date, region and service for which the signing key is made."""
        return f"{self.time[:8]}/{self.region}/{self.service}/aws4_request"

    def check_time(self, now: datetime.datetime) -> None:
        """Raise RefusedError when it is not meant for this moment."""
        signed_at = _moment(self.time)
        if self.expires is not None:
            ends = signed_at + datetime.timedelta(seconds=self.expires)
            if now >= ends:
                raise RefusedError(Why.EXPIRED, f"Request has expired: it was valid until {ends:%Y-%m-%d %H:%M:%S} UTC")
        if signed_at - now > SKEW or (self.expires is None and now - signed_at > SKEW):
            raise RefusedError(
                Why.SKEWED,
                f"The request was signed at {self.time}, but the time here is {now:%Y%m%dT%H%M%SZ}: more than 15 "
                "minutes "
                "apart; check the clock, and sign each request when you send it",
            )

    def check(self, environ: Mapping[str, Any], key: Key, payload: str) -> None:
        """Raise RefusedError unless it was signed with this key.

        `payload` is the SHA-256 of the body, or what a request to S3 has in its place.
        """
        signed = {_variable(header) for header in self.signed_headers}
        matter = {"HTTP_HOST", *(name for name in environ if name.startswith("HTTP_X_AMZ_"))}
        if unsigned := sorted(matter - signed):
            names = ", ".join(name.removeprefix("HTTP_").replace("_", "-").lower() for name in unsigned)
            raise RefusedError(
                Why.NOT_SIGNED, f"There were headers present in the request which were not signed: {names[:200]!r}"
            )
        wanted = sign(key.secret, self, self._to_sign(environ, payload))
        if not hmac.compare_digest(wanted.encode(), self.digest.encode()):
            raise mismatch(key.id)

    def _to_sign(self, environ: Mapping[str, Any], payload: str) -> str:
        request = AWSRequest(
            method=environ["REQUEST_METHOD"],
            url=f"http://localhost{environ['REQUEST_URI'].partition('?')[0]}?{self.query}",
            headers={name: _header(environ, name) for name in self.signed_headers},
        )
        request.context["payload"] = payload
        canonical = (_S3_FORM if self.service == "s3" else _FORM).canonical_request(request)
        return "\n".join([ALGORITHM, self.time, self.scope, sha256(canonical.encode()).hexdigest()])


class _Form(SigV4Auth):
    """botocore's canonical form, of a request that was signed elsewhere."""

    def __init__(self) -> None:
        super().__init__(Credentials("", ""), "", "")

    def headers_to_sign(self, request: AWSRequest) -> Any:
        return request.headers

    def payload(self, request: AWSRequest) -> str:
        return str(request.context["payload"])


class _S3Form(_Form, S3SigV4Auth):
    """S3's, which leaves the path as it is."""


_FORM, _S3_FORM = _Form(), _S3Form()


def of_header(environ: Mapping[str, Any]) -> Version4:
    """Return what the Authorization header says. Raises RefusedError."""
    algorithm, _, rest = environ["HTTP_AUTHORIZATION"].partition(" ")
    if algorithm != ALGORITHM:
        raise malformed(f"Authorization begins with {algorithm[:40]!r}: sign with {ALGORITHM}")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if parts.keys() != {"Credential", "SignedHeaders", "Signature"}:
        raise malformed("Authorization must have Credential, SignedHeaders and Signature, each once")
    time = environ.get("HTTP_X_AMZ_DATE", "")
    token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
    return _parse(parts["Credential"], time, parts["SignedHeaders"], parts["Signature"], token, environ["QUERY_STRING"])


def of_query(environ: Mapping[str, Any]) -> Version4:
    """Return what the query of a presigned URL says. Raises RefusedError."""
    pairs = parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)
    said = dict(pairs)
    if len(said) != len(pairs):
        raise malformed("the query has a parameter twice")
    for name in ("X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"):
        if name not in said:
            raise malformed(f"the query has no {name}")
    if said.get("X-Amz-Algorithm") != ALGORITHM:
        raise malformed(f"X-Amz-Algorithm is not {ALGORITHM}")
    expires = said["X-Amz-Expires"]
    if not re.fullmatch(r"[0-9]{1,6}", expires) or not 1 <= int(expires) <= LONGEST_SECONDS:
        raise malformed(f"X-Amz-Expires is {expires[:40]!r}: give seconds, from 1 to {LONGEST_SECONDS}")
    rest = "&".join(part for part in environ["QUERY_STRING"].split("&") if not part.startswith("X-Amz-Signature="))
    names, token = said["X-Amz-SignedHeaders"], said.get("X-Amz-Security-Token")
    return _parse(
        said["X-Amz-Credential"], said["X-Amz-Date"], names, said["X-Amz-Signature"], token, rest, int(expires)
    )


def _parse(
    credential: str, time: str, names: str, digest: str, token: str | None, query: str, expires: int | None = None
) -> Version4:
    found = _CREDENTIAL.fullmatch(credential)
    if not found:
        raise malformed(f"Credential is {credential[:80]!r}: expected KEY/YYYYMMDD/REGION/SERVICE/aws4_request")
    key_id, date, region, service = found.groups()
    if not _TIME.fullmatch(time):
        raise malformed(f"X-Amz-Date is {time[:40]!r}: expected YYYYMMDDTHHMMSSZ")
    _moment(time)
    if time[:8] != date:
        raise malformed(f"X-Amz-Date is {time}, and the date in Credential {date}")
    return Version4(key_id, region, service, token, time, tuple(names.lower().split(";")), digest, query, expires)


def malformed(problem: str) -> RefusedError:
    """What is answered to a signature that cannot be read."""
    return RefusedError(Why.MALFORMED, f"The signature of the request cannot be read: {problem}. {ADVICE}")


def mismatch(key_id: str, hint: str = "") -> RefusedError:
    """What is answered to a signature that was made with another secret, or for another request."""
    return RefusedError(
        Why.MISMATCH,
        f"The request signature we calculated does not match the signature you provided: the secret is not that of "
        f"{key_id}, or the request was changed after it was signed{hint}. {ADVICE}",
    )


def sign(secret: str, signature: Version4, text: str) -> str:
    """Return the signature of a text, in hexadecimal digits, for a signature's date, region and service."""
    key = _signing_key(secret, signature.time[:8], signature.region, signature.service)
    return hmac.new(key, text.encode(), sha256).hexdigest()


@functools.lru_cache(maxsize=256)
def _signing_key(secret: str, *scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (*scope, "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key


def _moment(time: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(time)
    except ValueError:
        raise malformed(f"X-Amz-Date is {time}, not a valid time") from None


def _variable(header: str) -> str:
    """The name of a header in a WSGI environment."""
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


def _header(environ: Mapping[str, Any], name: str) -> str:
    """The value of a header as text: WSGI has its bytes as Latin-1, and a client signs characters."""
    value = str(environ.get(_variable(name), ""))
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value
