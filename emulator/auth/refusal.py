"""Refusals of requests: AWS's error codes, in the words of the service that was asked."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from emulator.api.errors import ApiError

ADVICE = "`./launch.py local env` prints the settings that give AWS's tools the emulator's key"
UNSIGNED = (
    f"{ADVICE}; curl signs with --aws-sigv4 aws:amz:us-east-1:sagemaker --user "
    '"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY", and `./launch.py local status` prints whole commands'
)
JSON_SERVICES = ("sagemaker", "ecr", "logs")
_OF_SAGEMAKER = re.compile(r"/endpoints/[^/]+/(async-)?invocations[a-z-]*|/_emulator/.*")


class Why(Enum):
    """Why a request is refused: the error code of S3, of services that speak JSON, and of the others; HTTP status."""

    MISSING = ("AccessDenied", "MissingAuthenticationTokenException", "MissingAuthenticationToken", 403)
    MALFORMED = ("AuthorizationHeaderMalformed", "IncompleteSignatureException", "IncompleteSignature", 400)
    UNKNOWN = ("InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId", 403)
    TOKEN = ("InvalidToken", "UnrecognizedClientException", "InvalidClientTokenId", 403)
    TOKEN_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "ExpiredToken", 403)
    MISMATCH = ("SignatureDoesNotMatch", "InvalidSignatureException", "SignatureDoesNotMatch", 403)
    SKEWED = ("RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch", 403)
    EXPIRED = ("AccessDenied", "InvalidSignatureException", "SignatureDoesNotMatch", 403)
    NOT_SIGNED = ("AccessDenied", "InvalidSignatureException", "SignatureDoesNotMatch", 403)
    ORIGIN = ("AccessDenied", "AccessDeniedException", "AccessDenied", 403)


class RefusedError(Exception):
    """A request that is not admitted."""

    def __init__(self, why: Why, sentence: str):
        self.why, self.sentence = why, sentence
        super().__init__(sentence)

    def answer(self, service: str) -> ApiError:
        """Return what the service answers."""
        in_s3, in_json, in_xml, status = self.why.value
        code = in_s3 if service == "s3" else in_json if service in JSON_SERVICES else in_xml
        return ApiError(code, self.sentence, status)


def service_of(environ: Mapping[str, Any], signed_for: str | None) -> str:
    """Return the service in whose form a request is refused: s3, sagemaker for JSON, sts for XML.

    `signed_for` is what the request says, which nobody has checked, or None.
    """
    if "HTTP_X_AMZ_TARGET" in environ or signed_for in JSON_SERVICES:
        return "sagemaker"
    if signed_for is not None:
        return "s3" if signed_for == "s3" else "sts"
    if _OF_SAGEMAKER.fullmatch(environ["PATH_INFO"]):
        return "sagemaker"
    is_form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    return "sts" if is_form and environ["PATH_INFO"] == "/" else "s3"
