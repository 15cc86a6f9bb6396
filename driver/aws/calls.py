"""Calls of the AWS API with boto3. Whatever AWS or the network answers instead of success becomes one sentence.

Throttled calls, and those that a broken connection or a server error cost, are tried again by botocore, each time
after a longer wait: see `ATTEMPTS`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from boto3.exceptions import Boto3Error, S3UploadFailedError
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from driver.aws import media, remedies
from driver.errors import DriverError, NotFoundError, RefusedError

ATTEMPTS = 6
"""For each call. botocore waits between them: exponential backoff with jitter, at most 20 s."""

LONGEST = 500
"""Characters of a message of AWS; some list every instance type there is."""

_DENIED = frozenset({
    "403", "AccessDenied", "AccessDeniedException", "Forbidden", "ForbiddenException", "UnauthorizedOperation",
})  # fmt: skip
_SKEWED = frozenset({"RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"})
_EXPIRED = frozenset({
    "AuthFailure", "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId",
    "InvalidSignatureException", "InvalidToken", "SignatureDoesNotMatch", "UnrecognizedClientException",
})  # fmt: skip
_THROTTLED = frozenset({
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException",
    "TooManyRequestsException",
})  # fmt: skip
_ELSEWHERE = frozenset({
    "301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect",
})  # fmt: skip
_MISSING = frozenset({
    "404", "NoSuchEntity", "NoSuchKey", "NotFoundError", "ResourceNotFound", "ResourceNotFoundException",
})  # fmt: skip
_NOT_FOUND = re.compile(r"(could|can) ?not find|not found|does not exist", re.IGNORECASE)
_CLOCK = re.compile(r"signature (not yet current|expired)|difference between the request time", re.IGNORECASE)
_SKEW_SECONDS = 240
"""Between this machine's clock and AWS's, which refuses a request that is 5 minutes off, in S3 15."""


def call(client: Any, operation: str, parameters: Mapping[str, Any], aim: str) -> dict[str, Any]:
    """Return AWS's answer to an operation, by its name in the API. Raises DriverError: `cannot {aim}: ...`.

    NotFoundError when it does not exist, RefusedError for every other error that AWS names.
    """
    method = client.meta.method_to_api_mapping
    name = next(python for python, api in method.items() if api == operation)
    with explain_errors(aim):
        answer: dict[str, Any] = getattr(client, name)(**parameters)
    _check_is_of_aws(answer, aim)
    return answer


def pages(client: Any, operation: str, parameters: Mapping[str, Any], aim: str) -> Iterator[dict[str, Any]]:
    """Yield the answers to an operation that AWS gives in pieces. Raises as `call` does."""
    name = next(python for python, api in client.meta.method_to_api_mapping.items() if api == operation)
    with explain_errors(aim):
        for page in client.get_paginator(name).paginate(**parameters):
            _check_is_of_aws(page, aim)
            yield page


def _check_is_of_aws(answer: Mapping[str, Any], aim: str) -> None:
    """Raise DriverError for a web page, which botocore takes for an answer without fields; a container may send one."""
    metadata = answer.get("ResponseMetadata", {})
    is_html = media.parse(metadata.get("HTTPHeaders", {}).get("content-type", "")).name == "text/html"
    if is_html and "Body" not in answer and "RequestId" not in metadata:
        raise DriverError(f"cannot {aim}: a web page arrived instead of AWS's answer; {remedies.IN_BETWEEN}")


@contextmanager
def explain_errors(aim: str) -> Iterator[None]:
    """Turn every error of boto3 into a DriverError that says what could not be done, why, and what to do."""
    try:
        yield
    except ClientError as error:
        raise _refusal(aim, error.response) from error
    except S3UploadFailedError as error:  # boto3's words for a ClientError of an upload, which is its context
        if isinstance(error.__context__, ClientError):
            raise _refusal(aim, error.__context__.response) from error
        raise DriverError(f"cannot {aim}: {error}; check the network, and try again") from error
    except (BotoCoreError, ValueError, LookupError, TypeError, AttributeError) as error:
        # Not only botocore's own: it reads settings, and what a credential_process prints, without looking.
        raise DriverError(f"cannot {aim}: {remedies.explain(error)}") from error
    except ResponseParserError as error:
        raise DriverError(
            f"cannot {aim}: this is not an answer from AWS ({remedies.line(error)[:LONGEST]}); {remedies.IN_BETWEEN}"
        ) from error
    except OSError as error:
        if error.filename is None:  # of what the caller reads or writes, such as a full disk
            raise
        raise DriverError(f"cannot {aim}: {remedies.explain(error)}") from error
    except Boto3Error as error:
        raise DriverError(f"cannot {aim}: {remedies.line(error)}; check the network, and try again") from error


def _refusal(aim: str, response: Mapping[str, Any]) -> DriverError:
    error = response.get("Error", {})
    code = str(error.get("Code", "no code"))
    message = " ".join(str(error.get("Message", "")).split()).rstrip(".")
    if len(message) > LONGEST:
        message = f"{message[:LONGEST]}…"
    if code in _MISSING or (code in ("ValidationException", "ValidationError") and _NOT_FOUND.search(message)):
        return NotFoundError(f"cannot {aim}: it does not exist ({message or code}); check name and region")
    if _is_clock(code, message, response):
        return RefusedError(
            f"cannot {aim}: this machine's clock is wrong ({code}: {message or 'no message'}), so AWS refuses "
            "its requests; set it, for example with `sudo timedatectl set-ntp true`, and try again", code
        )  # fmt: skip
    if code in _DENIED and "MultiFactorAuthentication failed" in message:
        return RefusedError(
            f"cannot {aim}: AWS rejected the MFA code ({message}); wait for the next code and try again", code
        )
    if code == "ModelError" and response.get("OriginalStatusCode"):
        said = _container_message(str(response.get("OriginalMessage", "")))
        return RefusedError(f"cannot {aim}: the container answered {response['OriginalStatusCode']}: {said}", code)
    return RefusedError(f"cannot {aim}: {_reason(code, message)}", code)


def _is_clock(code: str, message: str, response: Mapping[str, Any]) -> bool:
    """Whether a refusal is for the time of the request: by what is said, else by the time at which AWS said it.

    S3 says no more to a HEAD than 400 or 403.
    """
    if code in _SKEWED:
        return True
    if code not in {"400", *_DENIED, *_EXPIRED}:
        return False
    if _CLOCK.search(message):
        return True
    said = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        skew = abs(parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # no time, or one without a zone
        return False
    return skew > _SKEW_SECONDS


def _container_message(body: str) -> str:
    """Return what a container's error answer says: our images' is `{"error": "a sentence"}`."""
    try:
        said = str(json.loads(body)["error"])
    except (ValueError, TypeError, KeyError, RecursionError):
        said = body
    return " ".join(said.split()).rstrip(".") or "nothing more"


def _reason(code: str, message: str) -> str:
    if "./launch.py local env" in message:  # the emulator's own sentence says what to do
        return f"the emulator rejected the credentials ({code}): {message}"
    if code in _DENIED:
        return f"access denied ({message or code}); ask for the permission, or use another role or profile"
    if code in _EXPIRED:
        return f"AWS rejected the credentials ({code}: {message}); log in again, or correct the access keys"
    if code in _THROTTLED:
        return f"AWS throttles requests ({code}: {message}), after {ATTEMPTS} attempts; wait a little"
    if code == "NoSuchBucket":
        return "the bucket does not exist; create it in the region of the job, or name another with --bucket"
    if code in _ELSEWHERE:
        return f"the bucket is in another region ({message or code}); name that with --region, or another bucket"
    if code == "BucketAlreadyExists":
        return "the bucket belongs to another account; name one of yours with --bucket"
    if code == "ResourceInUse":
        return f"{message}; give another name"
    if code in ("ResourceLimitExceeded", "ServiceQuotaExceededException"):
        return f"{message}; use another instance type, delete what you no longer need, or ask AWS for a higher quota"
    if code == "ValidationException":
        return f"AWS refuses it: {message}"
    return f"AWS answers {code}: {message or 'nothing more'}; fix the request, or try again later if AWS is at fault"
