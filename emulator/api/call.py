"""What is known of a request beside its body: who sent it, to which region; and the ARNs that follow from that."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"
_SCOPE = re.compile(r"[^/]*/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request")


@dataclass(frozen=True)
class Call:
    """One request's `region`, the `service` it was signed for, and its own id."""

    region: str = DEFAULT_REGION
    service: str = "sagemaker"
    request_id: str = field(default_factory=lambda: secrets.token_hex(16))

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of something of SageMaker's; `kind` as ARNs have it, such as training-job.

        Example:
            >>> Call("eu-west-1").arn("training-job", "mine")
            'arn:aws:sagemaker:eu-west-1:123456789012:training-job/mine'
        """
        return f"arn:{self.partition}:sagemaker:{self.region}:{ACCOUNT}:{kind}/{name}"

    @property
    def partition(self) -> str:
        """The part of AWS to which the region belongs."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"


def of(environ: Mapping[str, Any]) -> Call:
    """Return the call that a WSGI environment describes: from the signature's scope, whose secret nobody checks.

    The signature stands in a header, or in the query of a presigned URL. What is signed in the old way or not at all is
    taken for S3's, if it names no operation of SageMaker's.
    """
    header = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2]
    query = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
    scope = _SCOPE.match(header or query)
    if scope:
        return Call(scope["region"], scope["service"])
    return Call() if "HTTP_X_AMZ_TARGET" in environ else Call(service="s3")
