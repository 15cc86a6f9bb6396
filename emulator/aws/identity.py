"""Who calls, and what that one may do: a role that every caller has, and that may do everything.

SDKs ask STS and IAM for this before they send a job. moto answers with a user, which notebooks on AWS never are, knows
only roles that were created, and cannot simulate policies.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from flask import Flask
from moto.core.responses import ActionResult
from moto.core.utils import convert_to_flask_response
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.exceptions import NotFoundException
from moto.iam.models import AWSManagedPolicy
from moto.iam.responses import IamResponse
from moto.moto_server.werkzeug_app import create_backend_app
from moto.sts.responses import TokenResponse

ROLE, SESSION = "emulator", "session"
_ID = f"AROA{'EMULATOR':0<17}"
_LONG_AGO = datetime(2017, 11, 29, tzinfo=UTC)
_TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
})  # fmt: skip
_NOBODY = "user/moto"  # what moto makes of a key that it has not handed out


def application(service: str) -> Flask:
    """Return moto's application of a service, answered by the classes below where they are its."""
    made: Flask = create_backend_app(service)
    if own := RESPONSES.get(service):
        made.view_functions = dict.fromkeys(made.view_functions, convert_to_flask_response(own.dispatch))
    return made


class StsResponses(TokenResponse):  # type: ignore[misc]  # moto is not followed
    """Says of the state folder's key that it is a session of a role."""

    def get_caller_identity(self) -> Any:
        """GetCallerIdentity."""
        user, arn, account = self.backend.get_caller_identity(self.get_access_key(), self.region)
        if arn.endswith(_NOBODY):
            user = f"{_ID}:{SESSION}"
            arn = f"arn:{self.partition}:sts::{account}:assumed-role/{ROLE}/{SESSION}"
        return ActionResult({"UserId": user, "Account": account, "Arn": arn})


class IamResponses(IamResponse):  # type: ignore[misc]
    """Any role exists, as jobs may name any, and every action is allowed. AWS's own policies are there."""

    @property
    def backend(self) -> Any:
        """IAM's records. AWS's policies are read when IAM is first asked: moto would at any service's first request."""
        records = super().backend
        if not records.aws_managed_policies:
            given = json.loads(aws_managed_policies_data).items()
            own = (records.account_id, records.region_name)
            records.aws_managed_policies = [AWSManagedPolicy.from_data(name, *own, each) for name, each in given]
            records.managed_policies |= {policy.arn: policy for policy in records.aws_managed_policies}
        return records

    def get_role(self) -> Any:
        """GetRole."""
        try:
            return super().get_role()
        except NotFoundException:
            name = self._get_param("RoleName")
            arn = f"arn:{self.partition}:iam::{self.current_account}:role/{name}"
            role = {"RoleName": name, "Arn": arn, "Path": "/", "RoleId": _ID, "CreateDate": _LONG_AGO}
            return ActionResult({"Role": {**role, "AssumeRolePolicyDocument": _TRUST}})

    def simulate_principal_policy(self) -> Any:
        """SimulatePrincipalPolicy."""
        asked = self._get_params()
        results = [
            {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": "allowed"}
            for action in asked["ActionNames"]
            for resource in asked.get("ResourceArns") or ["*"]
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})


RESPONSES: Mapping[str, Any] = MappingProxyType({"iam": IamResponses, "sts": StsResponses})
"""What answers instead of moto's own classes, by service."""
