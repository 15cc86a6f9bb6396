"""CreateEndpointConfig and its kin, through boto3."""

from typing import Any

import pytest

from tests.emulator.hosting.caller import Host
from tests.emulator.hosting.test_models import refused

ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config"


@pytest.fixture(scope="module")
def served(host: Host) -> str:
    """The name of a model."""
    return host.model("served")


def test_a_configuration_is_made_described_listed_and_deleted(host: Host, served: str) -> None:
    host.config("whole", served)
    described = host.sagemaker.describe_endpoint_config(EndpointConfigName="whole")
    assert described["EndpointConfigArn"] == f"{ARN}/whole"
    assert described["ProductionVariants"] == [
        {
            "VariantName": "served",
            "ModelName": "served",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": 1.0,
        }
    ]
    listed = host.sagemaker.list_endpoint_configs(NameContains="whole")["EndpointConfigs"]
    assert [each["EndpointConfigName"] for each in listed] == ["whole"]
    host.sagemaker.delete_endpoint_config(EndpointConfigName="whole")
    with refused("ValidationException", f'Could not find endpoint configuration "{ARN}/whole".'):
        host.sagemaker.describe_endpoint_config(EndpointConfigName="whole")


def test_a_name_that_is_taken_or_malformed(host: Host, served: str) -> None:
    host.config("taken", served)
    with refused("ValidationException", f'Cannot create already existing endpoint configuration "{ARN}/taken".'):
        host.config("taken", served)
    with refused("ValidationException", "at 'endpointConfigName' failed to satisfy constraint"):
        host.config("-x", served)


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ({"ModelName": "nobody"}, 'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/nobody".'),
        ({"ModelDataDownloadTimeoutInSeconds": 3601}, "Member must have value less than or equal to 3600"),
        ({"InstanceType": "ml.huge"}, "Member must satisfy enum value set"),
        ({"InitialVariantWeight": 0.0}, "No production variant has an InitialVariantWeight above 0"),
        ({"ContainerStartupHealthCheckTimeoutInSeconds": 3601}, "Member must have value less than or equal to 3600"),
        ({"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}, "ProductionVariants.ServerlessConfig"),
        ({"AcceleratorType": "ml.eia1.medium"}, "ProductionVariants.AcceleratorType is not supported by the emulator"),
        ({"ManagedInstanceScaling": {"Status": "ENABLED"}}, "ProductionVariants.ManagedInstanceScaling"),
        ({"RoutingConfig": {"RoutingStrategy": "RANDOM"}}, "ProductionVariants.RoutingConfig"),
        ({"VolumeSizeInGB": 10}, "ProductionVariants.VolumeSizeInGB"),
    ],
)
def test_a_variant_that_cannot_be(host: Host, served: str, variant: dict[str, Any], message: str) -> None:
    with refused("ValidationException", message):
        host.config("wrong", served, **variant)


S3 = "s3://bucket/x"


@pytest.mark.parametrize(
    "member",
    [
        {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": S3}}},
        {"ShadowProductionVariants": [{"VariantName": "a", "ModelName": "served"}]},
        {"ExplainerConfig": {"ClarifyExplainerConfig": {"ShapConfig": {"ShapBaselineConfig": {}}}}},
        {"VpcConfig": {"Subnets": ["a"], "SecurityGroupIds": ["b"]}},
        {"EnableNetworkIsolation": True},
        {"ExecutionRoleArn": "arn:aws:iam::123456789012:role/emulator"},
    ],
    ids=lambda member: next(iter(member)),
)  # fmt: skip
def test_what_is_not_done_is_refused_by_name(host: Host, served: str, member: dict[str, Any]) -> None:
    variant = {"VariantName": "a", "ModelName": served, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    with refused("ValidationException", next(iter(member))):
        host.sagemaker.create_endpoint_config(EndpointConfigName="wrong", ProductionVariants=[variant], **member)


def test_variants_need_names_of_their_own(host: Host, served: str) -> None:
    with refused("ValidationException", "Each production variant needs a name of its own: served, served"):
        host.config("wrong", served, served)
