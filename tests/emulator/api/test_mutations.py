"""Requests of every operation, one member changed: the verdict is the service model's, and no member is ignored."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from docs.supported import MEMBERS
from emulator.api.errors import ApiError
from emulator.api.shapes import check, compile_pattern, service_model
from emulator.operations import OPERATIONS
from tests.emulator.api.inputs import least
from tests.emulator.running import RunningEmulator

MODEL = service_model("sagemaker")
SHAPES = {name: shape for name in OPERATIONS if (shape := MODEL.operation_model(name).input_shape)}
DEPTH = 9
NO_TEXT = "\n\t \x7f"
VALUES = ("a", "", 1, -1, 1.5, True, False, [], [1], [[]], {}, {"a": 1})
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "long": (int,), "float": (int, float), "double": (int, float),
    "boolean": (bool,), "timestamp": (int, float), "structure": (dict,), "list": (list,), "map": (dict,),
}  # fmt: skip
GREATEST = {"integer": 2**31, "long": 2**63}
"""What is too great for the type."""


def places(shape: Shape, depth: int = DEPTH) -> Iterator[tuple[str, Shape, Any]]:
    """Each member below a structure: its dotted path, its shape, and a function of a value of it to the whole."""
    if isinstance(shape, StructureShape) and depth:
        for name, member in shape.members.items():
            rest = {other: least(shape.members[other]) for other in shape.required_members if other != name}
            yield name, member, lambda value, name=name, rest=rest: {**rest, name: value}
            for path, inner, build in places(member, depth - 1):
                below = f"{name}.{path}" if path else name
                yield below, inner, lambda value, n=name, r=rest, b=build: {**r, n: b(value)}
    elif isinstance(shape, ListShape) and depth:
        yield from ((path, inner, lambda value, b=build: [b(value)]) for path, inner, build in _inside(shape, depth))
    elif isinstance(shape, MapShape) and depth:
        key = least(shape.key)
        for path, inner, build in places(shape.value, depth - 1):
            yield path, inner, lambda value, b=build, k=key: {k: b(value)}


def _inside(shape: ListShape, depth: int) -> Iterator[tuple[str, Shape, Any]]:
    yield "", shape.member, lambda value: value
    yield from places(shape.member, depth - 1)


def wrong_values(shape: Shape) -> Iterator[Any]:
    """Values that the model forbids."""
    yield from (value for value in VALUES if type(value) not in TYPES[shape.type_name])
    yield from [GREATEST[shape.type_name]] if shape.type_name in GREATEST else []
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "string":
        if shape.enum:
            yield "NoSuchValue"
        elif high is not None and high < 100_000:
            yield "a" * (high + 1)
        if low:
            yield ""
        if not compile_pattern(shape.metadata.get("pattern", r"[\s\S]*")).fullmatch(NO_TEXT):
            yield NO_TEXT
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from ([low - 1] if low is not None else []) + ([high + 1] if high is not None else [])
    elif shape.type_name == "structure":
        yield {"NoSuchMember": 1}
        yield from (dict.fromkeys(shape.required_members) for _ in shape.required_members[:1])
    elif shape.type_name == "list" and high is not None and high <= 1000:
        yield [least(shape.member)] * (high + 1)


def verdict(shape: Shape, value: Any) -> str | None:
    """The code of the error with which a request is refused, or None."""
    try:
        check(shape, value)
    except ApiError as error:
        return error.code
    return None


def test_every_member_of_every_operation_has_the_models_verdict() -> None:
    count, accepted = 0, []
    for name, shape in SHAPES.items():
        for path, member, build in places(shape):
            assert verdict(shape, build(least(member))) is None, f"{name} {path}"
            for value in wrong_values(member):
                count += 1
                if verdict(shape, build(value)) not in ("ValidationException", "SerializationException"):
                    accepted.append(f"{name} {path}: {str(value)[:60]!r}")
    assert accepted == []
    assert count > 10_000


BASES: dict[str, dict[str, Any]] = {
    "CreateModel": {"PrimaryContainer": {"Image": "xgboost-sentiment:dev"}},
    "CreateHyperParameterTuningJob": {
        "HyperParameterTuningJobConfig": {
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "a"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1},
            "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "a", "Values": ["b"]}]},
        },
        "TrainingJobDefinition": {
            **least(SHAPES["CreateHyperParameterTuningJob"].members["TrainingJobDefinition"]),
            "AlgorithmSpecification": {"TrainingImage": "xgboost-sentiment:dev", "TrainingInputMode": "File"},
        },
    },
}
"""What an operation wants besides what its model requires, before it looks at the rest."""


NOTHING_SAVED = ("DebugHookConfig", "DebugHookConfig.S3OutputPath", "DebugHookConfig.LocalPath")
"""Where a debugger would save that is asked to save nothing."""


def merge(base: Any, given: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(given, dict)):
        return given
    return {**base, **{name: merge(base.get(name), value) for name, value in given.items()}}


def something(shape: Shape) -> Any:
    """A value that asks for something: not for what is off, nothing or the default."""
    if shape.type_name == "string" and shape.enum:
        return shape.enum[-1]
    if isinstance(shape, StructureShape):
        wanted = shape.required_members or list(shape.members)[:1]
        return {name: something(shape.members[name]) for name in wanted}
    if isinstance(shape, MapShape):
        return {least(shape.key): something(shape.value)}
    return [something(shape.member)] if isinstance(shape, ListShape) else least(shape)


@pytest.mark.parametrize("operation", sorted(MEMBERS.keys() & SHAPES.keys()))
def test_a_member_is_honoured_or_refused_by_name(server: RunningEmulator, operation: str) -> None:
    sagemaker = server.client("sagemaker", parameter_validation=False)
    shape, supported, of_training = SHAPES[operation], MEMBERS[operation], MEMBERS["CreateTrainingJob"]
    ignored = []
    for path, member, build in places(shape, depth=4):
        parts = path.removeprefix("TrainingJobDefinition.").split(".")
        names = {path, *(".".join(parts[:end]) for end in range(1, len(parts) + 1))}
        is_defined = path.startswith("TrainingJobDefinition.")
        known = supported | of_training | {"StaticHyperParameters"} if is_defined else supported
        is_honoured = names & known or any(each.startswith(f"{path}.") for each in supported)
        if is_honoured or path in NOTHING_SAVED:
            continue
        with pytest.raises(ClientError) as error:
            sagemaker._make_api_call(operation, merge(BASES.get(operation, {}), build(something(member))))
        if "is not supported by the emulator" not in str(error.value):
            ignored.append(f"{path}: {error.value}")
    assert ignored == []
