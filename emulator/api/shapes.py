"""Checks a request against a shape of botocore's service model, as the service does: all of it, every constraint.

botocore itself checks types and least lengths before it sends; patterns, greatest lengths and enumerations are left to
the service.
"""

import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import regex
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

from emulator.api.errors import ApiError, invalid, unsupported

YEAR_10000 = 253_402_300_800  # in seconds since 1970: clients cannot say later times

_PYTHON: Mapping[str, Any] = {
    "string": str, "integer": int, "long": int, "float": (int, float), "double": (int, float), "boolean": bool,
    "structure": Mapping, "map": Mapping, "list": list, "timestamp": (int, float),
}  # fmt: skip

_GREATEST: Mapping[str, int] = {"integer": 2**31 - 1, "long": 2**63 - 1}


@functools.cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service, such as sagemaker or sagemaker-runtime."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def check(shape: Shape, value: Any, path: str = "") -> None:
    """Raise ApiError (ValidationException) that names every way in which `value` is not of that shape.

    `path` is the position of the value in the request.

    Example:
        >>> model = service_model("sagemaker")
        >>> check(model.operation_model("DescribeTrainingJob").input_shape, {"TrainingJobName": "a_b"})
        Traceback (most recent call last):
        ...
        emulator.api.errors.ApiError: 1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy \
constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}
    """
    problems = list(_problems(shape, value, path))
    if problems:
        errors = f"{len(problems)} validation error{'s' if problems[1:] else ''} detected"
        raise invalid(f"{errors}: {'; '.join(problems)}")


def refuse_unsupported(request: Mapping[str, Any], supported: frozenset[str]) -> None:
    """Raise ApiError for the first member that is not in `supported`.

    `supported` holds dotted paths without list positions, such as `InputDataConfig.ChannelName`. A path stands for
    everything below it, unless longer ones follow it.
    """
    for path in _paths(request, "", supported):
        if path not in supported:
            raise unsupported(path)


def _paths(value: Any, path: str, supported: frozenset[str]) -> Iterator[str]:
    if path and not any(other.startswith(f"{path}.") for other in supported):
        yield path
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _paths(member, f"{path}.{name}" if path else name, supported)
    elif isinstance(value, list):
        for member in value:
            yield from _paths(member, path, supported)


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    expected = _PYTHON.get(shape.type_name)
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and shape.type_name != "boolean")):
        raise ApiError("SerializationException", f"{path or 'the request'} is {value!r}, not of type {shape.type_name}")
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _counts(shape, value, path)
        for number, member in enumerate(value, start=1):
            yield from _inside(shape.member, member, f"{path}.{number}.member", "Member", [member], path)
    elif isinstance(shape, MapShape):
        yield from _counts(shape, value, path)
        for name, member in value.items():
            yield from _inside(shape.key, name, path, "Map keys", {name: member}, path)
            yield from _inside(shape.value, member, f"{path}.{name}.member", "Map value", {name: member}, path)
    elif isinstance(shape, StringShape):
        yield from (_sentence(value, path, f"Member must {rule}") for rule, holds in _rules(shape) if not holds(value))
    elif shape.type_name == "timestamp" and abs(value) >= YEAR_10000:
        raise ApiError("SerializationException", f"{path} is {value}, not a time in seconds since 1970")
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _range(shape, value, path)


def _inside(shape: Shape, value: Any, inner: str, what: str, shown: Any, path: str) -> Iterator[str]:
    """Of strings in a list or a map AWS tells all rules that hold for them, whichever is broken."""
    problems = list(_problems(shape, value, inner))
    if problems and isinstance(shape, StringShape):
        rules = ", ".join(f"Member must {rule}" for rule, _ in _rules(shape))
        problems = [_sentence(shown, path, f"{what} must satisfy constraint: [{rules}]")]
    yield from problems


def _structure(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _sentence(None, _join(path, name), "Member must not be null")
    for name, member in value.items():
        if name not in shape.members:
            raise ApiError("SerializationException", f"{_join(path, name)} is not a member of {shape.name}")
        if member is not None:
            yield from _problems(shape.members[name], member, _join(path, name))


def _counts(shape: Shape, value: Any, path: str) -> Iterator[str]:
    yield from (_sentence(value, path, f"Member must {rule}") for rule, holds in _lengths(shape) if not holds(value))


def _range(shape: Shape, value: float, path: str) -> Iterator[str]:
    if abs(value) > _GREATEST.get(shape.type_name, sys.float_info.max):
        raise ApiError("SerializationException", f"{path} is {str(value)[:20]}..., out of range for {shape.type_name}")
    if value < shape.metadata.get("min", value):
        yield _sentence(value, path, f"Member must have value greater than or equal to {shape.metadata['min']}")
    if value > shape.metadata.get("max", value):
        yield _sentence(value, path, f"Member must have value less than or equal to {shape.metadata['max']}")


def _rules(shape: StringShape) -> Iterator[tuple[str, Callable[[str], object]]]:
    """What a string must do, and whether one does."""
    yield from _lengths(shape)
    if shape.enum:
        yield f"satisfy enum value set: [{', '.join(shape.enum)}]", shape.enum.__contains__
    if pattern := shape.metadata.get("pattern"):
        yield f"satisfy regular expression pattern: {pattern}", compile_pattern(pattern).fullmatch


def _lengths(shape: Shape) -> Iterator[tuple[str, Callable[[Any], object]]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if most is not None:
        yield f"have length less than or equal to {most}", lambda value: len(value) <= most
    if least is not None:
        yield f"have length greater than or equal to {least}", lambda value: len(value) >= least


@functools.cache
def compile_pattern(pattern: str) -> regex.Pattern[str]:
    """Return a pattern of the model. It is Java's: its classes are ASCII's, and characters beyond 16 bits are two."""
    return regex.compile(pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"), regex.ASCII)


def _join(path: str, name: str) -> str:
    """As AWS writes a member: from the top, each name beginning with a small letter."""
    small = name[:1].lower() + name[1:]
    return f"{path}.{small}" if path else small


def _sentence(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value if isinstance(value, str) else json.dumps(value)}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"
