"""What is known of a request beside its body: who sent it, to which region; and the ARNs that follow from that."""

import secrets
from dataclasses import dataclass, field

ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"


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
