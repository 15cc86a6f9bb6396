import random
from contextlib import suppress
from typing import Any

import pytest
from botocore.model import Shape
from botocore.validate import ParamValidator

from emulator.api.errors import ApiError
from emulator.api.shapes import check, refuse_unsupported, service_model
from emulator.operations import OPERATIONS
from tests.emulator.api.inputs import any_value, least

MODEL = service_model("sagemaker")
NAMES = sorted({*OPERATIONS, "CreateTrainingJob", "CreateTransformJob", "CreateHyperParameterTuningJob", "ListModels"})


def shape_of(operation: str) -> Shape:
    shape = MODEL.operation_model(operation).input_shape
    assert shape is not None
    return shape


@pytest.mark.parametrize("operation", NAMES)
def test_what_botocore_refuses_is_refused(operation: str) -> None:
    shape = shape_of(operation)
    rng = random.Random(operation)
    refusals = 0
    for _ in range(300):
        value = any_value(shape, rng)
        if ParamValidator().validate(value, shape).has_errors() and not has_null(value):
            refusals += 1
            with pytest.raises(ApiError) as error:
                check(shape, value)
            assert error.value.code in ("ValidationException", "SerializationException")
        else:
            with suppress(ApiError):  # for what botocore leaves to the service
                check(shape, value)
    assert 5 < refusals < 295


def has_null(value: Any) -> bool:
    """AWS takes a member that is null for one that is not there; botocore does not send it."""
    if isinstance(value, dict | list):
        return any(has_null(inner) for inner in (value.values() if isinstance(value, dict) else value))
    return value is None


@pytest.mark.parametrize("operation", NAMES)
def test_the_least_request_passes(operation: str) -> None:
    request = least(shape_of(operation))
    assert not ParamValidator().validate(request, shape_of(operation)).has_errors()
    check(shape_of(operation), request)


def test_the_patterns_of_all_operations_can_be_read() -> None:
    """Also of those that are not answered yet."""
    shapes = [MODEL.shape_for(name) for name in MODEL.shape_names]
    strings = [shape for shape in shapes if shape.type_name == "string"]
    assert len(strings) > 900
    for shape in strings:
        with suppress(ApiError):
            check(shape, "a")


def refusal(operation: str, **members: Any) -> str:
    """What is said of the least request with these members beside or instead."""
    request = {**least(shape_of(operation)), **members}
    with pytest.raises(ApiError) as error:
        check(shape_of(operation), request)
    return error.value.message


NAME_PATTERN = "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        (
            {"TrainingJobName": "a_b"},
            "1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: Member must "
            f"satisfy regular expression pattern: {NAME_PATTERN}",
        ),
        (
            {"TrainingJobName": "a" * 64},
            f"2 validation errors detected: Value '{'a' * 64}' at 'trainingJobName' failed to satisfy constraint: "
            f"Member must have length less than or equal to 63; Value '{'a' * 64}' at 'trainingJobName' failed to "
            f"satisfy constraint: Member must satisfy regular expression pattern: {NAME_PATTERN}",
        ),
        (
            {"RoleArn": None},
            "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": -1, "VolumeSizeInGB": 10}},
            "1 validation error detected: Value '-1' at 'resourceConfig.instanceCount' failed to satisfy constraint: "
            "Member must have value greater than or equal to 0",
        ),
        (
            {"HyperParameters": {"epochs": "x" * 2501}},
            f"1 validation error detected: Value '{{\"epochs\": \"{'x' * 2501}\"}}' at 'hyperParameters' failed to "
            "satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to "
            "2500, Member must have length greater than or equal to 0, Member must satisfy regular expression "
            "pattern: .*]",
        ),
        (
            {"InputDataConfig": [{"ChannelName": "a b", "DataSource": {}}]},
            "1 validation error detected: Value 'a b' at 'inputDataConfig.1.member.channelName' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [A-Za-z0-9\.\-_]+",
        ),
        (
            {"AlgorithmSpecification": {"TrainingInputMode": "Fast"}},
            "1 validation error detected: Value 'Fast' at 'algorithmSpecification.trainingInputMode' failed to satisfy "
            "constraint: Member must satisfy enum value set: [Pipe, File, FastFile]",
        ),
    ],
)
def test_said_as_aws_says_it(members: dict[str, Any], sentence: str) -> None:
    assert refusal("CreateTrainingJob", **members) == sentence


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"HyperParameters": {"epochs": 5}}, "hyperParameters.epochs.member is 5, not of type string"),
        ({"EnableNetworkIsolation": 1}, "enableNetworkIsolation is 1, not of type boolean"),
        ({"Tags": {}}, "tags is {}, not of type list"),
        (
            {"InputDataConfig": [{"ChannelName": "a", "DataSource": {}, "CompressionType": None}, None]},
            "inputDataConfig.2.member is None, not of type structure",
        ),
        ({"TrainingJobNam": "a"}, "trainingJobNam is not a member of CreateTrainingJobRequest"),
        ({"OutputDataConfig": {"S3OutputPath": True}}, "outputDataConfig.s3OutputPath is True, not of type string"),
    ],
)
def test_wrong_types_and_members(members: dict[str, Any], sentence: str) -> None:
    assert refusal("CreateTrainingJob", **members) == sentence


def test_digits_are_asciis() -> None:
    assert "pattern" in refusal("CreateTrainingJob", RoleArn="arn:aws:iam::\u0661\u0661\u0661456789012:role/emulator")


SUPPORTED = frozenset({"Name", "Data", "Data.Uri", "Channels.Name", "Channels.Source", "Channels.Source.S3"})


@pytest.mark.parametrize(
    ("request_", "refused"),
    [
        ({"Name": "a"}, None),
        ({"Name": {"what": "ever"}}, None),
        ({"Data": {"Uri": "x"}}, None),
        ({"Data": {"Uri": "x", "Key": "k"}}, "Data.Key"),
        ({"Other": 1}, "Other"),
        ({"Channels": [{"Name": "a"}, {"Name": "b", "Mode": "Pipe"}]}, "Channels.Mode"),
        ({"Channels": [{"Source": {"S3": {"Uri": "x"}}}]}, None),
        ({"Channels": [{"Source": {"Efs": {}}}]}, "Channels.Source.Efs"),
    ],
)
def test_refused_by_name(request_: dict[str, Any], refused: str | None) -> None:
    if refused is None:
        refuse_unsupported(request_, SUPPORTED)
        return
    with pytest.raises(ApiError, match=f"^{refused} is not supported by the emulator: leave it out$"):
        refuse_unsupported(request_, SUPPORTED)
