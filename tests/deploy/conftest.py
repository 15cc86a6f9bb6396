"""Stacks of deploy/ in moto's CloudFormation, which creates what it knows of, and fills in the properties of all."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID

from docs.tables import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
REGION = "eu-west-1"
ENDPOINT = {
    "EndpointName": "reviews",
    "Image": f"{DEFAULT_ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/xgboost-sentiment:0.1.0",
    "ModelData": "s3://texts/reviews/model.tar.gz",
    "RoleArn": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/text-images",
}
"""The parameters of endpoint.yaml that have no default."""


class Resource(NamedTuple):
    """A resource of a stack whose conditions hold, with its properties filled in."""

    kind: str
    properties: dict[str, Any]


def client(service: str) -> Any:
    return boto3.client(service, REGION, aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def stack() -> Iterator[Callable[..., dict[str, Resource]]]:
    """`stack("endpoint", parameters)` creates deploy/endpoint.yaml's stack, and returns its resources by name."""
    # Two seconds, which processes that only collect these tests need not take.
    from moto.cloudformation.models import cloudformation_backends
    from moto.cloudformation.parsing import clean_json

    def create(name: str, parameters: Mapping[str, str]) -> dict[str, Resource]:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Tried to parse", UserWarning)  # kinds that moto cannot create
            client("cloudformation").create_stack(
                StackName=name,
                TemplateBody=(DEPLOY / f"{name}.yaml").read_text("utf-8"),
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
                Capabilities=["CAPABILITY_NAMED_IAM"],
            )
            made = cloudformation_backends[DEFAULT_ACCOUNT_ID][REGION].get_stack(name).resource_map
            return {
                logical: Resource(described["Type"], clean_json(described["Properties"], made))
                for logical, described in made._resource_json_map.items()
                if "Condition" not in described or made.lazy_condition_map[described["Condition"]]
            }

    with mock_aws():
        yield create
