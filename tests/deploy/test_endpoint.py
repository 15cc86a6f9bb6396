"""deploy/endpoint.yaml: what moto makes of it, what is sent for the rest, and all of it in the emulator."""

import json

import pytest

from tests.deploy.conftest import ENDPOINT, REGION, client
from tests.driver.trying.conftest import ARTEFACTS, packed
from tests.emulator.client import BUCKET, filled, start

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
EVERYTHING = {
    "InstanceType": "ml.c5.large", "MinInstances": "2", "MaxInstances": "6", "InvocationsPerInstance": "6000",
    "CaptureUri": "s3://texts/captured", "CapturePercentage": "20", "RollBack": "yes", "KmsKeyArn": KEY,
    "Subnets": "subnet-1,subnet-2", "SecurityGroups": "sg-1",
}  # fmt: skip


def test_with_everything(stack):
    made = stack("endpoint", ENDPOINT | EVERYTHING)
    sagemaker = client("sagemaker")
    (model,) = sagemaker.list_models()["Models"]
    model = sagemaker.describe_model(ModelName=model["ModelName"])
    assert model["PrimaryContainer"] == {
        "Image": ENDPOINT["Image"],
        "ModelDataUrl": ENDPOINT["ModelData"],
        "Environment": {
            "SAGEMAKER_METRICS": "emf",
            "SAGEMAKER_METRICS_ENDPOINT": "reviews",
            "SAGEMAKER_METRICS_NAMESPACE": "SageMakerText",
        },
    }
    assert model["ExecutionRoleArn"] == ENDPOINT["RoleArn"]
    assert model["VpcConfig"] == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    assert made["Model"].properties["EnableNetworkIsolation"]
    (configuration,) = sagemaker.list_endpoint_configs()["EndpointConfigs"]
    configuration = sagemaker.describe_endpoint_config(EndpointConfigName=configuration["EndpointConfigName"])
    (variant,) = configuration["ProductionVariants"]
    assert variant == {
        "VariantName": "AllTraffic",
        "ModelName": model["ModelName"],
        "InstanceType": "ml.c5.large",
        "InitialInstanceCount": 2,
        "InitialVariantWeight": 1.0,
    }
    assert configuration["KmsKeyId"] == KEY
    captured = configuration["DataCaptureConfig"]
    assert (captured["EnableCapture"], captured["InitialSamplingPercentage"]) == (True, 20)
    assert (captured["DestinationS3Uri"], captured["KmsKeyId"]) == ("s3://texts/captured", KEY)
    assert captured["CaptureOptions"] == [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}]
    (endpoint,) = sagemaker.list_endpoints()["Endpoints"]
    described = sagemaker.describe_endpoint(EndpointName=endpoint["EndpointName"])
    assert described["EndpointConfigName"] == configuration["EndpointConfigName"]
    watching = made["Endpoint"].properties["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    alarms = {alarm.properties.get("AlarmName") for alarm in stack("alarms", {"EndpointName": "reviews"}).values()}
    assert {alarm["AlarmName"] for alarm in watching} < alarms


def test_without_anything_it_asks_for_nothing_more(stack):
    made = stack("endpoint", ENDPOINT | {"Metrics": "none"})
    model, configuration, endpoint = (made[name].properties for name in ("Model", "Configuration", "Endpoint"))
    assert set(model) == {"ExecutionRoleArn", "EnableNetworkIsolation", "PrimaryContainer"}
    assert set(model["PrimaryContainer"]) == {"Image", "ModelDataUrl"}
    assert set(configuration) == {"ProductionVariants"}
    assert set(endpoint) == {"EndpointName", "EndpointConfigName", "RetainAllVariantProperties"}


def test_it_scales_with_the_invocations_of_each_instance(stack):
    made = stack("endpoint", ENDPOINT | {"MaxInstances": "6", "InvocationsPerInstance": "6000"})
    scaling = client("application-autoscaling")
    scaling.register_scalable_target(**made["ScalableTarget"].properties)
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    endpoint = client("sagemaker").list_endpoints()["Endpoints"][0]["EndpointName"]
    assert target["ResourceId"] == f"endpoint/{endpoint}/variant/AllTraffic"
    assert target["ScalableDimension"] == "sagemaker:variant:DesiredInstanceCount"
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 6)
    where = {key: target[key] for key in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    scaling.put_scaling_policy(**where, **made["ScalingPolicy"].properties)
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    assert (policy["PolicyName"], policy["PolicyType"]) == ("reviews-invocations", "TargetTrackingScaling")
    assert tracking["TargetValue"] == 6000
    assert tracking["PredefinedMetricSpecification"] == {
        "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
    }


@pytest.fixture(scope="module")
def emulated(tmp_path_factory):
    """An emulator that has two artefacts."""
    running = start(tmp_path_factory.mktemp("deploy") / "state")
    caller = filled(running)
    for name in ("first", "second"):
        archive = packed(ARTEFACTS / "xgboost-sentiment-debian-12-text")
        caller.s3.put_object(Bucket=BUCKET, Key=f"{name}/model.tar.gz", Body=archive)
    yield caller
    running.end()


def requests(made):
    """What CloudFormation would send, in its order; each resource is named, as CloudFormation names it."""
    model, configuration, endpoint = (made[name].properties for name in ("Model", "Configuration", "Endpoint"))
    model["ModelName"] = configuration["ProductionVariants"][0]["ModelName"]
    configuration["EndpointConfigName"] = endpoint["EndpointConfigName"]
    assert model.pop("EnableNetworkIsolation")  # which processes, unlike containers, cannot have
    assert endpoint.pop("RetainAllVariantProperties")  # of updates alone; in the emulator nothing scales
    return model, configuration, endpoint


def test_the_emulator_runs_what_the_template_says_and_updates_it(stack, emulated):
    def parameters(name):
        return ENDPOINT | {"ModelData": f"s3://{BUCKET}/{name}/model.tar.gz"}

    model, configuration, endpoint = requests(stack("endpoint", parameters("first")))
    sagemaker, runtime = (emulated.running.client(name, REGION) for name in ("sagemaker", "sagemaker-runtime"))
    sagemaker.create_model(**model)
    sagemaker.create_endpoint_config(**configuration)
    sagemaker.create_endpoint(**endpoint)
    wait = {"EndpointName": "reviews", "WaiterConfig": {"Delay": 0.1, "MaxAttempts": 600}}
    sagemaker.get_waiter("endpoint_in_service").wait(**wait)
    body = json.dumps({"instances": ["A wonderful film, superbly acted."]})
    asked = {"EndpointName": "reviews", "ContentType": "application/json", "Body": body}
    answer = json.load(runtime.invoke_endpoint(**asked)["Body"])
    assert answer["predictions"][0]["label"] == "pos"

    client("cloudformation").delete_stack(StackName="endpoint")
    model, configuration, endpoint = requests(stack("endpoint", parameters("second")))
    assert endpoint["EndpointName"] == "reviews"
    sagemaker.create_model(**model)
    sagemaker.create_endpoint_config(**configuration)
    sagemaker.update_endpoint(**endpoint)
    sagemaker.get_waiter("endpoint_in_service").wait(**wait)
    described = sagemaker.describe_endpoint(EndpointName="reviews")
    assert described["EndpointConfigName"] == configuration["EndpointConfigName"]
    assert json.load(runtime.invoke_endpoint(**asked)["Body"]) == answer
