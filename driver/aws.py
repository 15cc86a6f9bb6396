"""Calls of the AWS API with boto3. Whatever AWS or the network answers instead of success becomes one sentence.

Throttled calls, and those that a broken connection or a server error cost, are tried again by botocore, each time
after a longer wait: see `RETRIES`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error, S3UploadFailedError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSLError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from driver.errors import DriverError, NotFoundError, RefusedError

RETRIES: Mapping[str, Any] = {"mode": "standard", "total_max_attempts": 6}
"""botocore's: exponential backoff with jitter, at most 20 s between two attempts."""

LONGEST = 500
"""Characters of a message of AWS; some list every instance type there is."""

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "Forbidden"})
_EXPIRED = frozenset({
    "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException",
    "RequestExpired", "SignatureDoesNotMatch", "UnrecognizedClientException",
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
_LOOPBACK = re.compile(r"https?://(127\.|localhost\b|\[::1\])")


def call(client: Any, operation: str, parameters: Mapping[str, Any], aim: str) -> dict[str, Any]:
    """Return AWS's answer to an operation, by its name in the API. Raises DriverError: `cannot {aim}: ...`.

    NotFoundError when there is no such thing, RefusedError for every other error that AWS names.
    """
    method = client.meta.method_to_api_mapping
    name = next(python for python, api in method.items() if api == operation)
    with explained(aim):
        answer: dict[str, Any] = getattr(client, name)(**parameters)
    return answer


def pages(client: Any, operation: str, parameters: Mapping[str, Any], aim: str) -> Iterator[dict[str, Any]]:
    """Yield the answers to an operation that AWS gives in pieces. Raises as `call` does."""
    name = next(python for python, api in client.meta.method_to_api_mapping.items() if api == operation)
    with explained(aim):
        yield from client.get_paginator(name).paginate(**parameters)


@contextmanager
def explained(aim: str) -> Iterator[None]:
    """Turn every error of boto3 into a DriverError that says what could not be done, why, and what to do."""
    try:
        yield
    except ClientError as error:
        raise _refused(aim, error.response) from error
    except S3UploadFailedError as error:  # boto3's words for a ClientError of an upload, which is its context
        if isinstance(error.__context__, ClientError):
            raise _refused(aim, error.__context__.response) from error
        raise DriverError(f"cannot {aim}: {error}; check the network, and try again") from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise DriverError(
            f"cannot {aim}: there are no AWS credentials, or only a part; run `aws configure`, or name a profile"
        ) from error
    except (UnauthorizedSSOTokenError, TokenRetrievalError) as error:
        raise DriverError(f"cannot {aim}: {_line(error)}; log in anew with `aws sso login`") from error
    except ProfileNotFound as error:
        raise DriverError(f"cannot {aim}: {_line(error)}; `aws configure list-profiles` shows what there is") from error
    except ParamValidationError as error:
        raise DriverError(
            f"cannot {aim}: AWS would not take the request: {_line(error)}; mend what it names"
        ) from error
    except SSLError as error:
        raise DriverError(
            f"cannot {aim}: {_line(error)}; check the machine's clock and certificates (AWS_CA_BUNDLE)"
        ) from error
    except (ConnectionError, HTTPClientError) as error:
        raise DriverError(f"cannot {aim}: {_line(error)}; {_advice(error)}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise DriverError(f"cannot {aim}: {_line(error)}; check region and network, and try again") from error


def _advice(error: Exception) -> str:
    if _LOOPBACK.search(str(error)):
        return "the emulator is not there: `./launch.py local up` starts it, `./launch.py local logs` says why it ended"
    return "check the network and the region's name (`--region`), and try again"


def _refused(aim: str, response: Mapping[str, Any]) -> DriverError:
    error = response.get("Error", {})
    code = str(error.get("Code", "no code"))
    message = " ".join(str(error.get("Message", "")).split()).rstrip(".")
    if len(message) > LONGEST:
        message = f"{message[:LONGEST]}…"
    if code in _MISSING or (code in ("ValidationException", "ValidationError") and _NOT_FOUND.search(message)):
        return NotFoundError(f"cannot {aim}: there is no such thing ({message or code}); check name and region")
    if code == "ModelError" and response.get("OriginalStatusCode"):
        said = _container(str(response.get("OriginalMessage", "")))
        return RefusedError(f"cannot {aim}: the container answered {response['OriginalStatusCode']}: {said}", code)
    return RefusedError(f"cannot {aim}: {_reason(code, message)}", code)


def _container(body: str) -> str:
    """Return what a container's error answer says: our images' is `{"error": "a sentence"}`."""
    try:
        said = str(json.loads(body)["error"])
    except (ValueError, TypeError, KeyError, RecursionError):
        said = body
    return " ".join(said.split()).rstrip(".") or "nothing more"


def _reason(code: str, message: str) -> str:
    if "./launch.py local env" in message:  # the emulator's own sentence says what to do
        return f"the emulator does not take the credentials ({code}): {message}"
    if code in _DENIED:
        return f"access denied ({message or code}); ask for the permission, or use another role or profile"
    if code in _EXPIRED:
        return f"AWS does not take the credentials ({code}: {message}); log in anew"
    if code in _THROTTLED:
        return (
            f"AWS is asked too often ({code}: {message}), after {RETRIES['total_max_attempts']} attempts; wait a little"
        )
    if code == "NoSuchBucket":
        return "there is no such bucket; create it in the region of the job, or name another with --bucket"
    if code in _ELSEWHERE:
        return f"the bucket is in another region ({message or code}); name that with --region, or another bucket"
    if code == "BucketAlreadyExists":
        return "the bucket belongs to another account; name one of yours with --bucket"
    if code == "ResourceInUse":
        return f"{message}; give another name"
    if code in ("ResourceLimitExceeded", "ServiceQuotaExceededException"):
        return f"{message}; use another instance type, delete what you no longer need, or ask AWS for a higher quota"
    if code == "ValidationException":
        return f"it is refused: {message}"
    return f"AWS answers {code}: {message or 'nothing more'}; mend the request, or try again later if AWS is at fault"


def _line(error: Exception) -> str:
    """Return what the error says, as one line that does not end a sentence."""
    return " ".join(str(error).split()).rstrip(".")
